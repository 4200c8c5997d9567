"""Statements of the list of receivables: accounts by where they stand (`storage.standings`)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal.domain.actors import Actor
from clientportal.domain.contactability import Segment
from clientportal.domain.document_filters import Cursor
from clientportal.domain.receivables import (
    ReceivableFilters,
    ReceivableSort,
    Situation,
    due_between,
)
from clientportal.storage import accounts, standings
from clientportal.storage.models import Account, AccountBalance, AccountStanding, Message
from clientportal.storage.scope import visible_to

COUNT_CAP = accounts.COUNT_CAP


class Found(NamedTuple):
    """One account of a page. `place`: the value that it is ordered by."""

    id: int
    code: str
    name: str
    tax_id_kind: str
    tax_id: str
    tags: list[str]
    segment: Segment
    oldest_due: date
    open_count: int
    disputed_count: int
    place: date | int | str


class Owed(NamedTuple):
    """What is open in one currency, minor units."""

    account_id: int
    currency: str
    owed_minor: int
    credit_minor: int


class LastMessage(NamedTuple):
    """The last message that left to anybody of an account."""

    account_id: int
    sent_at: datetime
    channel: str


def page(
    session: Session,
    actor: Actor,
    filters: ReceivableFilters,
    *,
    currency: str,
    cursor: Cursor | None,
    limit: int,
    today: date,
) -> list[Found]:
    """Up to `limit` accounts in the order of the list; a `back` cursor gives those before it.

    `currency` is that of the order by balance.
    """
    standings.catch_up(session)
    value, down = _order(filters.sort)
    statement = _from(actor, filters, currency).with_only_columns(
        col(Account.id),
        col(Account.code),
        col(Account.name),
        col(Account.tax_id_kind),
        col(Account.tax_id),
        col(Account.tags),
        col(Account.segment),
        col(AccountStanding.oldest_due),
        col(AccountStanding.open_count),
        col(AccountStanding.disputed_count),
        value.label("place"),
    )
    statement = statement.where(*_where(session, actor, filters, today))
    tie = col(Account.id) if filters.sort is ReceivableSort.NAME else _TIE
    backwards = cursor is not None and cursor.back
    if cursor is not None:
        here = sa.tuple_(value, tie)
        there = sa.tuple_(sa.literal(cursor.value, value.type), sa.literal(cursor.row_id))
        statement = statement.where(here < there if down != backwards else here > there)
    order = [column.desc() if down != backwards else column.asc() for column in (value, tie)]
    rows = [Found(*row) for row in session.execute(statement.order_by(*order).limit(limit))]
    return rows[::-1] if backwards else rows


def count(
    session: Session, actor: Actor, filters: ReceivableFilters, today: date, cap: int = COUNT_CAP
) -> int:
    """How many accounts the filters leave, counted to `cap` + 1."""
    standings.catch_up(session)
    unsorted = replace(filters, sort=ReceivableSort.NAME)
    some = _from(actor, unsorted, filters.currency).with_only_columns(sa.literal(1))
    some = some.where(*_where(session, actor, filters, today)).limit(cap + 1)
    return session.scalar(sa.select(sa.func.count()).select_from(some.subquery())) or 0


def owed(session: Session, actor: Actor, account_ids: Sequence[int]) -> list[Owed]:
    """What is open of some accounts, by account and currency."""
    statement = (
        sa.select(
            col(AccountBalance.account_id),
            col(AccountBalance.currency),
            col(AccountBalance.owed_minor),
            col(AccountBalance.credit_minor),
        )
        .where(visible_to(actor, AccountBalance), col(AccountBalance.account_id).in_(account_ids))
        .order_by(col(AccountBalance.account_id), col(AccountBalance.currency))
    )
    return [Owed(*row) for row in session.execute(statement)]


def currencies(session: Session, actor: Actor) -> Sequence[str]:
    """Currencies in which something is open."""
    statement = select(col(AccountBalance.currency)).where(visible_to(actor, AccountBalance))
    return sorted(session.exec(statement.distinct()))


def last_messages(
    session: Session, actor: Actor, account_ids: Sequence[int]
) -> dict[int, LastMessage]:
    """The last message that left to each account; through the index, however many there were."""
    newest = (
        select(col(Message.id))
        .where(
            visible_to(actor, Message),
            col(Message.account_id) == col(Account.id),
            col(Message.sent_at).is_not(None),
        )
        .order_by(col(Message.id).desc())
        .limit(1)
        .correlate(Account)
        .scalar_subquery()
    )
    ids = select(newest).where(visible_to(actor, Account), col(Account.id).in_(account_ids))
    statement = sa.select(
        col(Message.account_id), col(Message.sent_at), col(Message.channel)
    ).where(visible_to(actor, Message), col(Message.id).in_(ids))
    return {row[0]: LastMessage(*row) for row in session.execute(statement)}


_TIE = col(AccountStanding.account_id)


def _order(sort: ReceivableSort) -> tuple[Any, bool]:
    """(expression, whether it runs downwards) of an order; the account's id breaks ties."""
    match sort:
        case ReceivableSort.NAME:
            return col(Account.name), False
        case ReceivableSort.BALANCE:
            return sa.func.coalesce(col(AccountBalance.owed_minor), 0), True
        case _:
            return col(AccountStanding.oldest_due), False


def _from(actor: Actor, filters: ReceivableFilters, currency: str) -> sa.Select[Any]:
    """The accounts with history, with their balance in `currency` where it is asked about."""
    statement = (
        sa.select()
        .select_from(AccountStanding)
        .join(Account, col(Account.id) == col(AccountStanding.account_id))
        .where(visible_to(actor, AccountStanding), visible_to(actor, Account))
    )
    if not filters.currency and filters.sort is not ReceivableSort.BALANCE:
        return statement
    same = sa.and_(
        col(AccountBalance.company_id) == col(AccountStanding.company_id),
        col(AccountBalance.account_id) == col(AccountStanding.account_id),
        col(AccountBalance.currency) == currency,
    )
    return statement.join(AccountBalance, same, isouter=not filters.currency)


def _where(
    session: Session, actor: Actor, filters: ReceivableFilters, today: date
) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if filters.reach:
        found.append(col(Account.segment).in_(sorted(filters.segments)))
    if filters.situations:
        found.append(sa.or_(*(_situation(wanted, today) for wanted in filters.situations)))
    if filters.owing:
        found.append(col(AccountStanding.open_count) > 0)
    if filters.tag:
        found.append(accounts.tagged(session, filters.tag))
    if filters.text:
        found.append(accounts.saying(session, actor, filters.text))
    return found


def _situation(wanted: Situation, today: date) -> sa.ColumnElement[bool]:
    if wanted is Situation.CLAIM:
        return col(AccountStanding.disputed_count) > 0
    first, last = due_between(wanted, today)
    return col(AccountStanding.oldest_due).between(first, last)
