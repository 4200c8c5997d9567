"""What the browser's address says, before the server has heard of it."""

from typing import Any

import reflex as rx
from reflex_base.utils.imports import ImportVar
from reflex_base.vars import VarData

_ADDRESS = VarData(
    imports={"react-router": [ImportVar(tag="useLocation")]},
    hooks={"const __address = useLocation()": None},
)


def is_shown(held: Any) -> rx.Var[bool]:
    """Whether the address ends with the id (or path) that the page's state holds.

    A page that one comes back to still holds what it showed last, until it is read again: nothing
    of that may be seen, let alone be acted on, under another address.
    """
    last = '__address.pathname.replace(/\\/+$/, "").split("/").at(-1)'
    data = VarData.merge(_ADDRESS, held._get_all_var_data())
    wanted = f'String({held!s}).split("/").at(-1)'
    return rx.Var(f"({last} === {wanted})", _var_type=bool, _var_data=data).to(bool)
