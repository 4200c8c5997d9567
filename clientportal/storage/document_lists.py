"""Statements of document lists: keyset pages, capped counts and sums, no entity is hydrated."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col

from clientportal.domain.actors import Actor
from clientportal.domain.dates import DUE_SOON_DAYS
from clientportal.domain.document_filters import (
    Cursor,
    DocumentFilters,
    DocumentState,
    Sort,
    SortField,
)
from clientportal.domain.documents import CREDIT, PAYABLE, Kind, Lifecycle, Settlement
from clientportal.domain.text import search_words
from clientportal.storage import search
from clientportal.storage.documents import holding, unissued, unsettled
from clientportal.storage.models import Account, AttemptLine, Company, Document
from clientportal.storage.scope import visible_to
from clientportal.storage.search_index import SearchKind

COUNT_CAP = 10_000
SETTLED_STATES = frozenset(
    {
        None,
        DocumentState.PAID,
        DocumentState.ISSUED,
        DocumentState.DRAFT,
        DocumentState.VOID,
    }
)
"""States whose lists hold more than what is issued and open."""

_DOCUMENT: sa.FromClause = sa.inspect(Document).local_table
_ACCOUNT: sa.FromClause = sa.inspect(Account).local_table
_LINE: sa.FromClause = sa.inspect(AttemptLine).local_table

_COLUMNS = [
    "id",
    "company_id",
    "account_id",
    "kind",
    "lifecycle",
    "number",
    "issued_on",
    "due_on",
    "currency",
    "total_minor",
    "balance_minor",
    "settled_on",
    "disputed",
    "payment_method",
    "concept",
    "sent_at",
    "seen_at",
    "undelivered",
]
_SORT_COLUMNS = {
    SortField.ISSUED_ON: "issued_on",
    SortField.DUE_ON: "due_on",
    SortField.NUMBER: "number",
    SortField.TOTAL: "total_minor",
    SortField.BALANCE: "balance_minor",
}


@dataclass(frozen=True, slots=True)
class CompanyFacts:
    """What a list needs of each company that the actor sees."""

    id: int
    slug: str
    name: str
    time_zone: str
    currencies: tuple[str, ...]
    allow_partial_payment: bool


class Sums(NamedTuple):
    """One group of a list's sums, in minor units."""

    currency: str
    kind: Kind
    lifecycle: Lifecycle
    count: int
    total_minor: int
    balance_minor: int


def companies(session: Session, actor: Actor) -> dict[int, CompanyFacts]:
    """The companies of the actor's scope by id."""
    rows = session.execute(
        sa.select(
            col(Company.id),
            col(Company.slug),
            col(Company.name),
            col(Company.time_zone),
            col(Company.currencies),
            col(Company.allow_partial_payment),
        ).where(visible_to(actor, Company))
    )
    return {
        row[0]: CompanyFacts(row[0], row[1], row[2], row[3], tuple(row[4]), row[5]) for row in rows
    }


def conditions(
    session: Session, actor: Actor, filters: DocumentFilters, todays: dict[int, date]
) -> list[sa.ColumnElement[bool]]:
    """The WHERE of a list. `todays`: company id → its day, for the companies that may appear."""
    where: list[sa.ColumnElement[bool]] = [visible_to(actor, Document)]
    if filters.companies:
        where.append(col(Document.company_id).in_(list(todays)))
    if filters.account_id is not None:
        where.append(col(Document.account_id) == filters.account_id)
    if filters.currencies:
        where.append(_any(col(Document.currency), filters.currencies))
    if filters.kinds:
        where.append(_any(col(Document.kind), filters.kinds))
    if filters.state is not None:
        where += _state(filters.state, todays)
    bounds = (
        (filters.issued_from, col(Document.issued_on).__ge__),
        (filters.issued_to, col(Document.issued_on).__le__),
        (filters.due_from, col(Document.due_on).__ge__),
        (filters.due_to, col(Document.due_on).__le__),
    )
    where += [compare(day) for day, compare in bounds if day is not None]
    if filters.text:
        where.append(_text(session, actor, filters.text))
    return where


