"""The audit of a company's ledger and of the columns that are derived from it (command `check`)."""

from collections import defaultdict
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from sqlmodel import Session

from clientportal.domain import audit as rules
from clientportal.domain.actors import Actor, Member, System
from clientportal.domain.audit import Difference
from clientportal.domain.permissions import Permission
from clientportal.domain.receivables import NEVER
from clientportal.services import document_support as support
from clientportal.services.guards import require_staff
from clientportal.storage import checks as storage
from clientportal.storage import documents as document_storage
from clientportal.storage import ledger as ledger_storage
from clientportal.storage import search_index, standings
from clientportal.storage.documents import Move
from clientportal.storage.search_index import SearchKind

MOST = 100
"""Rows of one kind that are named of what is wrong with the search or with payments under way."""


def audit(session: Session, actor: Actor) -> list[Difference]:
    """Every difference in the actor's company; an empty list is a sound ledger.

    The invariants of contracts/payments.md §6, the stored settled_on and disputed columns, the
    lines and taxes of each document against its totals, where each account stands, which documents
    are being paid, and what the search finds.
    """
    staff = require_staff(actor, Permission.DOCUMENTS_READ)
    company = support.company_of(session, staff, staff.company_id)
    documents = ledger_storage.documents_for_audit(session, staff, ZoneInfo(company.time_zone))
    allocations = ledger_storage.all_allocations(session, staff)
    returns = ledger_storage.all_returns(session, staff)
    payments = ledger_storage.all_payments(session, staff)
    found = rules.audit(documents, allocations, payments, returns)
    moves: defaultdict[int, list[Move]] = defaultdict(list)
    for row in allocations:
        moves[row.document_id].append(Move(row.amount_minor, row.on))
        if row.credit_id is not None:
            moves[row.credit_id].append(Move(row.amount_minor, row.on))
    for back in returns:
        moves[back.credit_id].append(Move(back.amount_minor, back.on))
    found += _columns(storage.columns(session, staff), moves)
    found += [Difference(*row) for row in storage.totals(session, staff)]
    found += _standings(session, staff)
    found += _held(session, staff)
    found += _search(session, staff)
    return found


def _columns(rows: list[storage.Columns], moves: dict[int, list[Move]]) -> Iterator[Difference]:
    """settled_on and disputed, compared with the function that writes them."""
    for row in rows:
        derived = document_storage.derive(
            row.lifecycle, row.total_minor, row.issued_on, moves.get(row.id, [])
        )
        if row.settled_on != derived.settled_on:
            yield Difference(
                "settled_on", "document", row.id, str(derived.settled_on), str(row.settled_on)
            )
        disputed = row.has_open_dispute and derived.settled_on is None
        if row.disputed != disputed:
            yield Difference("disputed", "document", row.id, str(disputed), str(row.disputed))


def _held(session: Session, staff: Member | System) -> Iterator[Difference]:
    """A document is held exactly while an attempt to pay it is under way."""
    for document_id, is_open, state in storage.held(session, staff, MOST):
        said = "being paid" if is_open else "free"
        truth = "free" if is_open else "being paid"
        yield Difference(
            "being_paid", "document", document_id, f"{truth}, as its attempt is {state}", said
        )


def _search(session: Session, staff: Member | System) -> Iterator[Difference]:
    """The index of search, compared with the texts of its rows."""
    for kind in SearchKind:
        for key, has_entry in search_index.differing(session, kind, staff.company_id, MOST):
            said = "another text or scope" if has_entry else "no entry"
            yield Difference("search", kind.name.lower(), key, "the text of the row", said)


def _standings(session: Session, staff: Member | System) -> Iterator[Difference]:
    """Balances by account and currency, and each account's oldest due date and counts."""
    standings.catch_up(session)
    stored, derived = standings.stored(session, staff), standings.derived(session, staff)
    keys = {(row.account_id, row.currency) for row in stored ^ derived}
    for account_id, currency in sorted(keys):
        said, truth = (
            ", ".join(
                str(row[1:])
                for row in rows
                if (row.account_id, row.currency) == (account_id, currency)
            )
            for rows in (stored, derived)
        )
        yield Difference("standing", "account", account_id, truth, said)
    sums = standings.summed(derived)
    known = standings.totals(session, staff)
    history = set(standings.with_history(session, staff))
    for account_id in sorted(history | known.keys()):
        truth = sums.get(account_id, (NEVER, 0, 0)) if account_id in history else None
        said = known.get(account_id)
        if truth != said:
            yield Difference("standing", "account", account_id, str(truth), str(said))
