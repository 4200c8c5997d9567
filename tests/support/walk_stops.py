"""Every stop of the walk: each page of the app, and each face that it shows."""

from playwright.async_api import Page

from tests.support.walk import Stop
from tests.support.walk_acts import (
    WAIT_MS,
    book_nothing,
    by_id,
    choose_smtp,
    click,
    confirm_import,
    fault,
    find_in_portal,
    from_menu,
    instead_of,
    leave_unsaved,
    lose_connection,
    open_menu,
    pick_two,
    press,
    sends,
    shown,
    then,
    tick_two,
    type_and_choose,
    type_in_palette,
)
from tests.support.walk_world import NEW_COMPANY, STOPPED_COMPANY, World

REFUSED = r"Failed to load resource"

# What is asked before a document is changed, on the pages where it can be.
ASKED = {
    "overdue": (
        ("staff-document-ask-void", from_menu("ask-void")),
        ("staff-document-ask-void-wrong", click("void-confirm")),
        ("staff-document-ask-dispute", instead_of(from_menu("ask-dispute"))),
    ),
    "disputed": (("staff-document-ask-close", from_menu("ask-close_dispute")),),
    "draft": (("staff-document-ask-discard", from_menu("ask-discard")),),
    "advance": (
        ("staff-document-ask-return", from_menu("ask-return")),
        ("staff-document-ask-apply", instead_of(click("credit-apply"))),
    ),
}


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
        Stop("document-link", world.links["live"]),
        Stop("document-link-ended", world.links["ended"]),
        Stop("document-link-unknown", f"/d/{'x' * 43}"),
        Stop("not-found", "/no-such-page", expected=REFUSED),
        Stop("file-not-found", "/files/documents/999999.pdf", expected=REFUSED, plain=True),
        Stop("failed", "/walk-fault", expected=REFUSED, plain=True, answer=fault),
        Stop("offline-page", "/offline", plain=True),
        Stop("outbox", "/outbox", plain=True),
        Stop("checkout", _path(world.checkout), plain=True, foreign=True),
        Stop("disconnected", "/sign-in", act=lose_connection, expected="ERR_INTERNET|WebSocket"),
    ]


async def _ask_code(page: Page) -> None:
    if await page.locator(by_id("use-code")).count():
        await click("use-code")(page)
    await sends(("email", "nadie?@clientes.example"), submit="sign-in-submit")(page)
    await page.wait_for_url("**/sign-in/code**", timeout=WAIT_MS)


