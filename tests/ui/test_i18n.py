"""Words, money and dates of the browser: complete, checked at build, as the server says."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import reflex as rx

from clientportal.domain.documents import BADGES, Kind
from clientportal.domain.money import parse_amount
from clientportal.rendering import formats, texts
from clientportal.ui import i18n
from tests.ui.kit_node import evaluate, write_scripts

FORMAT = 'import * as f from "./format.js";'
WORDS = """
import {{ register, useTexts }} from "./i18n.js";
const face = register("{face}", {texts}, {{}});
"""


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_scripts(tmp_path_factory.mktemp("kit"))


@pytest.fixture
def catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small catalogue of two faces in place of the real one."""
    words: Mapping[tuple[str, str], dict[str, str]] = {
        ("shared", "es"): {"hello": "Hola {name}", "half": "Solo aquí", "kind.a": "Uno"},
        ("shared", "en"): {"hello": "Hello {name}", "kind.a": "One"},
        ("staff", "es"): {"n.one": "una fila", "n.other": "{n} filas", "kind.b": "Dos"},
        ("staff", "en"): {"n.one": "one row", "n.other": "{n} rows", "kind.b": "Two"},
    }
    monkeypatch.setattr(texts, "entries", lambda face, lang: words.get((face, lang), {}))
    faces = {key: face for (face, _), entries in words.items() for key in entries}
    monkeypatch.setattr(texts, "face_of", lambda: faces)


@pytest.mark.parametrize("face", texts.FACES)
def test_each_text_stands_in_both_languages_with_the_same_placeholders(face: str) -> None:
    spanish, english = (texts.entries(face, lang) for lang in texts.LANGUAGES)
    assert sorted(spanish) == sorted(english)
    for key, text in spanish.items():
        assert texts.placeholders(text) == texts.placeholders(english[key]), key


@pytest.mark.parametrize("face", texts.FACES)
def test_a_singular_has_its_plural(face: str) -> None:
    keys = set(texts.entries(face, "es"))
    for key in keys:
        if key.endswith(".one"):
            assert f"{key.removesuffix('.one')}.other" in keys


@pytest.mark.parametrize("face", texts.FACES)
def test_spanish_is_calm(face: str) -> None:
    """looks.md §9: no exclamation, no "por favor", no "exitosamente"."""
    for key, text in texts.entries(face, "es").items():
        low = text.lower()
        assert not any(word in low for word in ("¡", "por favor", "exitosamente")), key


def test_no_key_stands_in_two_faces() -> None:
    assert set(texts.face_of().values()) <= set(texts.FACES)


def test_a_text_carries_the_hook_of_its_face_alone(catalogue: None) -> None:
    found = i18n.t("n", n=3)
    data = found._get_all_var_data()
    assert data is not None
    assert str(found) == '__t_staff("n", ({ ["n"] : 3 }))'
    assert [library for library, _ in data.imports] == ["$/kit/i18n/staff.js"]
    assert list(data.hooks) == ["const __t_staff = useT_staff()"]


def test_an_argument_brings_its_own_hooks(catalogue: None) -> None:
    class NameState(rx.State):
        name: str = ""

    data = i18n.t("hello", name=NameState.name)._get_all_var_data()
    assert data is not None
    assert NameState.get_full_name() in data.state


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("nowhere", {}),
        ("half", {}),
        ("hello", {}),
        ("hello", {"name": "Ana", "age": 3}),
        ("n", {}),
        ("n.few", {"n": 1}),
    ],
)
def test_what_does_not_fit_the_catalogue_fails_the_build(
    catalogue: None, key: str, values: dict[str, Any]
) -> None:
    with pytest.raises(KeyError):
        i18n.t(key, **values)


def test_an_enum_needs_a_word_for_each_code_in_one_face(catalogue: None) -> None:
    assert str(i18n.t_enum("kind", "a", ["a"])) == '__t_shared.enum("kind", "a")'
    with pytest.raises(KeyError):
        i18n.t_enum("kind", "a", ["a", "c"])
    with pytest.raises(KeyError):
        i18n.t_enum("kind", "a", ["a", "b"])


def test_each_kind_and_each_badge_has_its_word() -> None:
    i18n.t_enum("kind", "invoice", Kind)
    i18n.t_enum("state", "paid", BADGES)


def test_the_server_fills_texts_as_the_browser_does() -> None:
    assert texts.t("lists.new", "es", n=1) == "1 nuevo"
    assert texts.t("lists.new", "es", n=2) == "2 nuevos"
    assert texts.t("common.save", "xx") == "⟦Guardar⟧"
    wanted = "Este enlace ya no funciona. Pídele uno nuevo a Sur S.A.S."
    assert texts.t("errors.link_revoked", "es", company="Sur S.A.S.") == wanted
    assert texts.t("errors.link_revoked", "es", company="Sur") == wanted.replace(" S.A.S.", ".")
    with pytest.raises(KeyError):
        texts.t("lists.drop_filter", "es")


AMOUNTS = [
    (0, "COP"),
    (431850000, "COP"),
    (431850050, "COP"),
    (-18430000, "COP"),
    (4825075, "USD"),
    (125000, "USD"),
    (1250, "CLP"),
    (123456789012, "COP"),
    (99, "USD"),
    (1234567, "KWD"),
]


@pytest.mark.parametrize("lang", texts.LANGUAGES)
def test_money_reads_as_on_paper(kit: Path, lang: str) -> None:
    """The browser and the PDFs write an amount the same way (ordinary and no-break space aside)."""
    calls = ",".join(f'f.moneyText({minor}, "{code}", "{lang}")' for minor, code in AMOUNTS)
    shown = [text.replace("\u00a0", " ") for text in evaluate(kit, FORMAT, f"[{calls}]")]
    assert shown == [formats.money(minor, code, lang) for minor, code in AMOUNTS]


