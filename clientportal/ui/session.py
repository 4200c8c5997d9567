"""Who is behind a tab: cookie → principal → actor of the page, cached for three seconds.

The path only selects; every answer is looked up for the cookie of the tab's own socket. Another
person's company or space is answered as if it did not exist.
"""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import unquote
from weakref import WeakValueDictionary

import reflex as rx
from sqlmodel import Session
from starlette.requests import cookie_parser

from clientportal.domain.actors import Actor, Customer, Member, Nobody
from clientportal.domain.document_filters import MAX_ID
from clientportal.domain.errors import NotFound, NotSignedIn
from clientportal.services.identity import (
    NOBODY,
    Principal,
    customer_actor,
    member_actor,
    principal_of,
)
from clientportal.settings import settings
from clientportal.storage.session import run, run_in, unit_of_work
from clientportal.ui.fresh import FreshCache

P = ParamSpec("P")
R = TypeVar("R")
A = TypeVar("A", Member, Customer)


@dataclass(slots=True)
class Flights:
    """Reads under way that others may join, and how many changes this process has heard of: an
    answer that began before a change is not for those who ask after it."""

    changes: int = 0
    open: dict[tuple[object, ...], asyncio.Task[Any]] = field(default_factory=dict)


_flights = Flights()
_principals: FreshCache[str, Principal] = FreshCache()
_actors: FreshCache[tuple[str, str, str, str], Actor] = FreshCache()
_kept: FreshCache[tuple[object, ...], Any] = FreshCache()
_turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()


def forget(topic: str) -> None:
    """Drop what a change made stale: `session:{id}` a principal, `user:{id}` its actors as well."""
    _changed()
    kind, _, ref = topic.partition(":")
    if kind == "session":
        _principals.drop(lambda _, who: str(who.session_id) == ref)
    elif kind == "user":
        _principals.drop(lambda _, who: str(who.user_id) == ref)
        _actors.drop(lambda key, _: key[0] == ref)


def forget_all() -> None:
    """Drop every answer: changes may have been missed."""
    _changed()
    _principals.clear()
    _actors.clear()


def _changed() -> None:
    """Nothing that was read before is for those who ask from here on."""
    _flights.changes += 1
    _kept.clear()


def utc_now() -> datetime:
    """The clock of the edge; services get it as `now`."""
    return datetime.now(UTC)


def session_cookie(state: rx.State) -> str:
    """The identity cookie of the tab's socket, "" when there is none."""
    headers = state.router_data.get("headers", {})
    return cookie_parser(headers.get("cookie", "")).get(settings().session_cookie, "")


def client_address(state: rx.State) -> str:
    """Address of the visitor, behind the trusted proxies."""
    return str(state.router_data.get("ip", ""))


async def principal(state: rx.State) -> Principal:
    """Who holds the cookie of this tab; NOBODY without a valid one."""
    cookie = session_cookie(state)
    if not cookie:
        return NOBODY
    digest = hashlib.sha256(cookie.encode()).hexdigest()

    def look() -> Principal:
        with unit_of_work(read_only=True) as session:
            return principal_of(session, cookie, utc_now())

    return await _principals.get(digest, lambda: run(look))


def route_args(state: rx.State) -> dict[str, str]:
    """The [vars] of the page's path, by the server's own route table; {} for a path that lies.

    Values are whatever the browser sent: parse them, then authorise the object.
    """
    router = state.router  # put together anew each time that it is asked for
    pattern = router.route_id.strip("/").split("/")
    parts = router.url.path.strip("/").split("/")
    if len(pattern) != len(parts):
        return {}
    found: dict[str, str] = {}
    for name, value in zip(pattern, parts, strict=True):
        if name.startswith("["):
            found[name.strip("[]")] = unquote(value)
            if not found[name.strip("[]")].isprintable():
                return {}
        elif name != value:
            return {}
    return found


def route_id(state: rx.State, name: str) -> int:
    """A numeric [var] of the path. Raises NotFound when it is none."""
    text = route_args(state).get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 19 and int(text) <= MAX_ID):
        raise NotFound()
    return int(text)


