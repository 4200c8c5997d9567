"""Pages that must work without the app: error answers of plain routes, and the offline page.

Self-contained HTML in the visitor's language, no script, so they show whatever else is broken.
"""

import html
import logging
from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ExceptionHandler

from clientportal.domain.errors import PortalError
from clientportal.rendering.texts import LANGUAGES, PSEUDO, t, wished
from clientportal.settings import settings

logger = logging.getLogger(__name__)

LANGUAGE_COOKIE = "lang"

_STYLE = """
:root{color-scheme:light dark;--canvas:#f7f7f4;--ink:#14242a;--ink-2:#455459;--link:#0f5f68;
--on:#fff}
@media (prefers-color-scheme:dark){
:root{--canvas:#0f1618;--ink:#e9e8e3;--ink-2:#aeb6b4;--link:#6cb2bb;--on:#10181b}}
body{margin:0;min-height:100dvh;display:grid;place-content:center;padding:24px;text-align:center;
background:var(--canvas);color:var(--ink);font:16px/24px system-ui,sans-serif}
h1{font-size:22px;line-height:28px;margin:0 0 8px;text-wrap:balance}
p{margin:0 0 20px;max-width:46ch;color:var(--ink-2);text-wrap:balance}
a{display:inline-block;padding:10px 16px;border-radius:7px;font-weight:500;text-decoration:none;
background:var(--link);color:var(--on)}
a:focus-visible{outline:2px solid var(--link);outline-offset:2px}
"""

# Keeps one page for the moment without a network; nothing else is ever answered from the cache.
_WORKER = """
const CACHE = "offline-1";
self.addEventListener("install", (event) => {
  const pages = ["/offline?lang=es", "/offline?lang=en"];
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(pages)));
  self.skipWaiting();
});
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  if (event.request.mode !== "navigate") return;
  const offline = async () => {
    const chosen = (await self.cookieStore?.get("lang"))?.value;
    const wished = self.navigator.language.startsWith("en") ? "en" : "es";
    const language = chosen === "es" || chosen === "en" ? chosen : wished;
    return caches.match(`/offline?lang=${language}`);
  };
  event.respondWith(fetch(event.request).catch(offline));
});
"""


def routes() -> list[BaseRoute]:
    """The offline page and the worker that keeps it."""
    return [Route("/offline", offline), Route("/offline-worker.js", offline_worker)]


def language_of(request: Request) -> str:
    """The visitor's language: cookie, then Accept-Language, then DEFAULT_LANGUAGE.

    The pseudo language of the tests is no language of production.
    """
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    if chosen == PSEUDO and settings().is_production:
        chosen = ""
    return wished(chosen, request.headers.get("accept-language", ""), settings().default_language)


def spoken(lang: str) -> str:
    """What `<html lang>` says: the pseudo language is Spanish for the ear."""
    return "es" if lang == PSEUDO else lang


def page(title: str, text: str, lang: str, *, status: int, action: tuple[str, str]) -> Response:
    """One message with one way on; `action` is (address, label)."""
    address, label = (html.escape(part) for part in action)
    body = (
        f'<!doctype html><html lang="{spoken(lang)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" href="/icon.svg" type="image/svg+xml">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>{html.escape(title)}</h1><p>{html.escape(text)}</p>"
        f'<a href="{address}">{label}</a></main></body></html>'
    )
    return HTMLResponse(body, status_code=status)


def problem(request: Request, kind: str, status: int, text: str = "") -> Response:
    """The page `problem.<kind>`, or its code as JSON for a client that asks for JSON.

    `text` says more than the words of the kind do.
    """
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"error": kind}, status_code=status)
    lang = language_of(request)
    return page(
        t(f"public.problem.{kind}.title", lang),
        text or t(f"public.problem.{kind}.text", lang),
        lang,
        status=status,
        action=("/", t("public.problem.home", lang)),
    )


async def offline(request: Request) -> Response:
    """Shown by the worker when the network is gone."""
    asked = request.query_params.get("lang", "")
    lang = asked if asked in LANGUAGES else language_of(request)
    answer = page(
        t("public.problem.offline.title", lang),
        t("public.problem.offline.text", lang),
        lang,
        status=200,
        action=("", t("public.problem.again", lang)),
    )
    answer.headers["Cache-Control"] = "no-cache"
    return answer


async def offline_worker(_request: Request) -> Response:
    """The service worker; it must come from the root of the site to serve every page."""
    return Response(_WORKER, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


_KINDS: Mapping[int, str] = {401: "not_signed_in", 403: "not_allowed", 404: "not_found"}


def _kind(status: int) -> str:
    return _KINDS.get(status, "failed" if status >= 500 else "refused")


async def on_http_error(request: Request, error: Exception) -> Response:
    """Starlette's own refusals (unknown address, wrong method)."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    return problem(request, _kind(status), status)


async def on_portal_error(request: Request, error: Exception) -> Response:
    """A refusal by a service: its own status and code, its own words or those of its kind."""
    if not isinstance(error, PortalError):
        raise error
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"error": error.error_code}, status_code=error.status)
    kind = _kind(error.status)
    text = _words(error, language_of(request)) if kind == "refused" else ""
    return problem(request, kind, error.status, text)


def _words(error: PortalError, lang: str) -> str:
    """What the catalogue says of a refusal; "" when it knows nothing of it."""
    try:
        return t(f"errors.{error.error_code}", lang, **error.params)
    except KeyError:
        return ""


async def on_failure(request: Request, error: Exception) -> Response:
    """A fault of ours: logged with its trace, answered without one."""
    logger.error("request failed", exc_info=error)
    return problem(request, "failed", 500)


EXCEPTION_HANDLERS: dict[int | type[Exception], ExceptionHandler] = {
    HTTPException: on_http_error,
    PortalError: on_portal_error,
    500: on_failure,
}
