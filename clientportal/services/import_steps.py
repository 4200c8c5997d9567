"""Brings a kept file in, slice by slice, each in a transaction of its own.

The whole file is checked before the first slice, so that one faulty line keeps all of it out. A
slice and how far the file is are stored together, and each row is compared with what is stored
right then: killed at any point and run again, twice at once or beside a second copy of the file,
the result is that of one clean run.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, Protocol

import structlog
from sqlmodel import Session

from clientportal import live, queue
from clientportal.domain.actors import Member, Role, System
from clientportal.domain.documents import Kind
from clientportal.domain.errors import NotFound, PortalError
from clientportal.domain.imports import ParsedFile
from clientportal.services import audit, ubl_uploads
from clientportal.services.import_base import LATE, FileKind, Staff
from clientportal.services.import_kinds import file_kind
from clientportal.services.import_seen import read_as
from clientportal.services.imports import work_of
from clientportal.storage import due, files, import_runs, series
from clientportal.storage.models import ImportRun

log = structlog.get_logger()

SLICE = 400
"""Rows of one transaction: on SQLite others wait that long for their turn to write."""
MOST_TRIES = 10

Clock = Callable[[], datetime]


class Units(Protocol):
    """Opens units of work, as `storage.session.unit_of_work` does."""

    def __call__(self, *, read_only: bool = False) -> AbstractContextManager[Session]: ...


def hand_over(session: Session, run: ImportRun, now: datetime) -> None:
    """Have a job bring the file in, or go on with it."""
    take(session, run, now)
    key = f"import_file:{run.id}:{run.attempt}"
    queue.enqueue(session, "import_file", key, run.id or 0, run.attempt, queue="bulk")


def take(session: Session, run: ImportRun, now: datetime) -> None:
    """Begin the next attempt; whoever works an earlier one stops at its next slice."""
    run.attempt += 1
    run.check_at = now + LATE
    session.add(run)
    _tell(session, run)


def retry_overdue(session: Session, *, now: datetime) -> int:
    """Hand over again what nobody has worked for a while; how many. For the sweep alone."""
    found = due.imports(session, now, limit=20)
    for company_id, run_id in found:
        run = import_runs.lock(session, System(company_id), run_id)
        if run is None or run.check_at is None or run.check_at > now:
            continue
        if run.kind == ubl_uploads.KIND:
            ubl_uploads.give_up(session, run, now)
        elif run.attempt - int(run.options.get("first_attempt", 1)) >= MOST_TRIES:
            log.error("services.import.given_up", run=run_id, attempt=run.attempt)
            _give_back(session, run)
        else:
            hand_over(session, run, now)
    return len(found)


def advance(
    units: Units, run_id: int, attempt: int, *, clock: Clock, pause: Callable[[], None]
) -> None:
    """Work one attempt of a run to its end. `pause` is called between two slices.

    A file that cannot be read, or has a faulty line before its first slice, goes back to be looked
    at: nothing of it is stored.
    """
    with units(read_only=True) as session:
        run = due.import_run(session, run_id)
    if run is None or (run.state, run.attempt) != ("importing", attempt):
        return
    staff, kind = System(run.company_id), file_kind(run.kind)
    parsed = _parsed(units, staff, kind, run)
    if parsed is None:
        with units() as session:
            again = import_runs.lock(session, staff, run_id)
            if again is not None and (again.state, again.attempt) == ("importing", attempt):
                _give_back(session, again)
        return
    rows = sorted(parsed.rows, key=kind.place)
    while _step(units, staff, kind, parsed, rows, (run_id, attempt), clock()):
        pause()


def _parsed(units: Units, staff: System, kind: FileKind, run: ImportRun) -> ParsedFile[Any] | None:
    """The rows of the file; None when they may not come in."""
    now = run.started_at or run.created_at
    try:
        content = files.store().get(run.file_sha256)
        with units(read_only=True) as session:
            table, options = read_as(session, staff, kind, run, content)
            parsed = kind.parse(session, staff, table, options, now)
            if not run.progress and kind.compare(session, staff, parsed, now).errors:
                return None
    except (PortalError, FileNotFoundError) as error:
        log.info("services.import.not_read", run=run.id, reason=str(error))
        return None
    return parsed


def _step(
    units: Units,
    staff: System,
    kind: FileKind,
    parsed: ParsedFile[Any],
    rows: Sequence[Any],
    mine: tuple[int, int],
    now: datetime,
) -> bool:
    """Store the next slice and how far the file is now; whether there is more to do."""
    run_id, attempt = mine
    with units() as session:
        series.lock(session, staff.company_id, Kind.INVOICE)  # imports of a company take turns
        run = import_runs.lock(session, staff, run_id)
        if run is None or (run.state, run.attempt) != ("importing", attempt):
            return False
        some = rows[run.progress : run.progress + SLICE]
        if some:
            part = replace(parsed, rows=tuple(some), errors=(), warnings=(), lines=len(some))
            _store(session, staff, kind, part, run)
        run.progress += len(some)
        run.total, run.check_at = len(rows), now + LATE
        if run.progress >= run.total:
            _finish(session, staff, run, now)
        session.add(run)
        _tell(session, run)
        return run.state == "importing"


def _store(
    session: Session, staff: System, kind: FileKind, part: ParsedFile[Any], run: ImportRun
) -> None:
    """A slice; rows that contradict what was stored since the check are counted and left out."""
    # One moment for the whole file: a run that was killed leaves the same rows as one that was not.
    now = run.started_at or run.created_at
    read = kind.compare(session, staff, part, now)
    counts = read.counts()
    if work_of(counts):
        for account_id in kind.write(session, staff, read, now):
            live.changed(session, f"account:{account_id}", account_id)
    run.counts = _sum(run.counts, counts)


def _sum(before: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    return {name: before.get(name, 0) + more.get(name, 0) for name in {**before, **more}}


def _finish(session: Session, staff: System, run: ImportRun, now: datetime) -> None:
    run.state, run.finished_at, run.check_at = "done", now, None
    if not work_of(run.counts):
        return
    audit.record(
        session,
        _who(run) or staff,
        f"{run.kind}.imported",
        now=now,
        subject=("import_run", run.id or 0),
        file=run.file_name,
        **run.counts,
    )


def _who(run: ImportRun) -> Member | None:
    """The member who confirmed it, as they were then."""
    by: dict[str, Any] | None = run.options.get("by")
    if by is None:
        return None
    return Member(by["user_id"], by["member_id"], run.company_id, Role(by["role"]), by["name"])


def _give_back(session: Session, run: ImportRun) -> None:
    """Let the file be looked at again: what is wrong with it shows there."""
    run.state, run.check_at = "uploaded", None
    _from_the_start(run)
    session.add(run)
    _tell(session, run)


def _tell(session: Session, run: ImportRun) -> None:
    live.changed(session, f"import:{run.id}", run.id or 0)
    live.changed(session, f"imports:{run.company_id}", run.id or 0)
    live.changed(session, f"company:{run.company_id}", run.company_id)


def start(session: Session, staff: Staff, run: ImportRun, now: datetime) -> None:
    """Make a kept file one that is being imported; the caller takes it or hands it over.

    Raises NotFound when its bytes are gone.
    """
    if not files.store().exists(run.file_sha256):
        raise NotFound(code="import_file_gone")
    run.state, run.started_at = "importing", now
    _from_the_start(run)
    by = asdict(staff) if isinstance(staff, Member) else None
    run.options = {**run.options, "first_attempt": run.attempt + 1, "by": by}
    session.add(run)


def _from_the_start(run: ImportRun) -> None:
    run.progress = run.total = 0
    run.counts = dict[str, int]()
