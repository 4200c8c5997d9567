"""Rows of an open list that others change: new ones wait, those that left stay (looks.md §5)."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from clientportal.domain.actors import Actor
from clientportal.domain.document_filters import DocumentFilters
from clientportal.services import document_lists
from clientportal.services.document_lists import DocumentRow
from clientportal.ui.documents.rows import ListedDocument
from clientportal.ui.session import read, utc_now

T = TypeVar("T", bound=ListedDocument)


async def gone_from(
    actor: Actor,
    shown: Sequence[T],
    page: Sequence[T],
    filters: DocumentFilters,
    make: Callable[[Sequence[DocumentRow], bool], list[T]],
) -> list[T]:
    """Rows shown that the page no longer holds: on another page now, or out of the filtered set.

    `make` gets rows and whether they left the set. Documents that the actor may no longer see are
    not among them.
    """
    here = {row.id for row in page}
    ids = [row.id for row in shown if row.id not in here]
    if not ids:
        return []
    ask, now = document_lists.rows_of, utc_now()
    paged = await read(ask, actor, document_ids=ids, filters=filters, now=now)
    still = {row.id for row in paged}
    left = [key for key in ids if key not in still]
    rows = await read(ask, actor, document_ids=left, filters=DocumentFilters(), now=now)
    return make(paged, False) + make(rows, True)


def held(shown: Sequence[T], page: Sequence[T], gone: Sequence[T]) -> tuple[list[T], int]:
    """What an open list shows after a change, and how many new rows wait behind its bar.

    `shown` stood there, `page` is what the address gives now, `gone` comes from `gone_from`.
    """
    before, now = [row.id for row in shown], {row.id: row for row in page}
    fresh = set(now) - set(before)
    if before and fresh:
        kept = now | {row.id: row for row in gone}
        return [kept[key] for key in before if key in kept], len(fresh)
    return with_left(page, [row for row in gone if row.left], before), 0


def with_left(page: Sequence[T], left: Sequence[T], before: Sequence[int]) -> list[T]:
    """The page with the rows that left the filtered set at the places where they stood."""
    here = {row.id for row in page}
    rows = list(page)
    for row in left:
        if row.id not in here:
            rows.insert(min(before.index(row.id), len(rows)), row)
    return rows
