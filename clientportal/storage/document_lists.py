"""Statements of document lists: keyset pages, capped counts and sums, no entity is hydrated."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session

from clientportal.domain.actors import Actor, Customer, Guest
from clientportal.domain.document_filters import Cursor, Sort, SortField
from clientportal.domain.documents import Kind, Lifecycle
from clientportal.storage import prepared
from clientportal.storage.documents import holding
from clientportal.storage.models import Account, AttemptLine, Company, Document
from clientportal.storage.prepared import Term

COUNT_CAP = 10_000

_DOCUMENT: sa.FromClause = sa.inspect(Document).local_table
_ACCOUNT: sa.FromClause = sa.inspect(Account).local_table
_COMPANY: sa.FromClause = sa.inspect(Company).local_table
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
_MOST: sa.BindParameter[int] = sa.bindparam("most", type_=sa.Integer)
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
    seen = prepared.visible(actor, Company)

    def build() -> sa.Select[*tuple[Any, ...]]:
        columns: list[Any] = [_COMPANY.c[name] for name in CompanyFacts.__dataclass_fields__]
        return sa.select(*columns).where(seen.build())

    rows = prepared.run(session, ("companies",), (seen,), build)
    return {
        row[0]: CompanyFacts(row[0], row[1], row[2], row[3], tuple(row[4]), row[5]) for row in rows
    }


def page(
    session: Session,
    where: Sequence[Term],
    sort: Sort,
    cursor: Cursor | None,
    limit: int,
    *,
    has_drafts: bool,
) -> Sequence[sa.Row[Any]]:
    """At most `limit` + 1 rows in the list's order, backwards from a cursor that pages back."""
    descending = sort.descending != (cursor is not None and cursor.back)
    nullable = sort.field is SortField.NUMBER and has_drafts
    since = "start" if cursor is None else "empty" if cursor.value is None else "value"
    at = {} if cursor is None else {"at": cursor.value, "at_id": cursor.row_id}
    return prepared.run(
        session,
        ("documents", sort.field, descending, nullable, since),
        where,
        lambda: _page(prepared.clauses(where), sort.field, descending, nullable, since),
        most=limit + 1,
        **at,
    ).all()


def _page(
    where: Sequence[sa.ColumnElement[bool]],
    field: SortField,
    descending: bool,
    nullable: bool,
    since: str,
) -> sa.Select[Any]:
    """The page is cut first and joined afterwards, so that neither the account nor the open
    attempts can tempt the planner away from the index that gives the order.
    """
    column = _DOCUMENT.c[_SORT_COLUMNS[field]]
    cut = sa.select(*(_DOCUMENT.c[name] for name in _COLUMNS)).where(*where)
    if since != "start":
        cut = cut.where(_beyond(column, descending, nullable, is_empty=since == "empty"))
    cut = cut.order_by(*_order(column, _DOCUMENT.c.id, descending, nullable)).limit(_MOST)
    inner = cut.subquery("cut")
    paid = sa.exists().where(_LINE.c.document_id == inner.c.id, holding())
    outer = sa.select(
        inner,
        _ACCOUNT.c.name.label("account_name"),
        _ACCOUNT.c.code.label("account_code"),
        paid.label("being_paid"),
    ).join_from(inner, _ACCOUNT, _ACCOUNT.c.id == inner.c.account_id)
    return outer.order_by(*_order(inner.c[column.key], inner.c.id, descending, nullable))


def _order(column: Any, tie: Any, descending: bool, nullable: bool) -> tuple[Any, ...]:
    """Rows without a value come last going up and first going down, as PostgreSQL's indexes do."""
    if descending:
        return (column.desc().nulls_first() if nullable else column.desc()), tie.desc()
    return (column.asc().nulls_last() if nullable else column.asc()), tie.asc()


def _beyond(
    column: Any, descending: bool, nullable: bool, *, is_empty: bool
) -> sa.ColumnElement[bool]:
    key = sa.tuple_(column, _DOCUMENT.c.id)
    at_id = sa.bindparam("at_id", type_=_DOCUMENT.c.id.type)
    if is_empty:
        same = sa.and_(
            column.is_(None), _DOCUMENT.c.id < at_id if descending else _DOCUMENT.c.id > at_id
        )
        return sa.or_(same, column.is_not(None)) if descending else same
    at = sa.tuple_(sa.bindparam("at", type_=column.type), at_id)
    if descending:
        return key < at
    return sa.or_(key > at, column.is_(None)) if nullable else key > at


def count(session: Session, where: Sequence[Term], cap: int = COUNT_CAP) -> int:
    """How many documents the list holds, at most cap + 1; an index alone can often tell."""

    def build() -> sa.Select[Any]:
        some = sa.select(sa.literal(1)).select_from(_DOCUMENT).where(*prepared.clauses(where))
        return sa.select(sa.func.count()).select_from(some.limit(_MOST).subquery())

    found = prepared.run(session, ("documents counted",), where, build, most=cap + 1)
    return int(found.scalar_one())


def sums(session: Session, where: Sequence[Term], *, only_open: bool) -> Sequence[Sums]:
    """Sums per currency and kind over a list that `count` found to be short.

    `only_open`: the conditions hold only what is issued and open, so that the index of open
    documents answers without reading a row.
    """

    def build() -> sa.Select[*tuple[Any, ...]]:
        document = _DOCUMENT.c
        lifecycle = (
            sa.literal(Lifecycle.ISSUED.value)
            if only_open
            else sa.cast(document.lifecycle, sa.String)
        )
        columns = (document.currency, document.kind, lifecycle.label("lifecycle"))
        figures = (document.total_minor, document.balance_minor)
        inner = sa.select(*columns, *figures).where(*prepared.clauses(where)).subquery()
        keys = (inner.c.currency, inner.c.kind, inner.c.lifecycle)
        wanted: list[Any] = [*keys, sa.func.count()]
        wanted += [sa.cast(sa.func.sum(inner.c[f.key]), sa.BigInteger) for f in figures]
        return sa.select(*wanted).group_by(*keys)

    return [
        Sums(row[0], row[1], Lifecycle(row[2]), row[3], row[4], row[5])
        for row in prepared.run(session, ("documents summed", only_open), where, build)
    ]


def currencies(session: Session, actor: Actor) -> list[str]:
    """Currencies that occur among the documents the actor may see, at most a handful."""
    seen = prepared.visible(actor, Document)
    whole = not isinstance(actor, Customer | Guest)
    build = partial(_each_currency if whole else _distinct_currencies, seen)
    return sorted(prepared.run(session, ("currencies", whole), (seen,), build).scalars())


def _distinct_currencies(seen: Term) -> sa.Select[Any]:
    return sa.select(_DOCUMENT.c.currency).where(seen.build()).distinct().limit(50)


def _each_currency(seen: Term) -> sa.Select[Any]:
    """From one currency of a company to the next by the index that begins with both: all its
    documents would be read otherwise."""
    first = sa.select(sa.func.min(_DOCUMENT.c.currency).label("currency")).where(seen.build())
    found = first.cte("found", recursive=True)
    after = sa.select(sa.func.min(_DOCUMENT.c.currency)).where(
        seen.build(), _DOCUMENT.c.currency > found.c.currency
    )
    following = sa.select(after.scalar_subquery()).where(found.c.currency.is_not(None))
    every = found.union_all(following)
    return sa.select(every.c.currency).where(every.c.currency.is_not(None)).limit(50)
