"""The walk over every page: what `make shots` photographs and what the test checks are the same."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Browser, BrowserContext, Page, Route, async_playwright

from tests.support.browser import FLAGS, executable
from tests.support.walk_texts import foreign_texts

PHONE, DESKTOP, NARROW = (390, 844), (1440, 900), 320
CALM_MS, MOST_MS, MOST_PIXELS = 200, 8_000, 4_000
_OF_THE_BODY = ("content-type", "content-length", "content-encoding", "transfer-encoding", "etag")
_TOOLS = Path(__file__).with_suffix(".js").read_text("utf-8").strip()

Act = Callable[[Page], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Stop:
    """One view: where it is, who sees it, what is done there before looking.

    `expected`: a pattern of console errors that belong to the view (a refused request logs one).
    `plain`: written by the server without the app (its theme is the system's). `foreign`: no page
    of ours, its words are not in our catalogue. `samples`: shows invented data and parts that wait
    for ever. `answer`: gives the page for a language, where the server has no address that shows
    it. `after`: further views of the same page, by name, each reached from the one before.
    """

    name: str
    path: str
    who: str = ""
    act: Act | None = None
    expected: str = ""
    site: str = "demo"
    plain: bool = False
    foreign: bool = False
    samples: bool = False
    answer: Callable[[str], str] | None = None
    only: str = ""
    after: tuple[tuple[str, Act], ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """How the stops are looked at: window, language and the themes, in this order.

    `axe`: all its rules, those about contrast alone, or none. `narrow`: again at 320 px.
    `whole`: pictures show the page to its end, not only the window. `brief`: each page of the app
    once, as it opens.
    """

    size: tuple[int, int]
    lang: str
    themes: tuple[str, ...] = ("light",)
    axe: Literal["all", "contrast", ""] = "all"
    narrow: bool = False
    whole: bool = True
    brief: bool = False

    @property
    def is_phone(self) -> bool:
        return self.size[0] < 900


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that must not be."""

    stop: str
    look: str
    kind: str
    detail: str

    def __str__(self) -> str:
        return f"{self.stop} [{self.look}] {self.kind}: {self.detail}"


@dataclass(slots=True)
class Walk:
    """What a walk has seen. `words` holds the demo's own strings: what may stand unbracketed."""

    origins: dict[str, str]
    cookies: dict[str, dict[str, Any]]
    words: frozenset[str] = frozenset()
    folder: Path | None = None
    say: Callable[[str], None] | None = None
    findings: list[Finding] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    visited: list[str] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)

    def found(self, stop: Stop, look: str, kind: str, details: Iterable[str]) -> None:
        fresh = [Finding(stop.name, look, kind, detail) for detail in details]
        self.findings += fresh
        for finding in fresh if self.say else ():
            self.say(str(finding))


