"""What every portal page shares: who looks at which space, the frame around it, words for codes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast
from urllib.parse import quote

import reflex as rx
from reflex_base.utils.imports import ImportVar
from reflex_base.vars import VarData
from sqlmodel import Session
from starlette.requests import cookie_parser

from clientportal.domain.actors import Customer
from clientportal.domain.errors import NotFound
from clientportal.domain.permissions import Permission
from clientportal.rendering.texts import wished
from clientportal.services import search, spaces
from clientportal.services.search import Found
from clientportal.services.spaces import SpaceView
from clientportal.settings import settings
from clientportal.ui.gate import portal
from clientportal.ui.hits import CodedHit, in_words
from clientportal.ui.i18n import t
from clientportal.ui.portal.shell import portal_shell
from clientportal.ui.session import change, page_actor, read, read_kept, route_args
from clientportal.ui.shell_parts import AccountChoice

METHODS = ("sandbox", "sandbox_card", "transfer", "cash", "card", "check", "other")
"""Codes of payment methods with words of their own; anything else is shown as it came."""


class Portal(rx.State):
    """The frame of the portal in this tab: the space of the path and the person's other spaces."""

    base: str = ""
    account: str = ""
    portal_of: str = ""
    companies: int = 0
    accounts: list[AccountChoice] = []
    brand: dict[str, dict[str, str]] = {}
    results: list[CodedHit] = []

    @rx.event(supersedes=True)
    @portal(Permission.DOCUMENTS_READ)
    async def search(self, text: str) -> None:
        """Fill the palette with documents of the space; only the last text typed counts."""
        wanted = text[:100] if isinstance(text, str) else ""
        place = await enter(self)
        found = await read(search.find, place.actor, query=wanted)
        self.results = [_hit_of(hit, place.base) for hit in found.hits if hit.kind == "document"]


@dataclass(frozen=True, slots=True)
class Place:
    """Who looks at which space; `topics` are the changes that concern it."""

    actor: Customer
    space: SpaceView
    base: str

    @property
    def topics(self) -> set[str]:
        own = {f"account:{account.id}" for account in self.space.accounts}
        return own | {f"user:{self.actor.user_id}"}


async def enter(page: rx.State) -> Place:
    """Authorise the tab for the space of its path, fill the frame. Raises NotFound."""
    actor = await page_actor(page)
    key = route_args(page).get("space", "")
    if not isinstance(actor, Customer):
        raise NotFound()
    views = await read_kept(_spaces, replace(actor, space_id=None), ())
    here = next((view for view in views if view.key == key), None)
    if here is None:
        raise NotFound()
    place = Place(actor, here, base_of(here.key))
    frame = await page.get_state(Portal)
    change(
        frame,
        base=place.base,
        account=here.title,
        companies=len(here.companies),
        portal_of=here.companies[0].name if len(here.companies) == 1 else "",
        brand=_brand(here),
        accounts=[choice_of(view, current=view.key == key) for view in views],
    )
    return place


def _spaces(session: Session, actor: Customer) -> list[SpaceView]:
    return spaces.spaces_of(session, actor.user_id)


def base_of(space_key: str) -> str:
    """The path that every page of a space begins with."""
    return f"/portal/{quote(space_key, safe='')}"


def _hit_of(hit: Found, base: str) -> CodedHit:
    return CodedHit(
        group=hit.kind,
        code=hit.code,
        title=hit.title,
        detail=hit.subtitle,
        href=f"{base}/documents/{hit.id}",
        icon="receipt",
    )


def _brand(space: SpaceView) -> dict[str, dict[str, str]]:
    """The company's accent when the space has one company; the house's otherwise."""
    if len(space.companies) != 1:
        return {}
    tokens = space.companies[0].accent_tokens
    return {
        theme: {str(name): str(value) for name, value in colours.items()}
        for theme, colours in tokens.items()
        if isinstance(colours, Mapping)
    }


def choice_of(space: SpaceView, *, current: bool) -> AccountChoice:
    """One entry of the account switcher: the customer's own name and its issuers."""
    return AccountChoice(
        name=space.title,
        detail=", ".join(company.name for company in space.companies),
        tone="",
        href=base_of(space.key),
        current=current,
    )


def language_of(page: rx.State) -> str:
    """The language that was chosen, else that of the browser: what a gateway's page speaks."""
    headers = page.router_data.get("headers", {})
    chosen = cookie_parser(headers.get("cookie", "")).get("lang", "")
    accepted = str(headers.get("accept-language", ""))
    return "en" if wished(chosen, accepted, settings().default_language) == "en" else "es"


def own_origin(page: rx.State) -> str:
    """The site's address as this browser knows it: PUBLIC_URL in production, the address bar's own
    in development, where one build serves any port."""
    headers = page.router_data.get("headers", {})
    origin = str(headers.get("origin", ""))
    known = not settings().is_production and origin == f"http://{headers.get('host', '')}"
    return origin if known else settings().public_url


def method_text(code: Any) -> Any:
    """The word for a payment method; an unknown code, or one that came with an import, as it is."""
    return rx.match(code, *[(name, t(f"portal.method.{name}")) for name in METHODS], code)


def frame(page: str, *children: Any, **props: Any) -> rx.Component:
    """A portal page inside its shell, which also draws why it may not be shown."""
    return portal_shell(
        page,
        *children,
        base=Portal.base,
        account=Portal.account,
        portal_of=rx.cond(
            Portal.portal_of != "",
            t("portal.of_company", company=Portal.portal_of),
            rx.cond(Portal.companies > 0, t("portal.of_companies", n=Portal.companies), ""),
        ),
        accounts=Portal.accounts,
        brand=Portal.brand,
        on_search=Portal.search,
        results=in_words(cast(Any, Portal).results, "portal.palette", ("document",)),
        **props,
    )


def print_pdf(href: Any) -> Any:
    """Prints the PDF of a document without leaving the page (mission 49)."""
    script = (
        "() => { const old = document.getElementById('print-pdf'); if (old) old.remove();"
        " const f = document.createElement('iframe'); f.id = 'print-pdf'; f.title = 'PDF';"
        " f.style.cssText = 'position:fixed;right:0;bottom:0;width:1px;height:1px;opacity:0';"
        " f.onload = () => { f.contentWindow.focus(); f.contentWindow.print(); };"
        f" f.src = {href!s}; document.body.append(f); }}"
    )
    return rx.call_function(rx.Var(script, _var_data=href._get_all_var_data()))


class GoTo(rx.Fragment):
    """Loads an address outside of the app (a gateway's page) when the Var `target` holds one.

    Once per `nonce`: whoever comes back to the page within the same visit stays there.
    """

    target: rx.Var[str]
    nonce: rx.Var[str]

    def add_hooks(self) -> list[str | rx.Var[Any]]:
        target, nonce = self.target, self.nonce
        effect = (
            f"useEffect(() => {{ if (!{target!s} || sessionStorage.getItem('left') === {nonce!s})"
            f" return; sessionStorage.setItem('left', {nonce!s});"
            f" window.location.assign({target!s}) }}, [{target!s}, {nonce!s}])"
        )
        react = VarData(imports={"react": [ImportVar("useEffect")]})
        used = (target._get_all_var_data(), nonce._get_all_var_data())
        return [rx.Var(effect, _var_data=VarData.merge(*used, react))]

    def _exclude_props(self) -> list[str]:
        return ["target", "nonce"]
