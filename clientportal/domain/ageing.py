"""Open items at the end of any day and their ageing by due date (DESIGN §5, `open-items`)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from clientportal.domain.dates import overdue_days
from clientportal.domain.documents import CREDIT, PAYABLE, Kind, Lifecycle
from clientportal.domain.ledger import Allocation, Dated, Document, Return, balance

BUCKETS = ("current", "1-30", "31-60", "61-90", "90+")


@dataclass(frozen=True, slots=True)
class OpenItem:
    """A document that was issued and not settled at the end of the day asked for."""

    kind: Kind
    number: str
    account: str
    currency: str
    issued_on: date
    due_on: date | None
    total_minor: int
    balance_minor: int
    days_overdue: int


def bucket(days_overdue: int) -> str:
    """The ageing bucket of so many days past the due date; due today is current."""
    for most, name in ((0, "current"), (30, "1-30"), (60, "31-60"), (90, "61-90")):
        if days_overdue <= most:
            return name
    return "90+"


def due_days(today: date) -> dict[str, tuple[date | None, date | None]]:
    """Bucket → first and last due date of what is in it today; None where it has no such end."""
    return {
        "current": (today, None),
        "1-30": (today - timedelta(days=30), today - timedelta(days=1)),
        "31-60": (today - timedelta(days=60), today - timedelta(days=31)),
        "61-90": (today - timedelta(days=90), today - timedelta(days=61)),
        "90+": (None, today - timedelta(days=91)),
    }


def was_issued(document: Document, as_of: date) -> bool:
    """Whether it stood at the end of that day: issued by then and not yet annulled."""
    if document.lifecycle is Lifecycle.DRAFT or document.issued_on is None:
        return False
    annulled = document.lifecycle is Lifecycle.VOID and (
        document.void_on is None or document.void_on <= as_of
    )
    return document.issued_on <= as_of and not annulled


def open_items(
    as_of: date,
    documents: Iterable[Document],
    allocations: Iterable[Allocation],
    returns: Iterable[Return] = (),
    kinds: frozenset[Kind] = PAYABLE,
) -> list[OpenItem]:
    """What was issued on or before `as_of` and is not settled on or before it.

    Payable kinds unless `kinds` asks for credit, which has no age. By due date, then number.
    """
    rows: defaultdict[int, list[Dated]] = defaultdict(list)
    for allocation in allocations:
        rows[allocation.document_id].append(allocation)
        if allocation.credit_id is not None:
            rows[allocation.credit_id].append(allocation)
    for given_back in returns:
        rows[given_back.credit_id].append(given_back)
    items = [
        _item(document, left, as_of)
        for document in documents
        if document.kind in kinds
        and was_issued(document, as_of)
        and (left := balance(document.total_minor, rows[document.id], as_of)) != 0
    ]
    return sorted(items, key=lambda i: (i.due_on or i.issued_on, i.kind, i.number, i.account))


def _item(document: Document, left: int, as_of: date) -> OpenItem:
    late = 0 if document.kind in CREDIT else overdue_days(document.due_on, as_of)
    return OpenItem(
        kind=document.kind,
        number=document.number,
        account=document.account,
        currency=document.currency,
        issued_on=document.issued_on or as_of,
        due_on=document.due_on,
        total_minor=document.total_minor,
        balance_minor=left,
        days_overdue=late,
    )


def ageing(items: Iterable[OpenItem]) -> Mapping[str, dict[str, int]]:
    """Balance per currency and bucket in minor units, every bucket present, payable kinds only."""
    sums: dict[str, dict[str, int]] = {}
    for item in items:
        if item.kind in PAYABLE:
            row = sums.setdefault(item.currency, dict.fromkeys(BUCKETS, 0))
            row[bucket(item.days_overdue)] += item.balance_minor
    return dict(sorted(sums.items()))
