"""What the browser's address says, before the server has heard of it."""

from typing import Any, cast

import reflex as rx
from reflex_base.utils.imports import ImportVar
from reflex_base.vars import VarData

from clientportal.ui.base import Visitor

_ADDRESS = VarData(
    imports={"react-router": [ImportVar(tag="useLocation")]},
    hooks={"const __address = useLocation()": None},
)


def is_read() -> rx.Var[bool]:
    """Whether what the page's state holds was read for the address that the browser shows.

    A page that one comes back to still holds what it showed last, until it is read again: nothing
    of that may be seen, let alone be acted on, under another address.
    """
    at: Any = cast(Any, Visitor).at
    data = VarData.merge(_ADDRESS, at._get_all_var_data())
    here = '__address.pathname.replace(/\\/+$/, "")'
    return rx.Var(f"({here} === {at!s})", _var_type=bool, _var_data=data).to(bool)
