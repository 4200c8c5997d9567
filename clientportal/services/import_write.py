"""Writes the new rows of a file of documents in bulk: accounts, documents, receipts, disputes.

A settled row is the document and a payment on its settled date, with a cash receipt of its own.
The receipt's number is `IMP-` and the document's number (`IMP-ND-` for a debit note): a history
that was numbered elsewhere takes no number of the company's own series. A row of an export of ours
has its movements instead: its receipts are rows of their own (`import_movements`).
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from clientportal.domain.actors import System
from clientportal.domain.documents import CREDIT, Kind, Lifecycle
from clientportal.domain.errors import Invalid
from clientportal.domain.imports import DocumentRow
from clientportal.domain.movements import Movement
from clientportal.domain.payments import PaymentState
from clientportal.domain.text import search_text
from clientportal.services import accounts as account_service
from clientportal.services import document_text, import_movements, tax_ids
from clientportal.services.document_support import NORM_LENGTH
from clientportal.services.import_plan import Read, due_day, settled_day
from clientportal.services.tax_ids import TaxId
from clientportal.storage import accounts as account_storage
from clientportal.storage import documents as document_storage
from clientportal.storage import imports as storage
from clientportal.storage import standings
from clientportal.storage.documents import Move
from clientportal.storage.ledger import IMPORTED
from clientportal.storage.models import (
    Account,
    Allocation,
    Company,
    Dispute,
    Document,
    DocumentSource,
    Payment,
)

METHOD = "other"


def write(session: Session, read: Read, now: datetime) -> list[int]:
    """Store everything that is new; the ids of the accounts that changed. The caller audits."""
    rows = sorted(read.new, key=lambda row: (row.issued_on, row.line))
    accounts = _accounts(session, read, rows, now)
    zone = ZoneInfo(read.company.time_zone)
    uses = import_movements.uses_of(rows)
    documents = [
        _document(row, accounts[row.account_code], uses.get((row.kind, row.number), ()), zone, now)
        for row in rows
    ]
    ids = storage.insert_returning(session, Document, documents)
    storage.put_search(session, ids, documents)
    pairs = list(zip(ids, rows, strict=True))
    settled = [(key, row) for key, row in pairs if row.settled_on is not None]
    _receipts(session, read.company, settled, accounts, now)
    _prepaid(session, read.company, pairs, now)
    import_movements.write(session, read, pairs, now)
    _disputes(session, read.company, pairs)
    changed = sorted({document_storage.identity(accounts[row.account_code]) for row in rows})
    for account_id in changed:
        standings.touch(session, account_id)
    return changed


def _accounts(
    session: Session, read: Read, rows: Sequence[DocumentRow], now: datetime
) -> dict[str, Account]:
    """The accounts of the rows by code: new ones, and known ones, named if they were not yet."""
    accounts = dict(read.accounts)
    changed: dict[str, Account] = {}
    for row in rows:
        account = accounts.get(row.account_code)
        if account is None:
            account = _account(read.company, row, now)
        elif not (row.account_name and account.name == account.code != row.account_name):
            continue
        else:
            account.name = row.account_name
            account.updated_at = now
        account_service.set_norm(account)
        accounts[row.account_code] = changed[row.account_code] = account
    session.add_all(changed.values())
    session.flush()
    account_storage.index(session, list(changed.values()))
    for code in changed.keys() & read.accounts.keys():
        renamed = document_storage.identity(changed[code])
        document_text.rewrite(session, System(changed[code].company_id), account_id=renamed)
    return accounts


def _account(company: Company, row: DocumentRow, now: datetime) -> Account:
    country, tax_id = _identified(company, row)
    return Account(
        company_id=document_storage.identity(company),
        code=row.account_code,
        name=(row.account_name or row.account_code)[:200],
        country=country[:20],
        tax_id_kind=tax_id.kind,
        tax_id=tax_id.text[:40],
        tax_id_norm=tax_id.norm[:40],
        created_at=now,
        updated_at=now,
    )


def _identified(company: Company, row: DocumentRow) -> tuple[str, TaxId]:
    """Country and identification of a new account, which other files and spaces know it by.

    Without a country of its own it is the company's, if the identification is one there. What is
    none stays as it was written: a history is not refused for a digit.
    """
    given, text = row.country or "", row.tax_id or ""
    if text and (row.country_known or not given):
        country = given or company.country
        with suppress(Invalid):
            return country, tax_ids.guess(country, text)
    return given, TaxId("", text, "")


def _document(
    row: DocumentRow, account: Account, uses: Sequence[Movement], zone: ZoneInfo, now: datetime
) -> dict[str, Any]:
    """`uses`: what rows beside it take of a credit."""
    settled = settled_day(row)
    moves = [Move(row.total_minor, settled)] if settled and row.total_minor else []
    if row.prepaid_minor:
        moves.append(Move(row.prepaid_minor, row.issued_on))
    moves += [Move(movement.amount_minor, movement.on) for movement in (*row.movements, *uses)]
    lifecycle = Lifecycle.VOID if row.voided_on else Lifecycle.ISSUED
    derived = document_storage.derive(lifecycle, row.total_minor, row.issued_on, moves)
    open_dispute = row.disputed and row.kind not in CREDIT and derived.settled_on is None
    values = _values(
        account,
        kind=row.kind,
        number=row.number,
        issued_on=row.issued_on,
        due_on=due_day(row),
        currency=row.currency,
        total_minor=row.total_minor,
        concept=(row.description or "")[:500],
        method=METHOD if settled else "",
        now=now,
    )
    voided = {"lifecycle": lifecycle, "voided_at": row.voided_on and noon(row.voided_on, zone)}
    return values | derived._asdict() | voided | {"disputed": open_dispute}


def _values(
    account: Account,
    *,
    kind: Kind,
    number: str,
    issued_on: date,
    due_on: date,
    currency: str,
    total_minor: int,
    concept: str,
    method: str,
    now: datetime,
) -> dict[str, Any]:
    norm = search_text((number, account.name, account.code, account.tax_id, concept))
    return {
        "company_id": account.company_id,
        "account_id": account.id,
        "kind": kind,
        "lifecycle": Lifecycle.ISSUED,
        "number": number,
        "issued_on": issued_on,
        "due_on": due_on,
        "currency": currency,
        "net_minor": total_minor,
        "total_minor": total_minor,
        "payment_method": method,
        "concept": concept,
        "source": DocumentSource.IMPORT,
        "norm": norm[:NORM_LENGTH],
        "created_at": now,
        "issued_at": now,
    }


def receipt_number(row: DocumentRow) -> str:
    """The number of the receipt of a settled row."""
    return f"IMP-{'ND-' if row.kind is Kind.DEBIT_NOTE else ''}{row.number}"


def _receipts(
    session: Session,
    company: Company,
    settled: Sequence[tuple[int, DocumentRow]],
    accounts: Mapping[str, Account],
    now: datetime,
) -> None:
    """One receipt, one payment and one allocation for each settled document with a total."""
    paid = [
        (key, row, settled_day(row) or row.issued_on) for key, row in settled if row.total_minor
    ]
    receipts = [_receipt(row, day, accounts[row.account_code], now) for _, row, day in paid]
    ids = storage.insert_returning(session, Document, receipts)
    storage.put_search(session, ids, receipts)
    zone = ZoneInfo(company.time_zone)
    payments: list[dict[str, Any]] = []
    allocations: list[dict[str, Any]] = []
    for receipt_id, (key, row, day) in zip(ids, paid, strict=True):
        account = accounts[row.account_code]
        payments.append(_payment(account, row, receipt_id, noon(day, zone), now))
        allocations.append(
            _allocation(
                account.company_id, key, receipt_id, row.currency, row.total_minor, day, now
            )
        )
    storage.insert(session, Payment, payments)
    storage.insert(session, Allocation, allocations)


def _receipt(row: DocumentRow, day: date, account: Account, now: datetime) -> dict[str, Any]:
    values = _values(
        account,
        kind=Kind.CASH_RECEIPT,
        number=receipt_number(row),
        issued_on=day,
        due_on=day,
        currency=row.currency,
        total_minor=row.total_minor,
        concept="",
        method=METHOD,
        now=now,
    )
    moves = [Move(row.total_minor, day)]
    return values | document_storage.derive(Lifecycle.ISSUED, row.total_minor, day, moves)._asdict()


def noon(day: date, zone: ZoneInfo) -> datetime:
    """The moment of what happened on a day, nobody knows when."""
    return datetime.combine(day, time(12), zone).astimezone(UTC)


def _payment(
    account: Account, row: DocumentRow, receipt_id: int, received_at: datetime, now: datetime
) -> dict[str, Any]:
    return {
        "company_id": account.company_id,
        "account_id": account.id,
        "gateway": IMPORTED,
        "provider_payment_id": f"{account.company_id}:{row.kind.value}:{row.number}",
        "method": METHOD,
        "currency": row.currency,
        "amount_minor": row.total_minor,
        "state": PaymentState.SUCCEEDED,
        "receipt_id": receipt_id,
        "received_at": received_at,
        "created_at": now,
        "raw": {},
    }


def _allocation(
    company_id: int,
    document_id: int,
    credit_id: int | None,
    currency: str,
    amount_minor: int,
    on: date,
    now: datetime,
) -> dict[str, Any]:
    return {
        "company_id": company_id,
        "document_id": document_id,
        "credit_id": credit_id,
        "currency": currency,
        "amount_minor": amount_minor,
        "allocated_on": on,
        "created_at": now,
    }


def _prepaid(
    session: Session, company: Company, pairs: Sequence[tuple[int, DocumentRow]], now: datetime
) -> None:
    """What was paid before the import, on a day nobody knows, counts from the issue date."""
    company_id = document_storage.identity(company)
    rows = [
        _allocation(company_id, key, None, row.currency, row.prepaid_minor, row.issued_on, now)
        for key, row in pairs
        if row.prepaid_minor
    ]
    storage.insert(session, Allocation, rows)


def _disputes(session: Session, company: Company, pairs: Sequence[tuple[int, DocumentRow]]) -> None:
    """Disputes of payable documents; one of a settled document ended with the settlement."""
    rows = [
        {
            "company_id": document_storage.identity(company),
            "document_id": key,
            "reason": "",
            "opened_on": row.issued_on,
            "closed_on": settled_day(row) or (row.issued_on if _prepaid_whole(row) else None),
        }
        for key, row in pairs
        if row.disputed and row.kind not in CREDIT
    ]
    storage.insert(session, Dispute, rows)


def _prepaid_whole(row: DocumentRow) -> bool:
    return row.paid_minor == row.total_minor