def is_one_of(ids: Sequence[int]) -> sa.ColumnElement[bool]:
    """The documents with these ids."""
    return col(Document.id).in_(ids)


def _any(column: Any, values: Sequence[Any]) -> sa.ColumnElement[bool]:
    """Equality for one value: it lets an index serve the order as well, which IN does not."""
    return column == values[0] if len(values) == 1 else column.in_(values)


def _state(state: DocumentState, todays: dict[int, date]) -> list[sa.ColumnElement[bool]]:
    if state in {DocumentState.DRAFT, DocumentState.VOID}:
        return [unissued(), col(Document.lifecycle) == Lifecycle(state.value)]
    if state is DocumentState.ISSUED:
        return [col(Document.lifecycle) == Lifecycle.ISSUED]
    if state is DocumentState.PAID:
        return [
            col(Document.lifecycle) == Lifecycle.ISSUED,
            col(Document.kind).in_(PAYABLE),
            col(Document.settlement) == Settlement.PAID,
        ]
    # NOT IN, because an index on the kind must not tempt away from that of open documents.
    others = PAYABLE if state is DocumentState.CREDIT else CREDIT
    where: list[sa.ColumnElement[bool]] = [unsettled(), col(Document.kind).not_in(others)]
    match state:
        case DocumentState.PARTLY_PAID:
            where.append(col(Document.settlement) == Settlement.PARTLY_PAID)
        case DocumentState.OVERDUE:
            where.append(_by_day(todays, _before))
        case DocumentState.DUE_SOON:
            where.append(_by_day(todays, _due_soon))
        case DocumentState.DISPUTED:
            where.append(col(Document.disputed).is_(True))
        case DocumentState.BEING_PAID:
            where.append(col(Document.id).in_(_being_paid()))
        case _:
            pass
    return where


def _before(today: date) -> sa.ColumnElement[bool]:
    return col(Document.due_on) < today


def _due_soon(today: date) -> sa.ColumnElement[bool]:
    return col(Document.due_on).between(today, today + timedelta(days=DUE_SOON_DAYS))


def _being_paid() -> sa.Select[Any]:
    return sa.select(_LINE.c.document_id).where(holding())


def _by_day(
    todays: dict[int, date], condition: Callable[[date], sa.ColumnElement[bool]]
) -> sa.ColumnElement[bool]:
    """A condition on today, which differs between companies of far zones."""
    days = sorted(set(todays.values()))
    if len(days) == 1:
        return condition(days[0])
    parts = []
    for day in days:
        ids = [company for company, its_day in todays.items() if its_day == day]
        parts.append(sa.and_(col(Document.company_id).in_(ids), condition(day)))
    return sa.or_(sa.false(), *parts)


def _text(session: Session, actor: Actor, text: str) -> sa.ColumnElement[bool]:
    """Every word of the text; through the index where the scope is too large to walk."""
    if search.small_scope(session, actor):
        return search.like(Document.norm, search.every_word(text))
    words = search_words(text)
    ids = search.index_ids(session, actor, SearchKind.DOCUMENT, words, None)
    if not words:
        return sa.false()
    return search.like(Document.norm, words) if ids is None else col(Document.id).in_(ids)


