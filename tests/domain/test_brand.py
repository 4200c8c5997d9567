"""Accent tokens pass AA for every company colour."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientportal.domain.brand import accent_tokens, contrast, luminance, to_hex, to_oklch
from clientportal.domain.errors import Invalid

# looks/tokens.css: canvas, surface, raised, sunken
GROUNDS = {
    "light": ("#f7f7f4", "#ffffff", "#ffffff", "#f0f0ec"),
    "dark": ("#0f1618", "#161e21", "#1e282b", "#0a1013"),
}
INK = {"light": "#14242a", "dark": "#e9e8e3"}
NAMES = ["accent", "accent-edge", "accent-solid", "accent-solid-2", "accent-tint", "on-accent"]


def fails(colour: str) -> list[str]:
    found: list[str] = []
    for theme, tokens in accent_tokens(colour).items():
        tint, solid = tokens["accent-tint"], tokens["accent-solid"]
        pairs = [(tokens["accent"], ground) for ground in (*GROUNDS[theme], tint)]
        pairs += [(INK[theme], tint)]
        pairs += [(tokens["on-accent"], solid), (tokens["on-accent"], tokens["accent-solid-2"])]
        found += [f"{colour} {theme} {a}/{b}" for a, b in pairs if contrast(a, b) < 4.6]
        plain, hovered = (
            contrast(tokens["on-accent"], tokens[k]) for k in ("accent-solid", "accent-solid-2")
        )
        if hovered < plain and solid != tokens["accent-solid-2"]:
            found.append(f"{colour} {theme} hover loses contrast")
        if sorted(tokens) != NAMES:
            found.append(f"{colour} {theme} {sorted(tokens)}")
    return found


def test_the_whole_grid_of_4096_colours_passes() -> None:
    grid = (f"#{number:03x}" for number in range(4096))
    assert [fault for colour in grid for fault in fails(colour)] == []


@given(st.integers(0, 0xFFFFFF))
def test_any_colour_passes(number: int) -> None:
    assert fails(f"#{number:06x}") == []


def test_the_house_colour_gives_the_tokens_of_the_style_sheet() -> None:
    found = accent_tokens("#0F5F68")
    assert found["light"] | {"accent-solid-2": ""} == {
        "accent": "#0f5f68",
        "accent-tint": "#eaf5f7",
        "accent-edge": "#badbe0",
        "accent-solid": "#0f5f68",
        "accent-solid-2": "",
        "on-accent": "#ffffff",
    }
    assert found["dark"] == {
        "accent": "#6cb2bb",
        "accent-tint": "#1f2a2c",
        "accent-edge": "#2d4b4f",
        "accent-solid": "#6cb2bb",
        "accent-solid-2": "#7ac0ca",
        "on-accent": "#10181b",
    }


def test_the_button_is_the_colour_as_given_where_a_label_reads() -> None:
    assert accent_tokens("#ffcc00")["light"]["accent-solid"] == "#ffcc00"
    assert accent_tokens("#e11d48")["light"]["accent-solid"] == "#e11d48"


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)
    assert luminance("#ff0000") == pytest.approx(0.2126)


@given(st.integers(0, 0xFFFFFF))
def test_oklch_and_back(number: int) -> None:
    colour = f"#{number:06x}"
    again = to_hex(to_oklch(colour))
    pairs = zip(bytes.fromhex(colour[1:]), bytes.fromhex(again[1:]), strict=True)
    assert all(abs(a - b) <= 1 for a, b in pairs)


@pytest.mark.parametrize("text", ["", "#12", "#12345g", "red", "#1234567", "url(x)", "#fff;}"])
def test_nothing_but_a_colour_enters_the_style_sheet(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        accent_tokens(text)
    assert refused.value.error_code == "accent_invalid"
