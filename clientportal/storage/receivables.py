"""Statements of the list of receivables: accounts by where they stand (`storage.standings`)."""

from collections.abc import Sequence
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
from clientportal.storage import accounts, prepared, standings
from clientportal.storage.models import Account, AccountBalance, AccountStanding, Message
from clientportal.storage.prepared import Term
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
    where = _where(session, actor, filters, today)
    value, down = _order(filters.sort)
    backwards = cursor is not None and cursor.back
    upwards = down == backwards
    joined = _joined(filters)
    shape = ("receivables", filters.sort, upwards, cursor is not None, joined)

    def build() -> sa.Select[*tuple[Any, ...]]:
        wanted = _from(where, joined).with_only_columns(*_COLUMNS, value.label("place"))
        tie = _ACCOUNT.c.id if filters.sort is ReceivableSort.NAME else _STANDING.c.account_id
        if cursor is not None:
            here = sa.tuple_(value, tie)
            at = sa.bindparam("at", type_=value.type), sa.bindparam("at_id", type_=sa.BigInteger)
            wanted = wanted.where(here > sa.tuple_(*at) if upwards else here < sa.tuple_(*at))
        order = [column.asc() if upwards else column.desc() for column in (value, tie)]
        return wanted.order_by(*order).limit(_MOST)

    at = {} if cursor is None else {"at": cursor.value, "at_id": cursor.row_id}
    found = prepared.run(session, shape, where, build, most=limit, currency=currency, **at)
    rows = [Found(*row) for row in found]
    return rows[::-1] if backwards else rows


def count(
    session: Session, actor: Actor, filters: ReceivableFilters, today: date, cap: int = COUNT_CAP
) -> int:
    """How many accounts the filters leave, counted to `cap` + 1."""
    standings.catch_up(session)
    where = _where(session, actor, filters, today)
    joined = "inner" if filters.currency else ""

    def build() -> sa.Select[Any]:
        some = _from(where, joined).with_only_columns(sa.literal(1)).limit(_MOST)
        return sa.select(sa.func.count()).select_from(some.subquery())

    given = {"most": cap + 1, "currency": filters.currency}
    found = prepared.run(session, ("receivables counted", joined), where, build, **given)
    return int(found.scalar_one())


def owed(session: Session, actor: Actor, account_ids: Sequence[int]) -> list[Owed]:
    """What is open of some accounts, by account and currency."""
    seen = prepared.visible(actor, AccountBalance)

    def build() -> sa.Select[*tuple[Any, ...]]:
        columns = (_BALANCE.c[name] for name in Owed._fields)
        rows = sa.select(*columns).where(seen.build(), _BALANCE.c.account_id.in_(_places("ids")))
        return rows.order_by(_BALANCE.c.account_id, _BALANCE.c.currency)

    found = prepared.run(session, ("owed",), (seen,), build, ids=list(account_ids))
    return [Owed(*row) for row in found]


def currencies(session: Session, actor: Actor) -> Sequence[str]:
    """Currencies in which something is open."""
    statement = select(col(AccountBalance.currency)).where(visible_to(actor, AccountBalance))
    return sorted(session.exec(statement.distinct()))


def last_messages(
    session: Session, actor: Actor, account_ids: Sequence[int]
) -> dict[int, LastMessage]:
    """The last message that left to each account; through the index, however many there were."""
    messages, seen = prepared.visible(actor, Message), prepared.visible(actor, Account)

    def build() -> sa.Select[*tuple[Any, ...]]:
        newest = (
            sa.select(_MESSAGE.c.id)
            .where(
                messages.build(),
                _MESSAGE.c.account_id == _ACCOUNT.c.id,
                _MESSAGE.c.sent_at.is_not(None),
            )
            .order_by(_MESSAGE.c.id.desc())
            .limit(1)
            .correlate(_ACCOUNT)
            .scalar_subquery()
        )
        ids = sa.select(newest).where(seen.build(), _ACCOUNT.c.id.in_(_places("ids")))
        columns = (_MESSAGE.c[name] for name in LastMessage._fields)
        return sa.select(*columns).where(messages.build(), _MESSAGE.c.id.in_(ids))

    both = (messages, seen)
    found = prepared.run(session, ("last messages",), both, build, ids=list(account_ids))
    return {row[0]: LastMessage(*row) for row in found}