def page(
    session: Session,
    where: Iterable[sa.ColumnElement[bool]],
    sort: Sort,
    cursor: Cursor | None,
    limit: int,
    *,
    has_drafts: bool,
) -> Sequence[sa.Row[Any]]:
    """At most `limit` + 1 rows in the list's order, backwards from a cursor that pages back.

    The page is cut first and joined afterwards, so that neither the account nor the open attempts
    can tempt the planner away from the index that gives the order.
    """
    column = _DOCUMENT.c[_SORT_COLUMNS[sort.field]]
    descending = sort.descending != (cursor is not None and cursor.back)
    cut = sa.select(*(_DOCUMENT.c[name] for name in _COLUMNS)).where(*where)
    nullable = sort.field is SortField.NUMBER and has_drafts
    if cursor is not None:
        cut = cut.where(_beyond(column, cursor, descending, nullable))
    cut = cut.order_by(*_order(column, _DOCUMENT.c.id, descending, nullable)).limit(limit + 1)
    inner = cut.subquery("cut")
    paid = sa.exists().where(_LINE.c.document_id == inner.c.id, holding())
    outer = sa.select(
        inner,
        _ACCOUNT.c.name.label("account_name"),
        _ACCOUNT.c.code.label("account_code"),
        paid.label("being_paid"),
    ).join_from(inner, _ACCOUNT, _ACCOUNT.c.id == inner.c.account_id)
    order = _order(inner.c[column.key], inner.c.id, descending, nullable)
    return session.execute(outer.order_by(*order)).all()


def _order(column: Any, tie: Any, descending: bool, nullable: bool) -> tuple[Any, ...]:
    """Rows without a value come last going up and first going down, as PostgreSQL's indexes do."""
    if descending:
        return (column.desc().nulls_first() if nullable else column.desc()), tie.desc()
    return (column.asc().nulls_last() if nullable else column.asc()), tie.asc()


def _beyond(
    column: Any, cursor: Cursor, descending: bool, nullable: bool
) -> sa.ColumnElement[bool]:
    key = sa.tuple_(column, _DOCUMENT.c.id)
    if cursor.value is None:
        same = sa.and_(
            column.is_(None),
            _DOCUMENT.c.id < cursor.row_id if descending else _DOCUMENT.c.id > cursor.row_id,
        )
        return sa.or_(same, column.is_not(None)) if descending else same
    at = sa.tuple_(
        sa.literal(cursor.value, column.type), sa.literal(cursor.row_id, _DOCUMENT.c.id.type)
    )
    if descending:
        return key < at
    return sa.or_(key > at, column.is_(None)) if nullable else key > at


def count(session: Session, where: Iterable[sa.ColumnElement[bool]], cap: int = COUNT_CAP) -> int:
    """How many documents the list holds, at most cap + 1; an index alone can often tell."""
    inner = sa.select(sa.literal(1)).select_from(_DOCUMENT).where(*where).limit(cap + 1)
    return session.scalar(sa.select(sa.func.count()).select_from(inner.subquery())) or 0


def sums(
    session: Session, where: Iterable[sa.ColumnElement[bool]], *, only_open: bool
) -> Sequence[Sums]:
    """Sums per currency and kind over a list that `count` found to be short.

    `only_open`: the conditions hold only what is issued and open, so that the index of open
    documents answers without reading a row.
    """
    document = _DOCUMENT.c
    lifecycle = (
        sa.literal(Lifecycle.ISSUED.value) if only_open else sa.cast(document.lifecycle, sa.String)
    )
    inner = (
        sa.select(
            document.currency,
            document.kind,
            lifecycle.label("lifecycle"),
            document.total_minor,
            document.balance_minor,
        )
        .where(*where)
        .subquery()
    )
    keys = (inner.c.currency, inner.c.kind, inner.c.lifecycle)
    figures = (inner.c.total_minor, inner.c.balance_minor)
    rows = sa.select(
        *keys, sa.func.count(), *(sa.cast(sa.func.sum(f), sa.BigInteger) for f in figures)
    )
    return [
        Sums(row[0], row[1], Lifecycle(row[2]), row[3], row[4], row[5])
        for row in session.execute(rows.group_by(*keys))
    ]


def currencies(session: Session, actor: Actor) -> list[str]:
    """Currencies that occur among the documents the actor may see, at most a handful."""
    found = sa.select(_DOCUMENT.c.currency).where(visible_to(actor, Document)).distinct()
    return sorted(session.scalars(found.limit(50)))
