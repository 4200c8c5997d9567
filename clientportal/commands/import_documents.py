"""`import documents`: a CSV file of documents, all or nothing, twice the same."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from clientportal.commands import answers
from clientportal.commands.company_argument import add_company, system_of
from clientportal.domain.errors import PortalError
from clientportal.domain.imports import DateOrder
from clientportal.services import document_imports, import_plan
from clientportal.services.document_imports import ImportResult
from clientportal.storage.session import unit_of_work


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
    """0: imported (or nothing was new); 1: nothing was written because of errors.

    Raises WrongUse for an unknown company and a file that cannot be read or written.
    """
    options = import_plan.Options(
        currency=arguments.currency, date_format=DateOrder(arguments.date_format)
    )
    try:
        import_plan.check_mapping(arguments.mapping)
        content = answers.content_of(arguments.file)
        with unit_of_work(read_only=arguments.dry_run) as session:
            result = document_imports.run(
                session,
                system_of(session, arguments.company),
                content=content,
                options=options,
                now=datetime.now(UTC),
                dry_run=arguments.dry_run,
            )
    except PortalError as error:
        return answers.refuse(error)
    if arguments.report is not None:
        answers.write_to(arguments.report, result.report)
    _print(result, arguments.dry_run)
    answers.faults(result.errors, result.warnings)
    return 1 if result.errors else 0


def _print(result: ImportResult, dry_run: bool) -> None:
    counts = " · ".join(f"{name} {value}" for name, value in result.counts.items())
    order = f" · dates {result.date_format.value}" if result.date_format else ""
    done = "would import" if dry_run else "not imported" if result.errors else "imported"
    sys.stdout.write(f"  {done}: {counts}{order}\n")
