"""Lists against their own bare statements: every filter and pair, for staff and for customers."""

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from benchmarks.results import Results
from clientportal.domain.actors import Actor, Customer, Member, Role
from clientportal.domain.document_filters import (
    Cursor,
    DocumentFilters,
    DocumentState,
    Sort,
    SortField,
)
from clientportal.services import bench_data, document_lists
from clientportal.settings import settings
from clientportal.storage import document_lists as statements_of_lists
from clientportal.storage import session as storage_session
from clientportal.storage.models import Account, Company, CompanyMember, Document, User
from clientportal.storage.session import unit_of_work

REPEATS, MOST_REPEATS = 3, 15
LIST_RATIO, LIST_EXTRA_MS = 2.0, 3.0
NAMED = 10
"""Missed cells that are named one by one; of more only the worst and how many there are."""
SORTS = ("-issued_on", "due_on", "-total", "-balance", "number")

Query = dict[str, list[str]]


def prepare(documents: int) -> None:
    settings.cache_clear()
    storage_session.engine.cache_clear()
    now = datetime.now(UTC)
    bench_data.load(unit_of_work, documents=documents, now=now)
    with storage_session.engine().connect() as connection:
        connection.execute(sa.text("ANALYZE"))
        connection.commit()


def forget() -> None:
    storage_session.engine().dispose()
    storage_session.engine.cache_clear()
    settings.cache_clear()


def actors() -> dict[str, Actor]:
    """The scopes: a customer of 20, a customer of 2 %, staff of 40 %."""
    with unit_of_work(read_only=True) as session:
        users = {u.email: u for u in session.exec(select(User)).all()}
        company = session.exec(select(Company).where(col(Company.slug) == bench_data.SLUG)).one()
        owner = users[f"owner@{bench_data.SLUG}.example"]
        place = session.exec(
            select(CompanyMember).where(col(CompanyMember.user_id) == owner.id)
        ).one()
        found: dict[str, Actor] = {}
        for code in ("small", "mid"):
            user = users[f"{code}@{bench_data.SLUG}.example"]
            found[code] = Customer(user.id or 0, user.email, user.name)
        found["company"] = Member(
            owner.id or 0, place.id or 0, company.id or 0, Role.OWNER, owner.name
        )
        return found


def filters() -> dict[str, Query]:
    """Every filter of the lists by its name; two that set the same parameter make no pair."""
    today = datetime.now(UTC).date()
    with unit_of_work(read_only=True) as session:
        account = session.exec(select(Account).where(col(Account.code) == "mid")).one().id
    states: dict[str, Query] = {f"state={s.value}": {"state": [s.value]} for s in DocumentState}
    return states | {
        "company": {"company": [bench_data.SLUG]},
        "account": {"account": [str(account)]},
        "currency": {"currency": ["USD"]},
        "kind": {"kind": ["invoice"]},
        "kinds": {"kind": ["credit_note", "advance"]},
        "issued": {
            "issued_from": [str(today - timedelta(days=700))],
            "issued_to": [str(today - timedelta(days=200))],
        },
        "due": {
            "due_from": [str(today - timedelta(days=400))],
            "due_to": [str(today + timedelta(days=10))],
        },
        "text": {"q": ["carpetas"]},
    }


@dataclass(frozen=True, slots=True)
class Cell:
    """One measured list: milliseconds of the service call and of its statements alone."""

    label: str
    taken: float
    bare: float

    @property
    def over(self) -> float:
        """Milliseconds beyond the budget; negative within it."""
        return self.taken - (LIST_RATIO * self.bare + LIST_EXTRA_MS)

    @property
    def figure(self) -> str:
        ratio = self.taken / self.bare
        return f"{self.taken:.1f} ms against {self.bare:.1f} ms bare ({ratio:.2f}×)"


def cases(*, pairs: bool) -> Iterator[tuple[str, Query, tuple[str, ...]]]:
    """(label, query, orders): each filter in every order, each pair newest first."""
    known = filters()
    yield "no filter", {}, SORTS
    for name, query in known.items():
        yield name, query, SORTS
    for (one, first), (other, second) in itertools.combinations(known.items(), 2):
        if pairs and not first.keys() & second.keys():
            yield f"{one} + {other}", first | second, SORTS[:1]


