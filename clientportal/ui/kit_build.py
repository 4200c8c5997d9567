"""What the kit adds to a build: Tailwind with our theme only, style sheets, scripts, catalogues."""

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

from babel.localedata import load as babel_locale
from reflex_base.plugins.tailwind_v4 import (
    TailwindV4Plugin,
    add_tailwind_to_css_file,
    add_tailwind_to_postcss_config,
    compile_config,
)

from clientportal.rendering import texts
from clientportal.rendering.formats import currency_digits, decimals_of
from clientportal.ui.kit.icons import sprite_markup

_HERE = Path(__file__).parent
SCRIPTS = _HERE / "kit" / "js"
STYLES = _HERE / "kit" / "css"
FACES = ("shared", "public", "staff", "portal")
"""Faces the browser knows; `mail` is written on the server only."""

THEME = """@layer theme, base, components, utilities;
@import "tailwindcss/theme.css" layer(theme);
@import "tailwindcss/utilities.css" layer(utilities) source(none);
@source "../app/**/*.{js,jsx}";
@source "../components/**/*.{js,jsx}";
@source "../app_components/**/*.{js,jsx}";
@source "../utils/components/**/*.{js,jsx}";
@source "../kit/*.js";
@theme inline {
  --color-*: initial; --text-*: initial; --radius-*: initial; --shadow-*: initial;
  --font-*: initial; --font-weight-*: initial; --tracking-*: initial; --leading-*: initial;
  --breakpoint-*: initial; --ease-*: initial; --animate-*: initial; --blur-*: initial;
  --container-*: initial; --drop-shadow-*: initial; --inset-shadow-*: initial;
  --spacing: 4px;
  --breakpoint-xs: 361px; --breakpoint-md: 901px; --breakpoint-lg: 1081px; --breakpoint-xl: 1241px;
  --font-sans: var(--font); --font-mono: var(--mono);
  --font-weight-normal: 400; --font-weight-medium: 500; --font-weight-semibold: 600;
  --text-2xs: 11px; --text-2xs--line-height: 16px; --text-xs: 12px; --text-xs--line-height: 16px;
  --text-sm: 13px; --text-sm--line-height: 20px; --text-md: 14px; --text-md--line-height: 20px;
  --text-base: 16px; --text-base--line-height: 24px; --text-lg: 18px; --text-lg--line-height: 24px;
  --text-xl: 22px; --text-xl--line-height: 28px; --text-2xl: 28px; --text-2xl--line-height: 36px;
  --radius-xs: var(--r-xs); --radius-sm: var(--r-sm); --radius-md: var(--r-md);
  --radius-lg: var(--r-lg); --radius-full: var(--r-full); --shadow-float: var(--shadow);
  --color-transparent: transparent; --color-current: currentColor;
  @COLOURS@
}
"""
_DARK = '\n[data-theme="dark"] {'
_LATER = "@media (prefers-reduced-motion"
"""What comes behind the themes in the tokens: it changes some of them again."""
_COLOUR = re.compile(r"^  --([a-z0-9-]+): (?:#|rgb|var\(--l-)", re.MULTILINE)


def colours() -> list[str]:
    """Names of the colour tokens, as the light theme declares them."""
    light = (STYLES / "tokens.css").read_text("utf-8").partition('[data-theme="light"]')[2]
    return _COLOUR.findall(light.partition("}")[0])


def tokens() -> str:
    """The tokens, their dark block once more for systems that are dark where nobody chose."""
    sheet = (STYLES / "tokens.css").read_text("utf-8")
    dark = sheet.partition(_DARK)[2].partition("}")[0]
    system = f"@media (prefers-color-scheme: dark) {{ :root:not([data-theme]) {{{dark}}} }}\n"
    return sheet.replace(_LATER, system + _LATER)


def root_style() -> str:
    """The style sheet that Tailwind compiles: theme without default palettes, tokens, kit."""
    mapped = " ".join(f"--color-{name}: var(--{name});" for name in colours())
    sheets = [THEME.replace("@COLOURS@", mapped)]
    for name in ("tokens", "base", "controls", "lists", "blocks", "shells"):
        layer = "base" if name in {"tokens", "base"} else "components"
        sheet = tokens() if name == "tokens" else (STYLES / f"{name}.css").read_text("utf-8")
        sheets.append(f"@layer {layer} {{\n{sheet}}}\n")
    return "\n".join(sheets)


def _module(face: str) -> str:
    """One face: Spanish at once (it is what the prerender shows), other languages on demand."""
    return (
        'import { register, useTexts } from "../i18n.js";\n'
        f'import es from "./{face}.es.js";\n'
        f'const face = register("{face}", es, {{ en: () => import("./{face}.en.js") }});\n'
        "export const useT = () => useTexts(face);\n"
    )


def currencies() -> str:
    """The script with the digits of every currency (two unless listed) and those whose whole
    amounts go without decimals, as the server formats them."""
    codes = sorted(babel_locale("en")["currency_names"])
    digits = {code: n for code in codes if (n := currency_digits(code)) != 2}
    whole = [code for code in codes if currency_digits(code) and not decimals_of((0,), code)]
    return f"export default {json.dumps(digits)};\nexport const whole = {json.dumps(whole)};\n"


def modules() -> list[tuple[str, str]]:
    """(path under `.web`, text) of our scripts, the catalogues and the currency digits."""
    out = [(f"kit/{p.name}", p.read_text("utf-8")) for p in sorted(SCRIPTS.glob("*.js"))]
    for face in FACES:
        out.append((f"kit/i18n/{face}.js", _module(face)))
        for lang in texts.LANGUAGES:
            body = json.dumps(texts.entries(face, lang), ensure_ascii=False, sort_keys=True)
            out.append((f"kit/i18n/{face}.{lang}.js", f"export default {body};\n"))
    out.append(("kit/i18n/digits.js", currencies()))
    out.append(("kit/sprite.js", f"export default {json.dumps(sprite_markup())};\n"))
    return out


def _with_tailwind(css: str) -> str:
    return add_tailwind_to_css_file(css, include_radix_themes=False)


@dataclasses.dataclass
class KitPlugin(TailwindV4Plugin):
    """Tailwind v4 with the house theme, plus the scripts and catalogues of the kit."""

    def pre_compile(self, **context: Any) -> None:
        """Register the files to write before each compile."""
        save, modify = context["add_save_task"], context["add_modify_task"]
        save(compile_config, self.get_unversioned_config())
        save(lambda: ("styles/tailwind.css", root_style()))
        save(modules)
        modify("postcss.config.js", add_tailwind_to_postcss_config)
        modify("styles/__reflex_global_styles.css", _with_tailwind)
