"""Statements of the log of interactions: messages with whom they are about, newest first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal.domain.actors import Member, System
from clientportal.domain.contactability import AlertReason
from clientportal.domain.delivery import MessageState
from clientportal.domain.document_filters import Cursor
from clientportal.domain.documents import Kind
from clientportal.domain.interactions import OUTCOMES, InteractionFilters
from clientportal.storage import search
from clientportal.storage.models import Account, AddressAlert, Document, Message
from clientportal.storage.scope import visible_to

COUNT_CAP = 10_000
HIDDEN = ("sign_in_code", "password_changed")
"""Kinds that no log shows, whoever they belong to: their subjects may hold a code."""


@dataclass(frozen=True, slots=True)
class Period:
    """Moments between which a message was made; None: open at that end. `before` is left out."""

    since: datetime | None = None
    before: datetime | None = None


class Found(NamedTuple):
    """One message without its body, its variables and whatever links it carries."""

    id: int
    kind: str
    channel: str
    to_address: str
    to_name: str
    subject: str
    template: str
    state: MessageState
    state_at: datetime | None
    error: str
    created_at: datetime
    sent_at: datetime | None
    account_id: int | None
    account_name: str | None
    document_id: int | None
    document_kind: Kind | None
    document_number: str | None


_COLUMNS: tuple[Any, ...] = (
    *(
        getattr(Message, name)
        for name in (
            "id", "kind", "channel", "to_address", "to_name", "subject", "template", "state",
            "state_at", "error", "created_at", "sent_at",
        )
    ),
    Message.account_id,
    Account.name,
    Message.document_id,
    Document.kind,
    Document.number,
)  # fmt: skip


def page(
    session: Session,
    staff: Member | System,
    filters: InteractionFilters,
    period: Period,
    *,
    cursor: Cursor | None,
    limit: int,
) -> list[Found]:
    """Up to `limit` messages, newest first; a `back` cursor gives those before its row."""
    statement = (
        sa.select(*_COLUMNS)
        .select_from(Message)
        .outerjoin(
            Account,
            sa.and_(
                col(Account.id) == col(Message.account_id),
                col(Account.company_id) == col(Message.company_id),
            ),
        )
        .outerjoin(
            Document,
            sa.and_(
                col(Document.id) == col(Message.document_id),
                col(Document.company_id) == col(Message.company_id),
            ),
        )
        .where(*_where(staff, filters, period))
    )
    key = col(Message.id)
    if cursor is not None:
        statement = statement.where(key > cursor.row_id if cursor.back else key < cursor.row_id)
    backwards = cursor is not None and cursor.back
    rows = session.execute(statement.order_by(key if backwards else key.desc()).limit(limit)).all()
    found = [Found(*row) for row in rows]
    return found[::-1] if backwards else found


def count(
    session: Session, staff: Member | System, filters: InteractionFilters, period: Period
) -> int:
    """How many messages the filters leave, counted to COUNT_CAP + 1."""
    some = select(sa.literal(1)).select_from(Message)
    some = some.where(*_where(staff, filters, period)).limit(COUNT_CAP + 1)
    return session.exec(select(sa.func.count()).select_from(some.subquery())).one()


def alerts_by_message(
    session: Session, staff: Member | System, message_ids: Sequence[int]
) -> Mapping[int, AlertReason]:
    """For each message that had its address alerted, why."""
    statement = select(col(AddressAlert.message_id), col(AddressAlert.reason)).where(
        visible_to(staff, AddressAlert), col(AddressAlert.message_id).in_(message_ids)
    )
    return {message_id: reason for message_id, reason in session.exec(statement) if message_id}


def _where(
    staff: Member | System, filters: InteractionFilters, period: Period
) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = [
        visible_to(staff, Message),
        col(Message.kind).not_in(HIDDEN),
    ]
    if filters.account_id is not None:
        found.append(col(Message.account_id) == filters.account_id)
    if filters.channel:
        found.append(col(Message.channel) == filters.channel)
    if filters.purpose:
        found.append(col(Message.kind) == filters.purpose)
    if filters.outcome is not None:
        found.append(col(Message.state).in_(sorted(OUTCOMES[filters.outcome])))
    if period.since is not None:
        found.append(col(Message.created_at) >= period.since)
    if period.before is not None:
        found.append(col(Message.created_at) < period.before)
    found += [_holds(staff, word) for word in search.every_word(filters.text)]
    return found


def _holds(staff: Member | System, word: str) -> sa.ColumnElement[bool]:
    """The word occurs in address, recipient, subject, or the account's own search text."""
    accounts = select(col(Account.id)).where(
        visible_to(staff, Account), search.like(Account.norm, [word])
    )
    texts = (_plain(column) for column in (Message.to_norm, Message.to_name, Message.subject))
    return sa.or_(
        *(search.like(text, [word]) for text in texts), col(Message.account_id).in_(accounts)
    )


def _plain(column: Any) -> sa.ColumnElement[str]:
    """A text as it is compared: small letters without accents (SQLite lowers ASCII alone)."""
    found: sa.ColumnElement[str] = sa.func.lower(column)
    for accented, plain in zip("áéíóúüñÁÉÍÓÚÜÑ", "aeiouunaeiouun", strict=True):
        found = sa.func.replace(found, accented, plain)
    return found
