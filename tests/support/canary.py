"""Canaries: words of one tenant that no stranger may ever be sent, put into every text column."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col

from clientportal.storage import search_index
from clientportal.storage.models import Contact
from clientportal.storage.search_index import Entry, SearchKind
from tests.support.readable import readable

# A canary is `qz`, the letter of whom it belongs to, and what makes it unique.
PUBLIC = "p"  # what a company shows to all of its customers
INTERNAL = "k"  # what only its staff may know
MINE = "a"  # of the rightful customer's account
OTHER = "o"  # of another account of the same company
_CANARY = re.compile(r"qz([pkao])[0-9a-z]+", re.IGNORECASE)

ALFA, BETA = "alfa", "beta"
LUZ, OTRA, BETO = "qza0luz@alfa.example", "qzo0otra@alfa.example", "beto@beta.example"


# What a server echoes of a tab's own handshake is random and may look like a canary.
_ECHOED = re.compile(
    r'"(?:sec[-_]websocket[-_]key|session_id|sid)[^"]*"\s*:\s*"[^"]*"'
    r"|'sha256-[^']*'"  # so may a hash in the content security policy
    r"|\$argon2[^'\"\s]*"  # and that of a password
    r"|gAAAAA[-\w]+=*",  # and what is sealed
    re.IGNORECASE,
)


def canaries_in(text: str, scopes: str) -> set[str]:
    """The canaries of these scopes that stand anywhere in a text."""
    text = _ECHOED.sub("", text)
    return {found[0] for found in _CANARY.finditer(text) if found[1].lower() in scopes}


# Columns whose words mean something to the program; all other text columns get a canary.
MEANINGFUL = frozenset(
    {
        "accent",
        "access",
        "action",
        "actor_kind",
        "address_norm",
        "channel",
        "code_hash",
        "country",
        "currency",
        "dedupe_key",
        "file_sha256",
        "gateway",
        "key",
        "kind",
        "lane",
        "language",
        "lifecycle",
        "link_seed",
        "logo_media_type",
        "logo_sha256",
        "media_type",
        "method",
        "page",
        "payment_method",
        "provider",
        "query",
        "ref",
        "review_outcome",
        "review_reason",
        "role",
        "settlement",
        "slug",
        "source",
        "state",
        "subject_kind",
        "tax_id_kind",
        "time_zone",
        "to_norm",
        "token_hash",
        "topic",
    }
)
# These are told apart by their own value elsewhere in the tests (addresses sign people in).
_KEPT = frozenset(
    {
        ("app_user", "email"),
        ("access", "email"),
        ("payment_attempt", "reference"),
        ("contact_point", "address"),
        ("payment", "provider_payment_id"),
        ("audit_entry", "data"),
        ("message", "variables"),
        ("number_series", "prefix"),
        ("import_run", "file_name"),
        ("app_user", "password_hash"),
        ("payment_attempt", "redirect_url"),
        ("message", "to_address"),
        ("payment_attempt", "provider_id"),
        ("company", "reply_email"),
        ("sender", "secrets"),
        ("sender", "pause_reason"),
        ("sender", "external_id"),
    }
)


def fill_with_canaries(session: Session, company_id: int, mine: set[int], other: int) -> None:
    """Put a canary into every free text column of every row of the company that has none yet.

    Its own name says whom it belongs to: what hangs on an account is that account's, the
    company's own row is public to its customers, everything else is for the staff alone.
    """
    session.flush()
    scopes = _Scopes(session, company_id, mine, other)
    for table in SQLModel.metadata.sorted_tables:
        columns = [c for c in table.columns if _is_free_text(table.name, c)]
        if not columns or "id" not in table.columns:
            continue
        for row in session.execute(sa.select(table)).mappings().all():
            scope = scopes.of(table.name, row)
            if scope:
                _fill_row(session, table, row, columns, scope)
    _number(session, company_id)
    _index(session, company_id)


def _index(session: Session, company_id: int) -> None:
    """The search finds contacts by the texts that they have now, as after every change of one."""
    found = session.execute(
        sa.select(col(Contact.id), col(Contact.norm)).where(col(Contact.company_id) == company_id)
    )
    search_index.put_all(
        session, [Entry(SearchKind.CONTACT, key, company_id, None, norm) for key, norm in found]
    )


def _is_free_text(table: str, column: sa.Column[Any]) -> bool:
    plain = type(column.type).__name__ in {"String", "Text", "AutoString", "VARCHAR"}
    return plain and column.name not in MEANINGFUL and (table, column.name) not in _KEPT


def _fill_row(
    session: Session,
    table: sa.Table,
    row: Mapping[str, Any],
    columns: Sequence[sa.Column[Any]],
    scope: str,
) -> None:
    values: dict[str, str] = {}
    for position, column in enumerate(columns):
        text = row[column.name]
        if text is not None and not canaries_in(str(text), "pkao"):
            longest = getattr(column.type, "length", None) or 60
            word = f"qz{scope}{table.name[:4].replace('_', '')}{position}x{row['id']}"
            values[column.name] = word[:longest]
    if values:
        session.execute(sa.update(table).where(table.c.id == row["id"]).values(**values))


def _number(session: Session, company_id: int) -> None:
    """Numbers and series carry canaries too, unique and within their own rules.

    Whoever gets a document reads the prefix of its series: it is no secret of the staff.
    """
    session.execute(
        sa.text("UPDATE number_series SET prefix = 'QZP' || prefix WHERE company_id = :c"),
        {"c": company_id},
    )
    session.execute(
        sa.text("UPDATE company SET reply_email = 'qzpreply@alfa.example' WHERE id = :c"),
        {"c": company_id},
    )


class _Scopes:
    """Whom a row belongs to."""

    def __init__(self, session: Session, company_id: int, mine: set[int], other: int) -> None:
        self.company_id = company_id
        self.accounts = dict.fromkeys(mine, MINE) | {other: OTHER}
        self.documents = self._owners(session, "document")
        self.attempts = self._owners(session, "payment_attempt")
        links = session.execute(sa.text("SELECT contact_id, account_id FROM account_contact"))
        self.contacts = {contact: self.accounts.get(account, "") for contact, account in links}
        users = session.execute(sa.text("SELECT id, email FROM app_user")).all()
        known = {LUZ: MINE, OTRA: OTHER}
        self.users = {
            key: known.get(email, INTERNAL if email.endswith("@alfa.example") else "")
            for key, email in users
        }

    def _owners(self, session: Session, table: str) -> dict[int, str]:
        rows = session.execute(sa.text(f"SELECT id, account_id FROM {table}"))
        return {key: self.accounts.get(account, "") for key, account in rows}

    def of(self, table: str, row: Mapping[str, Any]) -> str:
        """The scope letter, "" for rows that are not the company's."""
        if table == "company":
            return PUBLIC if row["id"] == self.company_id else ""
        if table == "app_user":
            return self.users[row["id"]]
        if "company_id" not in row:
            return self.users.get(row.get("user_id") or 0, "")
        if row["company_id"] != self.company_id:
            return ""
        if table == "contact":
            return self.contacts.get(row["id"], INTERNAL)
        if table == "document":
            return self.documents[row["id"]]
        for column, known in (
            ("document_id", self.documents),
            ("attempt_id", self.attempts),
            ("account_id", self.accounts),
            ("contact_id", self.contacts),
        ):
            if row.get(column):
                return known.get(row[column], INTERNAL)
        return INTERNAL


def as_text(value: object) -> str:
    """Everything that a result holds, as one text to look for canaries in."""
    if isinstance(value, bytes):
        return readable(value)
    if isinstance(value, SQLModel):
        return json.dumps(value.model_dump(), default=str)
    if isinstance(value, Mapping):
        return " ".join(f"{as_text(k)} {as_text(v)}" for k, v in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return " ".join(as_text(item) for item in value)
    return repr(value)
