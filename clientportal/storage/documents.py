"""Statements of single documents, and the one writer of their derived columns."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal.domain import documents as rules
from clientportal.domain import ledger
from clientportal.domain.actors import Actor, System
from clientportal.domain.documents import Kind, Lifecycle, Settlement
from clientportal.storage import search_index, standings
from clientportal.storage.models import (
    Account,
    Allocation,
    AttemptLine,
    Comment,
    CreditReturn,
    Dispute,
    Document,
    DocumentLine,
    DocumentTax,
)
from clientportal.storage.scope import visible_to


def unsettled() -> sa.ColumnElement[bool]:
    """What is owed or available, with the literals of the partial index (UNSETTLED)."""
    return sa.and_(
        col(Document.lifecycle) == sa.literal_column("'issued'"),
        col(Document.settlement) != sa.literal_column("'paid'"),
    )


def unissued() -> sa.ColumnElement[bool]:
    """Drafts and void documents, with the literal of the partial index (UNISSUED)."""
    return col(Document.lifecycle) != sa.literal_column("'issued'")


def received() -> sa.ColumnElement[bool]:
    """Receipts and advances that stand, with the literals of the partial index (RECEIVED)."""
    return sa.and_(
        col(Document.lifecycle) == sa.literal_column("'issued'"),
        col(Document.kind).in_(
            [sa.literal_column("'cash_receipt'"), sa.literal_column("'advance'")]
        ),
    )


def holding() -> sa.ColumnElement[Any]:
    """Lines of open attempts, with the words of the partial index (uq_attempt_line_open).

    A comparison with true is none of its words: SQLite then reads the whole table instead.
    """
    return sa.literal_column("attempt_line.is_open")


class Move(NamedTuple):
    """A dated row that changes a balance: an allocation or a return."""

    amount_minor: int
    on: date


def get(session: Session, actor: Actor, document_id: int) -> Document | None:
    """The document if the actor may see it."""
    return session.exec(
        select(Document).where(visible_to(actor, Document), col(Document.id) == document_id)
    ).one_or_none()


def locked(session: Session, actor: Actor, ids: Collection[int]) -> dict[int, Document]:
    """The visible documents of `ids`, locked in ascending order and read afresh."""
    statement = (
        select(Document)
        .where(visible_to(actor, Document), col(Document.id).in_(ids))
        .order_by(col(Document.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {identity(row): row for row in session.exec(statement)}


def identity(row: Any) -> int:
    """The primary key of a stored row."""
    assert row.id is not None
    return int(row.id)


def account(session: Session, actor: Actor, account_id: int) -> Account | None:
    return session.exec(
        select(Account).where(visible_to(actor, Account), col(Account.id) == account_id)
    ).one_or_none()


def number_exists(session: Session, company_id: int, kind: Kind, number: str) -> bool:
    of_company = visible_to(System(company_id), Document)
    found = select(col(Document.id)).where(
        of_company, col(Document.kind) == kind, col(Document.number) == number
    )
    return session.exec(found.limit(1)).first() is not None


def lines(session: Session, actor: Actor, document_id: int) -> Sequence[DocumentLine]:
    return session.exec(
        select(DocumentLine)
        .where(visible_to(actor, DocumentLine), col(DocumentLine.document_id) == document_id)
        .order_by(col(DocumentLine.position))
    ).all()


def taxes(session: Session, actor: Actor, document_id: int) -> Sequence[DocumentTax]:
    return session.exec(
        select(DocumentTax)
        .where(visible_to(actor, DocumentTax), col(DocumentTax.document_id) == document_id)
        .order_by(col(DocumentTax.rate))
    ).all()


def remove_lines(session: Session, document: Document) -> None:
    """Delete lines and taxes of a draft before it is written anew or discarded."""
    for table in (DocumentLine, DocumentTax):
        session.execute(
            sa.delete(table).where(
                col(table.company_id) == document.company_id,
                col(table.document_id) == document.id,
            )
        )


def being_paid(session: Session, company_id: int, ids: Collection[int]) -> set[int]:
    """Those of `ids` that an open payment attempt holds."""
    rows = select(col(AttemptLine.document_id)).where(
        visible_to(System(company_id), AttemptLine),
        col(AttemptLine.document_id).in_(ids),
        holding(),
    )
    return set(session.exec(rows))


def comments(session: Session, actor: Actor, document_id: int) -> Sequence[Comment]:
    return session.exec(
        select(Comment)
        .where(visible_to(actor, Comment), col(Comment.document_id) == document_id)
        .order_by(col(Comment.id))
    ).all()


def related(session: Session, actor: Actor, document: Document) -> Sequence[Document]:
    """The document that this one corrects and those that correct it."""
    ids = [col(Document.corrects_id) == document.id]
    if document.corrects_id is not None:
        ids.append(col(Document.id) == document.corrects_id)
    return session.exec(
        select(Document).where(visible_to(actor, Document), sa.or_(*ids)).order_by(col(Document.id))
    ).all()


def open_disputes(session: Session, company_id: int, ids: Collection[int]) -> Sequence[Dispute]:
    return session.exec(
        select(Dispute)
        .where(
            visible_to(System(company_id), Dispute),
            col(Dispute.document_id).in_(ids),
            col(Dispute.closed_on).is_(None),
        )
        .order_by(col(Dispute.id))
    ).all()


def moves(session: Session, company_id: int, ids: Collection[int]) -> dict[int, list[Move]]:
    """Document id → every allocation on either side and every return."""
    found: defaultdict[int, list[Move]] = defaultdict(list)
    of_company = visible_to(System(company_id), Allocation)
    for side in (col(Allocation.document_id), col(Allocation.credit_id)):
        rows = sa.select(side, col(Allocation.amount_minor), col(Allocation.allocated_on))
        for document_id, amount, on in session.execute(rows.where(of_company, side.in_(ids))):
            found[document_id].append(Move(amount, on))
    returns = sa.select(
        col(CreditReturn.document_id), col(CreditReturn.amount_minor), col(CreditReturn.returned_on)
    ).where(visible_to(System(company_id), CreditReturn), col(CreditReturn.document_id).in_(ids))
    for document_id, amount, on in session.execute(returns):
        found[document_id].append(Move(amount, on))
    return found


def settle(session: Session, document: Document) -> None:
    """Write balance, settlement, settled_on and disputed from the document's rows.

    The only writer of these columns; the document must be locked by the caller. A dispute ends
    with the settlement (issue: import of disputes), and is closed on that day.
    """
    settle_all(session, [document])


def settle_all(session: Session, documents: Iterable[Document]) -> None:
    """`settle` for several documents of one company in a constant number of statements."""
    chosen = list(documents)
    if not chosen:
        return
    session.flush()
    company_id = chosen[0].company_id
    ids = [identity(document) for document in chosen]
    rows = moves(session, company_id, ids)
    disputes: defaultdict[int, list[Dispute]] = defaultdict(list)
    for dispute in open_disputes(session, company_id, ids):
        disputes[dispute.document_id].append(dispute)
    for document in chosen:
        key = identity(document)
        _settle(document, rows.get(key, []), disputes.get(key, []))
        session.add(document)
        if document.lifecycle is not Lifecycle.DRAFT:
            standings.touch(session, document.account_id)


class Derived(NamedTuple):
    """The columns that follow from a document's rows."""

    balance_minor: int
    settlement: Settlement
    settled_on: date | None


