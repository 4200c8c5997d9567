"""Keeps the searched text of documents true when their account gets another name."""

from sqlmodel import Session

from clientportal.domain.actors import Actor
from clientportal.domain.permissions import Permission, require
from clientportal.services import document_support as support
from clientportal.storage import document_text as storage
from clientportal.storage import documents as document_storage
from clientportal.storage import search_index

SLICE = 1_000


def rewrite(session: Session, actor: Actor, *, account_id: int) -> int:
    """Write the search text of every document of an account anew; how many there were.

    Call it in the transaction that changes the account's name, code or tax id. Raises NotFound.
    """
    require(actor, Permission.ACCOUNTS_EDIT)
    account = support.account_of(session, actor, account_id)
    count, after = 0, 0
    while rows := storage.of_account(session, actor, account_id, after, SLICE):
        for document in rows:
            support.describe(document, account)
            session.add(document)
        session.flush()
        search_index.put_all(session, [document_storage.search_entry(row) for row in rows])
        count, after = count + len(rows), document_storage.identity(rows[-1])
    return count
