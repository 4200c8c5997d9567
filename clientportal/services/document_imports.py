"""Files of documents: what a line will be, and in which order lines are written."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from clientportal.domain.documents import CREDIT
from clientportal.domain.import_columns import DOCUMENT_HEADERS
from clientportal.domain.imports import DOCUMENT_NEEDED, DocumentRow
from clientportal.services import import_plan, import_write
from clientportal.services.import_base import FileKind, SeenRow
from clientportal.services.import_plan import Read

KIND = "documents"


def lines(read: Read) -> Sequence[tuple[int, tuple[object, ...]]]:
    """For the report: what becomes of each good line."""
    return [
        (plan.row.line, (plan.action, plan.row.kind.value, plan.row.number, plan.row.account_code))
        for plan in read.plans
    ]


def shown(read: Read, most: int) -> tuple[SeenRow, ...]:
    """The first lines with the names of their accounts and what will be left to pay of them."""
    return tuple(_shown(read, plan) for plan in read.plans[:most])


def _shown(read: Read, plan: import_plan.Plan) -> SeenRow:
    row = plan.row
    known = read.accounts.get(row.account_code)
    return SeenRow(
        line=row.line,
        action=plan.action,
        kind=row.kind.value,
        number=row.number,
        name=row.account_name or (known.name if known else row.account_code),
        currency=row.currency,
        issued_on=row.issued_on.isoformat(),
        due_on=row.due_on.isoformat() if row.due_on else "",
        settled_on=row.settled_on.isoformat() if row.settled_on else "",
        total_minor=row.total_minor,
        balance_minor=0 if row.voided_on else row.total_minor - row.paid_minor,
        disputed=row.disputed and row.settled_on is None,
    )


def _place(row: DocumentRow) -> tuple[date, bool, int]:
    """Oldest first, so that the newest have the highest ids (DESIGN §4, search); but what a credit
    was applied to comes after the credit, which is never younger than its use."""
    if row.kind in CREDIT:
        return row.issued_on, False, row.line
    last = max((movement.on for movement in row.movements), default=row.issued_on)
    return max(row.issued_on, last), True, row.line


def _write(session: Session, _staff: Any, read: Read, now: datetime) -> list[int]:
    return import_write.write(session, read, now)


FILE = FileKind(
    name=KIND,
    headers=DOCUMENT_HEADERS,
    needed=DOCUMENT_NEEDED,
    subject=("kind", "number", "account"),
    parse=import_plan.parse,
    compare=import_plan.compare,
    write=_write,
    shown=shown,
    lines=lines,
    place=_place,
)
