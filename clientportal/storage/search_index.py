"""The index of search: one normalised text per row, with its scope inside (DESIGN §4)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

import sqlalchemy as sa
from sqlmodel import Session


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


def remove_all(session: Session, keys: Iterable[tuple[SearchKind, int]]) -> None:
    connection = session.connection()
    rows = [{"row": _row(kind, ref), "kind": int(kind), "ref_id": ref} for kind, ref in keys]
    if rows:
        connection.execute(sa.text(_DELETE[connection.dialect.name]), rows)


def remove(session: Session, kind: SearchKind, ref_id: int) -> None:
    remove_all(session, [(kind, ref_id)])


_SCOPES = {
    SearchKind.DOCUMENT: (
        "document",
        "CASE WHEN t.lifecycle = 'draft' THEN NULL ELSE t.account_id END",
    ),
    SearchKind.ACCOUNT: ("account", "t.id"),
    SearchKind.CONTACT: ("contact", "NULL"),
}
"""Of each kind its table, and which account of a row `t` stands in its entry."""


def differing(
    session: Session, kind: SearchKind, company_id: int, most: int
) -> list[tuple[int, bool]]:
    """(id, whether it has an entry at all) of rows of a company whose entry does not say what the
    row does; at most `most`. A row without text needs none, and entries of rows that are gone do no
    harm: the table decides.
    """
    table, account = _SCOPES[kind]
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        codes = f":company_code || {_account_code_sql(kind, account)} || ' ' || t.norm"
        entry, wrong = f"e.rowid = t.id * 4 + {int(kind)}", f"e.norm <> {codes}"
    else:
        entry = f"e.kind = {int(kind)} AND e.ref_id = t.id"
        wrong = (
            f"e.company_id <> t.company_id OR e.account_id IS DISTINCT FROM ({account})"
            " OR e.norm <> t.norm"
        )
    statement = sa.text(
        f"SELECT t.id, e.norm IS NOT NULL FROM {table} t LEFT JOIN search_entry e ON {entry}"
        f" WHERE t.company_id = :company_id AND (e.norm IS NULL AND t.norm <> '' OR {wrong})"
        " ORDER BY t.id LIMIT :most"
    )
    given: dict[str, object] = {"company_id": company_id, "most": most}
    if connection.dialect.name == "sqlite":
        given["company_code"] = company_code(kind, company_id)
    return [(row[0], bool(row[1])) for row in connection.execute(statement, given)]


def _account_code_sql(kind: SearchKind, account: str) -> str:
    """`account_code` in the words of SQLite, "" without an account."""
    number = f"(({account}) * 4 + {int(kind)})"
    digits = (
        f"{number} / {_LETTERS**2}",
        f"{number} / {_LETTERS} % {_LETTERS}",
        f"{number} % {_LETTERS}",
    )
    letters = ", ".join(
        f"{_FIRST + (3 + place) * _LETTERS} + {digit}" for place, digit in enumerate(digits)
    )
    return f"CASE WHEN ({account}) IS NULL THEN '' ELSE char({letters}) END"