def measure_lists(kind: str, results: Results) -> None:
    """First page and the page in the middle of every list, for each scope."""
    budget = f"≤ {LIST_RATIO:.0f}× + {LIST_EXTRA_MS:.0f} ms"
    for scope, actor in actors().items():
        found: dict[str, list[Cell]] = {"first": [], "middle": []}
        for label, query, orders in cases(pairs=scope != "small"):
            for sort in orders:
                named = f"{label}, by {sort}"
                found["first"].append(_compare(named, actor, query, sort, ""))
                if at := middle(actor, query, sort):
                    found["middle"].append(_compare(named, actor, query, sort, at))
        for page, cells in found.items():
            if not cells:
                continue
            missed = sorted((c for c in cells if c.over > 0), key=lambda c: -c.over)
            worst = max(cells, key=lambda cell: cell.over)
            results.add(
                kind,
                f"list, scope {scope}, {page} page, {len(cells)} filters, pairs and orders;"
                f" {len(missed)} missed; worst: {worst.label}",
                worst.figure,
                budget,
                not missed,
            )
            for cell in missed[1:NAMED]:
                what = f"list, scope {scope}, {page} page: {cell.label}"
                results.add(kind, what, cell.figure, budget, good=False)


def page_of(
    actor: Actor,
    query: Query,
    sort: str = SORTS[0],
    cursor: str = "",
    limit: int = document_lists.PAGE_SIZE,
) -> document_lists.DocumentPage:
    """One page by the service, in a transaction of its own."""
    with unit_of_work(read_only=True) as session:
        return document_lists.list_documents(
            session,
            actor,
            filters=DocumentFilters.parse(query),
            sort=Sort.parse(sort),
            cursor=cursor,
            now=datetime.now(UTC),
            limit=limit,
        )


def middle(actor: Actor, query: Query, sort: str) -> str:
    """The cursor of the row in the middle of a list; "" where it has no second page."""
    parsed, order = DocumentFilters.parse(query), Sort.parse(sort)
    with unit_of_work(read_only=True) as session:
        return _middle(session, actor, parsed, order)


def _middle(session: Session, actor: Actor, parsed: DocumentFilters, order: Sort) -> str:
    now = datetime.now(UTC)
    _, todays, where = document_lists._asked(session, actor, parsed, now)
    if not todays:
        return ""
    count = statements_of_lists.count(session, where.terms, cap=10**9)
    if count <= document_lists.PAGE_SIZE:
        return ""
    table: sa.FromClause = sa.inspect(Document).local_table
    column = table.c[statements_of_lists._SORT_COLUMNS[order.field]]
    drafts = not isinstance(actor, Customer) and parsed.state in {None, DocumentState.DRAFT}
    nullable = order.field is SortField.NUMBER and drafts
    by = statements_of_lists._order(column, table.c.id, order.descending, nullable)
    rows = sa.select(column, table.c.id).where(*(term.filled() for term in where.terms))
    rows = rows.order_by(*by).offset(count // 2).limit(1)
    found = session.execute(rows).one()
    return Cursor(found[0], found[1]).encode()


def _compare(label: str, actor: Actor, query: Query, sort: str, cursor: str) -> Cell:
    return compare(label, lambda: page_of(actor, query, sort, cursor))


def compare(label: str, page: Callable[[], object]) -> Cell:
    """A list beside its statements. What misses is run more often before it counts: the least of
    some runs tells, since whatever else the machine does can only add."""
    kept: list[tuple[str, Any]] = []
    engine = storage_session.engine()

    def keep(_c: Any, _cur: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        kept.append((statement, parameters))

    sa.event.listen(engine, "before_cursor_execute", keep)
    try:
        page()
    finally:
        sa.event.remove(engine, "before_cursor_execute", keep)
    taken = bare = float("inf")
    for run in range(MOST_REPEATS):
        taken = min(taken, timed(page))
        bare = min(bare, timed(lambda: _bare(engine, kept)))
        cell = Cell(label, taken, bare)
        if run + 1 >= REPEATS and cell.over <= 0:
            break
    return Cell(label, taken, bare)


def _bare(engine: sa.Engine, statements: list[tuple[str, Any]]) -> None:
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        for statement, parameters in statements:
            cursor.execute(statement, parameters)
            if cursor.description:
                cursor.fetchall()
        connection.rollback()
    finally:
        connection.close()


def timed(work: Callable[[], object]) -> float:
    """Milliseconds of one run."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def several(work: Callable[[], object], runs: int) -> list[float]:
    """Milliseconds of each run."""
    return [timed(work) for _ in range(runs)]
