"""Number series: locked by the transaction that issues, so no number is lost or doubled."""

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from clientportal.domain.actors import System
from clientportal.domain.documents import Kind
from clientportal.domain.numbering import Series
from clientportal.storage.models import Document, NumberSeries
from clientportal.storage.scope import visible_to
from clientportal.storage.session import is_sqlite

DEFAULT_PREFIXES: Mapping[Kind, str] = {
    Kind.INVOICE: "FE-",
    Kind.DEBIT_NOTE: "ND-",
    Kind.CREDIT_NOTE: "NC-",
    Kind.ADVANCE: "AN-",
    Kind.CASH_RECEIPT: "RC-",
}


def ensure(session: Session, company_id: int) -> None:
    """Give a company the series that it lacks, with the usual prefixes. Safe to repeat."""
    insert = sqlite.insert if is_sqlite(session) else postgresql.insert
    rows = [
        {"company_id": company_id, "kind": kind, "prefix": prefix, "next_number": 1, "padding": 0}
        for kind, prefix in DEFAULT_PREFIXES.items()
    ]
    statement = insert(NumberSeries).on_conflict_do_nothing(index_elements=["company_id", "kind"])
    session.execute(statement, rows)


def lock(session: Session, company_id: int, kind: Kind) -> NumberSeries:
    """The series of a kind, locked: first in the order series → attempt → document → others."""
    statement = (
        select(NumberSeries)
        .where(visible_to(System(company_id), NumberSeries), col(NumberSeries.kind) == kind)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    row = session.exec(statement).one_or_none()
    if row is None:
        ensure(session, company_id)
        row = session.exec(statement).one()
    return row


def take(session: Session, company_id: int, kind: Kind, count: int = 1) -> list[str]:
    """The next numbers of the series, which moves on in the same transaction.

    Numbers that an import brought already are passed over.
    """
    row = lock(session, company_id, kind)
    series = Series(row.prefix, row.next_number, row.padding)
    numbers: list[str] = []
    while len(numbers) < count:
        wanted: list[str] = []
        for _ in range(count - len(numbers)):
            number, series = series.take()
            wanted.append(number)
        taken = _taken(session, company_id, kind, wanted)
        numbers += [number for number in wanted if number not in taken]
    row.next_number = series.next_number
    session.add(row)
    session.flush()
    return numbers


def _taken(session: Session, company_id: int, kind: Kind, numbers: list[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(numbers), 500):
        rows = sa.select(col(Document.number)).where(
            visible_to(System(company_id), Document),
            col(Document.kind) == kind,
            col(Document.number).in_(numbers[start : start + 500]),
        )
        found |= {number for number in session.scalars(rows) if number}
    return found
