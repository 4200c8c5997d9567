"""What the commands that import rows share: flags, columns, how a file comes in, what is said."""

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sqlmodel import Session

from clientportal.commands import answers
from clientportal.commands.company_argument import add_company, system_of
from clientportal.domain import import_mapping
from clientportal.domain.actors import System
from clientportal.domain.errors import Conflict, PortalError
from clientportal.domain.imports import DateOrder
from clientportal.rendering import texts, workbooks
from clientportal.services import import_files, import_mappings, import_steps, imports
from clientportal.services.import_base import LIMITS, Options
from clientportal.services.import_kinds import file_kind
from clientportal.services.imports import ImportResult
from clientportal.storage.session import unit_of_work

PAUSE_SECONDS = 0.02


def configure(parser: argparse.ArgumentParser, kind: str) -> None:
    """The flags of DESIGN §5, the same for every kind."""
    parser.add_argument("file", type=Path, metavar="FILE")
    add_company(parser)
    parser.add_argument("--currency", default="", help="of rows that name none")
    parser.add_argument(
        "--date-format", choices=[order.value for order in DateOrder], default=DateOrder.AUTO.value
    )
    parser.add_argument(
        "--mapping",
        action="append",
        default=[],
        metavar="NAME|FIELD=HEADER",
        help="saved columns, or where a header is not known",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="say what would happen, change nothing"
    )
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="write a CSV with one line per row"
    )
    parser.set_defaults(run=partial(run, kind))


def run(kind: str, arguments: argparse.Namespace) -> int:
    """0: imported (or nothing was new); 1: nothing was written because of errors.

    Raises WrongUse for an unknown company, a file that cannot be read or written, a mapping that
    is none.
    """
    now = datetime.now(UTC)
    try:
        content = answers.content_of(arguments.file)
        with unit_of_work(read_only=True) as session:
            actor = system_of(session, arguments.company)
            options = _options(session, actor, kind, arguments, content)
            result = imports.run(
                session,
                actor,
                kind=kind,
                content=content,
                options=options,
                now=now,
                dry_run=True,
                language=answers.language(),
            )
        if not arguments.dry_run and not result.errors:
            counts = _bring(actor, kind, arguments.file.name, content, options, now)
            result = replace(result, counts=counts)
    except PortalError as error:
        return answers.refuse(error)
    if arguments.report is not None:
        answers.write_to(arguments.report, result.report)
    _print(result, arguments.dry_run)
    answers.faults(result.errors, result.warnings)
    return 1 if result.counts["errors"] else 0


def _bring(
    actor: System, kind: str, name: str, content: bytes, options: Options, now: datetime
) -> Mapping[str, int]:
    """Slice by slice, so that a serving process goes on writing; what was done, by its counts."""
    with unit_of_work() as session:
        run_id = import_files.keep(
            session, actor, kind=kind, file_name=name, content=content, options=options, now=now
        )
        attempt = import_files.take(session, actor, run_id=run_id, now=now)
    import_steps.advance(
        unit_of_work, run_id, attempt, clock=lambda: datetime.now(UTC), pause=_pause
    )
    with unit_of_work(read_only=True) as session:
        done = import_files.follow(session, actor, run_id=run_id)
    if done.state != "done":
        raise Conflict(code="import_has_errors", errors=1)
    return done.counts


def _pause() -> None:
    time.sleep(PAUSE_SECONDS)


def _options(
    session: Session, actor: System, kind: str, arguments: argparse.Namespace, content: bytes
) -> Options:
    pairs = [text for text in arguments.mapping if "=" in text]
    names = [text for text in arguments.mapping if "=" not in text]
    return Options(
        currency=arguments.currency,
        date_format=DateOrder(arguments.date_format),
        mapping=_mapping(pairs),
        columns=_saved(session, actor, kind, names[0], content) if names else None,
    )


def _mapping(pairs: Sequence[str]) -> Mapping[str, str]:
    return dict(pair.split("=", 1) for pair in pairs)


def _saved(session: Session, actor: System, kind: str, name: str, content: bytes) -> Sequence[str]:
    """The field of each column of this file by the columns saved under a name."""
    saved = import_mappings.named(session, actor, kind=kind, name=name)
    records = workbooks.source(content, LIMITS).records
    header = records[0].cells if records else ()
    return import_mapping.suit(saved, header, file_kind(kind).headers)


def _print(result: ImportResult, dry_run: bool) -> None:
    counts = " · ".join(f"{name} {value}" for name, value in result.counts.items())
    order = f" · dates {result.date_format.value}" if result.date_format else ""
    done = "would import" if dry_run else "not imported" if result.errors else "imported"
    sys.stdout.write(f"  {done}: {counts}{order}\n")
    if result.ignored:
        names = ", ".join(result.ignored)
        said = texts.t("cli.columns_ignored", answers.language(), names=names)
        sys.stdout.write(f"  {said}\n")