def derive(
    lifecycle: Lifecycle, total_minor: int, issued_on: date, rows: Iterable[Move]
) -> Derived:
    """What the stored columns must say. `settle` writes it; a bulk import stores it at once."""
    kept = list(rows)
    left = ledger.balance(total_minor, kept)
    settlement = rules.settle(lifecycle, total_minor, left)
    settled = lifecycle is Lifecycle.ISSUED and settlement is Settlement.PAID
    return Derived(left, settlement, _settled_on(issued_on, kept) if settled else None)


def _settle(document: Document, rows: Sequence[Move], disputes: Sequence[Dispute]) -> None:
    derived = derive(document.lifecycle, document.total_minor, document.issued_on, rows)
    document.balance_minor = derived.balance_minor
    document.settlement = derived.settlement
    document.settled_on = derived.settled_on
    if derived.settled_on is not None:
        for dispute in disputes:
            dispute.closed_on = max(dispute.opened_on, derived.settled_on)
    document.disputed = bool(disputes) and derived.settled_on is None


def _settled_on(issued_on: date, rows: Sequence[Move]) -> date:
    """The day at whose end nothing was left, and never again since."""
    per_day: defaultdict[date, int] = defaultdict(int)
    for row in rows:
        per_day[row.on] += row.amount_minor
    settled = issued_on
    for day in sorted(per_day, reverse=True):
        settled = day
        if per_day[day]:  # something was left until this day
            break
    return settled


def draft_scope(document: Document) -> int | None:
    """The account whose customers may find the document: none while it is a draft."""
    return None if document.lifecycle is Lifecycle.DRAFT else document.account_id


def search_entry(document: Document) -> search_index.Entry:
    """The document's entry in the search index."""
    return search_index.Entry(
        search_index.SearchKind.DOCUMENT,
        identity(document),
        document.company_id,
        draft_scope(document),
        document.norm,
    )


def put_search(session: Session, document: Document) -> None:
    """Write the document's entry in the search index."""
    search_index.put_all(session, [search_entry(document)])
