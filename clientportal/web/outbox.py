"""The local mailbox `/outbox`: every mail of a demonstration on one machine."""

import html
import re
from datetime import UTC

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from clientportal.channels.base import Attached
from clientportal.domain.delivery import UNDELIVERED
from clientportal.domain.document_filters import MAX_ID
from clientportal.domain.errors import NotFound
from clientportal.rendering.texts import t
from clientportal.services import mailbox
from clientportal.services.mailbox import Post
from clientportal.settings import settings
from clientportal.storage.session import run, unit_of_work
from clientportal.web import downloads
from clientportal.web.pages import language_of, spoken

_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:)]")
_CODE = re.compile(r"(?<![\w/.=-])\d{3} ?\d{3}(?![\w/.-]*[\w/])")
_HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)

_PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self';"
    " frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# The mail runs nothing and loads nothing; a click on a link may leave the frame.
_MAIL_POLICY = (
    "sandbox allow-top-navigation-by-user-activation; default-src 'none'; img-src 'self' data:;"
    " style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)

_STYLE = """
:root{color-scheme:light dark;--canvas:#f7f7f4;--card:#fff;--ink:#14242a;--ink-2:#455459;
--line:#cacdc8;--link:#0f5f68}
@media (prefers-color-scheme:dark){:root{--canvas:#0f1618;--card:#161e21;--ink:#e9e8e3;
--ink-2:#aeb6b4;--line:#3b474b;--link:#6cb2bb}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:880px;padding:16px;background:var(--canvas);color:var(--ink);
font:15px/22px system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:20px;line-height:28px;margin:0 0 12px}a{color:var(--link)}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
form{display:flex;gap:8px;margin:0 0 16px}
input{flex:1;min-width:0;height:44px;padding:0 12px;border:1px solid var(--line);border-radius:8px;
background:var(--card);color:inherit;font:inherit;font-size:16px}
button,.tab{min-height:44px;padding:10px 16px;border:1px solid var(--line);border-radius:8px;
background:var(--card);color:inherit;font:inherit;text-decoration:none}
.tab[aria-current]{border-color:var(--link);color:var(--link)}
.row{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 12px;
padding:12px 16px;margin:0 0 8px;
border:1px solid var(--line);border-radius:10px;background:var(--card);color:inherit;
text-decoration:none}
.row strong{flex-basis:100%}.quiet{color:var(--ink-2);font-size:13px}
.card{border:1px solid var(--line);border-radius:10px;background:var(--card);padding:16px;
margin:0 0 12px}
.tabs{display:flex;gap:8px;margin:0 0 12px}ul{padding-left:20px;margin:8px 0 0}
li{padding:4px 0}code{font:600 22px/32px ui-monospace,monospace;letter-spacing:.1em;user-select:all}
iframe{display:block;width:100%;height:75vh;border:1px solid var(--line);border-radius:10px;
background:#fff}
pre{white-space:pre-wrap;font:14px/21px ui-monospace,monospace;margin:0}
"""

# Shows times as the reader's clock does. Reads a list again and puts it in place, so that a
# half-typed search stays.
_SCRIPT = """
const shown = new Intl.DateTimeFormat(document.documentElement.lang, {
  dateStyle: "medium", timeStyle: "medium",
});
const localise = (root) => {
  for (const time of root.querySelectorAll("time")) {
    time.textContent = shown.format(new Date(time.dateTime));
  }
};
localise(document);
if (document.getElementById("mails")) setInterval(async () => {
  if (document.hidden) return;
  try {
    const answer = await fetch(location.href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const now = document.getElementById("mails"), next = page.getElementById("mails");
    if (next) localise(next);
    if (answer.ok && next && now.innerHTML !== next.innerHTML) now.replaceWith(next);
  } catch { /* the server is away; the next look may find it */ }
}, 2000);
"""


def routes() -> list[BaseRoute]:
    """The mailbox in development with demo data on loopback; nothing anywhere else."""
    if not settings().shows_demo_tools:
        return []
    return [
        Route("/outbox", listing),
        Route("/outbox/page.js", script),
        Route("/outbox/{message_id:int}", opened),
        Route("/outbox/{message_id:int}/html", body),
        Route("/outbox/{message_id:int}/files/{position:int}", attachment),
    ]


async def listing(request: Request) -> Response:
    """Newest first; `q` keeps the mails whose address contains it."""
    lang = language_of(request)
    query = request.query_params.get("q", "")[:254]

    def read() -> list[Post]:
        with unit_of_work(read_only=True) as session:
            return mailbox.mailbox(session, address=query)

    posts = await run(read)
    empty = t("outbox.none_found" if query else "outbox.empty", lang)
    rows = "".join(_row(post) for post in posts) or f"<p>{_e(empty)}</p>"
    return _page(
        t("outbox.title", lang),
        f"<h1>{_e(t('outbox.title', lang))}</h1>"
        f'<form action="/outbox" role="search"><input type="search" name="q" value="{_e(query)}"'
        f' data-testid="outbox-search" aria-label="{_e(t("outbox.search", lang))}"'
        f' placeholder="{_e(t("outbox.search", lang))}">'
        f"<button>{_e(t('outbox.find', lang))}</button></form>"
        f'<div id="mails" aria-live="polite">{rows}</div>',
        lang,
    )


async def script(_request: Request) -> Response:
    """The script of the list and of one mail."""
    return Response(_SCRIPT, media_type="text/javascript")


async def opened(request: Request) -> Response:
    """One mail: codes and links to use at once, then its body, or its text with `view=text`."""
    lang = language_of(request)
    post = await _post(request)
    as_text = request.query_params.get("view") == "text" or not post.html
    here = f"/outbox/{post.id}"
    shown = (
        f'<div class="card"><pre data-testid="outbox-text">{_linked(post.text)}</pre></div>'
        if as_text
        else f'<iframe src="{here}/html" title="{_e(post.subject)}"'
        ' sandbox="allow-top-navigation-by-user-activation"></iframe>'
    )
    return _page(
        post.subject,
        f'<p><a href="/outbox">{_e(t("outbox.back", lang))}</a></p><h1>{_e(post.subject)}</h1>'
        f'<p class="quiet">{_e(t("outbox.to", lang))}: {_e(_person(post))}<br>{_time(post)}</p>'
        f"{_failure(post, lang)}{_files(post, lang)}{_shortcuts(post, lang)}"
        f'<nav class="tabs">{_tab(here, t("outbox.mail", lang), current=not as_text)}'
        f"{_tab(f'{here}?view=text', t('outbox.text', lang), current=as_text)}</nav>{shown}",
        lang,
    )


async def body(request: Request) -> Response:
    """The mail itself, framed: nothing in it runs, links open in the whole window."""
    post = await _post(request)
    target = '<base target="_top">'
    head = _HEAD.search(post.html)
    place = head.end() if head else 0
    headers = {"Content-Security-Policy": _MAIL_POLICY, "X-Frame-Options": "SAMEORIGIN"}
    return HTMLResponse(post.html[:place] + target + post.html[place:], headers=headers)


async def attachment(request: Request) -> Response:
    """A file of a mail, always saved."""
    post, position = await _post(request), request.path_params["position"]

    def read() -> Attached | None:
        with unit_of_work(read_only=True) as session:
            return mailbox.post_file(session, post.id, position)

    found = await run(read)
    if found is None:
        raise NotFound()
    return downloads.of_bytes(found.content, found.media_type, "attachment", found.name)


async def _post(request: Request) -> Post:
    message_id = int(request.path_params["message_id"])

    def read() -> Post | None:
        with unit_of_work(read_only=True) as session:
            return mailbox.post(session, message_id)

    # Larger than any id: the databases refuse it with an error of their own.
    post = await run(read) if message_id <= MAX_ID else None
    if post is None:
        raise NotFound()
    return post


def _failure(post: Post, lang: str) -> str:
    if post.state not in UNDELIVERED:
        return ""
    said = t("outbox.failed", lang, reason=post.error)
    return f'<p class="card" data-testid="outbox-failed">{_e(said)}</p>'


def _files(post: Post, lang: str) -> str:
    """The files that go with the mail, each to save."""
    if not post.files:
        return ""
    links = "".join(
        f'<li><a href="/outbox/{post.id}/files/{file.position}" data-testid="outbox-file">'
        f'{_e(file.name)}</a> <span class="quiet">{round(file.size / 1000, 1)} kB</span></li>'
        for file in post.files
    )
    return f'<div class="card"><span>{_e(t("outbox.files", lang))}</span><ul>{links}</ul></div>'


def _shortcuts(post: Post, lang: str) -> str:
    codes = "".join(
        f'<div><code data-testid="outbox-code">{_e(code)}</code></div>'
        for code in dict.fromkeys(_CODE.findall(post.text))
    )
    links = "".join(
        f'<li><a href="{_e(link)}" data-testid="outbox-link">{_e(link)}</a></li>'
        for link in dict.fromkeys(_LINK.findall(post.text))
    )
    if not codes and not links:
        return ""
    list_ = f"<span>{_e(t('outbox.links', lang))}</span><ul>{links}</ul>" if links else ""
    return f'<div class="card">{codes}{list_}</div>'


def _row(post: Post) -> str:
    return (
        f'<a class="row" href="/outbox/{post.id}" data-testid="outbox-row">'
        f'<span>{_e(_person(post))}</span><span class="quiet">{_time(post)}</span>'
        f"<strong>{_e(post.subject)}</strong></a>"
    )


def _person(post: Post) -> str:
    return f"{post.to_name} <{post.to_address}>" if post.to_name else post.to_address


def _time(post: Post) -> str:
    """In UTC, said so; the script puts it into the reader's zone."""
    at = post.created_at.astimezone(UTC)
    return f'<time datetime="{at.isoformat()}" translate="no">{at:%Y-%m-%d %H:%M:%S} UTC</time>'


def _tab(address: str, label: str, *, current: bool) -> str:
    mark = ' aria-current="page"' if current else ""
    return f'<a class="tab" href="{_e(address)}"{mark}>{_e(label)}</a>'


def _linked(text: str) -> str:
    parts: list[str] = []
    end = 0
    for match in _LINK.finditer(text):
        parts += [_e(text[end : match.start()]), f'<a href="{_e(match[0])}">{_e(match[0])}</a>']
        end = match.end()
    return "".join([*parts, _e(text[end:])])


def _page(title: str, content: str, lang: str) -> Response:
    return HTMLResponse(
        f'<!doctype html><html lang="{spoken(lang)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{_e(title)}</title><style>{_STYLE}</style><script src="/outbox/page.js" defer>'
        f"</script></head><body><main>{content}</main>"
        "</body></html>",
        headers={"Content-Security-Policy": _PAGE_POLICY},
    )


def _e(text: str) -> str:
    return html.escape(text)
