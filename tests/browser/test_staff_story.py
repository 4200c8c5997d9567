"""Staff import their receivables, bill, record a payment and see it land, in a real browser."""

import csv
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Locator, Page, expect
from sqlmodel import Session

from clientportal.domain.documents import Kind
from clientportal.services import disputes, drafts, identity
from clientportal.storage.session import unit_of_work
from tests.support import browser as browsers
from tests.support import ledger, people
from tests.support.browser import DESKTOP, PHONE, Person, person
from tests.support.ledger import draft_of, key
from tests.support.people import Staffed
from tests.support.server import Server, server

pytestmark = [pytest.mark.browser]
NOW = datetime.now(UTC)
FILE = (
    "numero;cliente;nombre cliente;moneda;fecha;vencimiento;total\r\n"
    "F-1;A1;Ferretería El Tornillo;COP;{issued};{late};1.250.000\r\n"
    "F-2;A1;Ferretería El Tornillo;COP;{issued};{due};480.000\r\n"
)


@pytest.fixture(scope="module")
def site() -> Iterator[Server]:
    with server() as found:
        with unit_of_work(bind=sa.create_engine(found.database_url)) as db:
            molino = people.company(db, "molino", NOW)
            trigal = people.account(db, molino.agent, NOW, name="Panadería El Trigal")
            _wait_for_somebody(db, molino, trigal)
            people.company(db, "secreta", NOW, name="Secreta Canario SAS")
        yield found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    expect.set_options(timeout=20_000)  # the first load on a busy machine
    with browsers.chromium() as found:
        yield found
    expect.set_options(timeout=5_000)


def _wait_for_somebody(db: Session, molino: Staffed, account_id: int) -> None:
    """A disputed invoice, a draft and credit: what Today counts besides what is owed."""
    day = NOW.date() - timedelta(days=1)
    terms: dict[str, Any] = {"currency": "COP", "issued_on": day}
    for kind, total, issue in (
        (Kind.INVOICE, "3300", True),
        (Kind.CREDIT_NOTE, "1700", True),
        (Kind.INVOICE, "9", False),
    ):
        draft = ledger.draft_of(account_id, total, kind=kind, due_on=day + timedelta(9), **terms)
        row = drafts.create(db, molino.agent, draft=draft, now=NOW)
        if issue:
            drafts.issue(db, molino.agent, document_id=ledger.key(row), now=NOW)
        if issue and kind is Kind.INVOICE:
            disputes.open_dispute(
                db, molino.agent, document_id=ledger.key(row), reason="Faltan", now=NOW
            )


def enter(site: Server, visitor: Person, email: str) -> Page:
    """Sign the visitor in, as the password form does, and give their page."""
    with unit_of_work(bind=sa.create_engine(site.database_url)) as db:
        signed = identity.sign_in_as(db, email=email, now=datetime.now(UTC))
        assert signed is not None
    visitor.context.add_cookies(
        [{"name": "session", "value": signed.token, "url": site.url, "httpOnly": True}]
    )
    return visitor.page


def upload(page: Page, content: str) -> None:
    page.get_by_test_id("import-file").wait_for(state="attached")
    page.get_by_test_id("import-file").set_input_files(
        {"name": "cartera.csv", "mimeType": "text/csv", "buffer": content.encode("utf-8-sig")}
    )
    page.get_by_test_id("import-upload").click()


