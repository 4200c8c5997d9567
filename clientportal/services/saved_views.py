"""Views of a list that a member keeps for themselves: filters and order under a name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs, urlencode

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from clientportal import live
from clientportal.domain.actors import Actor, Member
from clientportal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from clientportal.domain.permissions import Permission, require
from clientportal.domain.receivables import ReceivableFilters
from clientportal.services import company_fields
from clientportal.storage import saved_views as storage
from clientportal.storage.models import SavedView

LONGEST_NAME = 60
LONGEST_QUERY = 1_000
MOST = 30
"""Views of one member on one page: they stand in one line above the list."""

_PAGES: Mapping[str, Callable[[Mapping[str, list[str]]], Mapping[str, list[str]]]] = {
    "receivables": lambda query: ReceivableFilters.parse(query).to_query(),
}
"""Page → its query with what the page knows alone, as the page itself would write it."""


class ViewNameTaken(Conflict):
    """The member has a view of this name already."""

    code = "view_name_taken"


@dataclass(frozen=True, slots=True)
class View:
    """A view; `query` goes behind the page's address, without a question mark."""

    id: int
    name: str
    query: str


def listing(session: Session, actor: Actor, *, page: str) -> list[View]:
    """The actor's own views of a page, by name. Raises Invalid for an unknown page."""
    member = _member(actor)
    _known(page)
    return [
        View(row.id or 0, row.name, row.query) for row in storage.listing(session, member, page)
    ]


def save(session: Session, actor: Actor, *, page: str, name: str, query: str, now: datetime) -> int:
    """Keep a view; its id. What the page does not know of the query is left out.

    Raises Invalid ("required", "too_long", "too_many_views", "choice_invalid"), ViewNameTaken.
    """
    member = _member(actor)
    line = company_fields.text(name, "name", longest=LONGEST_NAME)
    kept = canonical(page, query)
    if len(kept) > LONGEST_QUERY:
        raise Invalid(code="too_long", field="name", longest=LONGEST_QUERY)
    if len(storage.listing(session, member, page)) >= MOST:
        raise Invalid(code="too_many_views", field="name", most=MOST)
    _refuse_taken(session, member, page, line)
    row = SavedView(
        company_id=member.company_id,
        user_id=member.user_id,
        page=page,
        name=line,
        query=kept,
        created_at=now,
    )
    return _store(session, member, row)


def rename(session: Session, actor: Actor, *, view_id: int, name: str) -> None:
    """Give one's own view another name. Raises NotFound, ViewNameTaken, Invalid as `save`."""
    member = _member(actor)
    row = _own(session, member, view_id)
    line = company_fields.text(name, "name", longest=LONGEST_NAME)
    if line == row.name:
        return
    _refuse_taken(session, member, row.page, line)
    row.name = line
    _store(session, member, row)


def remove(session: Session, actor: Actor, *, view_id: int) -> str:
    """Delete one's own view; the name that it had. Raises NotFound."""
    member = _member(actor)
    row = _own(session, member, view_id)
    storage.remove(session, row)
    live.changed(session, f"user:{member.user_id}", member.user_id)
    return row.name


def canonical(page: str, query: str) -> str:
    """A query as the page would write it: two that mean the same list are the same text.

    Raises Invalid("choice_invalid") for an unknown page.
    """
    known = _known(page)
    return urlencode(known(parse_qs(query.lstrip("?")[:4_000])), doseq=True)


def _known(page: str) -> Callable[[Mapping[str, list[str]]], Mapping[str, list[str]]]:
    if page not in _PAGES:
        raise Invalid(code="choice_invalid", field="page", value=page[:20])
    return _PAGES[page]


def _member(actor: Actor) -> Member:
    require(actor, Permission.ACCOUNTS_READ)
    if not isinstance(actor, Member):
        raise NotAllowed(permission=Permission.ACCOUNTS_READ.value)
    return actor


def _own(session: Session, member: Member, view_id: int) -> SavedView:
    row = storage.own(session, member, view_id)
    if row is None:
        raise NotFound()
    return row


def _refuse_taken(session: Session, member: Member, page: str, name: str) -> None:
    if name in {view.name for view in storage.listing(session, member, page)}:
        raise ViewNameTaken(field="name", value=name)


def _store(session: Session, member: Member, row: SavedView) -> int:
    try:
        view_id = storage.store(session, row)
    except IntegrityError as error:  # two tabs at once: the unique key decides
        raise ViewNameTaken(field="name", value=row.name) from error
    live.changed(session, f"user:{member.user_id}", member.user_id)
    return view_id
