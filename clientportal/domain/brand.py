"""One company colour to six accent tokens per theme that pass WCAG AA (looks.md §2, brand accent).

The hue stays. Lightness moves, in OKLCH, only as far as contrast asks. Colours are worked out in
floating point and tokens are hexadecimal, so contrast is always judged on what is written.
"""

import math
import re
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from clientportal.domain.errors import Invalid

Theme: TypeAlias = Literal["light", "dark"]

NEEDED = 4.6
"""AA asks 4.5:1; the rest is room for rounding."""
_STEP = 0.004
_WHITE = "#ffffff"
_INK = "#10181b"


class Oklch(NamedTuple):
    """Lightness 0-1, chroma, hue in radians."""

    light: float
    chroma: float
    hue: float


@dataclass(frozen=True, slots=True)
class _Rules:
    """What differs between the themes: grounds for links, and where each token begins."""

    grounds: tuple[str, ...]
    tint_light: float
    tint_chroma: float
    edge_light: float
    text_chroma: float
    solid_chroma: float


_RULES: dict[Theme, _Rules] = {
    "light": _Rules(("#f7f7f4", "#ffffff", "#f0f0ec"), 0.963, 0.012, 0.87, 0.19, 0.26),
    "dark": _Rules(("#0f1618", "#161e21", "#1e282b", "#0a1013"), 0.277, 0.030, 0.39, 0.13, 0.19),
}


def _linear(value: int) -> float:
    part = value / 255
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


_LINEAR = tuple(_linear(value) for value in range(256))


def _encode(part: float) -> int:
    part = min(1.0, max(0.0, part))
    curved = 12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055
    return round(curved * 255)


def _channels(colour: str) -> tuple[float, float, float]:
    red, green, blue = bytes.fromhex(colour[1:])
    return _LINEAR[red], _LINEAR[green], _LINEAR[blue]


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb` (WCAG 2)."""
    red, green, blue = _channels(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two `#rrggbb`, 1 to 21 (WCAG 2)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def to_oklch(colour: str) -> Oklch:
    """OKLCH of `#rrggbb` (Ottosson's OKLab matrices)."""
    red, green, blue = _channels(colour)
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    light = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return Oklch(light, math.hypot(a, b), math.atan2(b, a))


def _rgb(colour: Oklch) -> tuple[float, float, float]:
    a, b = colour.chroma * math.cos(colour.hue), colour.chroma * math.sin(colour.hue)
    long = (colour.light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (colour.light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (colour.light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def to_hex(colour: Oklch) -> str:
    """`#rrggbb` of the colour; chroma is lowered (halving the gap) until sRGB can show it."""
    low, high = 0.0, colour.chroma
    channels = _rgb(colour)
    if not _shown(channels):
        for _ in range(10):
            middle = (low + high) / 2
            inside = _shown(_rgb(colour._replace(chroma=middle)))
            low, high = (middle, high) if inside else (low, middle)
        channels = _rgb(colour._replace(chroma=low))
    return "#" + "".join(f"{_encode(part):02x}" for part in channels)


def _shown(channels: tuple[float, float, float]) -> bool:
    return all(-1e-4 <= part <= 1 + 1e-4 for part in channels)


def parse_colour(text: str) -> str:
    """`#rrggbb` in lower case from `#rgb` or `#rrggbb`. Raises Invalid("accent_invalid")."""
    plain = text.strip().lower()
    if re.fullmatch("#[0-9a-f]{3}", plain):
        plain = "#" + "".join(char * 2 for char in plain[1:])
    if not re.fullmatch("#[0-9a-f]{6}", plain):
        raise Invalid(code="accent_invalid", field="accent")
    return plain


def accent_tokens(colour: str) -> dict[Theme, dict[str, str]]:
    """The six `--accent*` tokens of each theme, without their dashes, from one company colour.

    Keys: accent, accent-tint, accent-edge, accent-solid, accent-solid-2, on-accent.
    Raises Invalid("accent_invalid").
    """
    given = to_oklch(parse_colour(colour))
    return {"light": _tokens(given, "light"), "dark": _tokens(given, "dark")}


def _tokens(given: Oklch, theme: Theme) -> dict[str, str]:
    rules = _RULES[theme]
    capped = min(given.chroma, 0.19)
    tint = to_hex(Oklch(rules.tint_light, min(capped * 0.22, rules.tint_chroma), given.hue))
    edge = to_hex(Oklch(rules.edge_light, min(capped * 0.5, 0.06), given.hue))
    text = given._replace(chroma=min(given.chroma, rules.text_chroma))
    solid, label = _solid(given, theme)
    away = -0.045 if label == _WHITE else 0.045
    hover = solid._replace(light=min(solid.light + away, 0.97))
    return {
        "accent": _link(text, (*rules.grounds, tint), theme),
        "accent-tint": tint,
        "accent-edge": edge,
        "accent-solid": to_hex(solid),
        "accent-solid-2": to_hex(hover),
        "on-accent": label,
    }


def _link(text: Oklch, grounds: tuple[str, ...], theme: Theme) -> str:
    """The first lightness at which the link reads on every ground; black or white end the walk."""
    light = max(text.light, 0.72) if theme == "dark" else min(text.light, 0.56)
    step = _STEP if theme == "dark" else -_STEP
    hardest = (max if theme == "dark" else min)(grounds, key=luminance)
    while True:
        colour = to_hex(text._replace(light=light))
        if contrast(colour, hardest) >= NEEDED:
            return colour
        light += step


def _solid(given: Oklch, theme: Theme) -> tuple[Oklch, str]:
    """The button: the company's own lightness, or the nearest one on which a label reads."""
    start = max(given.light, 0.72) if theme == "dark" else given.light
    start = min(max(start, 0.30), 0.93)
    base = given._replace(chroma=min(given.chroma, _RULES[theme].solid_chroma))
    distance = 0
    while True:
        for side in (-1, 1):
            solid = base._replace(light=start + side * distance * _STEP)
            colour = to_hex(solid)
            for label in (_WHITE, _INK):
                if contrast(colour, label) >= NEEDED:
                    return solid, label
        distance += 1
