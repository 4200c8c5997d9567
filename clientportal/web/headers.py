"""Security and cache headers of every answer."""

from starlette.datastructures import MutableHeaders

from clientportal.settings import Settings

YEAR_SECONDS = 31_536_000
FRAMED_PREFIX = "/files/"

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
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
    for name, value in _ALWAYS.items():
        headers.setdefault(name, value)
    headers.setdefault("Content-Security-Policy", csp)
    headers.setdefault("X-Frame-Options", "SAMEORIGIN" if is_framed(path) else "DENY")
    if settings.is_https:
        headers.setdefault("Strict-Transport-Security", f"max-age={YEAR_SECONDS}")


def add_caching(headers: MutableHeaders, path: str, status: int) -> None:
    """Hashed assets for ever, other files by asking again, everything dynamic never stored."""
    if "cache-control" in headers:
        return
    if path.startswith("/assets/") and status in {200, 206, 304}:
        headers["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
    elif "etag" in headers and status in {200, 206, 304}:
        headers["Cache-Control"] = "no-cache"
    else:
        headers["Cache-Control"] = "no-store"
