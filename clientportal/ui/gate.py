"""Runs before every event of every tab: deny by default, one principal per state tree, a rate.

Also re-exports the markers, so a page needs one import: `from clientportal.ui.gate import staff`.
"""

import logging
from collections.abc import Mapping
from types import NoneType
from typing import Any, Final, cast
from urllib.parse import quote

import reflex as rx
from reflex.app import App
from reflex.middleware import Middleware
from reflex.state import BaseState, StateUpdate
from reflex_base.constants import RouteVar
from reflex_base.event import Event
from reflex_base.event.context import EventContext
from reflex_base.registry import RegisteredEventHandler, RegistrationContext
from reflex_base.utils.format import format_event_handler

from clientportal import log
from clientportal.domain.actors import Nobody
from clientportal.domain.permissions import may
from clientportal.limits import Limiter, network_of
from clientportal.services import sessions
from clientportal.services.identity import Principal
from clientportal.settings import settings
from clientportal.ui import live_pages, session
from clientportal.ui.arguments import fits
from clientportal.ui.base import Visitor, mark_loading
from clientportal.ui.hostile import acceptable
from clientportal.ui.pages import loading_events
from clientportal.ui.policy import (
    Policy,
    Reach,
    policy_of,
    portal,
    public,
    signed_in,
    staff,
)

__all__ = ["Gate", "Policy", "Reach", "policy_of", "portal", "public", "signed_in", "staff"]

logger = logging.getLogger(__name__)

# What the framework itself needs, with what a page of ours gives it. The rest of it (setvar, shared
# states, uploads, variables that the browser stores) is refused.
FRAMEWORK_HANDLERS: Final[Mapping[str, Mapping[str, tuple[type, ...]]]] = {
    "handle_frontend_exception": {"info": (str,), "component_stack": (str, NoneType)},
    "hydrate": {},
    "hydrate_and_load": {"vars": (dict, NoneType), "hashes": (list, NoneType)},
    "on_load_internal": {},
    "set_is_hydrated": {"value": (bool,)},
}
OPTIONAL: Final = frozenset({"vars", "hashes"})
# What a page says about where it is, and what the server adds to it.
PLACE: Final = (
    RouteVar.PATH,
    RouteVar.ORIGIN,
    RouteVar.QUERY,
    RouteVar.HEADERS,
    RouteVar.CLIENT_IP,
    RouteVar.CLIENT_TOKEN,
    RouteVar.SESSION_ID,
)
MOST_ADDRESS = 8_000
"""Characters of a page's address; the longest that we make ourselves has a tenth of it."""
# A tab sends one of these when it connects and at each navigation.
ARRIVALS: Final = frozenset({"hydrate_and_load", "on_load_internal"})
# By this one a page that failed to load says so.
REFUSE: Final = format_event_handler(cast(Any, Visitor.refuse))
# By this one a page that reads nothing again is asked whether it may still be there.
LOOK: Final = format_event_handler(cast(Any, Visitor.look_again))


def framework_event(handler: RegisteredEventHandler, name: str) -> bool:
    """Whether the handler is one of the framework's own that every page needs."""
    module = handler.handler.fn.__module__
    ours = not module.startswith(("reflex.", "reflex_"))
    return not ours and name.rpartition(".")[2] in FRAMEWORK_HANDLERS


def framework_arguments(name: str, payload: Mapping[str, Any]) -> bool:
    """Whether these are what a page of ours gives one of the framework's handlers.

    They check nothing themselves, and nobody needs to be signed in to call them. Of variables that
    the browser stores we have none.
    """
    wanted = FRAMEWORK_HANDLERS[name.rpartition(".")[2]]
    if not wanted.keys() - OPTIONAL <= payload.keys() <= wanted.keys() or payload.get("vars"):
        return False
    of_their_types = all(isinstance(value, wanted[name]) for name, value in payload.items())
    return of_their_types and acceptable(payload)


