"""Statements of an account's books: what was open before a period or moved in it, with its rows."""

from collections.abc import Collection, Iterable
from datetime import date
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col

from clientportal.domain import ledger
from clientportal.domain.actors import Actor
from clientportal.domain.documents import Lifecycle
from clientportal.domain.periods import Period
from clientportal.domain.statement import Books, Dispute
from clientportal.storage import ledger as storage
from clientportal.storage.models import Allocation, CreditReturn, Document
from clientportal.storage.models import Dispute as DisputeRow
from clientportal.storage.scope import visible_to

IDS_AT_ONCE = 500

Where = list[sa.ColumnElement[bool]]


def books(
    session: Session, actor: Actor, *, account_id: int, zone: ZoneInfo, period: Period
) -> Books:
    """The books of one account that the actor may see, as `domain.statement` asks for them.

    Rows are found by the account's documents, not by the documents that they name: what a receipt
    of this account settled of another one lowers its balance for whoever may see only this one.
    """
    mine: Where = [visible_to(actor, Document), col(Document.account_id) == account_id]
    found = _Found(session, actor, zone, period.until)
    found.take([*mine, *_moved_in(period)])
    # A document that was settled before the period may have been opened and settled again within
    # one day of it, which its columns do not tell: the rows of its counterparts do.
    asked: set[int] = set()
    while unknown := _named(found.rows.values(), period) - asked - set(found.documents):
        for ids in _chunks(unknown):
            found.take([*mine, col(Document.id).in_(ids)])
        asked |= unknown
    return Books(
        documents=list(found.documents.values()),
        allocations=list(found.rows.values()),
        returns=list(found.returns.values()),
        disputes=found.disputes,
        elsewhere=frozenset(asked - set(found.documents)),
    )


def are_more_than(
    session: Session, actor: Actor, *, account_id: int, period: Period, most: int
) -> bool:
    """Whether the books of a period would hold more documents than `most`; counts no further."""
    cut = sa.select(sa.literal(1)).where(
        visible_to(actor, Document), col(Document.account_id) == account_id, *_moved_in(period)
    )
    found = session.scalar(sa.select(sa.func.count()).select_from(cut.limit(most + 1).subquery()))
    return (found or 0) > most


class _Found:
    """Documents and their rows up to a day, by id; each of them is read once."""

    def __init__(self, session: Session, actor: Actor, zone: ZoneInfo, until: date) -> None:
        self._session, self._actor, self._zone, self._until = session, actor, zone, until
        self.documents: dict[int, ledger.Document] = {}
        self.rows: dict[int, ledger.Allocation] = {}
        self.returns: dict[int, ledger.Return] = {}
        self.disputes: list[Dispute] = []

    def take(self, where: Where) -> None:
        """Add the documents of a condition, which starts from what the actor may see."""
        read = self._session.execute
        found = storage.documents_for_audit(self._session, self._actor, self._zone, where)
        self.documents |= {document.id: document for document in found}
        ids = sa.select(col(Document.id)).where(*where)
        for side in (col(Allocation.document_id), col(Allocation.credit_id)):
            rows = sa.select(*storage.ALLOCATION_COLUMNS).where(
                side.in_(ids), col(Allocation.allocated_on) <= self._until
            )
            self.rows |= {row[0]: ledger.Allocation(*row) for row in read(rows)}
        given = sa.select(*storage.RETURN_COLUMNS).where(
            col(CreditReturn.document_id).in_(ids), col(CreditReturn.returned_on) <= self._until
        )
        self.returns |= {row[0]: ledger.Return(*row) for row in read(given)}
        contested = sa.select(
            col(DisputeRow.document_id), col(DisputeRow.opened_on), col(DisputeRow.closed_on)
        ).where(col(DisputeRow.document_id).in_(ids), col(DisputeRow.opened_on) <= self._until)
        self.disputes += [Dispute(*row) for row in read(contested.order_by(col(DisputeRow.id)))]


def _moved_in(period: Period) -> Where:
    """Documents that may have been open at the eve of the period, or moved in it."""
    where: Where = [
        col(Document.lifecycle) != Lifecycle.DRAFT,
        col(Document.issued_on) <= period.until,
    ]
    if period.since is not None:
        settled = col(Document.settled_on)
        # Money that came late is written back to its day: a dispute may outlive the settlement.
        disputed = sa.select(col(DisputeRow.document_id)).where(
            sa.or_(
                col(DisputeRow.opened_on) >= period.since,
                col(DisputeRow.closed_on) >= period.since,
            )
        )
        where.append(
            sa.or_(
                settled.is_(None),
                settled >= period.since,
                col(Document.id).in_(disputed),
            )
        )
    return where


def _named(rows: Iterable[ledger.Allocation], period: Period) -> set[int]:
    """The documents that rows of the period name."""
    keys: set[int] = set()
    for row in rows:
        if period.holds(row.on):
            keys.add(row.document_id)
            if row.credit_id is not None:
                keys.add(row.credit_id)
    return keys


def _chunks(ids: Collection[int]) -> Iterable[list[int]]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), IDS_AT_ONCE):
        yield ordered[start : start + IDS_AT_ONCE]
