"""Sign-in and sign-out by plain POST: full navigations, so the next socket has the cookie."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from clientportal.domain.errors import Invalid, NotFound, PortalError
from clientportal.services import (
    demo_cast,
    identity,
    passwords,
    sessions,
    sign_in_codes,
    sign_in_tries,
    spaces,
)
from clientportal.services.identity import Principal
from clientportal.services.sessions import SignedIn
from clientportal.settings import settings
from clientportal.storage.session import run, run_in, unit_of_work
from clientportal.web import forms

T = TypeVar("T")

SIGN_IN = "/sign-in"
CODE_PAGE = "/sign-in/code"
# Remembers which address asked for a code. The code itself is what proves anything.
EMAIL_COOKIE = "sign_in_email"
EMAIL_COOKIE_SECONDS = 900


def routes() -> list[Route]:
    """The sign-in routes; the cast's one-click sign-in only where demo tools may show."""
    found = [
        Route("/auth/password", _answering(SIGN_IN, by_password), methods=["POST"]),
        Route("/auth/code", _answering(SIGN_IN, ask_code), methods=["POST"]),
        Route("/auth/verify", _answering(CODE_PAGE, verify), methods=["POST"]),
        Route("/auth/sign-out", _answering("/", sign_out), methods=["POST"]),
        Route(
            "/auth/sign-out-everywhere",
            _answering("/", sign_out_everywhere),
            methods=["POST"],
        ),
    ]
    if settings().shows_demo_tools:
        found.append(Route("/auth/cast/{person}", _answering("/", as_cast), methods=["POST"]))
    return found


def _answering(
    back: str, handler: Callable[[Request], Awaitable[Response]]
) -> Callable[[Request], Awaitable[Response]]:
    """Check the origin, and turn a refusal into the form with its error."""

    async def endpoint(request: Request) -> Response:
        try:
            forms.require_same_origin(request)
            return await handler(request)
        except PortalError as error:
            return forms.see_error(back, error)

    return endpoint


async def by_password(request: Request) -> Response:
    form = await forms.read_form(request)
    email, password = (
        forms.text(form, "email", 254),
        str(form.get("password", ""))[:1000],
    )
    if not email or not password:
        raise Invalid(code="sign_in_incomplete")
    address, agent = (
        forms.client_address(request),
        request.headers.get("user-agent", ""),
    )
    check = await _unit(
        lambda s: identity.begin_password(s, email=email, address=address, now=forms.moment())
    )
    ok = await run_in("password", passwords.verify_password, password, check.stored)
    signed_in = await _unit(
        lambda s: identity.finish_password(
            s, check, ok=ok, user_agent=agent, address=address, now=forms.moment()
        )
    )
    if signed_in is None:
        raise Invalid(code="sign_in_failed")
    return await _enter(signed_in, forms.text(form, "next"))


async def ask_code(request: Request) -> Response:
    form = await forms.read_form(request)
    email = sign_in_tries.normalise_email(forms.text(form, "email", 254))
    if "@" not in email or len(email) < 5 or not email.isprintable():
        raise Invalid(code="email_invalid", field="email")
    address, who = forms.client_address(request), await forms.principal(request)
    await _unit(
        lambda s: sign_in_codes.request_code(
            s,
            email=email,
            address=address,
            now=forms.moment(),
            by_member=who.kind == sessions.MEMBER and who.email == email,
        )
    )
    answer = forms.see(
        CODE_PAGE,
        {"next": forms.local_path(forms.text(form, "next"), "")} if form.get("next") else None,
    )
    answer.set_cookie(
        EMAIL_COOKIE,
        email.encode("unicode_escape").decode(),
        max_age=EMAIL_COOKIE_SECONDS,
        path="/",
        secure=settings().is_https,
        httponly=True,
        samesite="lax",
    )
    return answer


async def verify(request: Request) -> Response:
    form = await forms.read_form(request)
    email = forms.text(form, "email", 254) or _remembered_email(request)
    if not email:
        raise Invalid(code="code_expired")
    address, agent = (
        forms.client_address(request),
        request.headers.get("user-agent", ""),
    )
    who = await forms.principal(request)
    signed_in = await _unit(
        lambda s: sign_in_codes.verify_code(
            s,
            email=email,
            code=forms.text(form, "code", 20),
            user_agent=agent,
            address=address,
            now=forms.moment(),
            present=who.session_id,
        )
    )
    if signed_in is None:
        raise Invalid(code="code_wrong", field="code")
    answer = await _enter(signed_in, forms.text(form, "next"))
    answer.delete_cookie(EMAIL_COOKIE, path="/")
    return answer


async def sign_out(request: Request) -> Response:
    who = await forms.principal(request)
    await _unit(lambda s: sessions.sign_out(s, who.session_id, forms.moment()))
    return _left()


async def sign_out_everywhere(request: Request) -> Response:
    who = await forms.principal(request)
    if who.user_id is not None:
        user_id = who.user_id
        await _unit(lambda s: sessions.sign_out_everywhere(s, user_id, forms.moment()))
    return _left()


async def as_cast(request: Request) -> Response:
    person = demo_cast.person(request.path_params["person"])
    if person is None:
        raise NotFound()
    signed_in = await _unit(
        lambda s: identity.sign_in_as(s, email=person.email, now=forms.moment())
    )
    if signed_in is None:
        raise NotFound()
    return await _enter(signed_in, "")


def _left() -> Response:
    answer = forms.see("/")
    forms.drop_session(answer)
    return answer


async def _enter(signed_in: SignedIn, wanted: str) -> Response:
    home = await _unit(lambda s: home_of(s, signed_in))
    answer = forms.see(forms.local_path(wanted, home))
    forms.keep_session(answer, signed_in)
    return answer


def home_of(session: Session, signed_in: SignedIn) -> str:
    """The first page after signing in: the only company or space, else the start page's choice."""
    who = Principal(
        key="",
        user_id=signed_in.user_id,
        session_id=signed_in.session_id,
        kind=signed_in.kind,
    )
    doors = identity.doors_of(session, who)
    mine = spaces.spaces_of(session, signed_in.user_id, now=forms.moment()) if doors.portal else []
    if len(doors.companies) == 1 and not mine:
        return f"/staff/{doors.companies[0][0]}/today"
    if len(mine) == 1 and not doors.companies:
        return f"/portal/{mine[0].key}"
    return "/"


def _remembered_email(request: Request) -> str:
    raw = request.cookies.get(EMAIL_COOKIE, "")
    try:
        email = raw.encode("ascii").decode("unicode_escape")[:254]
    except (UnicodeDecodeError, UnicodeEncodeError):
        return ""
    return email if email.isprintable() else ""


async def _unit(work: Callable[[Session], T]) -> T:
    def inside() -> T:
        with unit_of_work() as session:
            return work(session)

    return await run(inside)
