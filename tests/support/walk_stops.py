"""Every stop of the walk: each page of the app, and each face that it shows."""

import secrets

from playwright.async_api import Page
from starlette.requests import Request

from clientportal.web import pages as problem_pages
from tests.support.walk import Act, Stop
from tests.support.walk_world import NEW_COMPANY, World

REFUSED = r"Failed to load resource"
WAIT_MS = 10_000


def _id(name: str) -> str:
    return f"[data-testid='{name}']:visible"


def click(*names: str) -> Act:
    """Press these test ids, one after the other."""

    async def act(page: Page) -> None:
        for name in names:
            await page.locator(_id(name)).first.click(timeout=WAIT_MS)

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
        await page.locator(_id(submit)).first.click(timeout=WAIT_MS)

    return act


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
    await page.locator(_id("pay-bar")).wait_for(timeout=WAIT_MS)
    await boxes.nth(1).check(timeout=WAIT_MS)


async def type_in_palette(page: Page) -> None:
    await page.keyboard.press("Control+k")
    await page.locator(_id("palette")).fill("andina", timeout=WAIT_MS)
    await page.locator("[role='listbox'] [role='option']").nth(1).wait_for(timeout=WAIT_MS)


async def lose_connection(page: Page) -> None:
    await page.context.set_offline(True)
    await page.locator(_id("offline")).wait_for(timeout=WAIT_MS)


async def open_menu(page: Page) -> None:
    await page.locator(".topm button:visible").first.click(timeout=WAIT_MS)


async def confirm_import(page: Page) -> None:
    """Import the file unless an earlier visit has done so."""
    button = page.locator(_id("import-confirm"))
    if await button.count():
        await button.click(timeout=WAIT_MS)
    await page.locator(_id("import-done")).wait_for(timeout=WAIT_MS)


def fault(lang: str) -> str:
    """The page of a fault of ours, as the server writes it."""
    scope = {"type": "http", "headers": [(b"cookie", f"lang={lang}".encode())]}
    return bytes(problem_pages.problem(Request(scope), "failed", 500).body).decode()


def all_stops(world: World) -> list[Stop]:
    """Every stop, in the order of a story."""
    return [*_public(world), *_portal(world), *_staff(world), *_staff_forms(world), *_new(world)]


def _public(world: World) -> list[Stop]:
    wrong = sends(
        ("email", "nadie?@clientes.example"), ("password", "no es esta"), submit="sign-in-submit"
    )
    return [
        Stop("start-cast", "/"),
        Stop("start-doors", "/", who="luisa"),
        Stop("sign-in", "/sign-in"),
        Stop("sign-in-wrong", "/sign-in", act=then(click("use-password"), wrong)),
        Stop("sign-in-code", "/sign-in", act=_ask_code),
        Stop("sign-in-code-wrong", "/sign-in", act=_wrong_code),
        Stop("set-up", "/set-up", site="empty"),
        Stop("set-up-wrong", "/set-up", site="empty", act=_wrong_set_up),
        Stop("kit", "/kit", samples=True),
        Stop("kit-dialog", "/kit", act=click("open-dialog"), samples=True),
        Stop("kit-drawer", "/kit", act=click("open-drawer"), samples=True),
        Stop("kit-menu", "/kit", act=click("open-menu"), samples=True),
        Stop("kit-toast", "/kit", act=click("open-toast"), samples=True),
        Stop("not-found", "/no-such-page", expected=REFUSED),
        Stop("file-not-found", "/files/documents/999999.pdf", expected=REFUSED, plain=True),
        Stop("failed", "/walk-fault", expected=REFUSED, plain=True, answer=fault),
        Stop("offline-page", "/offline", plain=True),
        Stop("outbox", "/outbox", plain=True),
        Stop("checkout", _path(world.checkout), plain=True, foreign=True),
        Stop("disconnected", "/sign-in", act=lose_connection, expected="ERR_INTERNET|WebSocket"),
    ]


async def _ask_code(page: Page) -> None:
    if await page.locator(_id("use-code")).count():
        await click("use-code")(page)
    await sends(("email", "nadie?@clientes.example"), submit="sign-in-submit")(page)
    await page.wait_for_url("**/sign-in/code**", timeout=WAIT_MS)


async def _wrong_code(page: Page) -> None:
    await _ask_code(page)
    await page.locator(_id("code")).fill("000000", timeout=WAIT_MS)
    await page.wait_for_url("**error=**", timeout=WAIT_MS)


async def _wrong_set_up(page: Page) -> None:
    await page.fill("[name='company_name']", "Ferretería Sol")
    await page.fill("[name='slug']", "ferreteria-sol")
    await page.fill("[name='name']", "Sara Sol")
    await page.fill("[name='email']", "sara@sol.example")
    await page.fill("[name='password']", "sara@sol.example")
    await click("set-up-submit")(page)
    await page.wait_for_url("**error=**", timeout=WAIT_MS)


def _path(address: str) -> str:
    return "/" + address.split("/", 3)[3]


