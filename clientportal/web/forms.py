"""What every plain POST form shares: same-origin check, size limit, address, cookie, redirect."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlencode

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from clientportal.domain.errors import Invalid, NotAllowed, PortalError
from clientportal.services import identity, sessions
from clientportal.services.identity import Principal
from clientportal.services.sessions import SignedIn
from clientportal.settings import settings
from clientportal.storage.session import run, unit_of_work
from clientportal.web import edge

FORM_LIMIT = 64_000
SHOWN_WORDS = frozenset({"kind", "expected"})
"""Parameters of errors whose texts are ours: names of identifications and check digits."""
_WORD = re.compile(r"[A-Za-z0-9]{1,12}")


def moment() -> datetime:
    """The clock of the web's edge."""
    return datetime.now(UTC)


def require_same_origin(request: Request) -> None:
    """Refuse a form that another site sent (login CSRF included).

    Raises NotAllowed. Browsers say where a POST comes from; a client that says nothing has no
    cookies of ours to abuse, unless it sends one.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None and site != "same-origin":
        raise NotAllowed(code="foreign_origin")
    if origin is not None:
        if origin not in _origins(request):
            raise NotAllowed(code="foreign_origin")
    elif site is None and request.cookies:
        raise NotAllowed(code="foreign_origin")


def _origins(request: Request) -> tuple[str, ...]:
    given = settings().allowed_origins
    if settings().is_production:
        return given
    # One build serves any port in development; the address bar's own origin is same-origin.
    return (*given, f"http://{request.headers.get('host', '')}")


def own_origin(request: Request) -> str:
    """The site's address as this browser knows it: PUBLIC_URL in production, the address bar's
    loopback origin in development."""
    origin = request.headers.get("origin", "")
    if not settings().is_production and origin in _origins(request):
        return origin
    return settings().public_url


def client_address(request: Request) -> str:
    """The client's network address behind TRUSTED_PROXY_HOPS proxies, as the edge sees it."""
    return edge.client_address(request.scope, settings().trusted_proxy_hops)[:64]


async def read_form(request: Request, limit: int = FORM_LIMIT, most_files: int = 10) -> FormData:
    """The form's fields.

    Raises Invalid: `too_large` before reading more than `limit` bytes, `invalid` for texts that are
    none in the encoding that the sender claims.
    """
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > limit:
        raise Invalid(code="too_large", megabytes=round(limit / 1_000_000, 1))
    try:
        form = await request.form(max_files=most_files, max_fields=200, max_part_size=limit)
        for name, value in form.multi_items():
            (name + (value if isinstance(value, str) else "")).encode()
    except UnicodeError as error:
        raise Invalid(code="invalid") from error
    return form


def text(form: FormData, name: str, most: int = 500) -> str:
    """One text field, trimmed, without NUL characters, which PostgreSQL refuses; missing, repeated
    or uploaded ones read as empty."""
    values = form.getlist(name)
    if len(values) != 1 or isinstance(values[0], UploadFile):
        return ""
    return values[0].replace("\0", "").strip()[:most]


async def principal(request: Request) -> Principal:
    """Who sent the request, by cookie."""
    cookie = request.cookies.get(settings().session_cookie)
    if not cookie:
        return identity.NOBODY

    def look_up() -> Principal:
        with unit_of_work(read_only=True) as session:
            return identity.principal_of(session, cookie, moment())

    return await run(look_up)


def local_path(path: str, default: str = "/") -> str:
    """A path of this site, or the default: nothing that a browser could read as another host."""
    safe = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if safe and "\\" not in path and len(path) < 500 else default


def see(path: str, params: Mapping[str, object] | None = None) -> RedirectResponse:
    """303 to a page of this site."""
    query = f"?{urlencode({k: str(v) for k, v in params.items()})}" if params else ""
    return RedirectResponse(
        f"{path}{query}", status_code=303, headers={"cache-control": "no-store"}
    )


def see_error(path: str, error: PortalError) -> RedirectResponse:
    """303 back to the form, which shows the error by its code.

    Of its parameters numbers go along, and the short words of `SHOWN_WORDS`: an address stays in
    histories and logs, so nothing that somebody typed stands in it.
    """
    params = {name: value for name, value in error.params.items() if _may_show(name, value)}
    return see(path, {"error": error.error_code, "field": error.field or "", **params})


def _may_show(name: str, value: object) -> bool:
    if isinstance(value, str):
        return name in SHOWN_WORDS and bool(_WORD.fullmatch(value))
    return isinstance(value, int | float)


def keep_session(response: Response, signed_in: SignedIn) -> None:
    """Put the session into its HttpOnly cookie."""
    life = (
        sessions.ABSOLUTE
        if signed_in.kind == sessions.CUSTOMER
        else sessions.SLIDING[signed_in.kind]
    )
    response.set_cookie(
        settings().session_cookie,
        signed_in.token,
        max_age=int(life.total_seconds()),
        path="/",
        secure=settings().is_https,
        httponly=True,
        samesite="lax",
    )


def drop_session(response: Response) -> None:
    response.delete_cookie(
        settings().session_cookie,
        path="/",
        secure=settings().is_https,
        httponly=True,
        samesite="lax",
    )
