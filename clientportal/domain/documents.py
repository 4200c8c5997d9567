"""Kinds of documents, their life and their status: one function for screens, filters and audit."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from clientportal.domain import dates
from clientportal.domain.errors import Conflict


class Kind(StrEnum):
    """The five kinds of the portal (mission 43, ambiguity k)."""

    INVOICE = "invoice"
    DEBIT_NOTE = "debit_note"
    CREDIT_NOTE = "credit_note"
    ADVANCE = "advance"
    CASH_RECEIPT = "cash_receipt"


PAYABLE = frozenset({Kind.INVOICE, Kind.DEBIT_NOTE})
CREDIT = frozenset({Kind.CREDIT_NOTE, Kind.ADVANCE, Kind.CASH_RECEIPT})
MONEY_IN = frozenset({Kind.ADVANCE, Kind.CASH_RECEIPT})
"""Credit kinds that stand for money received."""


class Lifecycle(StrEnum):
    """A draft has no number; an issued document never changes; a void one keeps its number."""

    DRAFT = "draft"
    ISSUED = "issued"
    VOID = "void"


TRANSITIONS: Mapping[Lifecycle, frozenset[Lifecycle]] = {
    Lifecycle.DRAFT: frozenset({Lifecycle.ISSUED}),
    Lifecycle.ISSUED: frozenset({Lifecycle.VOID}),
    Lifecycle.VOID: frozenset(),
}


class Settlement(StrEnum):
    """How much of a document is settled; of a credit kind: how much of it is applied."""

    OPEN = "open"
    PARTLY_PAID = "partly_paid"
    PAID = "paid"


class DocumentNotDraft(Conflict):
    """Only a draft can be edited or discarded."""

    code = "document_not_draft"


class DocumentAlreadyIssued(Conflict):
    """It has its number already."""

    code = "document_already_issued"


class DocumentNotIssued(Conflict):
    """A draft owes nothing and gives no credit."""

    code = "document_not_issued"


class DocumentVoid(Conflict):
    """The document was annulled."""

    code = "document_void"


class DocumentHasAllocations(Conflict):
    """Money or credit is applied; it must be taken back first. `amount_minor` says how much."""

    code = "document_has_allocations"


class DocumentBeingPaid(Conflict):
    """A payment attempt is open on it."""

    code = "document_being_paid"


class DocumentInReview(Conflict):
    """Money for it has arrived and is being looked at: paying again would pay it twice."""

    code = "document_in_review"


class NotPayable(Conflict):
    """Of a credit kind, or settled already: nothing can be paid."""

    code = "not_payable"


class NotCredit(Conflict):
    """Only a credit note, an advance or a cash receipt gives credit."""

    code = "not_credit"


def settle(lifecycle: Lifecycle, total_minor: int, balance_minor: int) -> Settlement:
    """The stored settlement column, from total and balance in minor units.

    Meaningful only for issued documents: a draft and a void one are OPEN, so every filter asks for
    the lifecycle too. A document of zero is PAID as soon as it is issued. Credit kinds read the
    same three words as available, partly applied, applied.
    """
    if lifecycle is not Lifecycle.ISSUED:
        return Settlement.OPEN
    if balance_minor == 0:
        return Settlement.PAID
    return Settlement.OPEN if balance_minor == total_minor else Settlement.PARTLY_PAID


def owed_minor(kind: Kind, lifecycle: Lifecycle, balance_minor: int) -> int:
    """What the customer owes for it: the balance of an issued payable document, else 0."""
    return balance_minor if kind in PAYABLE and lifecycle is Lifecycle.ISSUED else 0


class DocumentFacts(NamedTuple):
    """All that a status is computed from. Amounts in minor units of the document's currency."""

    kind: Kind
    lifecycle: Lifecycle
    total_minor: int
    balance_minor: int
    due_on: date | None
    disputed: bool = False
    being_paid: bool = False
    sent: bool = False
    seen: bool = False


class Status(NamedTuple):
    """Where a document stands on one day. `overdue_days` is 0 unless it is late today."""

    lifecycle: Lifecycle
    settlement: Settlement
    overdue_days: int
    disputed: bool
    being_paid: bool
    sent: bool = False
    seen: bool = False


def status(facts: DocumentFacts, today: date) -> Status:
    """Status on `today` (the company's day). Lateness, dispute and payment in progress belong to
    issued payable documents with a balance: each ends with the settlement."""
    settlement = settle(facts.lifecycle, facts.total_minor, facts.balance_minor)
    owing = owed_minor(facts.kind, facts.lifecycle, facts.balance_minor) > 0
    return Status(
        lifecycle=facts.lifecycle,
        settlement=settlement,
        overdue_days=dates.overdue_days(facts.due_on, today) if owing else 0,
        disputed=facts.disputed and owing,
        being_paid=facts.being_paid and owing,
        sent=facts.sent,
        seen=facts.seen,
    )


class Badge(NamedTuple):
    """What a list shows: `code` is the word's key, `tone` and `icon` name parts of the kit.

    `params` hold JSON-safe values for the word: days, percent, date (ISO), method, balance_minor.
    """

    code: str
    tone: str
    icon: str
    params: Mapping[str, int | str]


