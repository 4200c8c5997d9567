"""Writes what rows of an export of ours say was applied: allocations between documents, returns.

A credit is the row of its own kind and number, of the same file or stored already; where there is
none, what came from it counts as paid before the import.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session

from clientportal.domain import movements as rules
from clientportal.domain.actors import System
from clientportal.domain.documents import CREDIT, Kind
from clientportal.domain.imports import DocumentRow
from clientportal.domain.movements import Movement
from clientportal.services import document_support as support
from clientportal.services.import_plan import Read
from clientportal.storage import documents as document_storage
from clientportal.storage import imports as storage
from clientportal.storage.models import Allocation, CreditReturn

Pairs = Sequence[tuple[int, DocumentRow]]


def uses_of(rows: Sequence[DocumentRow]) -> Mapping[tuple[Kind, str], Sequence[Movement]]:
    """Credit by kind and number → what the rows take of it."""
    uses: defaultdict[tuple[Kind, str], list[Movement]] = defaultdict(list)
    for row in rows:
        for movement in row.movements:
            if movement.credit:
                uses[movement.credit].append(movement)
    return uses


def write(session: Session, read: Read, pairs: Pairs, now: datetime) -> None:
    """Store the movements of documents just written (id, row); stored credits are settled anew."""
    company_id = document_storage.identity(read.company)
    own = {(row.kind, row.number): key for key, row in pairs if row.kind in CREDIT}
    stored = {credit: found.id for credit, found in read.credits.items() if credit not in own}
    credits = {**stored, **own}
    kept: list[dict[str, Any]] = []
    undone: list[dict[str, Any]] = []
    undoing: list[tuple[int, dict[str, Any]]] = []
    for key, row in pairs:
        if row.kind in CREDIT or not row.movements:
            continue
        values = [_allocation(company_id, key, row, m, credits, now) for m in row.movements]
        back = rules.taken_back(row.movements)
        places = {place: len(undone) + n for n, place in enumerate(back.values())}
        undone += [values[place] for place in back.values()]
        undoing += [(places[earlier], values[place]) for place, earlier in back.items()]
        gone = {*back, *back.values()}
        kept += [value for place, value in enumerate(values) if place not in gone]
    ids = storage.insert_returning(session, Allocation, undone)
    storage.insert(session, Allocation, kept)
    takes = [{**value, "reverses_id": ids[place]} for place, value in undoing]
    storage.insert(session, Allocation, takes)
    storage.insert(session, CreditReturn, _returns(company_id, pairs, now))
    named = uses_of([row for _, row in pairs])
    used = {stored[credit] for credit in named if credit in stored}
    if used:
        touched = support.locked(session, System(company_id), used)
        document_storage.settle_all(session, touched.values())


def _allocation(
    company_id: int,
    document_id: int,
    row: DocumentRow,
    movement: Movement,
    credits: Mapping[tuple[Kind, str], int],
    now: datetime,
) -> dict[str, Any]:
    return {
        "company_id": company_id,
        "document_id": document_id,
        "credit_id": credits.get(movement.credit) if movement.credit else None,
        "currency": row.currency,
        "amount_minor": movement.amount_minor,
        "allocated_on": movement.on,
        "created_at": now,
    }


def _returns(company_id: int, pairs: Pairs, now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "company_id": company_id,
            "document_id": key,
            "currency": row.currency,
            "amount_minor": movement.amount_minor,
            "returned_on": movement.on,
            "method": "",
            "note": "",
            "created_at": now,
        }
        for key, row in pairs
        if row.kind in CREDIT
        for movement in row.movements
    ]
