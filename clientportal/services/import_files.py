"""The import screen's files: kept from the upload on, looked at, read anew, then confirmed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from clientportal import live
from clientportal.domain import import_mapping
from clientportal.domain.actors import Actor, Member
from clientportal.domain.errors import Invalid, NotFound
from clientportal.domain.import_mapping import Column
from clientportal.domain.imports import DateOrder
from clientportal.domain.permissions import Permission
from clientportal.services import document_support as support
from clientportal.services import import_mappings, import_report, import_steps
from clientportal.services.guards import require_staff
from clientportal.services.import_base import LIMITS, Options, Staff
from clientportal.services.import_kinds import FILES, file_kind
from clientportal.services.import_seen import Seen, read_as, see, state_of
from clientportal.storage import files, import_runs
from clientportal.storage.models import ImportRun

MEGABYTE = 1_000_000
MOST_BYTES = 25 * MEGABYTE
"""Largest file of the screen: 100,000 rows of our own export with room to spare. The command line
takes larger ones."""
KINDS = tuple(FILES)
SHOWN = 10
"""Files that the screen lists."""


@dataclass(frozen=True, slots=True)
class Brought:
    """A file that somebody brought. `by` is "" for the command line; `counts` (new, changed,
    errors) are empty until the file is confirmed; a file of UBL is named by the first of `files`.
    """

    run_id: int
    kind: str
    file_name: str
    at: datetime
    by: str
    state: str
    counts: Mapping[str, int]
    files: int


def newest(session: Session, actor: Actor) -> list[Brought]:
    """The last files of the actor's company, the newest first. Raises NotSignedIn, NotAllowed."""
    staff = require_staff(actor, Permission.DOCUMENTS_IMPORT)
    return [
        Brought(
            run_id=run.id or 0,
            kind=run.kind,
            file_name=run.file_name,
            at=run.created_at,
            by=name or "",
            state=run.state,
            counts=run.counts,
            files=len(run.options.get("files", ())) or 1,
        )
        for run, name in import_runs.newest(session, staff, SHOWN)
    ]


def admit(actor: Actor) -> Staff:
    """Who may import, before a byte of a file is read. Raises NotSignedIn, NotAllowed."""
    return require_staff(actor, Permission.DOCUMENTS_IMPORT)


