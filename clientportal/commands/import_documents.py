"""`import documents`: a CSV file of documents, all or nothing, twice the same."""

import argparse
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from clientportal.commands.company_argument import NoSuchCompany, add_company, system_of
from clientportal.domain.errors import PortalError
from clientportal.domain.imports import DateOrder, RowError
from clientportal.rendering import texts
from clientportal.services import document_imports, import_plan
from clientportal.services.document_imports import ImportResult
from clientportal.settings import settings
from clientportal.storage.session import unit_of_work

SHOWN = 20


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags of DESIGN §5."""
    parser.add_argument("file", type=Path, metavar="FILE")
    add_company(parser)
    parser.add_argument("--currency", default="", help="of rows that name none")
    parser.add_argument(
        "--date-format", choices=[order.value for order in DateOrder], default=DateOrder.AUTO.value
    )
    parser.add_argument("--mapping", metavar="NAME", help="saved column mapping")
    parser.add_argument(
        "--dry-run", action="store_true", help="say what would happen, change nothing"
    )
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="write a CSV with one line per row"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """0: imported (or nothing was new); 1: nothing was written because of errors; 2: wrong use."""
    options = import_plan.Options(
        currency=arguments.currency, date_format=DateOrder(arguments.date_format)
    )
    try:
        import_plan.check_mapping(arguments.mapping)
        content = arguments.file.read_bytes()
        with unit_of_work(read_only=arguments.dry_run) as session:
            result = document_imports.run(
                session,
                system_of(session, arguments.company),
                content=content,
                options=options,
                now=datetime.now(UTC),
                dry_run=arguments.dry_run,
            )
    except (NoSuchCompany, OSError) as error:
        sys.stderr.write(f"clientportal: {error}\n")
        return 2
    except PortalError as error:
        sys.stderr.write(f"clientportal: {_words(error.error_code, error.params)}\n")
        return 1
    if arguments.report is not None:
        arguments.report.write_bytes(result.report)
    _print(result, arguments.dry_run)
    return 1 if result.errors else 0


def _print(result: ImportResult, dry_run: bool) -> None:
    counts = " · ".join(f"{name} {value}" for name, value in result.counts.items())
    order = f" · dates {result.date_format.value}" if result.date_format else ""
    done = "would import" if dry_run else "not imported" if result.errors else "imported"
    sys.stdout.write(f"  {done}: {counts}{order}\n")
    _faults("error", result.errors)
    _faults("warning", result.warnings)


def _faults(word: str, faults: Iterable[RowError]) -> None:
    found = list(faults)
    for fault in found[:SHOWN]:
        words = _words(fault.code, dict(fault.params))
        sys.stderr.write(f"  {word}, line {fault.line}, {fault.column}: {words}\n")
    if len(found) > SHOWN:
        sys.stderr.write(f"  {len(found) - SHOWN} more; see --report\n")


def _words(code: str, params: dict[str, object]) -> str:
    """The sentence of a code in the operator's language, or the bare facts where there is none."""
    try:
        return texts.t(f"errors.{code}", settings().default_language, **params)
    except KeyError:
        return f"{code} {params}"
