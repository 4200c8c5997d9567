"""Security and cache headers of every answer."""

from starlette.datastructures import MutableHeaders

from clientportal.settings import Settings

YEAR_SECONDS = 31_536_000
FRAMED_PREFIX = "/files/"

ASSETS_PREFIX = "/assets/"
LINK_PREFIX = "/d/"

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# What a page may do is said with the page. Scripts and styles of the build never are one, and the
# page's long policy on each of them would be a fifth of a first visit; opened by itself one may
# do nothing.
_ASSETS = {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}
# An address that opens something by itself: told to nobody, found by nobody, kept by nobody.
_LINKS = {
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Cache-Control": "no-store",
}
_PAGES = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": (
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(),"
        " magnetometer=(), microphone=(), midi=(), payment=(), usb=()"
    ),
}


def is_framed(path: str) -> bool:
    """Whether our own pages may show this answer in a frame."""
    return path.startswith(FRAMED_PREFIX)


def add_security(headers: MutableHeaders, settings: Settings, csp: str, path: str) -> None:
    """Put the security headers on an answer; what a route set itself stays."""
    page = headers.get("content-type", "").startswith("text/html")
    asset = path.startswith(ASSETS_PREFIX) and not page
    own = _ASSETS if asset else _PAGES | {"Content-Security-Policy": csp}
    if path.startswith(LINK_PREFIX):
        headers.update(_LINKS)
    for name, value in (_ALWAYS | own).items():
        headers.setdefault(name, value)
    headers.setdefault("X-Frame-Options", "SAMEORIGIN" if is_framed(path) else "DENY")
    if settings.is_https:
        headers.setdefault("Strict-Transport-Security", f"max-age={YEAR_SECONDS}")


def add_caching(headers: MutableHeaders, path: str, status: int) -> None:
    """Hashed assets for ever, other files by asking again, everything dynamic never stored."""
    if "cache-control" in headers:
        return
    if path.startswith(ASSETS_PREFIX) and status in {200, 206, 304}:
        headers["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
    elif "etag" in headers and status in {200, 206, 304}:
        headers["Cache-Control"] = "no-cache"
    else:
        headers["Cache-Control"] = "no-store"
