"""What is done on a page before it is looked at: presses, forms, waits."""

import secrets

from playwright.async_api import Page
from starlette.requests import Request

from clientportal.web import pages as problem_pages
from tests.support.walk import Act

WAIT_MS = 10_000


def by_id(name: str) -> str:
    return f"[data-testid='{name}']:visible"


def click(*names: str) -> Act:
    """Press these test ids, one after the other."""

    async def act(page: Page) -> None:
        for name in names:
            await page.locator(by_id(name)).first.click(timeout=WAIT_MS)

    return act


def shown(name: str) -> Act:
    """Wait for this test id."""

    async def act(page: Page) -> None:
        await page.locator(by_id(name)).first.wait_for(timeout=WAIT_MS)

    return act


def press(*keys: str) -> Act:
    async def act(page: Page) -> None:
        for key in keys:
            await page.keyboard.press(key)

    return act


def sends(*filled: tuple[str, str], submit: str) -> Act:
    """Fill fields by name, `?` being something new each time, and send the form."""

    async def act(page: Page) -> None:
        for name, value in filled:
            await page.fill(f"[name='{name}']:visible", value.replace("?", secrets.token_hex(4)))
        await page.locator(by_id(submit)).first.click(timeout=WAIT_MS)

    return act


def from_menu(name: str) -> Act:
    """Open the menu that holds this item, and press it."""

    async def act(page: Page) -> None:
        item = page.locator(f"[data-testid='{name}']").first
        await item.wait_for(state="attached", timeout=WAIT_MS)
        panel = await item.evaluate("(item) => item.closest('[popover]').id")
        await page.locator(f"[aria-controls='{panel}']").first.click(timeout=WAIT_MS)
        await item.click(timeout=WAIT_MS)

    return act


def instead_of(*acts: Act) -> Act:
    """Close what is open, then go on."""
    return then(press("Escape"), *acts)


def then(*acts: Act) -> Act:
    async def act(page: Page) -> None:
        for one in acts:
            await one(page)

    return act


async def tick_two(page: Page) -> None:
    """Choose the first two documents that can be paid together."""
    boxes = page.locator("[data-testid='documents-check']:not([disabled]):visible")
    await boxes.nth(0).check(timeout=WAIT_MS)
    # Together with the bar, the boxes that cannot join the first are switched off.
    await page.locator(by_id("pay-bar")).wait_for(timeout=WAIT_MS)
    await boxes.nth(1).check(timeout=WAIT_MS)


async def pick_two(page: Page) -> None:
    """Choose the first two documents of the list."""
    for place in range(2):
        box = page.locator("[data-testid='documents-check']:visible").nth(place)
        await box.check(timeout=WAIT_MS)
    await page.locator(by_id("bundle-zip")).wait_for(timeout=WAIT_MS)


async def leave_unsaved(page: Page) -> None:
    await page.locator(by_id("template-name")).fill("Mensualidad", timeout=WAIT_MS)
    await page.locator(by_id("template-cancel")).click(timeout=WAIT_MS)
    await page.locator(by_id("unsaved-stay")).wait_for(timeout=WAIT_MS)


def type_and_choose(template: int) -> Act:
    """Write a line, then ask for a template in its place."""

    async def act(page: Page) -> None:
        await page.locator(by_id("line-description")).first.fill("Papel", timeout=WAIT_MS)
        await page.locator(by_id("line-description")).first.blur()
        await page.locator(by_id("draft-template")).select_option(str(template), timeout=WAIT_MS)
        await page.locator(by_id("template-ask")).wait_for(timeout=WAIT_MS)

    return act


async def type_in_palette(page: Page) -> None:
    await page.keyboard.press("Control+k")
    await page.locator(by_id("palette")).fill("andina", timeout=WAIT_MS)
    await page.locator("[role='listbox'] [role='option']").nth(1).wait_for(timeout=WAIT_MS)


async def choose_smtp(page: Page) -> None:
    """The fields of another provider of e-mail."""
    await page.click(f"{by_id('email-provider')} button >> text=SMTP", timeout=WAIT_MS)
    await page.wait_for_selector(by_id("form-smtp"), timeout=WAIT_MS)


async def book_nothing(page: Page) -> None:
    """Ask for a payment of no amount on no day."""
    for name in ("payment-on", "payment-line-amount"):
        await page.locator(by_id(name)).first.fill("", timeout=WAIT_MS)
    await page.locator(by_id("payment-book")).click(timeout=WAIT_MS)
    await page.locator(f"{by_id('payment-drawer')} [role='alert']").first.wait_for(timeout=WAIT_MS)


async def find_in_portal(page: Page) -> None:
    await page.keyboard.press("Control+k")
    await page.locator(by_id("palette")).fill("FE", timeout=WAIT_MS)
    await page.locator("[role='listbox'] [role='option']").first.wait_for(timeout=WAIT_MS)


async def lose_connection(page: Page) -> None:
    await page.context.set_offline(True)
    await page.locator(by_id("offline")).wait_for(timeout=WAIT_MS)


async def open_menu(page: Page) -> None:
    await page.locator(".topm button:visible").first.click(timeout=WAIT_MS)


async def confirm_import(page: Page) -> None:
    """Import the file unless an earlier visit has done so."""
    button = page.locator(by_id("import-confirm"))
    if await button.count():
        await button.click(timeout=WAIT_MS)
    await page.locator(by_id("import-done")).wait_for(timeout=WAIT_MS)


def fault(lang: str) -> str:
    """The page of a fault of ours, as the server writes it."""
    scope = {"type": "http", "headers": [(b"cookie", f"lang={lang}".encode())]}
    return bytes(problem_pages.problem(Request(scope), "failed", 500).body).decode()
