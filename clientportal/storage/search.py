"""Search inside a scope: one index, the same answer on both databases (DESIGN §4)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal.domain.actors import Actor, Customer, Member, System
from clientportal.domain.text import MAX_WORDS, normalise, search_words
from clientportal.storage import scope
from clientportal.storage.models import Account, Contact, Document
from clientportal.storage.session import is_sqlite

WALK_LIMIT = 5_000
"""Scopes of up to this many rows are walked by their date index instead of the text index.

Measured on 300,000 documents: walking 12,000 rows costs 65 ms of CPU, the index 4 to 11 ms.
"""
NEWEST_WALK = 4_000
"""PostgreSQL looks at so many of the newest rows first: a common word ends there."""
MAX_SCOPE_ACCOUNTS = 200
"""A customer with more accounts than that is searched by walking."""


class SearchKind(IntEnum):
    """What an entry points to; the number is part of its key in the index."""

    DOCUMENT = 0
    ACCOUNT = 1
    CONTACT = 2


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the index. `account_id` None: only staff find it (a draft, a contact)."""

    kind: SearchKind
    ref_id: int
    company_id: int
    account_id: int | None
    norm: str


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
_INSERT = {
    "sqlite": "INSERT INTO search_entry(rowid, norm) VALUES (:row, :norm)",
    "postgresql": (
        "INSERT INTO search_entry(kind, ref_id, company_id, account_id, norm)"
        " VALUES (:kind, :ref_id, :company_id, :account_id, :norm)"
    ),
}
_DELETE = {
    "sqlite": "DELETE FROM search_entry WHERE rowid = :row",
    "postgresql": "DELETE FROM search_entry WHERE kind = :kind AND ref_id = :ref_id",
}