def keep(
    session: Session,
    actor: Actor,
    *,
    kind: str,
    file_name: str,
    content: bytes,
    now: datetime,
    options: Options | None = None,
) -> int:
    """Keep an uploaded file and return the id of its run; nothing is imported.

    Raises Invalid: kind, "required" without bytes, "file_too_large" (most, megabytes).
    """
    staff = admit(actor)
    file_kind(kind)
    if not content:
        raise Invalid(code="file_empty", field="file")
    most = MOST_BYTES if isinstance(staff, Member) else LIMITS.size
    if len(content) > most:
        raise Invalid(code="file_too_large", field="file", most=most // MEGABYTE)
    run = ImportRun(
        company_id=staff.company_id,
        user_id=staff.user_id if isinstance(staff, Member) else None,
        kind=kind,
        file_name=_name(file_name),
        file_sha256=files.store().put(content),
        options=_kept(options),
        created_at=now,
    )
    run_id = import_runs.add(session, run).id or 0
    live.changed(session, f"imports:{run.company_id}", run_id)
    return run_id


def _kept(options: Options | None) -> dict[str, Any]:
    """How the file is to be read; what the command line says leaves no room for what was said of
    other files."""
    if options is None:
        return {"currency": "", "date_format": DateOrder.AUTO.value}
    kept: dict[str, Any] = {
        "currency": options.currency,
        "date_format": options.date_format.value,
        "as_said": True,
    }
    said = {"columns": options.columns and list(options.columns), "mapping": options.mapping}
    return kept | {name: value for name, value in said.items() if value}


def _name(given: str) -> str:
    """The last part of a file's name without control characters."""
    last = given.replace("\\", "/").rpartition("/")[2]
    return "".join(char for char in last if char.isprintable()).strip()[:200]


def choose(
    session: Session,
    actor: Actor,
    *,
    run_id: int,
    currency: str | None = None,
    date_format: str | None = None,
) -> None:
    """Say how a kept file is to be read: its currency ("" = as the file says) and its dates.

    None leaves what was chosen before.
    Raises NotFound, Invalid("currency_not_used" | "choice_invalid").
    """
    staff = require_staff(actor, Permission.DOCUMENTS_IMPORT)
    run = _run(session, staff, run_id)
    if currency:
        support.check_currency(support.company_of(session, staff, staff.company_id), currency)
    if date_format is not None and date_format not in set(DateOrder):
        raise Invalid(code="choice_invalid", field="date_format", value=date_format[:40])
    chosen = {"currency": currency, "date_format": date_format}
    _set(session, run, {k: v for k, v in chosen.items() if v is not None})


def choose_columns(
    session: Session, actor: Actor, *, run_id: int, columns: Sequence[Column], now: datetime
) -> None:
    """Say which column feeds which field, of this file and the next ones with its header.

    `columns` are those of the file in their order, headers as `look` gave them.
    Raises NotFound, Invalid("choice_invalid" | "column_twice").
    """
    staff = require_staff(actor, Permission.DOCUMENTS_IMPORT)
    run = _run(session, staff, run_id)
    known = file_kind(run.kind).headers
    if len(columns) > LIMITS.columns:
        raise Invalid(code="too_many_columns", field="columns", most=LIMITS.columns)
    fields = import_mapping.check([column.field for column in columns], known)
    if run.state != "uploaded":
        return
    _set(session, run, {"columns": list(fields)})
    stem = run.file_name.rpartition(".")[0] or run.file_name
    import_mappings.remember(
        session, staff, kind=run.kind, columns=columns, name=stem, known=known, now=now
    )


def _set(session: Session, run: ImportRun, options: Mapping[str, Any]) -> None:
    if run.state == "uploaded":
        run.options = {**run.options, **options}
        session.add(run)


def look(session: Session, actor: Actor, *, run_id: int, now: datetime) -> Seen:
    """What a kept file would do now, how far it is, or what it has done. Changes nothing.

    Raises NotFound.
    """
    staff = require_staff(actor, Permission.DOCUMENTS_IMPORT)
    run = _run(session, staff, run_id)
    if run.state != "uploaded":
        return state_of(run)
    return see(session, staff, file_kind(run.kind), run, _content(run), now)


def follow(session: Session, actor: Actor, *, run_id: int) -> Seen:
    """How far a confirmed file is, without its rows; cheap. Raises NotFound."""
    staff = require_staff(actor, Permission.DOCUMENTS_IMPORT)
    return state_of(_run(session, staff, run_id))


def confirm(
    session: Session,
    actor: Actor,
    *,
    run_id: int,
    now: datetime,
    columns: Sequence[str] | None = None,
) -> None:
    """Have a kept file imported by a job; confirming it again does nothing.

    `columns`: the fields as `look` showed them, so that what was seen is what comes in. A file with
    faults goes back to be looked at, and nothing of it is stored. Raises NotFound, Invalid.
    """
    staff = require_staff(actor, Permission.DOCUMENTS_IMPORT)
    run = _begin(session, staff, run_id, now, columns)
    if run is not None:
        import_steps.hand_over(session, run, now)


def take(session: Session, actor: Actor, *, run_id: int, now: datetime) -> int:
    """Confirm a kept file for the caller to bring it in (`import_steps.advance`): the attempt.

    Raises NotFound.
    """
    staff = require_staff(actor, Permission.DOCUMENTS_IMPORT)
    run = _begin(session, staff, run_id, now, None)
    if run is None:
        raise NotFound()
    import_steps.take(session, run, now)
    return run.attempt


def _begin(
    session: Session, staff: Staff, run_id: int, now: datetime, columns: Sequence[str] | None
) -> ImportRun | None:
    """The run, now being imported; None if it was so before."""
    run = import_runs.lock(session, staff, run_id)
    if run is None:
        raise NotFound()
    if run.state != "uploaded":
        return None
    if columns is not None:
        known = file_kind(run.kind).headers
        fields = import_mapping.check(columns[: LIMITS.columns], known)
        run.options = {**run.options, "columns": list(fields)}
    import_steps.start(session, staff, run, now)
    return run


def report(
    session: Session, actor: Actor, *, run_id: int, language: str, now: datetime
) -> tuple[str, bytes]:
    """(file name, CSV) with what each line does and, in `language`, what is wrong with it.

    Raises as `look`.
    """
    staff = require_staff(actor, Permission.DOCUMENTS_IMPORT)
    run = _run(session, staff, run_id)
    kind = file_kind(run.kind)
    name = f"{run.file_name.rpartition('.')[0] or run.file_name or 'import'}-report.csv"
    table, options = read_as(session, staff, kind, run, _content(run))
    read = kind.compare(session, staff, kind.parse(session, staff, table, options, now), now)
    return name, import_report.build(kind.subject, kind.lines(read), read, language)


def _run(session: Session, staff: Staff, run_id: int) -> ImportRun:
    run = import_runs.find(session, staff, run_id)
    if run is None:
        raise NotFound()
    return run


def _content(run: ImportRun) -> bytes:
    try:
        return files.store().get(run.file_sha256)
    except FileNotFoundError as error:
        raise NotFound(code="import_file_gone") from error
