"""A real Chromium that remembers everything that went wrong on its pages."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    sync_playwright,
)

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# React marks a node while it is still drawing; only a root that has a tree hears its events, and
# what the tree does once it stands (its effects) comes a task later.
TAKEN_OVER = """(where) => {
  const node = document.querySelector(where);
  const mark = Object.keys(node ?? {}).find((name) => name.startsWith("__reactFiber"));
  if (!mark) return false;
  let fiber = node[mark];
  while (fiber.return) fiber = fiber.return;
  return Boolean(fiber.stateNode.current.child);
}"""
A_TASK_LATER = "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)))"
PHONE = (390, 844)
DESKTOP = (1440, 900)


def executable() -> str:
    """Where Chromium is. Raises RuntimeError when it is nowhere.

    Its headless shell draws the same pages; the whole browser draws a window around each as well,
    which costs more than the page (a page opened and closed: 0.44 s of CPU against 0.16 s).
    """
    for name in ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    raise RuntimeError("no Chromium; see scripts/chromium")


@contextmanager
def chromium() -> Iterator[Browser]:
    """One browser process."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@dataclass(slots=True)
class Person:
    """One visitor with a profile of their own, and what their pages complained about."""

    context: BrowserContext
    page: Page
    origin: str
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Go to a path of the site."""
        self.page.goto(self.origin + path)
        return self.page

    def alive(self, selector: str) -> None:
        """Wait until the app has taken over this control: an earlier click would be lost."""
        self.page.wait_for_function(TAKEN_OVER, arg=selector)
        self.page.evaluate(A_TASK_LATER)

    def follow(self, page: Page) -> None:
        """Collect what this page complains about."""

        def on_console(message: ConsoleMessage) -> None:
            if message.type == "error":
                self.errors.append(message.text)

        def on_request(request: Request) -> None:
            address = urlsplit(request.url)
            if address.scheme in {"http", "https"} and not request.url.startswith(self.origin):
                self.foreign.append(request.url)

        page.on("console", on_console)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", on_request)

    def assert_clean(self) -> None:
        """No console error (a CSP violation is one), no request to another origin."""
        assert self.errors == []
        assert self.foreign == []


@contextmanager
def person(
    browser: Browser,
    origin: str,
    *,
    size: tuple[int, int] = DESKTOP,
    lang: str | None = None,
    theme: str | None = None,
    locale: str = "es-CO",
) -> Iterator[Person]:
    """A new profile at the site `origin`, with the language and theme cookies set if given."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        locale=locale,
        is_mobile=size[0] < 500,
        has_touch=size[0] < 500,
    )
    wanted = {"lang": lang, "theme": theme}
    context.add_cookies(
        [{"name": name, "value": value, "url": origin} for name, value in wanted.items() if value]
    )
    page = context.new_page()
    found = Person(context=context, page=page, origin=origin)
    found.follow(page)
    try:
        yield found
    finally:
        context.close()