_ACCOUNT: sa.FromClause = sa.inspect(Account).local_table
_BALANCE: sa.FromClause = sa.inspect(AccountBalance).local_table
_MESSAGE: sa.FromClause = sa.inspect(Message).local_table
_STANDING: sa.FromClause = sa.inspect(AccountStanding).local_table
_COLUMNS: list[Any] = [
    *(_ACCOUNT.c[name] for name in Found._fields[:7]),
    *(_STANDING.c[name] for name in Found._fields[7:10]),
]
_MOST: sa.BindParameter[int] = sa.bindparam("most", type_=sa.Integer)


def _places(name: str) -> sa.BindParameter[Any]:
    return sa.bindparam(name, expanding=True)


def _order(sort: ReceivableSort) -> tuple[Any, bool]:
    """(expression, whether it runs downwards) of an order; the account's id breaks ties."""
    match sort:
        case ReceivableSort.NAME:
            return _ACCOUNT.c.name, False
        case ReceivableSort.BALANCE:
            return sa.func.coalesce(_BALANCE.c.owed_minor, 0), True
        case _:
            return _STANDING.c.oldest_due, False


def _joined(filters: ReceivableFilters) -> str:
    """How the balance in a currency is joined: only accounts that have one, all, or not at all."""
    if filters.currency:
        return "inner"
    return "outer" if filters.sort is ReceivableSort.BALANCE else ""


def _from(where: Sequence[Term], joined: str) -> sa.Select[Any]:
    """The accounts with history that the terms leave."""
    found = (
        sa.select()
        .select_from(_STANDING)
        .join(_ACCOUNT, _ACCOUNT.c.id == _STANDING.c.account_id)
        .where(*prepared.clauses(where))
    )
    if not joined:
        return found
    same = sa.and_(
        _BALANCE.c.company_id == _STANDING.c.company_id,
        _BALANCE.c.account_id == _STANDING.c.account_id,
        _BALANCE.c.currency == sa.bindparam("currency"),
    )
    return found.join(_BALANCE, same, isouter=joined == "outer")


def _where(session: Session, actor: Actor, filters: ReceivableFilters, today: date) -> list[Term]:
    found = [prepared.visible(actor, AccountStanding), prepared.visible(actor, Account)]
    if filters.reach:
        segments = {"segments": sorted(filters.segments)}
        found.append(
            Term("segments", segments, lambda: _ACCOUNT.c.segment.in_(_places("segments")))
        )
    if filters.situations:
        found.append(_situations(filters.situations, today))
    if filters.owing:
        found.append(Term("owing", {}, lambda: _STANDING.c.open_count > 0))
    if filters.tag:
        found.append(accounts.tagged(session, filters.tag))
    if filters.text:
        found.append(accounts.saying(session, actor, filters.text))
    return found


def _situations(wanted: Sequence[Situation], today: date) -> Term:
    """Any of some situations; each by its days, a claim by what is in dispute."""
    days: dict[str, date] = {}
    for situation in wanted:
        if situation is not Situation.CLAIM:
            first, last = due_between(situation, today)
            days |= {f"first_{situation}": first, f"last_{situation}": last}

    def one(situation: Situation) -> sa.ColumnElement[bool]:
        if situation is Situation.CLAIM:
            return _STANDING.c.disputed_count > 0
        first, last = sa.bindparam(f"first_{situation}"), sa.bindparam(f"last_{situation}")
        return _STANDING.c.oldest_due.between(first, last)

    return Term(("situations", *wanted), days, lambda: sa.or_(*(one(each) for each in wanted)))