def file_of(prefix: str) -> str:
    day = NOW.date()
    text = FILE.format(
        issued=(day - timedelta(days=40)).strftime("%d/%m/%Y"),
        late=(day - timedelta(days=10)).strftime("%d/%m/%Y"),
        due=(day + timedelta(days=20)).strftime("%d/%m/%Y"),
    )
    return text.replace("F-", f"{prefix}-")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_an_import_and_a_payment_reach_the_page_of_today(
    site: Server, chromium: Browser, size: tuple[int, int]
) -> None:
    prefix = "D" if size == DESKTOP else "P"
    with (
        person(chromium, site.url, lang="es") as watcher,
        person(chromium, site.url, size=size, lang="es") as clerk,
    ):
        today = enter(site, watcher, "owner@molino.example")
        watcher.open("/staff/molino/today")
        expect(today.locator("main")).to_contain_text(re.compile("Te espera|Trae lo que te deben"))
        page = enter(site, clerk, "agent@molino.example")
        clerk.open("/staff/molino/imports")
        good = file_of(prefix).replace("numero", f"Ref {prefix}", 1)
        upload(page, good.replace("COP", "XYZ", 1))  # a header nobody knows, and a wrong currency
        expect(page.get_by_test_id("import-columns-missing")).to_contain_text("Número")
        page.get_by_label(f"Ref {prefix}").select_option("number")
        page.get_by_test_id("import-columns-apply").click()
        expect(page.get_by_test_id("import-fault")).to_contain_text("XYZ")
        expect(page.get_by_test_id("import-confirm")).to_be_hidden()
        clerk.open("/staff/molino/imports")
        upload(page, good)  # mended: the columns are remembered
        expect(page.get_by_test_id("import-new")).to_have_text("2")
        expect(page.get_by_test_id("import-dates")).to_have_value("dmy")
        page.get_by_test_id("import-confirm").click()
        expect(page.get_by_test_id("import-done")).to_contain_text("Se importaron 2 documentos")
        expect(today.get_by_test_id("today-late")).to_contain_text(f"{prefix}-1", timeout=3_000)
        _pay(page, clerk, prefix)
        expect(today.get_by_test_id("today-events")).to_contain_text("Se recibió un pago")
        expect(today.locator("main")).not_to_contain_text(f"{prefix}-1")
        _every_figure_opens_its_list(watcher)
        clerk.open("/staff/molino/imports")
        upload(page, file_of(prefix))
        expect(page.get_by_test_id("import-nothing")).to_be_visible()
        for visitor in (watcher, clerk):
            visitor.assert_clean()


def _every_figure_opens_its_list(watcher: Person) -> None:
    """Follow every figure of Today, the strip's and the piles' too: its list says the same."""
    page = watcher.page
    figures = _figures(page)
    # The strip's four, five ages, twelve months and all of them, and the accounts that owe.
    kinds = [name for name, _, _ in figures]
    assert {name: kinds.count(name) for name in kinds} == {
        "received": 1, "overdue": 1, "open": 1, "credit": 1, "ageing": 5, "collection": 13,
        "debtor": 2, "disputed": 1, "draft": 1,
    }  # fmt: skip
    for name, href, said in dict.fromkeys(figures):
        watcher.open(href)
        status = page.get_by_role("status").filter(has=page.get_by_test_id("documents-count"))
        expect(status).to_be_visible()
        if re.search("[1-9]", said):
            expect(status, name).to_contain_text(
                re.compile(rf"(?<![0-9.,]){re.escape(said)}(?![0-9])")
            )
        else:  # nothing came in: no sum of that kind
            sums = {"received": "recibido", "collection": "recibido", "credit": "a favor"}
            expect(status, name).not_to_contain_text(sums.get(name, "por cobrar"))
    watcher.open("/staff/molino/today")
    expect(page.get_by_test_id("today-debtors")).to_be_visible()


def _figures(page: Page) -> list[tuple[str, str, str]]:
    """Each figure that Today shows of documents: what it is, its list, and how it is written."""
    found: list[tuple[str, str, str]] = []

    def add(name: str, link: Locator, text: str) -> None:
        figure = re.search(r"[0-9][0-9.,]*", text)
        found.append((name, str(link.get_attribute("href")), figure.group() if figure else ""))

    for name in ("received", "overdue", "open", "credit"):
        shown = page.get_by_test_id(f"today-{name}")
        tile = page.locator(".stats > div").filter(has=shown)
        add(name, tile.get_by_role("link"), shown.inner_text())
    for name, place in (
        ("ageing", "[data-testid=today-ageing] .ages a"),
        ("collection", "[data-testid=today-collection] a[href*='/billing?']"),
        ("debtor", "[data-testid=today-debtors] a.amt-l"),
        ("late", "[data-testid=today-debtors] .meta a"),
        ("disputed", "[data-testid=today-disputed] a:not(.btn)"),
        ("draft", "[data-testid=today-drafts] a:not(.btn)"),
    ):
        for link in page.locator(place).all():
            add(name, link, link.inner_text())
    return found