def _portal(world: World) -> list[Stop]:
    base = f"/portal/{world.spaces['luisa']}"
    documents = f"{base}/documents"
    lost = "ERR_INTERNET|WebSocket"
    stops = [
        Stop("portal-spaces", "/portal", who="diana"),
        Stop("portal-home", base, who="luisa"),
        Stop("portal-home-english-buyer", f"/portal/{world.spaces['emma']}", who="emma"),
        Stop("portal-accounts-open", base, who="luisa", act=click("account-switch")),
        Stop("portal-documents", documents, who="luisa"),
        Stop("portal-documents-ticked", documents, who="luisa", act=tick_two),
        Stop("portal-documents-filter", documents, who="luisa", act=click("filter-state")),
        Stop("portal-documents-found", f"{documents}?state=overdue&q=FE", who="luisa"),
        Stop("portal-documents-nothing", f"{documents}?q=xyzxyz", who="luisa"),
        Stop("portal-documents-disconnected", documents, "luisa", lose_connection, lost),
        Stop("portal-document-missing", f"{documents}/999999", who="luisa"),
        Stop("portal-more", f"{base}/more", who="luisa"),
        Stop("portal-foreign", "/portal/nothere", who="luisa"),
        Stop("portal-outsider", base, who="carolina"),
    ]
    stops += [
        Stop(f"portal-document-{name.replace('_', '-')}", f"{documents}/{found}", who="luisa")
        for name, found in world.mine.items()
    ]
    stops += [
        Stop(f"portal-pay-{phase}", f"/portal/{world.spaces[person]}/pay/{reference}", who=person)
        for phase, (person, reference) in world.payments.items()
    ]
    return stops


def _staff(world: World) -> list[Stop]:
    base = "/staff/papelera-del-valle"
    account, contact = f"{base}/accounts/{world.account}", f"{base}/contacts/{world.contact}"
    who = "carolina"
    stops = [
        Stop("staff-today", f"{base}/today", who),
        Stop("staff-today-disconnected", f"{base}/today", who, lose_connection, "ERR_|WebSocket"),
        Stop("staff-palette", f"{base}/today", who, type_in_palette),
        Stop("staff-menu", f"{base}/today", who, open_menu, only="phone"),
        Stop("staff-keys", f"{base}/today", who, press("?")),
        Stop("staff-profile", f"{base}/today", who, click("profile"), only="desktop"),
        Stop("staff-accounts", f"{base}/accounts", who),
        Stop("staff-accounts-filter", f"{base}/accounts", who, click("filter-tag")),
        Stop("staff-accounts-nothing", f"{base}/accounts?q=xyzxyz", who),
        Stop("staff-account", account, who),
        *(
            Stop(f"staff-account-{tab}", f"{account}?tab={tab}", who)
            for tab in ("billing", "contacts", "activity")
        ),
        Stop("staff-account-missing", f"{base}/accounts/999999", who),
        Stop("staff-contacts", f"{base}/contacts", who),
        Stop("staff-contact", contact, who),
        Stop("staff-billing", f"{base}/billing", who),
        Stop("staff-billing-filter", f"{base}/billing", who, click("filter-state")),
        Stop("staff-billing-nothing", f"{base}/billing?q=xyzxyz", who),
        Stop("staff-document-missing", f"{base}/billing/999999", who),
        Stop("staff-settings", f"{base}/settings", who),
        Stop("staff-foreign", "/staff/metales-del-caribe/today", who),
        Stop("staff-outsider", f"{base}/today", "luisa"),
    ]
    stops += [
        Stop(f"staff-document-{name.replace('_', '-')}", f"{base}/billing/{found}", who)
        for name, found in world.documents.items()
    ]
    return stops


def _staff_forms(world: World) -> list[Stop]:
    base = "/staff/papelera-del-valle"
    account = f"{base}/accounts/{world.account}"
    draft, overdue = world.documents["draft"], world.documents["overdue"]
    who = "carolina"
    return [
        Stop("staff-payment", f"{base}/billing/{overdue}", who, click("payment-record")),
        Stop("staff-draft-new", f"{base}/billing/new", who),
        Stop("staff-draft-wrong", f"{base}/billing/new", who, click("draft-save")),
        Stop("staff-draft-edit", f"{base}/billing/{draft}/edit", who),
        Stop("staff-draft-issue", f"{base}/billing/{draft}/edit", who, click("draft-issue")),
        Stop("staff-account-new", f"{base}/accounts/new", who),
        Stop("staff-account-wrong", f"{base}/accounts/new", who, click("edit-save")),
        Stop("staff-account-edit", f"{account}/edit", who),
        Stop("staff-imports", f"{base}/imports", who),
        Stop("staff-imports-preview", f"{base}/imports?run={world.runs['good']}", who),
        Stop("staff-imports-faulty", f"{base}/imports?run={world.runs['faulty']}", who),
        Stop(
            "staff-imports-done",
            f"{base}/imports?run={world.runs['accounts']}",
            who,
            confirm_import,
        ),
        Stop("staff-read-only-draft", f"{base}/billing/new", "tomas"),
        Stop("staff-read-only-settings", f"{base}/settings", "tomas"),
        Stop("staff-read-only-account", account, "tomas"),
    ]


def _new(world: World) -> list[Stop]:
    """A company on its first day."""
    base = f"/staff/{NEW_COMPANY}"
    pages = ("today", "accounts", "contacts", "billing", "imports", "settings")
    return [Stop(f"new-{page}", f"{base}/{page}", "olga") for page in pages]
