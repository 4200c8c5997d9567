"""Hits of a command palette as codes and links, and in the words of the page."""

from collections.abc import Iterable
from typing import TypedDict

import reflex as rx
from reflex_base.vars import VarData

from clientportal.domain.documents import Kind
from clientportal.ui.i18n import t_enum


class CodedHit(TypedDict):
    """A hit before it is put into words: `group` a code of its face, `code` a document's kind."""

    group: str
    code: str
    title: str
    detail: str
    href: str
    icon: str


def in_words(
    hits: rx.Var[list[CodedHit]], groups: str, codes: Iterable[str]
) -> rx.Var[list[dict[str, str]]]:
    """The hits with group and kind as words of the page's language (`Hit` of the kit).

    `groups` is the prefix of the groups' words, `codes` the groups. Raises KeyError as `t_enum`.
    """
    group = t_enum(groups, _part("group"), codes)
    kind = t_enum("kind", _part("code"), Kind)
    data = VarData.merge(
        hits._get_all_var_data(), group._get_all_var_data(), kind._get_all_var_data()
    )
    title = f"(hit.code ? `${{{kind!s}}} ${{hit.title}}` : hit.title)"
    expression = f"{hits!s}.map((hit) => ({{...hit, group: {group!s}, title: {title}}}))"
    return rx.Var(expression, _var_type=list[dict[str, str]], _var_data=data)


def _part(name: str) -> rx.Var[str]:
    return rx.Var(f"hit.{name}", _var_type=str)
