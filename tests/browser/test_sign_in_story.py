"""Stories in a browser: the first company, giving access, entering by code, leaving again."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.support.browser import PHONE, chromium, person
from tests.support.server import Server, server
from tests.support.sign_in import ask_code, code_in_outbox

pytestmark = [pytest.mark.server, pytest.mark.browser]

PASSWORD = "grapa verde 4718"


@pytest.fixture(scope="module")
def site() -> Iterator[Server]:
    with server(extra={"DEMO": "1"}) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


@pytest.mark.spec(198, 199, 201, 203, 211, 212)
def test_a_company_is_created_and_a_customer_enters_by_code(site: Server, browser: Any) -> None:
    with person(browser, site.url) as owner, person(browser, site.url, size=PHONE) as customer:
        desk = owner.open("/")
        expect(desk.get_by_test_id("set-up")).to_be_visible(timeout=15_000)
        desk.get_by_label("Nombre de la empresa").fill("Papelera del Sur S.A.S.")
        desk.get_by_label("Nombre de la empresa").blur()
        expect(desk.get_by_label("Dirección corta")).to_have_value(
            "papelera-sur".replace("-", "-del-")
        )
        desk.get_by_label("País").select_option("CO")
        desk.get_by_label("Identificación tributaria").fill("900373913-5")
        desk.get_by_label("Identificación tributaria").blur()
        expect(desk.get_by_text("debería ser 4")).to_be_visible()
        desk.get_by_label("Identificación tributaria").fill("900373913-4")
        desk.get_by_label("Tu nombre").fill("Berta Ruiz")
        desk.get_by_label("Tu correo").fill("berta@sur.example")
        desk.get_by_label("Contraseña").fill("corta")
        desk.evaluate("document.getElementById('set-up').noValidate = true")
        desk.get_by_test_id("set-up-submit").click()
        expect(desk.get_by_text("Usa 12 caracteres o más.")).to_be_visible(timeout=15_000)
        expect(desk.get_by_label("Tu nombre")).to_have_value("Berta Ruiz")
        desk.get_by_label("Contraseña").fill(PASSWORD)
        desk.get_by_test_id("set-up-submit").click()
        expect(desk.get_by_test_id("settings")).to_be_visible(timeout=15_000)

        desk.goto(f"{site.url}/staff/papelera-del-sur/accounts")
        expect(desk.get_by_test_id("empty-first")).to_be_visible(timeout=15_000)
        desk.get_by_test_id("account-new").click()
        desk.get_by_test_id("edit-name").fill("Hotel Sol")
        desk.get_by_test_id("edit-save").click()
        desk.get_by_test_id("tab-contacts").click()
        desk.get_by_test_id("person-new").click()
        desk.get_by_test_id("person-name").fill("Rosa Elvira")
        desk.get_by_test_id("person-email0").fill("Rosa@Sol.example")
        desk.get_by_test_id("person-save").click()
        row = desk.get_by_test_id("access-row")
        expect(row).to_contain_text("rosa@sol.example")
        expect(row).to_contain_text("Sin ingreso")

        phone = customer.open("/sign-in")
        ask_code(phone, "rosa@sol.example")
        expect(phone.get_by_text("Si rosa@sol.example tiene ingreso")).to_be_visible(timeout=15_000)
        assert (
            phone.request.get(f"{site.url}/outbox", params={"q": "rosa@"}).text().count("código")
            < 3
        )

        desk.get_by_test_id("access-switch").click()
        expect(desk.get_by_test_id("access-question")).to_contain_text("Hotel Sol")
        desk.get_by_test_id("access-confirm").click()
        expect(row).to_contain_text("Pendiente")

        phone.wait_for_timeout(31_000)
        phone.get_by_test_id("code-again").click()
        phone.wait_for_load_state("load")
        code = code_in_outbox(phone, site, "rosa@sol.example")
        phone.get_by_test_id("code").press_sequentially("000000")
        expect(phone.get_by_text("El código no coincide o ya venció")).to_be_visible(timeout=15_000)
        phone.get_by_test_id("code").press_sequentially(code)
        phone.wait_for_url("**/portal/**", timeout=15_000)
        expect(row).to_contain_text("Con ingreso", timeout=15_000)

        desk.get_by_test_id("access-switch").click()
        desk.get_by_test_id("access-confirm").click()
        expect(row).to_contain_text("Sin ingreso")
        phone.wait_for_url("**/sign-in**", timeout=15_000)
        expect(desk.get_by_role("heading", level=1)).to_have_text("Hotel Sol")
        owner.assert_clean()
        customer.assert_clean()


def test_a_password_enters_and_its_mistakes_say_nothing_about_who_exists(
    site: Server, browser: Any
) -> None:
    with person(browser, site.url) as visitor:
        page = visitor.open("/sign-in")
        visitor.alive("[data-testid=use-password]")
        page.get_by_test_id("use-password").click()
        for email in ("berta@sur.example", "nadie@sur.example"):
            page.get_by_test_id("sign-in-email").fill(email)
            page.get_by_label("Contraseña").fill("no es esta clave")
            page.get_by_test_id("sign-in-submit").click()
            expect(page.get_by_test_id("sign-in-error")).to_have_text(
                "El correo y la contraseña no coinciden. Revísalos o entra con un código.",
                timeout=15_000,
            )
            expect(page.get_by_test_id("sign-in-email")).to_have_value(email)
        page.get_by_test_id("sign-in-email").fill("berta@sur.example")
        page.get_by_label("Contraseña").fill(PASSWORD)
        page.get_by_label("Contraseña").press("Enter")
        page.wait_for_url("**/staff/papelera-del-sur/today", timeout=15_000)
        page.goto(f"{site.url}/staff/papelera-del-sur/settings?tab=you")
        page.get_by_test_id("everywhere").click()
        page.get_by_test_id("sign-out-everywhere").click()
        expect(page.get_by_test_id("sign-in")).to_be_visible(timeout=15_000)
        page.goto(f"{site.url}/staff/papelera-del-sur/settings")
        page.wait_for_url("**/sign-in/?next=/staff/papelera-del-sur/settings", timeout=15_000)


def test_the_language_changes_without_leaving_the_page(site: Server, browser: Any) -> None:
    with person(browser, site.url) as visitor:
        page = visitor.open("/sign-in")
        page.get_by_test_id("sign-in-email").fill("berta@sur.example")
        page.get_by_test_id("language").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
        expect(page.get_by_test_id("sign-in-email")).to_have_value("berta@sur.example")
        expect(page).to_have_title(re.compile("Sign in"))
        visitor.assert_clean()
