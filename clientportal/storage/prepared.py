"""Statements that are built once per shape: most of a short list's time went into building them.

A condition is a `Term`: what it looks like, its values, and how to build it with a place for each
value. A statement is kept by the looks of its terms and run with their values, so that a list asked
for a second time costs its rows alone.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.sql import visitors
from sqlmodel import Session

from clientportal.domain.actors import Actor
from clientportal.storage.scope import visible_to

MOST = 400
"""Statements that are kept; a list has a handful of shapes that are asked for all day."""

_KEPT: dict[Hashable, sa.Executable] = {}


class Term(NamedTuple):
    """A condition. `shape` tells all that `build` depends on; `values` has one per place of it."""

    shape: Hashable
    values: Mapping[str, Any]
    build: Callable[[], sa.ColumnElement[bool]]

    def filled(self) -> sa.ColumnElement[bool]:
        """The condition with its values, for a statement that is not kept."""
        given = self.values

        def fill(place: sa.BindParameter[Any]) -> None:
            if place.key in given:
                place.value, place.required = given[place.key], False

        return visitors.cloned_traverse(self.build(), {}, {"bindparam": fill})


def clauses(terms: Iterable[Term]) -> list[sa.ColumnElement[bool]]:
    """The conditions with places for their values."""
    return [term.build() for term in terms]


def run(
    session: Session,
    shape: tuple[Hashable, ...],
    terms: Sequence[Term],
    build: Callable[[], sa.Executable],
    **others: Any,
) -> sa.CursorResult[*tuple[Any, ...]]:
    """Rows of the statement of this shape over these terms; `others`: values of its other places.

    What the session has not written yet counts. No entity comes back, so the session's own way of
    loading them, which costs as much again as a short list, is not gone.
    """
    session.flush()
    values: dict[str, Any] = dict(others)
    for term in terms:
        values |= term.values
    return session.connection().execute(_statement(shape, terms, build), values)


def _statement(
    shape: tuple[Hashable, ...], terms: Sequence[Term], build: Callable[[], sa.Executable]
) -> sa.Executable:
    """The statement of this shape, built when it is not kept."""
    key = (*shape, *(term.shape for term in terms))
    found: sa.Executable | None = _KEPT.get(key)
    if found is None:
        if len(_KEPT) >= MOST:
            _KEPT.clear()
        found = _KEPT[key] = build()
    return found


def visible(actor: Actor, table: type[Any]) -> Term:
    """`visible_to` as a term: a place for every id of the actor, so none can stay in a statement
    that somebody else's list is read by."""
    ids = {
        field.name: value
        for field in fields(actor)
        if isinstance(value := getattr(actor, field.name), int)
    }

    def build() -> sa.ColumnElement[bool]:
        places: dict[str, Any] = {name: sa.bindparam(_place(name)) for name in ids}
        return visible_to(replace(actor, **places), table)

    shape = (type(actor), table, *ids)
    return Term(shape, {_place(name): value for name, value in ids.items()}, build)


def fenced(term: Term) -> Term:
    """The same condition where no index serves it: looked at for rows that others have found.

    PostgreSQL takes every account for one of the usual size and would rather read all documents of
    the largest than the few that a text left.
    """
    return Term(("fenced", term.shape), term.values, lambda: term.build().is_(sa.true()))


def _place(name: str) -> str:
    return f"actor_{name}"
