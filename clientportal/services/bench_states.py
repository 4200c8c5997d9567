"""States of made-up documents that no file brings: drafts, void ones, payments under way."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from clientportal.domain.actors import System
from clientportal.domain.document_filters import DocumentFilters, DocumentState, Sort, SortField
from clientportal.domain.documents import Kind
from clientportal.domain.payments import AttemptState
from clientportal.services import checkout, document_lists, drafts
from clientportal.services.document_lists import DocumentRow
from clientportal.services.drafts import DraftInput, LineInput
from clientportal.storage import imports as storage
from clientportal.storage.models import AttemptLine, PaymentAttempt

Units = Callable[[], AbstractContextManager[Session]]

ONE_IN = 200
MOST = 1_000
AT_ONCE = 100


def add(units: Units, staff: System, *, among: int, today: date, now: datetime) -> None:
    """One document in ONE_IN, at most MOST: so many drafts, void documents and open attempts."""
    many = min(MOST, max(1, among // ONE_IN))
    with units() as session:
        open_rows = _open_rows(session, staff, 2 * many, now)
    for start in range(0, many, AT_ONCE):
        some = open_rows[: 2 * many : 2][start : start + AT_ONCE]
        with units() as session:
            for row in some:
                _draft(session, staff, row, today, now)
                drafts.void(session, staff, document_id=row.id, reason="Duplicada", now=now)
    with units() as session:
        _attempts(session, staff, open_rows[1 : 2 * many : 2], now)


def _open_rows(session: Session, staff: System, most: int, now: datetime) -> list[DocumentRow]:
    """Payable documents without a payment or a dispute, spread over the customers."""
    rows = document_lists.every_row(
        session,
        staff,
        filters=DocumentFilters(state=DocumentState.OPEN),
        sort=Sort(SortField.TOTAL, descending=False),
        now=now,
    )
    free = (row for row in rows if not row.paid_minor and not row.status.disputed)
    return [row for row, _ in zip(free, range(most), strict=False)]


def _draft(session: Session, staff: System, row: DocumentRow, today: date, now: datetime) -> None:
    drafts.create(
        session,
        staff,
        draft=DraftInput(
            account_id=row.account_id,
            kind=Kind.INVOICE,
            currency=row.currency,
            issued_on=today,
            due_on=today + timedelta(days=30),
            lines=(LineInput(row.concept or "papel", Decimal(1), Decimal(row.total_minor)),),
            concept=row.concept,
        ),
        now=now,
    )


def _attempts(session: Session, staff: System, rows: Sequence[DocumentRow], now: datetime) -> None:
    """Attempts that nobody asks a gateway about: they stay open for as long as is measured."""
    attempts: list[dict[str, Any]] = [
        {
            "company_id": staff.company_id,
            "account_id": row.account_id,
            "reference": checkout.new_reference(),
            "gateway": "sandbox",
            "currency": row.currency,
            "amount_minor": row.balance_minor,
            "state": AttemptState.PENDING,
            "created_at": now,
            "expires_at": now + timedelta(days=3_650),
        }
        for row in rows
    ]
    ids = storage.insert_returning(session, PaymentAttempt, attempts)
    lines = [
        {
            "company_id": staff.company_id,
            "attempt_id": attempt_id,
            "document_id": row.id,
            "account_id": row.account_id,
            "amount_minor": row.balance_minor,
        }
        for attempt_id, row in zip(ids, rows, strict=True)
    ]
    storage.insert(session, AttemptLine, lines)