async def _wrong_code(page: Page) -> None:
    await _ask_code(page)
    await page.locator(by_id("code")).fill("000000", timeout=WAIT_MS)
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
        Stop("portal-home", base, who="luisa", after=(("portal-palette", find_in_portal),)),
        Stop("portal-home-english-buyer", f"/portal/{world.spaces['emma']}", who="emma"),
        Stop("portal-accounts-open", base, who="luisa", act=click("account-switch")),
        Stop("portal-documents", documents, who="luisa"),
        Stop("portal-documents-ticked", documents, who="luisa", act=tick_two),
        Stop("portal-documents-picked", documents, who="luisa", act=click("documents-pick")),
        Stop("portal-documents-filter", documents, who="luisa", act=click("filter-state")),
        Stop("portal-documents-found", f"{documents}?state=overdue&q=FE", who="luisa"),
        Stop("portal-documents-nothing", f"{documents}?q=xyzxyz", who="luisa"),
        Stop("portal-documents-disconnected", documents, "luisa", lose_connection, lost),
        Stop("portal-statement", f"{base}/statement?period=all", who="luisa"),
        Stop("portal-statement-days", f"{base}/statement", who="luisa", act=click("period-own")),
        Stop("portal-statement-nothing", f"{base}/statement?to=1999-12-31", who="luisa"),
        Stop("portal-statement-missing", f"{base}/statement?account=999999", who="luisa"),
        Stop("portal-document-missing", f"{documents}/999999", who="luisa"),
        Stop(
            "portal-more",
            f"{base}/more",
            who="luisa",
            after=(("portal-more-split", click("split")),),
        ),
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
        Stop(
            "staff-today",
            f"{base}/today",
            who,
            after=(("staff-today-release", click("attempt-release")),),
        ),
        Stop("staff-today-disconnected", f"{base}/today", who, lose_connection, "ERR_|WebSocket"),
        Stop("staff-palette", f"{base}/today", who, type_in_palette),
        Stop("staff-menu", f"{base}/today", who, open_menu, only="phone"),
        Stop("staff-keys", f"{base}/today", who, press("?")),
        Stop("staff-profile", f"{base}/today", who, click("profile"), only="desktop"),
        Stop("staff-receivables", f"{base}/receivables", who),
        Stop("staff-receivables-filter", f"{base}/receivables", who, click("filter-all")),
        Stop(
            "staff-receivables-filtered",
            f"{base}/receivables?contact=problems&situation=late_90&sort=balance",
            who,
            after=(("staff-receivables-view", click("view-save")),),
        ),
        Stop("staff-receivables-nothing", f"{base}/receivables?q=xyzxyz", who),
        Stop("staff-accounts", f"{base}/accounts", who),
        Stop("staff-accounts-filter", f"{base}/accounts", who, click("filter-tag")),
        Stop("staff-accounts-nothing", f"{base}/accounts?q=xyzxyz", who),
        Stop("staff-account", account, who),
        *(
            Stop(f"staff-account-{tab}", f"{account}?tab={tab}", who)
            for tab in ("billing", "messages", "activity")
        ),
        Stop(
            "staff-account-contacts",
            f"{account}?tab=contacts",
            who,
            after=(
                ("staff-access-question", click("access-switch")),
                ("staff-person-new", instead_of(click("person-new"))),
                ("staff-person-wrong", click("person-save")),
            ),
        ),
        Stop("staff-account-missing", f"{base}/accounts/999999", who),
        Stop("staff-statement", f"{account}/statement?period=year", who),
        Stop("staff-statement-nothing", f"{account}/statement?to=1999-12-31", who),
        Stop("staff-statement-missing", f"{base}/accounts/999999/statement", who),
        Stop("staff-contacts", f"{base}/contacts", who),
        Stop("staff-contact", contact, who),
        Stop("staff-interactions", f"{base}/interactions", who),
        Stop("staff-interactions-filter", f"{base}/interactions", who, click("filter-outcome")),
        Stop("staff-interactions-nothing", f"{base}/interactions?q=xyzxyz", who),
        Stop("staff-billing", f"{base}/billing", who),
        Stop("staff-billing-picked", f"{base}/billing", who, pick_two),
        Stop("staff-billing-filter", f"{base}/billing", who, click("filter-state")),
        Stop("staff-billing-peek", f"{base}/billing", who, click("document-peek"), only="desktop"),
        Stop("staff-billing-nothing", f"{base}/billing?q=xyzxyz", who),
        Stop("staff-document-missing", f"{base}/billing/999999", who),
        Stop(
            "staff-settings",
            f"{base}/settings",
            who,
            after=tuple(
                (f"staff-settings-{tab}", click(f"tab-{tab}")) for tab in ("series", "team", "you")
            ),
        ),
        Stop("staff-team-role", f"{base}/settings?tab=team", who, click("member-role")),
        Stop("staff-team-remove", f"{base}/settings?tab=team", who, click("member-remove")),
        Stop(
            "staff-channels",
            f"{base}/settings/channels",
            who,
            after=(
                ("staff-channels-wrong", click("save-whatsapp")),
                ("staff-channels-smtp", choose_smtp),
            ),
        ),
        Stop("staff-foreign", "/staff/metales-del-caribe/today", who),
        Stop("staff-outsider", f"{base}/today", "luisa"),
    ]
    stops += [
        Stop(
            f"staff-document-{name.replace('_', '-')}",
            f"{base}/billing/{found}",
            who,
            after=ASKED.get(name, ()),
        )
        for name, found in world.documents.items()
    ]
    return stops


