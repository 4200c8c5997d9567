"""`import accounts`: a CSV file of accounts and their contacts, all or nothing, twice the same."""

import argparse
import csv
import sys
from datetime import UTC, datetime
from pathlib import Path

from clientportal.commands.answers import refuse, words
from clientportal.commands.company_argument import NoSuchCompany, add_company, system_of
from clientportal.domain.errors import PortalError
from clientportal.services import account_imports
from clientportal.services.account_imports import ImportResult
from clientportal.storage.session import unit_of_work

SHOWN = 20


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags of DESIGN §5 that matter to accounts; those of documents are ignored."""
    parser.add_argument("file", type=Path, metavar="FILE")
    add_company(parser)
    parser.add_argument("--currency", default="", help=argparse.SUPPRESS)
    parser.add_argument("--date-format", default="auto", help=argparse.SUPPRESS)
    parser.add_argument(
        "--mapping",
        action="append",
        default=[],
        metavar="FIELD=HEADER",
        help="where the header is not known",
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would happen only")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write faults as CSV")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """0: imported (or nothing was new); 1: nothing written because of errors; 2: wrong use."""
    try:
        content = arguments.file.read_bytes()
        with unit_of_work(read_only=arguments.dry_run) as session:
            result = account_imports.run(
                session,
                system_of(session, arguments.company),
                content=content,
                now=datetime.now(UTC),
                dry_run=arguments.dry_run,
                mapping=dict(pair.split("=", 1) for pair in arguments.mapping),
            )
    except (NoSuchCompany, OSError, ValueError) as error:
        sys.stderr.write(f"clientportal: {error}\n")
        return 2
    except PortalError as error:
        return refuse(error)
    if arguments.report is not None:
        _report(arguments.report, result)
    _print(result, arguments.dry_run)
    return 1 if result.errors else 0


def _print(result: ImportResult, dry_run: bool) -> None:
    counts = " · ".join(f"{name} {value}" for name, value in result.counts.items())
    done = "would import" if dry_run else "not imported" if result.errors else "imported"
    sys.stdout.write(f"  {done}: {counts}\n")
    for word, faults in (("error", result.errors), ("warning", result.warnings)):
        for fault in faults[:SHOWN]:
            said = words(fault.code, fault.params)
            sys.stderr.write(f"  {word}, line {fault.line}, {fault.column}: {said}\n")
        if len(faults) > SHOWN:
            sys.stderr.write(f"  {len(faults) - SHOWN} more; see --report\n")


def _report(path: Path, result: ImportResult) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["line", "column", "kind", "code", "message"])
        for kind, faults in (("error", result.errors), ("warning", result.warnings)):
            for fault in faults:
                said = words(fault.code, fault.params)
                writer.writerow([fault.line, fault.column, kind, fault.code, said])
