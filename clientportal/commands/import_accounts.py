"""`import accounts`: a CSV file of accounts and their contacts, all or nothing, twice the same."""

import argparse
import csv
import io
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from clientportal.commands import answers
from clientportal.commands.company_argument import add_company, system_of
from clientportal.domain.errors import PortalError
from clientportal.services import account_imports
from clientportal.services.account_imports import ImportResult
from clientportal.storage.session import unit_of_work


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
    """0: imported (or nothing was new); 1: nothing written because of errors.

    Raises WrongUse for an unknown company, a file that cannot be read or written, a mapping that
    is none.
    """
    mapping = _mapping(arguments.mapping)
    content = answers.content_of(arguments.file)
    try:
        with unit_of_work(read_only=arguments.dry_run) as session:
            result = account_imports.run(
                session,
                system_of(session, arguments.company),
                content=content,
                now=datetime.now(UTC),
                dry_run=arguments.dry_run,
                mapping=mapping,
            )
    except PortalError as error:
        return answers.refuse(error)
    if arguments.report is not None:
        answers.write_to(arguments.report, _report(result))
    _print(result, arguments.dry_run)
    answers.faults(result.errors, result.warnings)
    return 1 if result.errors else 0


def _mapping(pairs: Sequence[str]) -> dict[str, str]:
    for pair in pairs:
        if "=" not in pair:
            raise answers.WrongUse("mapping_invalid", value=pair)
    return dict(pair.split("=", 1) for pair in pairs)


def _print(result: ImportResult, dry_run: bool) -> None:
    counts = " · ".join(f"{name} {value}" for name, value in result.counts.items())
    done = "would import" if dry_run else "not imported" if result.errors else "imported"
    sys.stdout.write(f"  {done}: {counts}\n")


def _report(result: ImportResult) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["line", "column", "kind", "code", "message"])
    for kind, faults in (("error", result.errors), ("warning", result.warnings)):
        for fault in faults:
            said = answers.words(fault.code, fault.params)
            writer.writerow([fault.line, fault.column, kind, fault.code, said])
    return text.getvalue().encode()