def _pay(page: Page, clerk: Person, prefix: str) -> None:
    """Find the late invoice and record that it was paid in cash."""
    clerk.open(f"/staff/molino/billing?q={prefix}-1")
    row = page.locator(f'[data-testid=documents-row][data-number="{prefix}-1"]')
    expect(row).to_contain_text("Vencida")
    row.get_by_role("link", name=f"{prefix}-1", exact=True).click()
    page.get_by_test_id("payment-record").click()
    expect(page.get_by_test_id("payment-total")).to_contain_text("1.250.000")
    page.get_by_test_id("payment-method").select_option("cash")
    page.get_by_test_id("payment-book").click()
    expect(page.get_by_test_id("document-state")).to_contain_text("Pagada")
    expect(page.get_by_test_id("document-applied")).to_contain_text("Efectivo")


def test_a_document_is_written_with_live_totals_and_issued(site: Server, chromium: Browser) -> None:
    with person(chromium, site.url, lang="en") as clerk:
        page = enter(site, clerk, "agent@molino.example")
        clerk.open("/staff/molino/billing/new")
        page.get_by_test_id("draft-account-search").press_sequentially("trigal")
        page.get_by_test_id("draft-account-hit").click()
        page.get_by_test_id("line-description").fill("Letter paper")
        page.get_by_test_id("line-quantity").fill("10")
        page.get_by_test_id("line-unit_price").fill("18,500.50")
        page.get_by_test_id("line-tax_rate").fill("19")
        expect(page.get_by_test_id("draft-total")).to_contain_text("220,155")
        page.get_by_test_id("draft-issue").click()
        page.get_by_test_id("draft-issue-confirm").click()
        expect(page).to_have_url(re.compile(r"/staff/molino/billing/\d+/?$"))
        expect(page.get_by_test_id("document-balance")).to_contain_text("220,155")
        expect(page.get_by_test_id("document-state")).to_contain_text("Issued")
        clerk.assert_clean()


def test_an_account_is_found_and_chosen_by_keyboard(site: Server, chromium: Browser) -> None:
    with person(chromium, site.url, lang="es") as clerk:
        page = enter(site, clerk, "agent@molino.example")
        clerk.open("/staff/molino/billing/new")
        page.get_by_test_id("draft-account-search").press_sequentially("trigal")
        expect(page.get_by_test_id("draft-account-hit")).to_have_count(1)
        page.keyboard.press("Enter")
        expect(page.get_by_test_id("draft-account")).to_contain_text("Trigal")
        expect(page.get_by_test_id("draft-change")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_test_id("draft-account-search")).to_be_focused()
        page.keyboard.type("trigal")
        expect(page.get_by_test_id("draft-account-hit")).to_have_count(1)
        page.keyboard.press("ArrowDown")
        expect(page.get_by_test_id("draft-account-hit")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_test_id("draft-account")).to_contain_text("Trigal")
        clerk.assert_clean()


def test_new_rows_of_billing_wait_only_for_whoever_reads(site: Server, chromium: Browser) -> None:
    engine = sa.create_engine(site.database_url)
    with unit_of_work(bind=engine) as db:
        resma = people.company(db, "resma", NOW)
        account = people.account(db, resma.agent, NOW, name="Colegio Central")

    def bill(total: str) -> str:
        today = datetime.now(UTC).date() - timedelta(days=1)
        draft = draft_of(account, total, issued_on=today, due_on=today + timedelta(days=9))
        with unit_of_work(bind=engine) as db:
            row = drafts.create(db, resma.agent, draft=draft, now=datetime.now(UTC))
            issued = drafts.issue(db, resma.agent, document_id=key(row), now=datetime.now(UTC))
            return issued.number or ""

    first = bill("10")
    with person(chromium, site.url, lang="es") as clerk:
        page = enter(site, clerk, "agent@resma.example")
        clerk.open("/staff/resma/billing")
        rows = page.get_by_test_id("documents-row")
        expect(rows).to_have_count(1)
        bill("20")
        expect(rows).to_have_count(2)  # nobody reads: it shows itself

        rows.filter(has_text=first).get_by_role("link").first.focus()
        third = bill("30")
        page.get_by_test_id("new-rows").wait_for()
        expect(rows).to_have_count(2)
        page.get_by_test_id("new-rows").click()
        expect(rows.filter(has_text=third)).to_have_count(1)
        clerk.assert_clean()