# code -> (tone, icon): the one map of looks.md §6
BADGES: Mapping[str, tuple[str, str]] = {
    "void": ("void", "ban"),
    "draft": ("plain", "dash"),
    "paid": ("good", "ok"),
    "being_paid": ("info", "clock"),
    "disputed": ("hot", "flag"),
    "overdue": ("bad", "err"),
    "partly_paid": ("warn", "half"),
    "due_soon": ("warn", "clock"),
    "seen": ("info", "eye"),
    "sent": ("info", "send"),
    "issued": ("plain", "doc"),
    "available": ("accent", "doc"),
    "partly_applied": ("info", "half"),
    "applied": ("good", "ok"),
}


_CREDIT_CODES = {
    Settlement.OPEN: "available",
    Settlement.PARTLY_PAID: "partly_applied",
    Settlement.PAID: "applied",
}


def percent_settled(total_minor: int, balance_minor: int) -> int:
    """Whole percent that is settled, rounded down; 1 to 99 for anything partly settled."""
    if total_minor <= 0 or balance_minor <= 0:
        return 100
    if balance_minor >= total_minor:
        return 0
    return max(1, (total_minor - balance_minor) * 100 // total_minor)


def badge(
    kind: Kind,
    status: Status,
    total_minor: int,
    balance_minor: int,
    due_on: date | None,
    today: date,
    *,
    settled_on: date | None = None,
    method: str | None = None,
) -> Badge:
    """The one badge of a document by the precedence of looks.md §6.

    anulada > borrador > pagada > en proceso > en reclamo > vencida > abonada > vence pronto >
    vista > enviada > emitida. `settled_on` and `method` only add detail to paid and being paid.
    """
    code = _code(kind, status, due_on, today)
    params: dict[str, int | str] = {}
    partial = status.settlement is Settlement.PARTLY_PAID
    if code == "overdue":
        params["days"] = status.overdue_days
    if code in {"partly_paid", "partly_applied"} or (code == "overdue" and partial):
        params["percent"] = percent_settled(total_minor, balance_minor)
    if code == "due_soon" and due_on is not None:
        params["days"] = (due_on - today).days
    if code == "paid" and settled_on is not None:
        params["date"] = settled_on.isoformat()
    if code == "being_paid" and method:
        params["method"] = method
    if code == "available":
        params["balance_minor"] = balance_minor
    tone, icon = BADGES[code]
    return Badge(code, tone, icon, params)


def _code(kind: Kind, status: Status, due_on: date | None, today: date) -> str:
    if status.lifecycle is not Lifecycle.ISSUED:
        return "void" if status.lifecycle is Lifecycle.VOID else "draft"
    if kind in CREDIT:
        return _CREDIT_CODES[status.settlement]
    ladder = (
        (status.settlement is Settlement.PAID, "paid"),
        (status.being_paid, "being_paid"),
        (status.disputed, "disputed"),
        (status.overdue_days > 0, "overdue"),
        (status.settlement is Settlement.PARTLY_PAID, "partly_paid"),
        (dates.due_soon(due_on, today), "due_soon"),
        (status.seen, "seen"),
        (status.sent, "sent"),
    )
    for applies, code in ladder:
        if applies:
            return code
    return "issued"


def check_edit(lifecycle: Lifecycle) -> None:
    """Raises DocumentNotDraft unless it may still be edited or discarded."""
    if lifecycle is not Lifecycle.DRAFT:
        raise DocumentNotDraft()


def check_issue(lifecycle: Lifecycle) -> None:
    """Raises DocumentVoid or DocumentAlreadyIssued unless it is a draft."""
    if Lifecycle.ISSUED not in TRANSITIONS[lifecycle]:
        raise DocumentVoid() if lifecycle is Lifecycle.VOID else DocumentAlreadyIssued()


def check_void(lifecycle: Lifecycle, settled_minor: int, being_paid: bool = False) -> None:
    """Whether an issued document may be annulled; `settled_minor` is allocated plus returned.

    Raises DocumentVoid, DocumentNotIssued, DocumentBeingPaid or DocumentHasAllocations.
    """
    if Lifecycle.VOID not in TRANSITIONS[lifecycle]:
        raise DocumentVoid() if lifecycle is Lifecycle.VOID else DocumentNotIssued()
    if being_paid:
        raise DocumentBeingPaid()
    if settled_minor:
        raise DocumentHasAllocations(amount_minor=settled_minor)


def check_payable(kind: Kind, lifecycle: Lifecycle, balance_minor: int) -> None:
    """Raises NotPayable, DocumentNotIssued or DocumentVoid unless money can be applied to it."""
    check_issued(lifecycle)
    if kind not in PAYABLE or balance_minor <= 0:
        raise NotPayable()


def check_issued(lifecycle: Lifecycle) -> None:
    """Raises DocumentNotIssued for a draft, DocumentVoid for an annulled document."""
    if lifecycle is Lifecycle.DRAFT:
        raise DocumentNotIssued()
    if lifecycle is Lifecycle.VOID:
        raise DocumentVoid()
