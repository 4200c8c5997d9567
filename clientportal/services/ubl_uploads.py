"""UBL files from the import screen: each on its own, and what became of each of them kept.

The run is there before the first file, and each file is written down as it comes in: killed
half-way it says what came in and what did not, and sent again the rest comes in, each file once.
"""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

import structlog
from sqlmodel import Session

from clientportal import live
from clientportal.domain.actors import Actor, Member
from clientportal.domain.errors import Invalid, NotFound, PortalError
from clientportal.domain.permissions import Permission
from clientportal.services import ubl_imports
from clientportal.services.guards import require_staff
from clientportal.services.import_base import LATE, Staff
from clientportal.services.ubl_imports import UblResult
from clientportal.storage import import_runs
from clientportal.storage.models import ImportRun

log = structlog.get_logger()

KIND = "ubl"
MOST_FILES = 100
LONGEST_NAME = 120
WAITING = "waiting"


class Units(Protocol):
    """Opens units of work, as `storage.session.unit_of_work` does."""

    def __call__(self) -> AbstractContextManager[Session]: ...


@dataclass(frozen=True, slots=True)
class UblLine:
    """What became of a file. `outcome`: new, same, attached, refused (`code` and `params` say
    why), or waiting for its turn. Amounts in minor units of `currency`; `warnings` is how many its
    document has."""

    name: str
    outcome: str
    document_id: int = 0
    kind: str = ""
    number: str = ""
    account: str = ""
    currency: str = ""
    total_minor: int = 0
    balance_minor: int = 0
    warnings: int = 0
    code: str = ""
    params: dict[str, str | int] = field(default_factory=dict)


def bring(
    units: Units, actor: Actor, *, files: Sequence[tuple[str, bytes]], clock: Callable[[], datetime]
) -> int:
    """Import (name, bytes) one after the other, each in a transaction of its own that also keeps
    what became of it; the id of the run. Killed half-way and sent again, each comes in once.

    Raises Invalid: "required" without a file, "too_many_files" (most).
    """
    staff = require_staff(actor, Permission.DOCUMENTS_IMPORT)
    if not files:
        raise Invalid(code="required", field="file")
    if len(files) > MOST_FILES:
        raise Invalid(code="too_many_files", field="file", most=MOST_FILES)
    run_id = _begin(units, staff, [name[:LONGEST_NAME] for name, _ in files], clock())
    for place, (name, content) in enumerate(files):
        _one(units, staff, run_id, place, name[:LONGEST_NAME], content, clock())
    return run_id


def give_up(session: Session, run: ImportRun, now: datetime) -> None:
    """Close a run whose process died; its bytes are gone, so what waited has to be sent again."""
    lines = [
        replace(line, outcome="refused", code="ubl_interrupted")
        if line.outcome == WAITING
        else line
        for line in lines_of(run)
    ]
    _keep(session, run, lines, now)


def _begin(units: Units, staff: Staff, names: Sequence[str], now: datetime) -> int:
    with units() as session:
        run = ImportRun(
            company_id=staff.company_id,
            user_id=staff.user_id if isinstance(staff, Member) else None,
            kind=KIND,
            file_name=names[0],
            file_sha256="",
            options={},
            state="importing",
            total=len(names),
            created_at=now,
            started_at=now,
        )
        run_id = import_runs.add(session, run).id or 0
        _keep(session, run, [UblLine(name, WAITING) for name in names], now)
    return run_id


def _one(
    units: Units, staff: Staff, run_id: int, place: int, name: str, content: bytes, now: datetime
) -> None:
    """Import a file; one that fails, by its fault or ours, leaves the others of its run alone."""
    try:
        with units() as session:
            found = ubl_imports.bring(session, staff, file_name=name, content=content, now=now)
            _note(session, staff, run_id, place, _line(name, found), now)
            return
    except PortalError as error:
        params = {key: _short(value) for key, value in error.params.items()}
        line = UblLine(name, "refused", code=error.error_code, params=params)
    except Exception:  # the files before it are in: their run must say so
        log.exception("services.ubl.failed", sha256=hashlib.sha256(content).hexdigest())
        line = UblLine(name, "refused", code=PortalError.code)
    with units() as session:
        _note(session, staff, run_id, place, line, now)


def _note(
    session: Session, staff: Staff, run_id: int, place: int, line: UblLine, now: datetime
) -> None:
    """Write down what became of the file at `place`."""
    run = import_runs.lock(session, staff, run_id)
    if run is None:
        raise NotFound()
    lines = list(lines_of(run))
    lines[place] = line
    _keep(session, run, lines, now)


def _keep(session: Session, run: ImportRun, lines: Sequence[UblLine], now: datetime) -> None:
    outcomes = [line.outcome for line in lines]
    run.options = {**run.options, "files": [asdict(line) for line in lines]}
    run.counts = {
        "lines": len(lines),
        "new": outcomes.count("new") + outcomes.count("attached"),
        "same": outcomes.count("same"),
        "errors": outcomes.count("refused"),
    }
    run.progress = len(lines) - outcomes.count(WAITING)
    done = run.progress == len(lines)
    run.state = "done" if done else "importing"
    run.finished_at, run.check_at = (now, None) if done else (None, now + LATE)
    session.add(run)
    live.changed(session, f"import:{run.id}", run.id or 0)
    live.changed(session, f"imports:{run.company_id}", run.id or 0)


def _line(name: str, found: UblResult) -> UblLine:
    return UblLine(
        name=name,
        outcome=found.outcome,
        document_id=found.document_id,
        kind=found.kind.value,
        number=found.number,
        account=found.account_name,
        currency=found.currency,
        total_minor=found.total_minor,
        balance_minor=found.balance_minor,
        warnings=len(found.warnings),
    )


def _short(value: Any) -> str | int:
    return value if isinstance(value, int) else str(value)[:200]


def lines_of(run: ImportRun) -> tuple[UblLine, ...]:
    """What became of the files of a run."""
    return tuple(UblLine(**line) for line in run.options.get("files", ()))
