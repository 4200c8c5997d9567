"""Whose a row is: what a rightful call may touch is its own tenant's, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

Rows = Mapping[tuple[str, int | str], Mapping[str, Any]]
SEARCH_KINDS = ("document", "account", "contact")
SEARCH_BITS = 2  # of an entry's number on SQLite: the kind stands in the lowest ones


@dataclass(frozen=True, slots=True)
class Owner:
    """`companies` and `users` that a row belongs to; both empty: to nobody."""

    companies: frozenset[int] = frozenset()
    users: frozenset[int] = frozenset()

    def __or__(self, other: "Owner") -> "Owner":
        return Owner(self.companies | other.companies, self.users | other.users)


class Owners:
    """Reads from all rows, as they were and as they are, whom each of them belongs to."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows

    @cached_property
    def references(self) -> dict[str, int]:
        """Company of each payment reference."""
        return {
            str(row["reference"]): row["company_id"]
            for (table, _), row in self.rows.items()
            if table == "payment_attempt"
        }

    @cached_property
    def people(self) -> dict[int, frozenset[int]]:
        """The companies at which each user works or may sign in."""
        found: dict[int, frozenset[int]] = {}
        for (table, _), row in self.rows.items():
            if table in {"company_member", "access"} and row["user_id"]:
                companies = found.get(row["user_id"], frozenset())
                found[row["user_id"]] = companies | {row["company_id"]}
        return found

    def of(self, key: tuple[str, int | str], row: Mapping[str, Any]) -> Owner:
        """The owner of one row of a snapshot."""
        table, number = key
        if table == "company":
            return Owner(frozenset({int(number)}))
        if table == "app_user":
            return Owner(users=frozenset({int(number)}))
        if table == "change":
            return self._topic(str(row["topic"]))
        if table == "search_entry" and "company_id" not in row:
            kind = SEARCH_KINDS[int(number) & (2**SEARCH_BITS - 1)]
            return self._object(kind, int(number) >> SEARCH_BITS)
        if row.get("company_id"):
            return Owner(frozenset({row["company_id"]}))
        if row.get("message_id"):
            return self._object("message", row["message_id"])
        if row.get("user_id"):
            return Owner(users=frozenset({row["user_id"]}))
        return Owner()

    def _topic(self, topic: str) -> Owner:
        kind, _, ref = topic.partition(":")
        if kind == "attempt":
            return Owner(frozenset({self.references[ref]}))
        if not ref:
            return Owner()
        if kind in {"company", "user"}:
            key = int(ref)
            return Owner(frozenset({key})) if kind == "company" else Owner(users=frozenset({key}))
        return self._object(
            {"session": "user_session", "import": "import_run"}.get(kind, kind), ref
        )

    def _object(self, table: str, number: int | str) -> Owner:
        key = table, int(number)
        row = self.rows.get(key)
        return Owner() if row is None else self.of(key, row)


def strays(before: Rows, diff: Rows, companies: set[int], users: set[int]) -> dict[Any, Owner]:
    """Touched rows that belong neither to these companies, nor to their people, nor to `users`.

    Files have their content as their name and belong to nobody.
    """
    owners = Owners({**before, **diff})
    found: dict[Any, Owner] = {}
    for key, row in diff.items():
        if key[0].startswith("file "):
            continue
        was = before.get(key)
        owner = owners.of(key, row) | (Owner() if was is None else owners.of(key, was))
        kept = {user for user, places in owners.people.items() if places <= companies}
        if not owner.companies <= companies or not owner.users <= kept | users:
            found[key] = owner
    return found
