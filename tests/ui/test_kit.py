"""The design system: only our tokens, every component shown, usable by keyboard, ear and phone."""

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from clientportal.domain.documents import BADGES
from clientportal.ui import kit
from clientportal.ui.kit import blocks, states
from clientportal.ui.kit.icons import ICONS, icon
from clientportal.ui.kit_build import colours, root_style, tokens
from tests.support.browser import Person, chromium, person
from tests.support.databases import ROOT
from tests.support.server import Server, ensure_build, server
from tests.ui.kit_node import evaluate

UI = ROOT / "clientportal" / "ui"
AXE = files("axe_playwright_python").joinpath("axe.min.js")
AROUND_THE_PAGE = {
    "Hit", "Option", "PlainForm", "app_wraps", "brand", "classes", "head", "hydrate_fallback",
    "nothing", "side_sheet", "undo_target", "when",
}  # fmt: skip


def _sources(*endings: str) -> list[Path]:
    return [path for path in UI.rglob("*") if path.suffix in endings]


def test_colours_stand_in_the_tokens_alone() -> None:
    """Elsewhere a colour is a token's name, or the dark theme and brands would miss it."""
    for path in _sources(".py", ".js", ".css"):
        if path.name != "tokens.css":
            found = re.findall(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsl\(", path.read_text("utf-8"))
            assert not found, path


def test_both_themes_declare_the_same_colours() -> None:
    sheet = tokens()
    dark = sheet.partition('\n[data-theme="dark"]')[2].partition("}")[0]
    system = sheet.partition("@media (prefers-color-scheme: dark)")[2].partition("}")[0]
    for block in (dark, system):
        assert set(colours()) <= set(re.findall(r"--([a-z0-9-]+):", block))


def test_the_kit_page_shows_every_component() -> None:
    source = "".join(path.read_text("utf-8") for path in UI.glob("kit_*page.py"))
    missing = {n for n in set(kit.__all__) - AROUND_THE_PAGE if f"kit.{n}(" not in source}
    assert not missing


def test_icons_are_known_when_the_page_is_built() -> None:
    used = {name for _, name in BADGES.values()} | set(blocks.EMPTY_ICONS.values())
    used |= {name for table in (states.DELIVERY, states.CONTACT) for _, name in table.values()}
    assert used <= set(ICONS)
    with pytest.raises(KeyError):
        icon("sparkles")


@pytest.fixture(scope="module")
def site() -> Iterator[Server]:
    with server() as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def _open(who: Person) -> Page:
    page = who.open("/kit/")
    expect(page.locator("tbody tr").first).to_be_visible()
    expect(page.get_by_test_id("filter-state")).to_contain_text(re.compile("Vencida|Overdue"))
    who.alive("[data-testid=filter-state]")
    return page


def test_a_foreign_palette_cannot_be_written(tmp_path: Path) -> None:
    """Tailwind's own colours, radii and shadows are not there; ours are (looks.md §11)."""
    ensure_build("development")
    style = tmp_path / "style.css"
    style.write_text(root_style(), "utf-8")
    names = ["bg-slate-100", "text-red-500", "rounded-xl", "shadow-md", "bg-surface", "rounded-md"]
    lines = (
        'import { readFileSync } from "node:fs"; import { compile } from "@tailwindcss/node";'
        f'const css = readFileSync("{style}", "utf8");'
        'const made = await compile(css, {base: process.cwd() + "/styles", onDependency() {}});'
        f"const out = made.build({names});"
    )
    out = evaluate(ROOT / ".web", lines, "out")
    assert [name for name in names if f".{name}" in out] == ["bg-surface", "rounded-md"]


@pytest.mark.parametrize("width", [320, 390, 1440])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_scrolls_sideways_and_nothing_complains(
    site: Server, browser: Browser, width: int, theme: str
) -> None:
    with person(browser, site.url, size=(width, 900), lang="es", theme=theme) as who:
        page = _open(who)
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0
        who.assert_clean()


@pytest.mark.parametrize("size", [(390, 844), (1440, 900)])
@pytest.mark.parametrize(("theme", "lang"), [("light", "es"), ("dark", "en")])
def test_no_serious_finding_of_axe(
    site: Server, browser: Browser, size: tuple[int, int], theme: str, lang: str
) -> None:
    with person(browser, site.url, size=size, lang=lang, theme=theme) as who:
        page = _open(who)
        page.evaluate(AXE.read_text("utf-8"))
        found: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        grave = [v for v in found["violations"] if v["impact"] in {"serious", "critical"}]
        assert [(v["id"], v["nodes"][0]["html"]) for v in grave] == []


def test_a_dialog_gives_the_focus_back(site: Server, browser: Browser) -> None:
    with person(browser, site.url, lang="es") as who:
        page = _open(who)
        page.get_by_test_id("open-dialog").click()
        asked = page.get_by_role("dialog", name="¿Quitar la alerta de pagos@andina.co?")
        expect(asked).to_be_visible()
        page.keyboard.press("Escape")
        expect(asked).to_be_hidden()
        expect(page.get_by_test_id("open-dialog")).to_be_focused()


def test_single_keys_work_outside_of_fields_only(site: Server, browser: Browser) -> None:
    with person(browser, site.url, lang="es") as who:
        page = _open(who)
        page.keyboard.press("j")
        page.keyboard.press("j")
        expect(page.get_by_role("link", name="FE-20812")).to_be_focused()
        page.keyboard.press("/")
        expect(page.get_by_test_id("search")).to_be_focused()
        page.keyboard.type("jx?")
        expect(page.get_by_test_id("search")).to_have_value("jx?")


def test_a_touch_screen_with_a_keyboard_sees_the_keys(site: Server, browser: Browser) -> None:
    """Only a key opens the sheet, so whoever sees it can press the others too."""
    with person(browser, site.url, size=(390, 844), lang="es") as who:
        page = _open(who)
        expect(page.locator("kbd").first).to_be_hidden()
        keys = page.get_by_test_id("keys").locator("kbd").first
        for _ in range(20):  # the listener comes with the last of the scripts
            page.keyboard.press("?")
            if keys.is_visible():
                break
            page.wait_for_timeout(250)
        expect(keys).to_be_visible()


def test_an_address_breaks_after_its_at_sign_and_dots(site: Server, browser: Browser) -> None:
    with person(browser, site.url, size=(390, 844), lang="es") as who:
        page = _open(who)
        address = page.get_by_text("luisa.pardo@distribuidoraandina.com.example")
        expect(address.locator("wbr")).to_have_count(4)
        lines = address.evaluate(
            "(shown) => { shown.style.display = 'block'; shown.style.width = '160px';"
            " const tops = []; for (const part of shown.childNodes) {"
            " if (part.nodeType !== Node.TEXT_NODE) continue;"
            " const range = document.createRange(); range.selectNodeContents(part);"
            " tops.push(range.getClientRects().length); } return tops; }"
        )
        assert lines == [1] * 5  # no part of it is torn


def test_the_palette_opens_by_key_and_finds(site: Server, browser: Browser) -> None:
    with person(browser, site.url, lang="es") as who:
        page = _open(who)
        page.get_by_test_id("open-toast").click()
        expect(page.get_by_test_id("toast")).to_be_visible()  # the page listens
        page.keyboard.press("Control+k")
        page.get_by_role("dialog").get_by_test_id("palette").fill("208")
        expect(page.locator("dialog [role=option]")).to_have_text(
            [re.compile("FE-20812"), re.compile("FE-20877")]
        )


def test_the_language_changes_without_the_server(site: Server, browser: Browser) -> None:
    with person(browser, site.url, lang="es") as who:
        page = _open(who)
        page.get_by_test_id("open-toast").click()
        expect(page.get_by_test_id("toast")).to_be_visible()  # the socket is up and at rest
        page.evaluate(
            "() => { const send = WebSocket.prototype.send; window.sent = [];"
            " WebSocket.prototype.send = function (...a) { if (String(a[0]).includes('event'))"
            " window.sent.push(String(a[0])); return send.apply(this, a); }; }"
        )
        page.get_by_test_id("language").click()
        expect(page.locator("html")).to_have_attribute("lang", "en")
        expect(page.locator("tbody tr").first).to_contain_text("Due soon · 5 d")
        expect(page.locator("tbody tr").first).to_contain_text("3,905,000")
        assert page.evaluate("window.sent") == []
        page.reload()
        expect(page.locator("tbody tr").first).to_contain_text("Due soon")


def test_the_test_language_brackets_the_words_of_the_catalogue(
    site: Server, browser: Browser
) -> None:
    with person(browser, site.url, lang="xx") as who:
        page = who.open("/kit/")
        expect(page.locator("tbody tr").first).to_contain_text("⟦Vence pronto⟧")
        expect(page.get_by_role("button", name="⟦Guardar⟧").first).to_be_visible()


def test_a_toast_says_what_was_done(site: Server, browser: Browser) -> None:
    with person(browser, site.url, lang="es") as who:
        page = _open(who)
        page.get_by_test_id("open-toast").click()
        expect(page.get_by_test_id("toast")).to_contain_text("Guardado")
        who.assert_clean()


def test_an_error_leaves_while_its_field_is_typed_in(site: Server, browser: Browser) -> None:
    with person(browser, site.url, lang="es") as who:
        page = _open(who)
        expect(page.locator("#f-tax-e")).to_be_visible()
        expect(page.locator("#f-tax")).to_have_attribute("aria-invalid", "true")
        who.alive("#f-tax")
        page.locator("#f-tax").fill("9")
        expect(page.locator("#f-tax-e")).to_be_hidden()


def test_an_amount_is_written_out_when_left(site: Server, browser: Browser) -> None:
    with person(browser, site.url, lang="es") as who:
        page = _open(who)
        page.locator("#f-amount").fill("4318500,5")
        page.locator("#f-amount").blur()
        expect(page.locator("#f-amount")).to_have_value("4.318.500,50")
        expect(page.locator("input[name=amount]")).to_have_value("4318500.50")