async def actor_in(who: Principal, face: str, segment: str) -> Actor:
    """The actor that `who` is in a company (face `staff`) or a customer space (face `portal`).

    Nobody when the company or space does not exist or is not theirs. A person signed in by code is
    no staff while their other session, signed in by password, is: the answer is one per kind.
    """
    if who.user_id is None or not segment:
        return Nobody()

    def look() -> Actor:
        with unit_of_work(read_only=True) as session:
            try:
                if face == "staff":
                    return member_actor(session, who, segment)
                return customer_actor(session, who, segment)
            except NotFound:
                return Nobody()

    key = (str(who.user_id), who.kind, face, segment)
    return await _actors.get(key, lambda: run(look))


async def page_actor(state: rx.State) -> Member | Customer:
    """The actor of the page that the tab shows: Member below /staff, Customer below /portal.

    Raises NotSignedIn without a session, NotFound when company or space are not theirs. Background
    handlers call it again before each write.
    """
    who = await principal(state)
    if who.user_id is None:
        raise NotSignedIn()
    args = route_args(state)
    if "company_slug" in args:
        actor = await actor_in(who, "staff", args["company_slug"])
    else:
        actor = await actor_in(who, "portal", args.get("space", ""))
    if not isinstance(actor, Member | Customer):
        raise NotFound()
    return actor


def change(state: rx.State, **values: object) -> None:
    """Set the vars that are not so already: what is set is sent, though nothing changed."""
    for name, value in values.items():
        if getattr(state, name) != value:
            setattr(state, name, value)


async def read(
    use_case: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs
) -> R:
    """Run a use case that only reads, off the loop, in one snapshot."""
    return await read_in("unit", use_case, *args, **kwargs)


async def read_in(
    pool: str,
    use_case: Callable[Concatenate[Session, P], R],
    *args: P.args,
    **kwargs: P.kwargs,
) -> R:
    """`read` in a pool of its own (`storage.session.WORKERS`), for what computes for long."""

    def work() -> R:
        with unit_of_work(read_only=True) as session:
            return use_case(session, *args, **kwargs)

    return await run_in(pool, work)


def turn(user_id: int) -> asyncio.Lock:
    """Hold it around what a person may have done once at a time, in however many tabs: who comes
    next in a pool of one thread is another person, not their next tab."""
    return _turns.setdefault(user_id, asyncio.Lock())


async def read_together(
    use_case: Callable[Concatenate[Session, A, P], R],
    actor: A,
    key: tuple[object, ...],
    *args: P.args,
    **kwargs: P.kwargs,
) -> R:
    """`read` where many tabs ask the same: those who ask at once get one answer.

    A change wakes all pages that it concerns in the same moment. Members of a role see alike in
    their company, so they share; anybody else shares with their own tabs alone. `key` names the
    arguments that tell one answer from another.
    """
    full = (_flights.changes, *_shared(use_case, actor, key))
    flight = _flights.open.get(full)
    if flight is None:
        flight = asyncio.create_task(read(use_case, actor, *args, **kwargs))
        _flights.open[full] = flight
        flight.add_done_callback(lambda _: _flights.open.pop(full, None))
    return await asyncio.shield(flight)


async def read_kept(
    use_case: Callable[Concatenate[Session, A, P], R],
    actor: A,
    key: tuple[object, ...],
    *args: P.args,
    **kwargs: P.kwargs,
) -> R:
    """`read_together` of what hardly ever changes and every event asks for: the frame of a page.

    An answer is kept for three seconds, as who somebody is, or until this process hears of any
    change or makes one by `write`.
    """

    async def ask() -> R:
        return await read(use_case, actor, *args, **kwargs)

    found: R = await _kept.get(_shared(use_case, actor, key), ask)
    return found


def _shared(use_case: object, actor: Actor, key: tuple[object, ...]) -> tuple[object, ...]:
    """What tells one answer from another: members of a role see alike in their company."""
    whose = (actor.company_id, actor.role) if isinstance(actor, Member) else actor
    return (use_case, whose, key)


async def write(
    use_case: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs
) -> R:
    """Run a use case that changes something, off the loop, in one transaction."""

    def work() -> R:
        with unit_of_work() as session:
            return use_case(session, *args, **kwargs)

    done = await run(work)
    _changed()  # the bus says so as well, a moment later: whoever wrote reads what they wrote
    return done
