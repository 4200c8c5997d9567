"""Words for the codes of accounts and contacts, shared by the staff pages that show them."""

from typing import Any

import reflex as rx
from reflex_base.vars import VarData

from clientportal.services import tax_ids
from clientportal.ui.i18n import t, t_enum
from clientportal.ui.kit.fields import Option

TAX_KINDS = tuple(sorted({kind for kinds in tax_ids.KINDS.values() for kind in kinds}))
ALL_TAX_KINDS = (*TAX_KINDS, *tax_ids.OTHER)
KINDS = ("customer", "supplier", "both")
CHANNEL_ICONS = {"email": "mail", "whatsapp": "wa", "phone": "phone"}


def kind_word(code: Any) -> rx.Var[str]:
    """Customer, supplier or both."""
    return t_enum("staff.account_kind", code, KINDS)


def channel_word(code: Any) -> rx.Var[str]:
    return t_enum("staff.channel", code, CHANNEL_ICONS)


def channel_icon(code: Any) -> Any:
    return rx.match(code, *CHANNEL_ICONS.items(), "note")


def language_word(code: Any) -> Any:
    """A contact's language; empty means the company's."""
    return rx.match(
        code,
        ("es", t("staff.language.es")),
        ("en", t("staff.language.en")),
        t("staff.language.company"),
    )


def tax_kind_options(kinds: rx.Var[list[str]]) -> rx.Var[list[Option]]:
    """Kinds of identification of a state as choices."""
    word = t_enum("staff.tax_kind", rx.Var("k", _var_type=str), ALL_TAX_KINDS)
    data = VarData.merge(kinds._get_all_var_data(), word._get_all_var_data())
    return rx.Var(
        f"{kinds!s}.map((k) => ({{value: k, label: {word!s}}}))",
        _var_type=list[Option],
        _var_data=data,
    )


def tax_kind_word(code: Any) -> Any:
    """The short name of an identification; nothing without one."""
    return rx.cond(code != "", t_enum("staff.tax_kind_short", code, ALL_TAX_KINDS), "")
