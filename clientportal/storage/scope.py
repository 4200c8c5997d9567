"""What an actor may see, as a condition: every query starts from `visible_to` (DESIGN rule 2)."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from clientportal.domain.actors import Actor, Customer, Guest, Member, System
from clientportal.domain.documents import Lifecycle
from clientportal.storage.models import (
    Access,
    Account,
    Company,
    Contact,
    Document,
    DocumentLine,
    DocumentOriginal,
    DocumentTax,
    SpaceAccount,
)

_WITH_THE_DOCUMENT = (DocumentLine, DocumentTax, DocumentOriginal)
"""What the holder of a document's link sees with it: what it says, not what happened to it."""


def reachable_accounts(user_id: int, space_id: int | None = None) -> sa.Select[Any]:
    """Ids of the accounts that a portal user may enter, evaluated by the database at read time.

    Access counts when its login switch is on and its invitation was accepted (DESIGN: Access).
    """
    accounts = select(col(Access.account_id)).where(
        col(Access.user_id) == user_id,
        col(Access.login).is_(True),
        col(Access.accepted_at).is_not(None),
    )
    if space_id is not None:
        of_space = select(col(SpaceAccount.account_id)).where(
            col(SpaceAccount.space_id) == space_id, col(SpaceAccount.user_id) == user_id
        )
        accounts = accounts.where(col(Access.account_id).in_(of_space))
    return accounts


def visible_to(actor: Actor, table: type[Any]) -> sa.ColumnElement[bool]:
    """The rows of `table` that the actor may see.

    Staff and the system see their own company. A customer sees what hangs on an account that they
    can enter, and of documents only what was issued. The holder of a link sees that one document.
    Nobody sees nothing.
    """
    match actor:
        case Member() | System():
            column = table.id if table is Company else table.company_id
            return col(column) == actor.company_id
        case Customer():
            return _visible_to_customer(actor, table)
        case Guest():
            return _visible_to_guest(actor, table)
        case _:
            return sa.false()


def _visible_to_customer(actor: Customer, table: type[Any]) -> sa.ColumnElement[bool]:
    accounts = reachable_accounts(actor.user_id, actor.space_id)
    if table is Company:
        return col(Company.id).in_(
            select(col(Account.company_id)).where(col(Account.id).in_(accounts))
        )
    if table is Account:
        return col(Account.id).in_(accounts)
    if table is Document:
        return sa.and_(
            col(Document.account_id).in_(accounts),
            col(Document.lifecycle) != Lifecycle.DRAFT,
        )
    if table is Contact or not hasattr(table, "account_id"):
        return _through_document(actor, table)
    return col(table.account_id).in_(accounts)


def _through_document(actor: Customer, table: type[Any]) -> sa.ColumnElement[bool]:
    """Rows that hang on a document (lines, comments …); all else is hidden from customers."""
    if not hasattr(table, "document_id"):
        return sa.false()
    documents = select(col(Document.id)).where(visible_to(actor, Document))
    return col(table.document_id).in_(documents)


def _visible_to_guest(actor: Guest, table: type[Any]) -> sa.ColumnElement[bool]:
    if table is Company:
        return col(Company.id) == actor.company_id
    if table is Account:
        return sa.and_(
            col(Account.company_id) == actor.company_id, col(Account.id) == actor.account_id
        )
    if table is Document:
        return sa.and_(
            col(Document.company_id) == actor.company_id,
            col(Document.id) == actor.document_id,
            col(Document.lifecycle) != Lifecycle.DRAFT,
        )
    if table in _WITH_THE_DOCUMENT:
        return sa.and_(
            col(table.company_id) == actor.company_id, col(table.document_id) == actor.document_id
        )
    return sa.false()