def test_a_page_and_an_account_are_reached_from_the_palette(
    site: Server, chromium: Browser
) -> None:
    with person(chromium, site.url, lang="es") as clerk:
        page = enter(site, clerk, "agent@molino.example")
        clerk.open("/staff/molino/today")
        expect(page.locator("main h1, main .phd").first).to_be_visible()
        page.keyboard.press("Control+k")
        field = page.get_by_role("dialog").get_by_test_id("palette")
        field.fill("trigal")
        chosen = page.locator("[role=option][aria-selected=true]")
        expect(chosen).to_contain_text("Panadería El Trigal")
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(r"/staff/molino/accounts/\d+/?$"))
        expect(page.get_by_role("heading", level=1)).to_have_text("Panadería El Trigal")

        page.keyboard.press("Control+k")
        field.fill("")
        first = chosen.inner_text()
        page.keyboard.press("ArrowDown")
        expect(chosen).not_to_have_text(first)
        field.fill("contactos")
        expect(chosen).to_contain_text("Contactos")
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile("/staff/molino/contacts/?$"))
        clerk.assert_clean()


def test_accounts_lead_to_their_import(site: Server, chromium: Browser) -> None:
    with person(chromium, site.url, lang="es") as clerk:
        page = enter(site, clerk, "owner@molino.example")
        clerk.open("/staff/molino/accounts")
        page.get_by_test_id("accounts-import").click()
        expect(page.get_by_test_id("import-kind")).to_contain_text("Clientes")
        expect(page).to_have_url(re.compile("kind=accounts"))
        clerk.assert_clean()


def test_a_drawer_begins_at_its_first_field(site: Server, chromium: Browser) -> None:
    with person(chromium, site.url, lang="es") as clerk:
        page = enter(site, clerk, "owner@molino.example")
        clerk.open("/staff/molino/accounts/1?tab=contacts")
        page.get_by_test_id("person-new").click()
        expect(page.get_by_test_id("person-name")).to_be_focused()
        clerk.assert_clean()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_stranger_is_refused_and_learns_nothing(
    site: Server, chromium: Browser, size: tuple[int, int]
) -> None:
    with person(chromium, site.url, size=size, lang="es") as stranger:
        page = enter(site, stranger, "owner@molino.example")
        for path in ("today", "billing", "billing/1", "billing/new", "imports"):
            stranger.open(f"/staff/secreta/{path}")
            expect(page.locator("main")).to_contain_text("No encontramos")
            assert "Canario" not in page.content()
        stranger.open("/staff/molino/billing/999999")
        expect(page.locator("main")).to_contain_text("No encontramos")
        stranger.assert_clean()


def test_a_filtered_list_is_exported_as_it_stands(site: Server, chromium: Browser) -> None:
    with person(chromium, site.url, lang="es") as clerk:
        page = enter(site, clerk, "viewer@molino.example")
        clerk.open("/staff/molino/billing")
        page.get_by_test_id("filter-state").click()
        page.get_by_test_id("filter-state-disputed").check()
        expect(page).to_have_url(re.compile("state=disputed"))
        expect(page.get_by_test_id("documents-count")).to_have_text("1 documento")
        shown = [
            row.get_attribute("data-number") for row in page.get_by_test_id("documents-row").all()
        ]
        page.get_by_role("button", name="Exportar").click()
        with page.expect_download() as saved:
            page.get_by_test_id("export-csv").click()
        assert saved.value.suggested_filename.endswith(".csv")
        rows = list(csv.DictReader(saved.value.path().open(encoding="utf-8-sig")))
        assert [row["Número"] for row in rows] == shown
        assert [(row["Saldo"], row["Estado"]) for row in rows] == [("3300.00", "En reclamo")]


