"""What the staff's command palette finds: documents, accounts and contacts as codes and links."""

from collections.abc import Sequence
from typing import TypedDict

import reflex as rx
from reflex_base.vars import VarData

from clientportal.domain.documents import Kind
from clientportal.services.search import Found
from clientportal.ui.i18n import t_enum

GROUPS = ("document", "account", "contact")
_ICONS = {"document": "receipt", "account": "users", "contact": "id"}
_FOLDERS = {"document": "billing", "account": "accounts", "contact": "contacts"}


class CodedHit(TypedDict):
    """A hit before it is put into words: `group` one of GROUPS, `code` the kind of a document."""

    group: str
    code: str
    title: str
    detail: str
    href: str
    icon: str


def href_of(base: str, kind: str, row_id: int) -> str:
    """The staff page of a document, account or contact below `base` (/staff/{slug})."""
    return f"{base}/{_FOLDERS[kind]}/{row_id}"


def hits_of(found: Sequence[Found], base: str) -> list[CodedHit]:
    """Hits of the general search as the browser gets them."""
    return [
        CodedHit(
            group=hit.kind,
            code=hit.code,
            title=hit.title,
            detail=hit.subtitle,
            href=href_of(base, hit.kind, hit.id),
            icon=_ICONS[hit.kind],
        )
        for hit in found
        if hit.kind in _FOLDERS
    ]


def in_words(hits: rx.Var[list[CodedHit]]) -> rx.Var[list[dict[str, str]]]:
    """The hits with their group and kind as words of the page's language (`Hit` of the kit)."""
    group = t_enum("staff.palette", _part("group"), GROUPS)
    kind = t_enum("kind", _part("code"), Kind)
    data = VarData.merge(
        hits._get_all_var_data(), group._get_all_var_data(), kind._get_all_var_data()
    )
    title = f"(hit.code ? `${{{kind!s}}} ${{hit.title}}` : hit.title)"
    expression = f"{hits!s}.map((hit) => ({{...hit, group: {group!s}, title: {title}}}))"
    return rx.Var(expression, _var_type=list[dict[str, str]], _var_data=data)


def _part(name: str) -> rx.Var[str]:
    return rx.Var(f"hit.{name}", _var_type=str)