@dataclass(slots=True)
class _Ears:
    """Everything that a page complains about while it is open."""

    origin: str
    expected: str
    heard: list[tuple[str, str]] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        page.on("console", lambda m: self._error(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: self._error(str(error)))
        page.on("request", lambda request: self._request(request.url))

    def _error(self, text: str) -> None:
        if not (self.expected and re.search(self.expected, text)):
            self.heard.append(("csp" if "Content Security Policy" in text else "console", text))

    def _request(self, url: str) -> None:
        if urlsplit(url).path == "/csp-report":
            self.heard.append(("csp", url))
        elif url.startswith("http") and not url.startswith(self.origin + "/"):
            self.heard.append(("foreign", url))


async def visit(walk: Walk, context: BrowserContext, stop: Stop, look: Look) -> None:
    """Open one stop and look at it in every theme of `look`. Findings and pictures go to `walk`."""
    origin = walk.origins[stop.site]
    at, label = stop, f"{look.size[0]}-{look.lang}"
    page = await context.new_page()
    ears = _Ears(origin, stop.expected)
    ears.listen(page)
    try:
        await page.emulate_media(color_scheme=_scheme(look.themes[0]), reduced_motion="reduce")
        if stop.answer is not None:
            await _answer(page, stop.path, stop.answer(look.lang))
        await page.goto(origin + stop.path, wait_until="load")
        await _settle(page, stop)
        await _view(walk, page, stop, look)
        for name, act in () if look.brief else stop.after:
            at = replace(stop, name=name, act=act)
            await page.set_viewport_size({"width": look.size[0], "height": look.size[1]})
            await _view(walk, page, at, look)
    except Exception as error:  # whatever happens on one stop, the others are still walked
        walk.found(at, label, "broken", [f"{type(error).__name__}: {error}".partition("\n\n")[0]])
    finally:
        for kind in ("console", "csp", "foreign"):
            heard = dict.fromkeys(text for what, text in ears.heard if what == kind)
            walk.found(stop, label, kind, heard)
        await context.set_offline(False)
        await page.close()


async def _view(walk: Walk, page: Page, stop: Stop, look: Look) -> None:
    """Do what the view asks for, and look at it."""
    label = f"{look.size[0]}-{look.lang}"
    if stop.act is not None:
        await stop.act(page)
        await _settle(page, stop)
    walk.visited += [stop.path, urlsplit(page.url).path]
    walk.ids |= set(await _ask(page, "ids"))
    walk.found(stop, label, "axe", [f"id twice: {i}" for i in await _ask(page, "twins")])
    for theme in look.themes:
        await _in_theme(walk, page, stop, look, theme)
    if look.lang == "xx" and not (stop.foreign or stop.samples):
        texts = await _ask(page, "outside")
        walk.found(stop, label, "text", foreign_texts(texts, walk.words))
    if look.narrow:
        await page.set_viewport_size({"width": NARROW, "height": 640})
        await _settle(page, stop)
        detail = await _ask(page, "overflow", width=NARROW)
        walk.found(stop, f"{NARROW}-{look.lang}", "overflow", [" | ".join(detail)] * bool(detail))


async def _answer(page: Page, path: str, html: str) -> None:
    """Give the page in place of what the server says there, under the server's own headers."""

    async def fulfil(route: Route) -> None:
        real = await route.fetch()
        assert "content-security-policy" in real.headers
        kept = {n: v for n, v in real.headers.items() if n not in _OF_THE_BODY}
        kept["content-type"] = "text/html; charset=utf-8"
        await route.fulfill(status=500, headers=kept, body=html)

    await page.route(f"**{path}", fulfil)


async def _in_theme(walk: Walk, page: Page, stop: Stop, look: Look, theme: str) -> None:
    label = f"{look.size[0]}-{look.lang}-{theme}"
    if len(look.themes) > 1:
        await page.emulate_media(color_scheme=_scheme(theme), reduced_motion="reduce")
        if not stop.plain:
            await _ask(page, "theme", chosen=theme)
    if look.axe:
        await _run(page, AXE_SCRIPT)
        walk.found(stop, label, "axe", await _ask(page, "axe", rules=look.axe))
    if walk.folder is not None:
        name = f"{stop.name}-{label}.png"
        await _picture(page, look, walk.folder / name)
        walk.pictures.append(name)
    detail = await _ask(page, "overflow", width=look.size[0])
    walk.found(stop, label, "overflow", [" | ".join(detail)] * bool(detail))


async def _picture(page: Page, look: Look, target: Path) -> None:
    """The whole page, in a window as high: what is fixed to an edge stands at the edge."""
    layer = await page.query_selector("dialog[open], [popover]:popover-open")
    height = await page.evaluate("() => document.documentElement.scrollHeight")
    grows = look.whole and layer is None
    high = min(max(height, look.size[1]), MOST_PIXELS) if grows else look.size[1]
    await page.set_viewport_size({"width": look.size[0], "height": high})
    await page.screenshot(path=target)
    await page.set_viewport_size({"width": look.size[0], "height": look.size[1]})


def _scheme(theme: str) -> Any:
    return "dark" if theme == "dark" else "light"


async def _settle(page: Page, stop: Stop) -> None:
    if await _ask(page, "settled", calm=CALM_MS, most=MOST_MS, waits=not stop.samples):
        raise TimeoutError("the page is still loading")


async def _ask(page: Page, question: str, **arguments: Any) -> Any:
    return await page.evaluate(f"(given) => ({_TOOLS}).{question}(given)", arguments)


async def _run(page: Page, script: str) -> None:
    await page.evaluate(f"() => {{ if (!window.axe) {{ {script} }} }}")


@asynccontextmanager
async def _browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=executable(), args=[*FLAGS, "--hide-scrollbars"]
        )
        try:
            yield browser
        finally:
            await browser.close()


async def _context(browser: Browser, look: Look) -> BrowserContext:
    return await browser.new_context(
        viewport={"width": look.size[0], "height": look.size[1]},
        locale="en-US" if look.lang == "en" else "es-CO",
        timezone_id="America/Bogota",
        is_mobile=look.is_phone,
        has_touch=look.is_phone,
        service_workers="block",
    )


async def _become(walk: Walk, context: BrowserContext, stop: Stop, look: Look) -> None:
    """Hold the stop's visitor's cookies and no others."""
    origin = walk.origins[stop.site]
    wanted = {"lang": look.lang, "theme": look.themes[0]}
    cookies = [{"name": name, "value": value, "url": origin} for name, value in wanted.items()]
    if stop.who:
        cookies.append(walk.cookies[stop.who] | {"url": origin})
    await context.clear_cookies()
    await context.add_cookies(cookies)  # type: ignore[arg-type]


async def walk_all(
    walk: Walk, stops: Sequence[Stop], looks: Sequence[Look], *, at_once: int = 2
) -> None:
    """Every stop in every look, `at_once` pages at the same time, each with a browser profile."""
    queue = [(stop, look) for look in looks for stop in _stops_of(stops, look)]

    async def worker(browser: Browser) -> None:
        profiles: dict[Look, BrowserContext] = {}
        while queue:
            stop, look = queue.pop(0)
            if look not in profiles:
                profiles[look] = await _context(browser, look)
            await _become(walk, profiles[look], stop, look)
            await visit(walk, profiles[look], stop, look)

    async with _browser() as browser:
        await asyncio.gather(*(worker(browser) for _ in range(at_once)))


def _stops_of(stops: Sequence[Stop], look: Look) -> list[Stop]:
    """The stops of a look; a brief one takes the first of each page that opens by itself."""
    fitting = [stop for stop in stops if not _skipped(stop, look)]
    if not look.brief:
        return fitting
    plain = [s for s in fitting if s.act is None and not (s.plain or s.samples or s.answer)]
    pages = {re.sub(r"\d+", "#", stop.path.partition("?")[0]): stop for stop in reversed(plain)}
    return [stop for stop in plain if stop in pages.values()]


def _skipped(stop: Stop, look: Look) -> bool:
    return stop.only == ("desktop" if look.is_phone else "phone")
