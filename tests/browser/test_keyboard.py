"""A customer who never touches the mouse: signs in, chooses, pays, and always sees where she is."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import DESKTOP, Person, chromium, person
from tests.support.server import Server, server
from tests.support.walk_world import PASSWORD, ROOMY

pytestmark = [pytest.mark.server, pytest.mark.browser]

LUISA = "pagos@distriandina.example"
MOST_TABS = 160

# What has the focus: its test id, text, whether the focus can be seen, its place in the document.
_FOCUS = """() => {
  const el = document.activeElement;
  if (!el || el === document.body) return null;
  // The ring is the control's own, or that of the frame around a field.
  const frame = el.closest(".in, .opt") ?? el;
  const rings = [getComputedStyle(el), getComputedStyle(el, "::after"), getComputedStyle(frame)];
  const box = el.getBoundingClientRect();
  const drawn = (s) => s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2;
  const all = [...document.querySelectorAll("*")];
  return {
    id: el.dataset.testid ?? "",
    text: (el.textContent || el.getAttribute("aria-label") || "").trim(),
    seen: rings.some(drawn) && box.width > 0,
    at: all.indexOf(el),
    row: el.closest("[data-row]")?.dataset.number ?? "",
    html: el.outerHTML.slice(0, 160),
  };
}"""


@pytest.fixture(scope="module")
def site() -> Iterator[Server]:
    """The demo, served."""
    with server(extra=ROOMY) as running:
        running.run("demo")
        yield running


@pytest.fixture(scope="module")
def luisa(site: Server) -> Iterator[Person]:
    """Her browser; the tests of this module are one story, told in order."""
    with (
        chromium() as browser,
        person(browser, site.url, size=DESKTOP, lang="es", theme="light") as who,
    ):
        yield who


def focus(page: Page) -> dict:
    found = page.evaluate(_FOCUS)
    assert found is not None, "nothing has the focus"
    return found


def tab_to(page: Page, test_id: str, *, back: bool = False) -> None:
    """Press Tab until the control has the focus; every stop on the way must be visible."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        if page.evaluate("() => document.activeElement === document.body"):
            continue  # the browser's own controls come between the end and the beginning
        here = focus(page)
        assert here["seen"], f"no visible focus on {here['html']}"
        if here["id"] == test_id:
            return
    raise AssertionError(f"Tab never came to {test_id}")


def documents(page: Page) -> None:
    expect(page.get_by_test_id("documents-row").first).to_be_visible(timeout=20_000)


def test_she_signs_in(luisa: Person) -> None:
    page = luisa.open("/sign-in")
    expect(page.get_by_test_id("sign-in")).to_be_visible(timeout=20_000)
    luisa.alive("[data-testid=use-password]")
    tab_to(page, "use-password")
    page.keyboard.press("Enter")
    expect(page.locator("[name=password]")).to_be_visible()
    page.locator("[name=email]").focus()
    page.keyboard.type(LUISA)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("home-slip")).to_be_visible(timeout=20_000)


def test_tab_follows_the_reading_order_and_skips_to_the_content(luisa: Person) -> None:
    page = luisa.page
    page.evaluate("() => document.activeElement?.blur()")
    page.keyboard.press("Tab")
    first = focus(page)
    assert first["seen"]
    assert "contenido" in first["text"]
    places = [first["at"]]
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement === document.body"):
            break
        here = focus(page)
        assert here["seen"], f"no visible focus on {here['html']}"
        places.append(here["at"])
    assert len(places) > 8
    assert places == sorted(places)


def test_the_menu_opens_by_enter(luisa: Person) -> None:
    page = luisa.page
    tab_to(page, "nav-billing")
    page.keyboard.press("Enter")
    documents(page)


def test_j_and_k_walk_the_rows_and_x_ticks(luisa: Person) -> None:
    page = luisa.page
    numbers = page.locator("[data-testid=documents-row]").evaluate_all(
        "rows => rows.map((row) => row.dataset.number)"
    )
    page.keyboard.press("j")
    assert focus(page)["row"] == numbers[0]
    assert focus(page)["seen"]
    page.keyboard.press("j")
    assert focus(page)["row"] == numbers[1]
    page.keyboard.press("k")
    assert focus(page)["row"] == numbers[0]
    for _ in numbers:  # the first rows may be receipts, which cannot be ticked
        page.keyboard.press("x")
        if page.locator("[data-testid=documents-check]:checked").count():
            break
        page.keyboard.press("j")
    expect(page.get_by_test_id("pay-bar")).to_be_visible()
    expect(page.locator("[data-testid=documents-check]:checked")).to_have_count(1)


def test_enter_opens_the_row_and_the_way_back_keeps_the_list(luisa: Person) -> None:
    page = luisa.page
    number = focus(page)["row"]
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("document-balance")).to_be_visible(timeout=20_000)
    assert number in page.locator("main").inner_text()
    page.go_back()  # a browser without a window has no Alt+Left
    documents(page)


def test_escape_closes_what_is_open_and_the_focus_returns(luisa: Person) -> None:
    page = luisa.page
    tab_to(page, "filter-state")
    page.keyboard.press("Enter")
    expect(page.locator(":popover-open")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(":popover-open")).to_have_count(0)
    assert focus(page)["id"] == "filter-state"
    page.keyboard.press("?")
    expect(page.get_by_test_id("keys")).to_be_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("() => Boolean(document.activeElement.closest('dialog'))")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("keys")).to_be_hidden()
    assert focus(page)["id"] == "filter-state"


def test_slash_searches_and_letters_in_a_field_stay_letters(luisa: Person) -> None:
    page = luisa.page
    page.keyboard.press("/")
    assert focus(page)["id"] == "search"
    page.keyboard.type("xjk")
    expect(page.get_by_test_id("search")).to_have_value("xjk")
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")


def test_she_pays(luisa: Person) -> None:
    page = luisa.page
    page.keyboard.press("Escape")
    documents(page)
    if not page.get_by_test_id("pay-confirm").is_visible():
        page.evaluate("() => document.activeElement?.blur()")
        for _ in range(10):
            page.keyboard.press("j")
            page.keyboard.press("x")
            if page.locator("[data-testid=documents-check]:checked").count():
                break
    expect(page.get_by_test_id("pay-confirm")).to_be_visible()
    tab_to(page, "pay-method-sandbox")
    page.keyboard.press("Space")
    tab_to(page, "pay-confirm")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("sandbox-approve")).to_be_visible(timeout=20_000)
    tab_to(page, "sandbox-approve")
    page.keyboard.press("Enter")
    paid = page.locator("[data-testid=payment][data-phase=paid]")
    expect(paid).to_be_visible(timeout=20_000)


def test_nothing_complained(luisa: Person) -> None:
    luisa.assert_clean()
