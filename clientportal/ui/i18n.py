"""Words, money and dates in the browser: Vars over the catalogue, checked at build time."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Any, Literal

import reflex as rx
from reflex_base.utils.imports import ImportVar
from reflex_base.vars import VarData

from clientportal.rendering import texts

Text = str | rx.Var[str]
"""What a label takes: a fixed string (names, codes) or a Var such as `t("…")`."""

_LANG = VarData(
    imports={"$/kit/i18n.js": [ImportVar(tag="useLang")]},
    hooks={"const __lang = useLang()": None},
)


def _face(face: str) -> VarData:
    return VarData(
        imports={f"$/kit/i18n/{face}.js": [ImportVar(tag="useT", alias=f"useT_{face}")]},
        hooks={f"const __t_{face} = useT_{face}()": None},
    )


def _call(function: str, *args: Any, data: VarData | None = None) -> rx.Var[str]:
    """A call of a script function as a Var that carries the hooks of its arguments."""
    made = [rx.Var.create(arg) for arg in args]
    merged = VarData.merge(data, *(var._get_all_var_data() for var in made))
    expr = f"{function}({', '.join(str(var) for var in made)})"
    return rx.Var(_js_expr=expr, _var_type=str, _var_data=merged).to(str)


def _format(function: str, *args: Any) -> rx.Var[str]:
    """A call of a function of `format.js`, whose last argument is the language."""
    data = VarData.merge(_LANG, VarData(imports={"$/kit/format.js": [ImportVar(tag=function)]}))
    return _call(function, *args, rx.Var(_js_expr="__lang"), data=data)


def _check(key: str, given: Iterable[str]) -> str:
    """The face of a key; raises KeyError when unknown, incomplete or called with other names."""
    face = texts.require(key)
    names = set(given)
    for form in texts.forms(key):
        for lang in texts.LANGUAGES:
            wanted = texts.placeholders(texts.entries(face, lang)[form])
            extra = {"n"} if texts.is_plural(key) else set()
            if not wanted <= names or not names <= wanted | extra:
                raise KeyError(f"{form} ({lang}) needs {sorted(wanted)}, got {sorted(names)}")
    if texts.is_plural(key) and "n" not in names:
        raise KeyError(f"{key} is a plural and needs n")
    return face


def t(key: str, **values: Any) -> rx.Var[str]:
    """The text of a key in the language of the page.

    Values fill the placeholders (plain, Var, another text); `n` chooses the plural form. Raises
    KeyError at build time for an unknown key, a missing language or names that do not fit.
    """
    face = _check(key, values)
    args: list[Any] = [key]
    if values:
        args.append(rx.Var.create(values))
    return _call(f"__t_{face}", *args, data=_face(face))


def t_enum(prefix: str, value: Any, codes: type[StrEnum] | Iterable[str]) -> rx.Var[str]:
    """The word for a code from state: key `prefix.<code>`.

    Raises KeyError at build time when one of the codes has no text in some language, or when the
    words stand in more than one face.
    """
    faces = {_check(f"{prefix}.{code}", ()) for code in codes}
    if len(faces) != 1:
        raise KeyError(f"{prefix}.* stands in {sorted(faces) or 'no face'}")
    face = faces.pop()
    return _call(f"__t_{face}.enum", prefix, value, data=_face(face))


def error_text(code: Any, params: Any = None) -> rx.Var[str]:
    """The sentence of an error code (`errors.<code>`); empty for an empty code."""
    texts.require("errors.unknown")
    return _call("__t_shared.error", code, params, data=_face("shared"))


def face_error_text(face: str, code: Any, params: Any = None) -> rx.Var[str]:
    """As `error_text`, for a code whose sentence may stand in a face of its own."""
    keys = texts.entries(face, texts.LANGUAGES[0])
    own = [key.removeprefix("errors.") for key in keys if key.startswith("errors.")]
    said = _call(f"__t_{face}.error", code, params, data=_face(face))
    return rx.cond(rx.Var.create(own).contains(code), said, error_text(code, params)).to(str)


def language() -> rx.Var[str]:
    """The language of the page, `es` or `en` (Spanish while it is prerendered)."""
    return rx.Var(_js_expr="__lang", _var_type=str, _var_data=_LANG).to(str)


def money_text(minor: Any, currency: Any) -> rx.Var[str]:
    """An amount as text for use inside another text: `COP 4.318.500`. Minor units."""
    return _format("moneyText", minor, currency)


def day(
    iso: Any, style: Literal["short", "long", "year", "weekday", "month"] = "short"
) -> rx.Var[str]:
    """A calendar day from an ISO date: `19 nov` (with the year when it is another one).

    `month` gives its month alone: `nov 2026`.
    """
    return _format("dayText", iso, style)


def moment(
    iso: Any, zone: Any = None, style: Literal["short", "time", "day"] = "short"
) -> rx.Var[str]:
    """A moment from an ISO time with offset, in a zone or the reader's: `19 nov, 3:41 p. m.`.

    `day` gives its calendar day there, `time` its time of day.
    """
    return _format("momentText", iso, zone, style)


def percent(fraction: Any) -> rx.Var[str]:
    """A share: 0.61 → `61 %`."""
    return _format("percentText", fraction)


def count(n: Any, capped: Any = False) -> rx.Var[str]:
    """A number of things, with `+` when the count was cut off."""
    return _format("countText", n, capped)


def number_text(text: Any) -> rx.Var[str]:
    """A decimal number of the server (`1234.5`) in the reader's notation."""
    return _format("numberText", text)


