"""General search: documents, accounts and contacts of what the actor may see (mission 85)."""

from dataclasses import dataclass

from sqlmodel import Session

from clientportal.domain.actors import Actor, Customer
from clientportal.domain.permissions import Permission, require
from clientportal.domain.text import MIN_WORD, normalise
from clientportal.storage import search as storage
from clientportal.storage import search_hits
from clientportal.storage.search_index import SearchKind

MAX_QUERY = 100
LIMIT = 20
STAFF_KINDS = (SearchKind.ACCOUNT, SearchKind.DOCUMENT, SearchKind.CONTACT)
CUSTOMER_KINDS = (SearchKind.DOCUMENT,)


@dataclass(frozen=True, slots=True)
class Found:
    """One hit: `kind` is document, account or contact; `code` is the kind of a document.

    `title` is a number or a name, `subtitle` the account or its code.
    """

    kind: str
    id: int
    title: str
    subtitle: str
    code: str
    company_id: int


@dataclass(frozen=True, slots=True)
class SearchResult:
    """`too_short`: no word of the query has three letters and the scope is too large without."""

    hits: tuple[Found, ...]
    too_short: bool


def find(session: Session, actor: Actor, *, query: str, limit: int = LIMIT) -> SearchResult:
    """Up to `limit` hits that hold every word; accounts first, then documents newest first."""
    require(actor, Permission.DOCUMENTS_READ)
    text = query[:MAX_QUERY]
    words = normalise(text).split()
    if not words:
        return SearchResult((), False)
    kinds = CUSTOMER_KINDS if isinstance(actor, Customer) else STAFF_KINDS
    hits: list[Found] = []
    for position, kind in enumerate(kinds):
        share = max(1, (limit - len(hits)) // (len(kinds) - position))
        found = storage.find(session, actor, text, (kind,), share)
        ids = [hit.ref_id for hit in found]
        hits += [
            Found(kind.name.lower(), *row)
            for row in search_hits.describe(session, actor, kind, ids)
        ]
    short = not hits and all(len(word) < MIN_WORD for word in words)
    return SearchResult(tuple(hits), short)
