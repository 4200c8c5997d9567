"""Lists as files: every row that the list shows, with the words of the reader's language."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from sqlmodel import Session

from clientportal.domain import movements as rules
from clientportal.domain.actors import Actor, Customer
from clientportal.domain.document_filters import DocumentFilters, Sort
from clientportal.domain.documents import Kind
from clientportal.domain.permissions import Permission, require
from clientportal.rendering.formats import currency_digits
from clientportal.rendering.spreadsheets import Cell, Format, Money, write
from clientportal.rendering.texts import t
from clientportal.services import document_lists
from clientportal.services.document_lists import DocumentRow
from clientportal.storage import movements

_COLUMNS = ("kind", "number", "company", "account", "code", "issued_on", "due_on", "state",
            "late_days", "currency", "total", "paid", "balance", "concept",
            "movements", "voided_on")  # fmt: skip
_FOR_STAFF = frozenset({"code", "movements", "voided_on"})
_TOGETHER = 500
"""Rows whose movements are read at once."""
MOST_BUNDLED = 100
"""Documents of one archive or one merged PDF."""


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written: the name to save it under, and its rows."""

    name: str
    rows: int


def documents(
    session: Session,
    actor: Actor,
    *,
    filters: DocumentFilters,
    sort: Sort,
    kind: Format,
    path: Path,
    language: str,
    now: datetime,
) -> Written:
    """Write the documents of a list to `path`, all pages of it.

    Balances of credit kinds are what is still available. A customer gets the columns that the
    portal shows; that of staff, with what was applied to each document, imports again (ADR 17).
    """
    require(actor, Permission.DOCUMENTS_READ)
    left_out = _FOR_STAFF if isinstance(actor, Customer) else {"company"}
    shown = [column for column in _COLUMNS if column not in left_out]
    head = [t(f"export.{column}", language) for column in shown]
    found = document_lists.every_row(session, actor, filters=filters, sort=sort, now=now)
    values = (
        _with_movements(session, actor, found, language)
        if "movements" in shown
        else (_values(row, language) for row in found)
    )
    rows = ([each[column] for column in shown] for each in values)
    return write_list(t("export.documents", language), head, rows, kind, path, now)


def write_list(
    title: str,
    head: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    kind: Format,
    path: Path,
    now: datetime,
) -> Written:
    """Write a list to `path`; its file is called as the list and the day."""
    count = write(path, kind, title, head, rows)
    return Written(f"{title.lower()}-{now:%Y-%m-%d}.{kind.value}", count)


def _with_movements(
    session: Session, actor: Actor, rows: Iterator[DocumentRow], language: str
) -> Iterator[dict[str, Cell]]:
    """The values of rows with what was applied to each and the day on which it was annulled."""

    def word(kind: Kind) -> str:
        return t(f"kind.{kind.value}", language)

    while some := list(islice(rows, _TOGETHER)):
        ids = [row.id for row in some]
        moved = movements.of_documents(session, actor, ids)
        voided = movements.voided(session, actor, ids)
        for row in some:
            digits = currency_digits(row.currency)
            yield {
                **_values(row, language),
                "movements": rules.write(moved.get(row.id, ()), digits, word),
                "voided_on": voided.get(row.id),
            }


def _values(row: DocumentRow, language: str) -> dict[str, Cell]:
    digits = currency_digits(row.currency)
    return {
        "kind": t(f"kind.{row.kind.value}", language),
        "number": row.number,
        "company": row.company_name,
        "account": row.account_name,
        "code": row.account_code,
        "issued_on": row.issued_on,
        "due_on": row.due_on,
        "state": t(f"state.{row.badge.code}", language),
        "late_days": row.status.overdue_days or None,
        "currency": row.currency,
        "total": Money(row.total_minor, digits),
        "paid": Money(row.paid_minor, digits),
        "balance": Money(row.balance_minor, digits),
        "concept": row.concept,
    }
