"""Content security policy: only scripts that the build itself holds, never eval."""

import base64
import hashlib
import re
from pathlib import Path
from urllib.parse import urlsplit

from clientportal.settings import Settings

REPORT_PATH = "/csp-report"
_INLINE_SCRIPT = re.compile(rb"<script(?P<attributes>[^>]*)>(?P<body>.*?)</script>", re.DOTALL)

# Chromium applies form-action to the redirects of a submitted form as well, so the places where
# "Pay" leads must be named (hosted checkouts of contracts/payments.md).
_CHECKOUTS = (
    "https://checkout.wompi.co",
    "https://checkout.stripe.com",
    "https://checkout.payulatam.com",
    "https://sandbox.checkout.payulatam.com",
    *(
        f"https://www.mercadopago.{country}"
        for country in ("com.ar", "com.br", "cl", "com.co", "com.mx", "com.pe", "com.uy")
    ),
)


def inline_script_hashes(folder: Path) -> tuple[str, ...]:
    """The CSP sources of every inline script in the HTML files below `folder`, sorted."""
    found: set[str] = set()
    for page in folder.rglob("*.html"):
        for match in _INLINE_SCRIPT.finditer(page.read_bytes()):
            if b"src=" not in match["attributes"] and match["body"].strip():
                digest = hashlib.sha256(match["body"]).digest()
                found.add(f"'sha256-{base64.b64encode(digest).decode()}'")
    return tuple(sorted(found))


def origin(url: str) -> str:
    """scheme://host[:port] of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def policy(settings: Settings, script_hashes: tuple[str, ...], *, framed: bool = False) -> str:
    """The header's value. `framed` lets our own pages show the answer in a frame (PDF preview)."""
    sockets = " ".join(f"ws{allowed[4:]}" for allowed in settings.allowed_origins)
    targets = " ".join((*_CHECKOUTS, origin(settings.sandbox_gateway_url)))
    rules = {
        "default-src": "'none'",
        "script-src": " ".join(("'self'", *script_hashes)),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self'",
        "connect-src": f"'self' {sockets}",
        "worker-src": "'self'",
        "manifest-src": "'self'",
        "frame-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": f"'self' {targets}",
        "frame-ancestors": "'self'" if framed else "'none'",
        "report-uri": REPORT_PATH,
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())
