"""What a list of documents is narrowed to, as terms of statements that are kept by their shape."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col

from clientportal.domain.actors import Actor, Customer
from clientportal.domain.dates import DUE_SOON_DAYS
from clientportal.domain.document_filters import DocumentFilters, DocumentState
from clientportal.domain.documents import CREDIT, PAYABLE, Lifecycle, Settlement
from clientportal.storage import prepared, scope, search
from clientportal.storage.documents import holding, unissued, unsettled
from clientportal.storage.models import AttemptLine, Document
from clientportal.storage.prepared import Term
from clientportal.storage.search_index import SearchKind

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

_LINE: sa.FromClause = sa.inspect(AttemptLine).local_table


class Where(NamedTuple):
    """The WHERE of a list, and how many rows its text leaves at most (`search.TextFound`)."""

    terms: list[Term]
    most: int | None


def where(
    session: Session, actor: Actor, filters: DocumentFilters, todays: dict[int, date]
) -> Where:
    """The conditions of a list. `todays`: company id → its day, for those that may appear."""
    found: list[Term] = []
    text = search.TextFound(Term("any", {}, sa.true), None)
    if filters.companies:
        found.append(_several("company", col(Document.company_id), list(todays)))
    if filters.account_id is not None:
        found.append(_several("account", col(Document.account_id), [filters.account_id]))
    if filters.currencies:
        found.append(_several("currency", col(Document.currency), filters.currencies))
    if filters.kinds:
        found.append(_several("kind", col(Document.kind), filters.kinds))
    if filters.state is not None:
        found += _state(filters.state, todays)
    found += _bounds(filters)
    if filters.text:
        text = search.of_text(session, actor, SearchKind.DOCUMENT, filters.text)
        found.append(text.term)
    return Where([*_seen(session, actor, by_id=text.by_id), *found], text.most)


def _seen(session: Session, actor: Actor, *, by_id: bool) -> list[Term]:
    """What the actor may see. Of a customer with a single account it is asked for by that account,
    whose index then gives the order of a list as well; of rows that are named, by those alone."""
    seen = prepared.visible(actor, Document)
    if not isinstance(actor, Customer):
        return [seen]
    if by_id:
        return [prepared.fenced(seen)]
    only = _only_account(session, actor)
    if only is None:
        return [seen]
    mine = Term("only", {"only": only}, lambda: col(Document.account_id) == sa.bindparam("only"))
    return [prepared.fenced(seen), mine]


def _only_account(session: Session, actor: Customer) -> int | None:
    """The account of a customer who can enter one alone."""
    given = {"user": actor.user_id, "space": actor.space_id}
    ids = {name: value for name, value in given.items() if value is not None}

    def build() -> sa.Select[Any]:
        places: list[Any] = [sa.bindparam(name) for name in ids]
        return scope.reachable_accounts(*places).distinct().limit(2)

    found = prepared.run(session, ("accounts", *ids), (), build, **ids).scalars().all()
    return found[0] if len(found) == 1 else None


def one_of(ids: Sequence[int]) -> Term:
    """The documents with these ids."""
    return Term("ids", {"ids": list(ids)}, lambda: col(Document.id).in_(_places("ids")))


def _several(name: str, column: Any, given: Sequence[Any]) -> Term:
    """Equality for one value: it lets an index serve the order as well, which IN does not."""
    if len(given) == 1:
        return Term((name, "one"), {name: given[0]}, lambda: column == sa.bindparam(name))
    return Term((name, "several"), {name: list(given)}, lambda: column.in_(_places(name)))


def _places(name: str) -> sa.BindParameter[Any]:
    """A place for any number of values."""
    return sa.bindparam(name, expanding=True)


def _bounds(filters: DocumentFilters) -> list[Term]:
    issued, due = col(Document.issued_on), col(Document.due_on)
    bounds: tuple[tuple[str, date | None, Callable[[Any], sa.ColumnElement[bool]]], ...] = (
        ("issued_from", filters.issued_from, issued.__ge__),
        ("issued_to", filters.issued_to, issued.__le__),
        ("due_from", filters.due_from, due.__ge__),
        ("due_to", filters.due_to, due.__le__),
    )
    return [_bound(name, day, compare) for name, day, compare in bounds if day is not None]


def _bound(name: str, day: date, compare: Callable[[Any], sa.ColumnElement[bool]]) -> Term:
    return Term(name, {name: day}, lambda: compare(sa.bindparam(name)))


def _state(state: DocumentState, todays: dict[int, date]) -> list[Term]:
    found = [Term(("state", state), {}, lambda: sa.and_(*_fixed(state)))]
    if state is DocumentState.OVERDUE:
        found.append(_by_day(todays, _before))
    elif state is DocumentState.DUE_SOON:
        found.append(_by_day(todays, _due_soon))
    return found


def _fixed(state: DocumentState) -> list[sa.ColumnElement[bool]]:
    """What a state demands on any day."""
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
        case DocumentState.DISPUTED:
            where.append(col(Document.disputed).is_(True))
        case DocumentState.BEING_PAID:
            where.append(col(Document.id).in_(sa.select(_LINE.c.document_id).where(holding())))
        case _:
            pass
    return where


def _before(day: Any, _until: Any) -> sa.ColumnElement[bool]:
    return col(Document.due_on) < day


def _due_soon(day: Any, until: Any) -> sa.ColumnElement[bool]:
    return col(Document.due_on).between(day, until)


def _by_day(
    todays: dict[int, date], condition: Callable[[Any, Any], sa.ColumnElement[bool]]
) -> Term:
    """A condition on today, which differs between companies of far zones."""
    days = sorted(set(todays.values()))
    given: dict[str, Any] = {}
    for number, day in enumerate(days):
        given[f"day_{number}"] = day
        given[f"until_{number}"] = day + timedelta(days=DUE_SOON_DAYS)
        given[f"of_day_{number}"] = [its for its, its_day in todays.items() if its_day == day]

    def on(number: int) -> sa.ColumnElement[bool]:
        return condition(sa.bindparam(f"day_{number}"), sa.bindparam(f"until_{number}"))

    def build() -> sa.ColumnElement[bool]:
        if len(days) == 1:
            return on(0)
        its = [col(Document.company_id).in_(_places(f"of_day_{n}")) for n in range(len(days))]
        return sa.or_(sa.false(), *(sa.and_(where, on(n)) for n, where in enumerate(its)))

    return Term((condition.__name__, len(days)), given, build)
