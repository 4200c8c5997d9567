"""Names of search hits, read for those that are shown."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clientportal.domain.actors import Actor
from clientportal.storage.models import Account, Contact, Document
from clientportal.storage.scope import visible_to
from clientportal.storage.search_index import SearchKind

Description = tuple[int, str, str, str, int]
"""(id, title, subtitle, code, company id)."""


def describe(
    session: Session, actor: Actor, kind: SearchKind, ids: Sequence[int]
) -> list[Description]:
    """The visible rows of `ids`, in the order given."""
    if not ids:
        return []
    rows = {row[0]: row for row in session.execute(_statement(actor, kind, ids))}
    found = [rows[key] for key in ids if key in rows]
    if kind is SearchKind.DOCUMENT:
        return [(row[0], row[1] or row[5], row[2], row[3].value, row[4]) for row in found]
    return [(row[0], row[1], row[2], "", row[3]) for row in found]


def _statement(actor: Actor, kind: SearchKind, ids: Sequence[int]) -> sa.Select[*tuple[Any, ...]]:
    if kind is SearchKind.DOCUMENT:
        columns = (
            col(Document.id),
            col(Document.number),
            col(Account.name),
            col(Document.kind),
            col(Document.company_id),
            col(Document.concept),
        )
        rows = sa.select(*columns).join(Account, col(Account.id) == col(Document.account_id))
        return rows.where(visible_to(actor, Document), col(Document.id).in_(ids))
    table = Account if kind is SearchKind.ACCOUNT else Contact
    second = col(Account.code) if kind is SearchKind.ACCOUNT else col(Contact.position)
    rows = sa.select(col(table.id), col(table.name), second, col(table.company_id))
    return rows.where(visible_to(actor, table), col(table.id).in_(ids))
