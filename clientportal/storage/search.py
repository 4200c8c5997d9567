"""Search inside a scope: one index, the same answer on both databases (DESIGN §4)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Session, col, select

from clientportal.domain.actors import Actor, Customer, Member, System
from clientportal.domain.text import MAX_WORDS, normalise, search_words
from clientportal.storage import prepared, scope, search_index
from clientportal.storage.models import Account, Contact, Document
from clientportal.storage.prepared import Term
from clientportal.storage.search_index import SearchKind
from clientportal.storage.session import is_sqlite

WALK_LIMIT = 5_000
"""Scopes of up to this many rows are walked by their date index instead of the text index.

Measured on 300,000 documents: walking 12,000 rows costs 65 ms of CPU, the index 4 to 11 ms.
"""
NEWEST_WALK = 4_000
"""PostgreSQL looks at so many of the newest rows first: a common word ends there."""
HITS = 10_000
"""More rows than that are not carried from the index to a list. No less than the cap of its count,
which then needs no counting."""
MAX_SCOPE_ACCOUNTS = 200
"""A customer with more accounts than that is searched by walking."""


@dataclass(frozen=True, slots=True)
class Hit:
    kind: SearchKind
    ref_id: int


_TABLES: dict[SearchKind, type[Any]] = {
    SearchKind.DOCUMENT: Document,
    SearchKind.ACCOUNT: Account,
    SearchKind.CONTACT: Contact,
}
_ENTRY = sa.table(
    "search_entry",
    sa.column("kind", sa.SmallInteger),
    sa.column("ref_id", sa.BigInteger),
    sa.column("company_id", sa.BigInteger),
    sa.column("account_id", sa.BigInteger),
    sa.column("norm", sa.Text),
)


def like(column: Any, words: Iterable[str]) -> sa.ColumnElement[bool]:
    """All words occur in a normalised column; wildcards of SQL are taken literally."""
    return _all_like(column, [_pattern(word) for word in words])


def _all_like(column: Any, patterns: Iterable[Any]) -> sa.ColumnElement[bool]:
    return sa.and_(sa.true(), *(column.like(pattern, escape="\\") for pattern in patterns))


def _pattern(word: str) -> str:
    escaped = word.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped}%"


def every_word(query: str) -> list[str]:
    """The words for a walk, which can afford short ones too."""
    return list(dict.fromkeys(normalise(query).split()))[:MAX_WORDS]


class TextFound(NamedTuple):
    """The condition of a list's text, and how many rows it leaves at most.

    `most` is None where nothing is known, HITS + 1 where the index holds more than HITS. `by_id`:
    the term names the rows.
    """

    term: Term
    most: int | None
    by_id: bool = False


def of_text(session: Session, actor: Actor, kind: SearchKind, text: str) -> TextFound:
    """Rows of a kind that hold every word of the text, for lists of what the actor may see.

    Small scopes are walked. In others the index is asked once for its ids, for all statements of
    the list; words that stand in more than HITS rows are looked for row by row, since a page of
    them is found soon. There a word needs three letters, and a text without any finds nothing.
    """
    table = _TABLES[kind]
    if small_scope(session, actor, kind):
        return TextFound(_holding(table.norm, every_word(text)), WALK_LIMIT)
    words = search_words(text)
    if not words:
        return TextFound(Term("nothing", {}, sa.false), 0)
    ids = index_ids(session, actor, kind, words, None)
    if ids is None:
        return TextFound(_holding(table.norm, words), None)
    some = ids.limit(HITS + 1).subquery()
    hits, found = session.execute(sa.select(sa.func.count(), _packed(session, some.c[0]))).one()
    if hits > HITS:
        return TextFound(_holding(table.norm, words), hits)
    in_sqlite = is_sqlite(session)
    shape = ("hits", kind, in_sqlite)
    term = Term(shape, {"hits": found}, lambda: _one_of_hits(table, in_sqlite=in_sqlite))
    return TextFound(term, hits, by_id=True)


def _packed(session: Session, column: Any) -> sa.ColumnElement[Any]:
    """Ids as one value, which a statement takes back by one parameter."""
    return sa.func.json_group_array(column) if is_sqlite(session) else sa.func.array_agg(column)


def _one_of_hits(table: type[Any], *, in_sqlite: bool) -> sa.ColumnElement[bool]:
    if in_sqlite:
        packed = sa.func.json_each(sa.bindparam("hits", type_=sa.Text)).table_valued("value")
        return col(table.id).in_(sa.select(packed.c.value))
    packed = sa.bindparam("hits", type_=ARRAY(sa.BigInteger))
    return col(table.id) == sa.any_(packed)


def _holding(column: Any, words: Sequence[str]) -> Term:
    """`like` with a place for each word."""
    given = {f"word_{number}": _pattern(word) for number, word in enumerate(words)}
    return Term(
        ("words", str(column), len(given)),
        given,
        lambda: _all_like(column, [sa.bindparam(name) for name in given]),
    )


def find(
    session: Session,
    actor: Actor,
    query: str,
    kinds: Sequence[SearchKind] = tuple(SearchKind),
    limit: int = 20,
) -> list[Hit]:
    """Newest first per kind, in the order of `kinds`: rows the actor may see that hold every word.

    A word needs three letters; shorter ones count only where the scope is small enough to walk.
    """
    hits: list[Hit] = []
    for kind in kinds:
        if len(hits) >= limit:
            break
        hits += [
            Hit(kind, ref) for ref in _find_kind(session, actor, query, kind, limit - len(hits))
        ]
    return hits


def _find_kind(
    session: Session, actor: Actor, query: str, kind: SearchKind, limit: int
) -> Sequence[int]:
    if small_scope(session, actor, kind):
        words = every_word(query)
        return _walk(session, actor, kind, words, limit) if words else []
    words = search_words(query)
    if not words:
        return []
    if not is_sqlite(session) and kind is SearchKind.DOCUMENT:
        newest = _walk(session, actor, kind, words, limit, among=NEWEST_WALK)
        if len(newest) >= limit:
            return newest
    chosen = index_ids(session, actor, kind, words, limit)
    if chosen is None:
        return _walk(session, actor, kind, words, limit)
    # The index may hold what this actor must not see any more: the table decides.
    table = _TABLES[kind]
    seen = select(table.id).where(scope.visible_to(actor, table), col(table.id).in_(chosen))
    return session.exec(seen.order_by(*_newest(kind))).all()


def small_scope(session: Session, actor: Actor, kind: SearchKind = SearchKind.DOCUMENT) -> bool:
    """Whether the actor sees at most WALK_LIMIT rows of this kind; a capped count."""
    table = _TABLES[kind]
    seen = prepared.visible(actor, table)

    def build() -> sa.Select[Any]:
        some = sa.select(sa.literal(1)).select_from(table).where(seen.build())
        return sa.select(sa.func.count()).select_from(some.limit(WALK_LIMIT + 1).subquery())

    counted = prepared.run(session, ("scope",), (seen,), build).scalar_one()
    return bool(counted <= WALK_LIMIT)


def _newest(kind: SearchKind) -> tuple[Any, ...]:
    table = _TABLES[kind]
    if kind is SearchKind.DOCUMENT:
        return col(Document.issued_on).desc(), col(Document.id).desc()
    return (col(table.id).desc(),)


def _walk(
    session: Session,
    actor: Actor,
    kind: SearchKind,
    words: Sequence[str],
    limit: int,
    among: int | None = None,
) -> Sequence[int]:
    """Newest rows of the scope that hold the words; `among` looks at so many rows only."""
    table = _TABLES[kind]
    rows = select(table.id, table.norm).where(scope.visible_to(actor, table))
    rows = rows.order_by(*_newest(kind))
    if among is None:
        return [row[0] for row in session.exec(rows.where(like(table.norm, words)).limit(limit))]
    newest = rows.limit(among).subquery()
    # No LIMIT outside: it would let the planner look for another way than the date index.
    found = sa.select(newest.c.id).where(like(newest.c.norm, words))
    return list(session.scalars(found))[:limit]


class _Within(NamedTuple):
    """The scope that a query of the index is narrowed to: a company, or else accounts."""

    company_id: int | None
    accounts: Sequence[int]


def _within(session: Session, actor: Actor) -> _Within | None:
    """None when the scope cannot be written into a query (nobody's, or too many accounts)."""
    if isinstance(actor, Member | System):
        return _Within(actor.company_id, ())
    if not isinstance(actor, Customer):
        return None
    reachable = scope.reachable_accounts(actor.user_id, actor.space_id).distinct()
    accounts = list(session.scalars(reachable.limit(MAX_SCOPE_ACCOUNTS + 1)))
    return _Within(None, accounts) if 0 < len(accounts) <= MAX_SCOPE_ACCOUNTS else None


def index_ids(
    session: Session, actor: Actor, kind: SearchKind, words: Sequence[str], limit: int | None
) -> sa.Select[Any] | None:
    """Statement of the ids that the index gives for the actor's scope, newest first.

    None when the scope cannot be written into a query.
    """
    within = _within(session, actor)
    if within is None:
        return None
    if is_sqlite(session):
        return _sqlite_ids(_match(kind, within, words), limit)
    return _postgresql_ids(kind, within, words, limit)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _match(kind: SearchKind, within: _Within, words: Sequence[str]) -> str:
    """The query of the text index: one of the scope's codes and every word."""
    if within.company_id is not None:
        codes = [search_index.company_code(kind, within.company_id)]
    else:
        codes = [search_index.account_code(kind, account) for account in within.accounts]
    either = "(" + " OR ".join(_quoted(code) for code in codes) + ")"
    return " AND ".join([either, *(_quoted(word) for word in words)])


def _sqlite_ids(match: Any, limit: int | None) -> sa.Select[Any]:
    rows = sa.select(sa.literal_column("rowid / 4").label("ref_id")).select_from(
        sa.table("search_entry")
    )
    rows = rows.where(sa.literal_column("search_entry").op("MATCH")(match))
    if limit is None:
        return rows
    return sa.select(
        rows.order_by(sa.literal_column("rowid").desc()).limit(limit).subquery().c.ref_id
    )


def _postgresql_ids(
    kind: SearchKind, within: _Within, words: Sequence[str], limit: int | None
) -> sa.Select[Any]:
    entry = _ENTRY.c
    rows = sa.select(entry.ref_id).where(entry.kind == int(kind), like(entry.norm, words))
    if within.company_id is not None:
        rows = rows.where(entry.company_id == within.company_id)
    else:
        rows = rows.where(entry.account_id.in_(within.accounts))
    if limit is None:
        return rows
    # Materialised, so that ORDER BY … LIMIT cannot talk the planner out of the trigram index.
    found = rows.cte("found").prefix_with("MATERIALIZED", dialect="postgresql")
    return sa.select(found.c.ref_id).order_by(found.c.ref_id.desc()).limit(limit)
