"""Lists against their own bare statements, and scoped search."""

import itertools
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from benchmarks.results import Results
from clientportal.domain.actors import Actor, Customer, Member, Role
from clientportal.domain.document_filters import DocumentFilters, Sort
from clientportal.services import bench_data, document_lists, search
from clientportal.settings import settings
from clientportal.storage import session as storage_session
from clientportal.storage.models import Company, CompanyMember, User
from clientportal.storage.session import unit_of_work

REPEATS = 7
DEEP = 12
LIST_RATIO, LIST_EXTRA_MS = 2.0, 3.0
SEARCH_HIT_MS, SEARCH_NONE_MS = 50.0, 150.0
QUERIES = {
    "one word": "carpetas",
    "two words": "resmas toner",
    "common": bench_data.WORDS[0],
    "rare": bench_data.RARE,
    "none": "zzzqqqxxx",
}
FILTERS: dict[str, dict[str, list[str]]] = {
    "none": {},
    "state=open": {"state": ["open"]},
    "state=overdue": {"state": ["overdue"]},
    "state=paid": {"state": ["paid"]},
    "state=being_paid": {"state": ["being_paid"]},
    "currency": {"currency": ["USD"]},
    "kind": {"kind": ["invoice"]},
    "issued": {"issued_from": ["2024-01-01"], "issued_to": ["2025-06-30"]},
    "text": {"q": ["carpetas"]},
}
SORTS = ("-issued_on", "due_on", "-total", "-balance", "number")


def prepare(documents: int) -> None:
    settings.cache_clear()
    storage_session.engine.cache_clear()
    now = datetime.now(UTC)
    bench_data.load(unit_of_work, documents=documents, today=now.date(), now=now)
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


def measure_lists(kind: str, results: Results) -> None:
    """Every filter, pair and sort, first and deep page, for the staff of the big company."""
    worst: dict[str, tuple[float, str, float, float]] = {}
    actor = actors()["company"]
    names = list(FILTERS)
    cases = [(a,) for a in names] + list(itertools.combinations(names[1:], 2))
    for case in cases:
        query = {k: v for name in case for k, v in FILTERS[name].items()}
        for sort in SORTS if len(case) == 1 else SORTS[:1]:
            for page, cursor in (("first", ""), ("deep", _deep(actor, query, sort))):
                if page == "deep" and not cursor:
                    continue
                taken, bare = _compare(actor, query, sort, cursor)
                over = taken - (LIST_RATIO * bare + LIST_EXTRA_MS)
                label = f"{'+'.join(case)} sort {sort}"
                if page not in worst or over > worst[page][0]:
                    worst[page] = (over, label, taken, bare)
    for page, (over, label, taken, bare) in worst.items():
        results.add(
            kind,
            f"list of 50, {page} page, {len(cases)} filters and pairs; worst: {label}",
            f"{taken:.1f} ms against {bare:.1f} ms bare ({taken / bare:.2f}×)",
            f"≤ {LIST_RATIO:.0f}× + {LIST_EXTRA_MS:.0f} ms",
            over <= 0,
        )


def _list(actor: Actor, query: dict[str, list[str]], sort: str, cursor: str) -> Any:
    with unit_of_work(read_only=True) as session:
        return document_lists.list_documents(
            session,
            actor,
            filters=DocumentFilters.parse(query),
            sort=Sort.parse(sort),
            cursor=cursor,
            now=datetime.now(UTC),
        )


def _deep(actor: Actor, query: dict[str, list[str]], sort: str) -> str:
    cursor = ""
    for _ in range(DEEP):
        following = _list(actor, query, sort, cursor).next_cursor
        if not following:
            return cursor
        cursor = following
    return cursor


def _compare(
    actor: Actor, query: dict[str, list[str]], sort: str, cursor: str
) -> tuple[float, float]:
    """(service call, its bare statements) in ms."""
    statements: list[tuple[str, Any]] = []
    engine = storage_session.engine()

    def keep(_c: Any, _cur: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        statements.append((statement, parameters))

    sa.event.listen(engine, "before_cursor_execute", keep)
    try:
        _list(actor, query, sort, cursor)
    finally:
        sa.event.remove(engine, "before_cursor_execute", keep)
    taken = _best(lambda: _list(actor, query, sort, cursor))
    bare = _best(lambda: _bare(engine, statements))
    return taken, bare


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


def _best(work: Callable[[], object]) -> float:
    """The least of some runs: what the machine does besides can only add."""
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        work()
        times.append((time.perf_counter() - started) * 1000)
    return min(times)


def measure_search(kind: str, results: Results) -> None:
    """p95 of each scope and query."""
    for scope, actor in actors().items():
        for name, words in QUERIES.items():
            times = []
            hits = 0
            for _ in range(25):
                started = time.perf_counter()
                with unit_of_work(read_only=True) as session:
                    found = search.find(session, actor, query=words)
                times.append((time.perf_counter() - started) * 1000)
                hits = len(found.hits)
            p95 = statistics.quantiles(times, n=20)[18]
            limit = SEARCH_HIT_MS if hits else SEARCH_NONE_MS
            results.add(
                kind,
                f"search, scope {scope}, {name} ({hits} hits)",
                f"p95 {p95:.1f} ms",
                f"≤ {limit:.0f} ms",
                p95 <= limit,
            )