class Gate(Middleware):
    """The only Reflex middleware of the app."""

    def __init__(self) -> None:
        rate = settings().principal_events_per_second
        self.rate = Limiter(rate, burst=rate)

    async def preprocess(self, app: App, state: BaseState, event: Event) -> StateUpdate | None:
        """None lets the event run; an update refuses it, also when who asks cannot be told."""
        root: Any = state._get_root_state()
        log.begin_request(EventContext.get().txid, event=event.name)
        try:
            return await self._decide(app, root, event)
        except Exception:
            logger.exception("the gate failed", extra={"handler": event.name})
            return await _fail(app, root, event)

    async def _decide(self, app: App, root: Any, event: Event) -> StateUpdate | None:
        context = EventContext.get()
        placed = _keep_place(root)
        who = await session.principal(root)
        visitor = await self._bind(app, root, who)
        if not self.rate.allows(_rate_key(root, who)):
            return StateUpdate()
        if not placed:
            logger.info("event refused", extra={"handler": event.name, "reason": "address"})
            return StateUpdate()
        registered = RegistrationContext.get().event_handlers.get(event.name)
        if registered is None:
            return StateUpdate()
        if framework_event(registered, event.name):
            if not framework_arguments(event.name, event.payload):
                logger.info("event refused", extra={"handler": event.name, "reason": "arguments"})
                return StateUpdate()
            if event.name.rpartition(".")[2] in ARRIVALS:
                # A tab keeps its state over a reload: left set, it would leave again, for ever.
                visitor.leave_to = ""
                await self._arrive(app, root, who)
            return None
        if not acceptable(event.payload):
            logger.info("event refused", extra={"handler": event.name, "reason": "arguments"})
            return StateUpdate()
        refreshes = live_pages.is_refresh(app, context.token, event.name)
        loads = event.name in loading_events() or refreshes
        if event.name == LOOK:
            code = await _place_refusal(root, who)
        else:
            code = await _refusal(root, who, policy_of(registered.handler.fn))
        if code == "" and not fits(registered.handler.fn, event.payload):
            code = "invalid"
        if code == "":
            if loads:
                mark_loading(context.txid, refreshes=refreshes)
                session.change(visitor, refused="")
                if not refreshes:  # one of the page before may come late
                    session.change(visitor, at=root.router.url.path.rstrip("/"))
            return None
        logger.info("event refused", extra={"handler": event.name, "reason": code})
        return await _refuse(root, visitor, code, loads=loads)

    async def _bind(self, app: App, root: Any, who: Principal) -> Visitor:
        """Reset the whole state tree when it was filled for somebody else."""
        visitor: Visitor = await root.get_state(Visitor)
        if visitor._bound == who.key:
            if visitor.name != who.name:  # changed in another tab
                visitor.name = who.name
            return visitor
        if visitor._bound or settings().redis_url:
            # With Redis only the states of this event are loaded, and keys expire one by one, so
            # the rest of the tree may hold another person's data even when nothing is bound.
            for state_class in RegistrationContext.get().base_states.values():
                await root.get_state(state_class)
            hydrated = root.is_hydrated
            root.reset()
            root.is_hydrated = hydrated  # what the browser knows of its own start stays true
            live_pages.forget(app, EventContext.get().token)
        visitor._bound = who.key
        visitor.signed_in = who.user_id is not None
        visitor.name, visitor.email = who.name, who.email
        return visitor

    async def _arrive(self, app: App, root: Any, who: Principal) -> None:
        """A tab shows another page: watch its session, and slide its end."""
        live_pages.arrive(app, root, who)
        if who.touch_due and who.session_id is not None:
            await session.write(sessions.touch, who.session_id, session.utc_now())
            session.forget(f"session:{who.session_id}")


def _keep_place(root: Any) -> bool:
    """Drop what a page says about its place beyond `PLACE`; whether its address can be one.

    The framework keeps every name that an event ever gave, so each event of a stranger could leave
    as much in memory as a frame holds. Of an address that is none nothing is kept either.
    """
    said = root.router_data
    kept = {name: said[name] for name in PLACE if name in said}
    address, query = kept.get(RouteVar.ORIGIN, ""), kept.get(RouteVar.QUERY, {})
    good = isinstance(address, str) and len(address) <= MOST_ADDRESS
    good = good and acceptable([address, query]) and len(str(query)) <= MOST_ADDRESS
    if not good:
        kept |= {RouteVar.ORIGIN: "/", RouteVar.QUERY: {}}
        root._update_router_vars(kept, said)
    if not good or len(kept) < len(said):
        root.router_data = kept
    return good


def _rate_key(root: Any, who: Principal) -> str:
    if who.user_id:
        return f"user:{who.user_id}"
    return f"address:{network_of(session.client_address(root))}"


async def _refusal(root: Any, who: Principal, policy: Policy | None) -> str:
    """Code of the refusal, "" when the policy lets the principal in."""
    if policy is None:
        return "not_allowed"
    if policy.reach is Reach.PUBLIC:
        return ""
    if who.user_id is None:
        return "not_signed_in"
    if policy.reach is Reach.SIGNED_IN:
        return ""
    variable = "company_slug" if policy.reach is Reach.STAFF else "space"
    segment = session.route_args(root).get(variable, "")
    actor = await session.actor_in(who, policy.reach.value, segment)
    if isinstance(actor, Nobody):
        return "not_found"
    return "" if policy.permission is None or may(actor, policy.permission) else "not_allowed"


async def _place_refusal(root: Any, who: Principal) -> str:
    """Code of the refusal of whatever stands at the tab's path: a form reads nothing again, and
    ends with the session or the place in the company all the same."""
    args = session.route_args(root)
    if "company_slug" in args:
        return await _refusal(root, who, Policy(Reach.STAFF))
    return await _refusal(root, who, Policy(Reach.PORTAL)) if "space" in args else ""


async def _refuse(root: Any, visitor: Visitor, code: str, *, loads: bool) -> StateUpdate:
    """Send nobody to the sign-in page; tell everybody else why, on the page or as a notice.

    Somebody whose company or space the page's path no longer is keeps nothing of it on the screen.
    """
    if code == "not_signed_in":
        visitor._leave(sign_in_path(root))
    elif loads or code == "not_found":
        visitor.refused = code
    else:
        visitor._tell("error", code)
    delta = await root._get_resolved_delta()
    root._clean()
    return StateUpdate(delta=delta)


async def _fail(app: App, root: Any, event: Event) -> StateUpdate:
    """Say that the gate could not look up who asks: the database is away, for example.

    Not by an event: it would come through this gate again and fail as well, for as long as the
    fault lasts. Of the tree nothing but this leaves, because nobody knows whose tab it is.
    """
    visitor: Visitor = await root.get_state(Visitor)
    refreshes = live_pages.is_refresh(app, EventContext.get().token, event.name)
    arrives = event.name.rpartition(".")[2] in ARRIVALS
    loads = arrives or event.name in loading_events() or event.name == REFUSE
    if loads and not refreshes:
        visitor.refused = "unexpected"
    else:
        visitor._tell("error", "unexpected")
    delta = visitor.get_delta()
    visitor._clean()
    return StateUpdate(delta=delta)


def sign_in_path(root: rx.State) -> str:
    """The sign-in page that leads back to where the tab is."""
    path = root.router.url.path
    back = path.startswith(("/staff/", "/portal/")) and "\\" not in path
    return f"/sign-in?next={quote(path, safe='/', errors='replace')}" if back else "/sign-in"
