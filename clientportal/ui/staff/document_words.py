"""Numbers and payment methods of documents in the words of the page."""

from typing import Any

import reflex as rx
from reflex_base.utils.imports import ImportVar
from reflex_base.vars import VarData

from clientportal.ui.i18n import t

BY_HAND = ("transfer", "cash", "card", "check", "other")
METHODS = (*BY_HAND, "sandbox", "sandbox_card")
"""Codes with words of their own; what came with an import is shown as it came."""

_LANG = VarData(
    imports={"$/kit/i18n.js": [ImportVar(tag="useLang")]},
    hooks={"const __lang = useLang()": None},
)


def method_text(code: Any) -> rx.Var[str]:
    """The word for how money arrived."""
    return rx.match(code, *[(name, t(f"staff.method.{name}")) for name in METHODS], code)


def method_options() -> list[tuple[str, rx.Var[str]]]:
    """How money can have arrived outside the portal, for a select."""
    return [(name, t(f"staff.method.{name}")) for name in BY_HAND]


def number_text(text: Any) -> rx.Var[str]:
    """A decimal number of the server (`1234.5`) in the reader's notation."""
    shown = (
        f"Number({text!s}).toLocaleString(__lang === 'en' ? 'en-US' : 'es-CO',"
        " {maximumFractionDigits: 6})"
    )
    data = VarData.merge(_LANG, text._get_all_var_data())
    return rx.Var(shown, _var_type=str, _var_data=data).to(str)