@pytest.mark.parametrize("lang", ["es", "en"])
def test_a_unit_price_reads_on_the_page_as_in_the_pdf(kit: Path, lang: str) -> None:
    prices = [("25900.5", "COP"), ("128500", "COP"), ("2", "USD"), ("0.123456", "USD")]
    calls = ", ".join(f'f.priceText("{price}", "{code}", "{lang}")' for price, code in prices)
    shown = evaluate(kit, FORMAT, f"[{calls}]")
    assert shown == [formats.unit_price(Decimal(price), code, lang) for price, code in prices]


def test_a_column_of_one_currency_shows_the_same_decimals(kit: Path) -> None:
    rows = '[{m: 100000, c: "COP"}, {m: 100050, c: "COP"}, {m: 100, c: "USD"}]'
    column = evaluate(kit, FORMAT, f'f.columnDecimals({rows}, "m", "c")')
    assert column == "COP"
    figure = evaluate(kit, FORMAT, 'f.figure(100000, "COP", "es", "COP")')
    assert figure == {"sign": "", "whole": "1.000", "decimals": ",00"}


def test_a_small_file_has_a_size_too(kit: Path) -> None:
    calls = 'f.sizeText(219, "es"), f.sizeText(15974, "en"), f.sizeText(1600000, "es")'
    shown = [text.replace("\u00a0", " ") for text in evaluate(kit, FORMAT, f"[{calls}]")]
    assert shown == ["1 KB", "16 KB", "1,5 MB"]


def test_an_amount_is_read_out_in_words(kit: Path) -> None:
    said = evaluate(kit, FORMAT, 'f.spokenMoney(431850000, "COP", "es")')
    assert said == "4318500 pesos colombianos"


@pytest.mark.parametrize(
    ("call", "es", "en"),
    [
        ('f.dayText("2025-11-19", "short", "{}")', "19 nov 2025", "Nov 19, 2025"),
        ('f.dayText("2026-11-30", "long", "{}")', "30 de noviembre de 2026", "November 30, 2026"),
        (
            'f.momentText("2020-11-19T15:41:00-05:00", "America/Bogota", "time", "{}")',
            "3:41 p. m.",
            "3:41 pm",
        ),
        ('f.percentText(0.615, "{}")', "61,5 %", "61.5%"),
        ('f.countText(10000, true, "{}")', "10.000+", "10,000+"),
        (
            'f.relativeText("2026-01-01T00:00:00Z", "{}", Date.parse("2026-01-01T00:00:12Z"))',
            "hace 12 s",
            "12 sec. ago",
        ),
        # Half past eight in the evening in Bogotá is the next day in UTC.
        (
            'f.momentText("2020-11-20T01:30:00+00:00", "America/Bogota", "day", "{}")',
            "19 nov 2020",
            "Nov 19, 2020",
        ),
        ('f.dayText("", "short", "{}")', "", ""),
        ('f.dayText("no date", "short", "{}")', "", ""),
    ],
)
def test_dates_and_numbers_follow_the_language(kit: Path, call: str, es: str, en: str) -> None:
    both = ",".join(call.format(lang) for lang in ("es", "en"))
    shown = [text.replace("\u00a0", " ") for text in evaluate(kit, FORMAT, f"[{both}]")]
    assert shown == [es, en]


TYPED = [("1.234.567", "COP"), ("12.50", "COP"), ("12,5", "USD"), ("$ 1.234,56", "USD"),
         ("1,234.56", "USD"), ("350", "CLP"), ("−20", "USD")]  # fmt: skip


def test_a_typed_amount_means_the_same_to_browser_and_server(kit: Path) -> None:
    calls = ",".join(f'c("{text}", "{code}")' for text, code in TYPED)
    plain = evaluate(kit, 'import { canonical as c } from "./amount.js";', f"[{calls}]")
    for (text, code), sent in zip(TYPED, plain, strict=True):
        digits = formats.currency_digits(code)
        assert parse_amount(sent, digits) == parse_amount(text, digits), (text, sent)


@pytest.mark.parametrize("text", ["", "abc", "1.23.4", "1,2,3"])
def test_text_that_is_no_amount_is_sent_as_typed(kit: Path, text: str) -> None:
    imports = 'import { canonical as c } from "./amount.js";'
    assert evaluate(kit, imports, f'c("{text}", "USD") ?? null') is None


def test_texts_fill_plurals_and_enums_in_the_browser(kit: Path) -> None:
    words = '{"n.one": "{n} fila", "n.other": "{n} filas", "errors.unknown": "ref. {code}",'
    words += '"of": "De {a}."}'
    lines = WORDS.format(face="probe", texts=words) + "const t = useTexts(face);"
    found = evaluate(kit, lines, '[t("n", {n: 1}), t("n", {n: 2500}), t.error("odd"), t.error("")]')
    assert found == ["1 fila", "2.500 filas", "ref. odd", ""]
    found = evaluate(kit, lines, '[t("of", {a: "Sur S.A.S."}), t("of", {a: "Sur"})]')
    assert found == ["De Sur S.A.S.", "De Sur."]


def test_no_script_evaluates_text(kit: Path) -> None:
    """The CSP has no unsafe-eval."""
    for script in kit.rglob("*.js"):
        text = script.read_text("utf-8")
        assert "eval(" not in text, script.name
        assert "new Function" not in text, script.name