@pytest.mark.spec(157, 158)
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_template_is_guarded_saved_and_used(
    site: Server, chromium: Browser, size: tuple[int, int]
) -> None:
    name = "Mensualidad" if size == DESKTOP else "Trimestre"
    with person(chromium, site.url, size=size, lang="es") as clerk:
        page = enter(site, clerk, "agent@molino.example")
        clerk.open("/staff/molino/billing/templates/new")
        page.get_by_test_id("template-name").fill(name)
        page.get_by_test_id("line-description").fill("Papel bond")
        page.get_by_test_id("line-unit_price").fill("1.000,50")
        page.get_by_test_id("line-tax_rate").fill("19")
        expect(page.get_by_test_id("template-total")).to_contain_text("1.190,60")
        page.get_by_test_id("template-cancel").click()
        page.get_by_test_id("unsaved-stay").click()
        expect(page.get_by_test_id("template-name")).to_have_value(name)
        page.get_by_test_id("send-reminders").check()
        page.get_by_test_id("reminder-days").fill("0")
        page.get_by_test_id("template-save").click()
        expect(page.get_by_role("alert").filter(has_text="entre 1 y 90")).to_be_visible()
        page.get_by_test_id("template-cancel").click()  # refused: still unsaved
        page.get_by_test_id("unsaved-stay").click()
        page.get_by_test_id("reminder-days").fill("5")
        page.get_by_test_id("template-save").click()
        expect(page).to_have_url(re.compile(r"/billing/templates/\d+/?$"))
        page.get_by_test_id("template-due-days").fill("10")
        page.get_by_test_id("template-save-exit").click()
        row = page.get_by_test_id("template-row").filter(has_text=name)
        expect(row).to_contain_text("10 días")
        row.get_by_role("button").click()
        page.get_by_test_id("template-use").locator("visible=true").click()
        expect(page.get_by_test_id("line-description")).to_have_value("Papel bond")
        expect(page.get_by_test_id("draft-total")).to_contain_text("1.190,60")
        page.get_by_test_id("line-description").fill("Otra cosa")
        page.get_by_test_id("line-description").blur()
        page.get_by_test_id("draft-template").select_option(label=name)
        page.get_by_test_id("template-keep").click()
        expect(page.get_by_test_id("line-description")).to_have_value("Otra cosa")
        page.get_by_test_id("draft-template").select_option("")
        page.get_by_test_id("draft-template").select_option(label=name)
        page.get_by_test_id("template-replace").click()
        expect(page.get_by_test_id("line-description")).to_have_value("Papel bond")
        clerk.assert_clean()


_STALE = """([path, other]) => {
  window.stale = [];
  new MutationObserver(() => {
    const shown = document.querySelector("main")?.innerText ?? "";
    const button = document.querySelector("[data-testid=payment-record]");
    if (location.pathname.endsWith(path) && button && shown.includes(other)) {
      window.stale.push(shown);
    }
  }).observe(document.body, {subtree: true, childList: true, characterData: true});
}"""


def test_a_page_never_shows_what_was_read_for_another_address(
    site: Server, chromium: Browser
) -> None:
    """Whoever clicks at once would book a payment on the document that was shown before."""
    lines = "".join(
        f"N-{n};CN-{n};Cliente {name};13/02/2026;14/03/2026;100.000,00;COP\n"
        for n, name in ((1, "Norte"), (2, "Sur"))
    )
    with person(chromium, site.url, lang="es") as clerk:
        page = enter(site, clerk, "agent@molino.example")
        clerk.open("/staff/molino/imports")
        upload(page, f"Número;Código cliente;Cliente;Emisión;Vencimiento;Total;Moneda\n{lines}")
        page.get_by_test_id("import-confirm").click()
        expect(page.get_by_test_id("import-done")).to_be_visible()
        for number, name in (("N-1", "Norte"), ("N-2", "Sur")):
            clerk.open("/staff/molino/billing?q=N-")
            row = page.locator(f'[data-testid=documents-row][data-number="{number}"]')
            link = row.get_by_role("link", name=number, exact=True)
            path = str(link.get_attribute("href")).removeprefix(site.url)
            if name == "Sur":
                page.evaluate(_STALE, [path, "Cliente Norte"])
            link.click()
            expect(page.get_by_test_id("document-balance")).to_be_visible()
            expect(page.locator("main")).to_contain_text(f"Cliente {name}")
        assert page.evaluate("window.stale") == []
        clerk.assert_clean()
