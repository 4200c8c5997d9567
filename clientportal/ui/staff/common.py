"""What every staff page shares: who looks at which company, the frame around it, small helpers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from urllib.parse import parse_qs, quote
from zoneinfo import ZoneInfo

import reflex as rx
from sqlmodel import Session

from clientportal.domain.actors import Member, Role
from clientportal.domain.errors import NotFound
from clientportal.domain.permissions import Permission, permissions_of
from clientportal.services import companies, identity, members, search
from clientportal.services.companies import CompanySettings
from clientportal.services.identity import Principal
from clientportal.ui import kit
from clientportal.ui.gate import staff
from clientportal.ui.hits import CodedHit, in_words
from clientportal.ui.i18n import Text, page_title, t, t_enum
from clientportal.ui.session import change, page_actor, principal, read, read_kept, utc_now
from clientportal.ui.shell_parts import Choice
from clientportal.ui.staff.palette import GROUPS, hits_of
from clientportal.ui.staff.shell import staff_shell

ROOT = "/staff/[company_slug]"
STRONG = (Role.OWNER, Role.ADMIN)


class StaffFrame(rx.State):
    """The frame of the staff's pages in this tab: company of the path, role, other companies."""

    base: str = ""
    company: str = ""
    companies: list[Choice] = []
    role: str = ""
    can: list[str] = []
    ask: str = ""
    zone: str = ""
    currencies: list[str] = []
    results: list[CodedHit] = []

    @rx.event(supersedes=True)
    @staff(Permission.DOCUMENTS_READ)
    async def search(self, text: str) -> None:
        """Fill the palette with what is found; only the last text typed counts."""
        wanted = text[:100] if isinstance(text, str) else ""
        place = await enter(self)
        found = await read(search.find, place.actor, query=wanted)
        self.results = hits_of(found.hits, place.base)


def document_href(document_id: Any) -> rx.Var[str]:
    """Where a document of the company stands."""
    return rx.Var.create(f"{StaffFrame.base}/billing/{document_id}")


@dataclass(frozen=True, slots=True)
class Place:
    """Who looks at which company, and when; `today` is the day in the company's zone."""

    actor: Member
    company: CompanySettings
    base: str
    now: datetime
    today: date

    @property
    def topics(self) -> set[str]:
        """What changes the frame itself or any list of the company."""
        return {f"company:{self.company.id}", f"user:{self.actor.user_id}"}


async def enter(page: rx.State) -> Place:
    """Authorise the tab for the company of its path and fill the frame; for loads and handlers.

    Raises NotSignedIn, NotFound.
    """
    actor = await page_actor(page)
    if not isinstance(actor, Member):
        raise NotFound()
    who = await principal(page)
    company, doors, ask = await read_kept(_facts, actor, (who.user_id, who.kind), who)
    now = utc_now()
    base = base_of(company.slug)
    frame = await page.get_state(StaffFrame)
    change(
        frame,
        base=base,
        company=company.name,
        role=actor.role.value,
        can=sorted(permission.value for permission in permissions_of(actor)),
        ask=ask,
        zone=company.time_zone,
        currencies=list(company.currencies),
        companies=[
            Choice(name=name, href=f"{base_of(slug)}/today", current=slug == company.slug)
            for slug, name in doors
        ],
    )
    return Place(actor, company, base, now, now.astimezone(ZoneInfo(company.time_zone)).date())


def _facts(
    session: Session, actor: Member, who: Principal
) -> tuple[CompanySettings, tuple[tuple[str, str], ...], str]:
    """The company, the companies of this person, and whom to ask for what their role lacks."""
    company = companies.read(session, actor, company_id=actor.company_id)
    doors = identity.doors_of(session, who).companies
    ask = ""
    if actor.role not in STRONG:
        ask = next((row.name for row in members.listing(session, actor) if row.role in STRONG), "")
    return company, doors, ask


def base_of(slug: str) -> str:
    """The path that every staff page of a company begins with."""
    return f"/staff/{quote(slug, safe='')}"


def allowed(permission: Permission) -> rx.Var[bool]:
    """Whether the role of this tab holds a permission; draws buttons, never protects anything."""
    return cast(Any, StaffFrame).can.contains(permission.value)


def needs(permission: Permission, *children: Any, otherwise: Any = None) -> rx.Component:
    """Children that only a role with the permission gets to see."""
    return rx.cond(allowed(permission), rx.fragment(*children), otherwise or rx.fragment())


def role_note(permission: Permission, what: str = "read_only") -> rx.Component:
    """What this role may not do here, and whom to ask (looks §9, 15); `what`: staff.frame.*."""
    role = t_enum("staff.role", StaffFrame.role, Role)
    text = rx.cond(
        StaffFrame.ask != "",
        t(f"staff.frame.{what}_ask", role=role, name=StaffFrame.ask),
        t(f"staff.frame.{what}", role=role),
    )
    return rx.cond(
        allowed(permission), rx.fragment(), kit.note(text, icon="lock", test_id="read-only")
    )


def staff_page(
    page: str,
    title: Any,
    *children: Any,
    tab_title: Text,
    loaded: Any = None,
    placeholder: Any = None,
    actions: Sequence[Any] = (),
    **props: Any,
) -> rx.Component:
    """A staff page in its shell, with palette, company switch, and why it may not be shown.

    `page` marks the menu entry, `tab_title` is a Var for the tab; until the Var `loaded` is true
    the `placeholder` (skeleton rows unless given) stands in the children's place. The rest goes to
    `staff_shell` (counts, keys, key_labels, on_undo, bare).
    """
    inside: Any = rx.fragment(*children)
    if loaded is not None:
        inside = kit.loading(~loaded, placeholder or kit.skeleton_rows(), inside)
    return rx.fragment(
        page_title(tab_title),
        staff_shell(
            page,
            title,
            inside,
            base=StaffFrame.base,
            company=StaffFrame.company,
            companies=StaffFrame.companies,
            actions=actions,
            on_search=StaffFrame.search,
            results=in_words(cast(Any, StaffFrame).results, "staff.palette", GROUPS),
            **props,
        ),
    )


def query_of(page: rx.State) -> dict[str, list[str]]:
    """The query of the tab's address: hostile text, parse it."""
    return parse_qs(page.router.url.query)


def first(query: Mapping[str, Sequence[str]], name: str, most: int = 200) -> str:
    """One parameter, cut; "" when it is missing."""
    values = query.get(name) or [""]
    return values[0][:most]


def text_of(data: Mapping[str, Any], name: str, most: int = 500) -> str:
    """One field of a submitted form as text, whatever the browser sent."""
    value = data.get(name, "") if isinstance(data, Mapping) else ""
    return value.strip()[:most] if isinstance(value, str) else ""