def _staff_forms(world: World) -> list[Stop]:
    base = "/staff/papelera-del-valle"
    account = f"{base}/accounts/{world.account}"
    draft, overdue = world.documents["draft"], world.documents["overdue"]
    who = "carolina"
    return [
        Stop(
            "staff-payment",
            f"{base}/billing/{overdue}",
            who,
            click("payment-record"),
            after=(("staff-payment-wrong", book_nothing),),
        ),
        Stop("staff-send", f"{base}/billing/{overdue}?send=1", who, shown("send-subject-es")),
        Stop(
            "staff-send-paid",
            f"{base}/billing/{world.documents['paid']}?send=1",
            who,
            shown("send-paid"),
        ),
        Stop("staff-issue-and-send", f"{base}/billing/{draft}?send=1", who, shown("send-to")),
        Stop("staff-draft-new", f"{base}/billing/new", who),
        Stop("staff-draft-wrong", f"{base}/billing/new", who, click("draft-save")),
        Stop("staff-draft-edit", f"{base}/billing/{draft}/edit", who),
        Stop("staff-draft-issue", f"{base}/billing/{draft}/edit", who, click("draft-issue")),
        Stop("staff-draft-template", f"{base}/billing/new?template={world.template}", who),
        Stop("staff-draft-replace", f"{base}/billing/new", who, type_and_choose(world.template)),
        Stop("staff-templates", f"{base}/billing/templates", who),
        Stop("staff-templates-archived", f"{base}/billing/templates?archived=1", who),
        Stop("staff-template", f"{base}/billing/templates/{world.template}", who),
        Stop("staff-template-new", f"{base}/billing/templates/new", who),
        Stop("staff-template-wrong", f"{base}/billing/templates/new", who, click("template-save")),
        Stop("staff-template-unsaved", f"{base}/billing/templates/new", who, leave_unsaved),
        Stop("staff-template-missing", f"{base}/billing/templates/999999", who),
        Stop("staff-account-new", f"{base}/accounts/new", who),
        Stop("staff-account-wrong", f"{base}/accounts/new", who, click("edit-save")),
        Stop("staff-account-edit", f"{account}/edit", who),
        Stop("staff-imports", f"{base}/imports", who),
        Stop("staff-imports-ubl", f"{base}/imports?kind=ubl", who),
        Stop("staff-imports-preview", f"{base}/imports?run={world.runs['good']}", who),
        Stop(
            "staff-imports-columns",
            f"{base}/imports?run={world.runs['columns']}",
            who,
            shown("import-columns-missing"),
        ),
        Stop("staff-imports-faulty", f"{base}/imports?run={world.runs['faulty']}", who),
        Stop(
            "staff-imports-done",
            f"{base}/imports?run={world.runs['accounts']}",
            who,
            confirm_import,
        ),
        Stop("staff-read-only-draft", f"{base}/billing/new", "tomas"),
        Stop("staff-read-only-templates", f"{base}/billing/templates", "tomas"),
        Stop("staff-read-only-settings", f"{base}/settings", "tomas"),
        Stop("staff-read-only-channels", f"{base}/settings/channels", "tomas"),
        Stop("staff-read-only-account", account, "tomas"),
        Stop("staff-read-only-receivables", f"{base}/receivables", "tomas"),
    ]


def _new(world: World) -> list[Stop]:
    """A company on its first day."""
    base = f"/staff/{NEW_COMPANY}"
    pages = ("today", "receivables", "accounts", "contacts", "interactions", "billing",
             "billing/templates", "imports", "settings")  # fmt: skip
    stopped = f"/staff/{STOPPED_COMPANY}"
    return [
        *(Stop(f"new-{page.replace('/', '-')}", f"{base}/{page}", "olga") for page in pages),
        Stop("stopped-today", f"{stopped}/today", "olga"),
        Stop(
            "stopped-channels",
            f"{stopped}/settings/channels",
            "olga",
            after=(
                ("stopped-channels-again", click("send-again")),
                ("stopped-channels-forget", instead_of(click("forget-email"))),
            ),
        ),
    ]