def price_text(text: Any, currency: Any) -> rx.Var[str]:
    """A price per unit of the server (`25900.5`) in the reader's notation, without code."""
    return _format("priceText", text, currency)


def decimals(rows: Any, field: str, currency_field: str) -> rx.Var[str]:
    """Currencies of a list that need decimals somewhere, for `money(decimals=…)` of that column."""
    data = VarData(imports={"$/kit/format.js": [ImportVar(tag="columnDecimals")]})
    return _call("columnDecimals", rows, field, currency_field, data=data)


class _Text(rx.Component):
    """A component of `text.js`."""

    library = "$/kit/text.js"


class _Money(_Text):
    tag = "Money"

    minor: rx.Var[Any]
    currency: rx.Var[Any]
    shown: rx.Var[str]
    size: rx.Var[str]
    signed: rx.Var[bool]
    dash: rx.Var[bool]
    bare: rx.Var[bool]


class _Relative(_Text):
    tag = "Relative"

    iso: rx.Var[Any]


class _PageTitle(_Text):
    tag = "PageTitle"

    text: rx.Var[str]


class _LanguageSwitch(_Text):
    tag = "LanguageSwitch"

    on_change: Annotated[rx.EventHandler, rx.event.passthrough_event_spec(str)]


class _ThemeSwitch(_Text):
    tag = "ThemeSwitch"


def money(
    minor: Any,
    currency: Any,
    *,
    decimals: Any = "",
    size: Literal["", "m", "l", "xl"] = "",
    sign: bool = False,
    zero: Literal["dash", "figure"] = "figure",
    code: bool = True,
    **props: Any,
) -> rx.Component:
    """An amount with its code, tabular figures, U+2212 and a spoken twin.

    `size` sets display figures; `zero="dash"` shows `—` for nothing; `code=False` is for columns of
    one currency whose header names it.
    """
    return _Money.create(
        minor=minor, currency=currency, shown=decimals, size=size, signed=sign,
        dash=zero == "dash", bare=not code, **props,
    )  # fmt: skip


def relative(iso: Any, **props: Any) -> rx.Component:
    """How long ago, ticking by itself: `hace 12 s`."""
    return _Relative.create(iso=iso, **props)


def page_title(key: str | rx.Var[str], **values: Any) -> rx.Component:
    """Sets the title of the tab in the language of the page."""
    text = t(key, **values) if isinstance(key, str) else key
    return _PageTitle.create(text=text)


def language_switch(*, test_id: str = "language", **props: Any) -> rx.Component:
    """Turns the page into the other language without a round trip (cookie `lang`)."""
    return _LanguageSwitch.create(data_testid=test_id, **props)


def theme_switch(**props: Any) -> rx.Component:
    """Light, dark or the system's choice (cookie `theme`)."""
    return _ThemeSwitch.create(**props)