def create(connection: sa.Connection) -> None:
    """The index of this dialect. Called by the initial migration and by tests."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(
            "CREATE VIRTUAL TABLE IF NOT EXISTS search_entry USING fts5(norm, tokenize='trigram')"
        )
        return
    connection.exec_driver_sql(
        "CREATE TABLE IF NOT EXISTS search_entry (kind smallint NOT NULL, ref_id bigint NOT NULL,"
        " company_id bigint NOT NULL, account_id bigint, norm text NOT NULL,"
        " CONSTRAINT pk_search_entry PRIMARY KEY (kind, ref_id))"
    )
    if _extensions(connection):
        connection.exec_driver_sql(
            "CREATE INDEX IF NOT EXISTS ix_search_entry_norm ON search_entry"
            " USING gin (company_id, account_id, norm gin_trgm_ops)"
        )
    else:
        connection.exec_driver_sql(
            "CREATE INDEX IF NOT EXISTS ix_search_entry_scope ON search_entry"
            " (company_id, account_id, ref_id DESC)"
        )


def drop(connection: sa.Connection) -> None:
    """Undo `create`; the extensions stay, others may use them."""
    connection.exec_driver_sql("DROP TABLE IF EXISTS search_entry")


def _extensions(connection: sa.Connection) -> bool:
    """Whether trigram indexes can be had: a managed server may not let us create extensions."""
    try:
        with connection.begin_nested():
            connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS btree_gin")
    except sa.exc.DBAPIError:
        return False
    return True


def _row(kind: SearchKind, ref_id: int) -> int:
    return ref_id * 4 + kind


# Three private-use characters, each place with an alphabet of its own and the account's apart from
# the company's: no trigram that straddles two codes or a code and a text can equal a code.
_LETTERS = 1066
_FIRST = 0xE000


def _code(kind: SearchKind, scope_id: int, family: int) -> str:
    number = scope_id * 4 + kind
    if number >= _LETTERS**3:
        raise OverflowError("scope codes are used up")
    digits = (number // _LETTERS**2, number // _LETTERS % _LETTERS, number % _LETTERS)
    return "".join(
        chr(_FIRST + (family * 3 + place) * _LETTERS + digit) for place, digit in enumerate(digits)
    )


def company_code(kind: SearchKind, company_id: int) -> str:
    return _code(kind, company_id, 0)


def account_code(kind: SearchKind, account_id: int) -> str:
    return _code(kind, account_id, 1)


def _values(entry: Entry, dialect: str) -> dict[str, object]:
    if dialect == "sqlite":
        codes = company_code(entry.kind, entry.company_id)
        if entry.account_id is not None:
            codes += account_code(entry.kind, entry.account_id)
        return {"row": _row(entry.kind, entry.ref_id), "norm": f"{codes} {entry.norm}"}
    return {
        "kind": int(entry.kind),
        "ref_id": entry.ref_id,
        "company_id": entry.company_id,
        "account_id": entry.account_id,
        "norm": entry.norm,
    }


def put_all(session: Session, entries: Sequence[Entry], *, fresh: bool = False) -> None:
    """Write the entries in the caller's transaction, replacing older ones.

    `fresh` promises that none exists yet, which saves the deletions of a large import.
    """
    if not entries:
        return
    connection = session.connection()
    dialect = connection.dialect.name
    if not fresh:
        remove_all(session, ((entry.kind, entry.ref_id) for entry in entries))
    connection.execute(sa.text(_INSERT[dialect]), [_values(entry, dialect) for entry in entries])


def put(
    session: Session,
    kind: SearchKind,
    ref_id: int,
    company_id: int,
    account_id: int | None,
    norm: str,
) -> None:
    """Write or replace the entry of one row. `norm` comes from `domain.text.search_text`."""
    put_all(session, [Entry(kind, ref_id, company_id, account_id, norm)])


def remove_all(session: Session, keys: Iterable[tuple[SearchKind, int]]) -> None:
    connection = session.connection()
    rows = [{"row": _row(kind, ref), "kind": int(kind), "ref_id": ref} for kind, ref in keys]
    if rows:
        connection.execute(sa.text(_DELETE[connection.dialect.name]), rows)


def remove(session: Session, kind: SearchKind, ref_id: int) -> None:
    remove_all(session, [(kind, ref_id)])


def like(column: Any, words: Iterable[str]) -> sa.ColumnElement[bool]:
    """All words occur in a normalised column; wildcards of SQL are taken literally."""
    return sa.and_(sa.true(), *(col(column).like(_pattern(word), escape="\\") for word in words))


def _pattern(word: str) -> str:
    escaped = word.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped}%"


def every_word(query: str) -> list[str]:
    """The words for a walk, which can afford short ones too."""
    return list(dict.fromkeys(normalise(query).split()))[:MAX_WORDS]


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
    some = select(sa.literal(1)).select_from(table).where(scope.visible_to(actor, table))
    inner = some.limit(WALK_LIMIT + 1).subquery()
    return (session.scalar(select(sa.func.count()).select_from(inner)) or 0) <= WALK_LIMIT


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


def index_ids(
    session: Session, actor: Actor, kind: SearchKind, words: Sequence[str], limit: int | None
) -> sa.Select[Any] | sa.TextClause | None:
    """Statement of the ids that the index gives for the actor's scope, newest first.

    None when the scope cannot be written into a query (too many accounts).
    """
    company_id = actor.company_id if isinstance(actor, Member | System) else None
    accounts: list[int] = []
    if isinstance(actor, Customer):
        reachable = scope.reachable_accounts(actor.user_id, actor.space_id).distinct()
        accounts = list(session.scalars(reachable.limit(MAX_SCOPE_ACCOUNTS + 1)))
        if not accounts or len(accounts) > MAX_SCOPE_ACCOUNTS:
            return None
    elif company_id is None:
        return None
    if is_sqlite(session):
        return _sqlite_ids(kind, company_id, accounts, words, limit)
    return _postgresql_ids(kind, company_id, accounts, words, limit)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _sqlite_ids(
    kind: SearchKind,
    company_id: int | None,
    accounts: Sequence[int],
    words: Sequence[str],
    limit: int | None,
) -> sa.Select[Any]:
    if company_id is not None:
        codes = [company_code(kind, company_id)]
    else:
        codes = [account_code(kind, account) for account in accounts]
    within = "(" + " OR ".join(_quoted(code) for code in codes) + ")"
    match = " AND ".join([within, *(_quoted(word) for word in words)])
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
    kind: SearchKind,
    company_id: int | None,
    accounts: Sequence[int],
    words: Sequence[str],
    limit: int | None,
) -> sa.Select[Any]:
    entry = _ENTRY.c
    rows = sa.select(entry.ref_id).where(entry.kind == int(kind), like(entry.norm, words))
    if company_id is not None:
        rows = rows.where(entry.company_id == company_id)
    else:
        rows = rows.where(entry.account_id.in_(accounts))
    if limit is None:
        return rows
    # Materialised, so that ORDER BY … LIMIT cannot talk the planner out of the trigram index.
    found = rows.cte("found").prefix_with("MATERIALIZED", dialect="postgresql")
    return sa.select(found.c.ref_id).order_by(found.c.ref_id.desc()).limit(limit)
