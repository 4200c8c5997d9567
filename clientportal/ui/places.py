"""Countries, time zones and currencies as choices; the browser knows their names."""

from typing import Any

import reflex as rx
from reflex_base.utils.imports import ImportVar
from reflex_base.vars import VarData

from clientportal.services import company_fields
from clientportal.ui.kit.fields import Option

_LANG = VarData(
    imports={"$/kit/i18n.js": [ImportVar(tag="useLang")]},
    hooks={"const __lang = useLang()": None},
)


def _var(expression: str, of: type, *used: rx.Var[Any]) -> rx.Var[Any]:
    data = VarData.merge(_LANG, *(var._get_all_var_data() for var in used))
    return rx.Var(expression, _var_type=of, _var_data=data)


def _names(kind: str, codes: str) -> str:
    names = f'new Intl.DisplayNames([__lang === "en" ? "en" : "es"], {{type: "{kind}"}})'
    label = "n.of(c) === c ? c : `${n.of(c)} (${c})`" if kind == "currency" else "n.of(c)"
    return (
        f"((n) => {codes}.map((c) => ({{value: c, label: {label}}}))"
        f".sort((a, b) => a.label.localeCompare(b.label)))({names})"
    )


def country_options(current: rx.Var[str] | str = "") -> rx.Var[list[Option]]:
    """Every ISO 3166 country by its name in the reader's language.

    `current` is offered too when it is no code: an import may have kept a text.
    """
    codes = f'"{" ".join(sorted(company_fields.countries()))}".split(" ")'
    now = rx.Var.create(current)
    text = f"[{now!s}].filter((c) => c && !/^[A-Z]{{2}}$/.test(c))"
    own = f"{text}.map((c) => ({{value: c, label: c}}))"
    made = f"[...{own}, ...{_names('region', codes)}]"
    return _var(made, list[Option], now)


def country_name(code: rx.Var[str]) -> rx.Var[str]:
    """The name of a country; a text that is no code stays as it is."""
    names = 'new Intl.DisplayNames([__lang === "en" ? "en" : "es"], {type: "region"})'
    known = f"/^[A-Z]{{2}}$/.test({code!s}) ? {names}.of({code!s}) : {code!s}"
    return _var(f"({known})", str, code).to(str)


def codes_with_names(codes: rx.Var[list[str]]) -> rx.Var[list[Option]]:
    """Country codes of a state as choices; a text that is no code stays as it is."""
    names = 'new Intl.DisplayNames([__lang === "en" ? "en" : "es"], {type: "region"})'
    label = f"/^[A-Z]{{2}}$/.test(c) ? {names}.of(c) : c"
    return _var(f"{codes!s}.map((c) => ({{value: c, label: {label}}}))", list[Option], codes)


def currency_options() -> rx.Var[list[Option]]:
    """Every currency of the browser by its name; the server checks the code."""
    return _var(_names("currency", 'Intl.supportedValuesOf("currency")'), list[Option])


def time_zone_options(current: rx.Var[str] | str = "") -> rx.Var[list[Option]]:
    """Every time zone of the browser, and the current one whatever it is called."""
    now = rx.Var.create(current)
    zones = f'[...new Set([{now!s}, "UTC", ...Intl.supportedValuesOf("timeZone")])]'
    made = (
        f"{zones}.filter((z) => z).sort().map((z) => ({{value: z, label: z.replaceAll('_', ' ')}}))"
    )
    return _var(f"({made})", list[Option], now)


def browser_zone() -> rx.Var[str]:
    """The time zone of the browser, for a form's first value."""
    return rx.Var("Intl.DateTimeFormat().resolvedOptions().timeZone", _var_type=str)


def page_language() -> rx.Var[str]:
    """`es` or `en`, as the page is read, for a native form's hidden field."""
    return _var('(__lang === "en" ? "en" : "es")', str).to(str)
