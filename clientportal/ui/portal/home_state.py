"""State of the portal's home: what is due, what is near, the last receipts, who answers."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from clientportal.domain.document_filters import DocumentState
from clientportal.domain.permissions import Permission
from clientportal.services import portal_home
from clientportal.services.portal_home import Due, Home, Payable, Receipt, Todo
from clientportal.ui.documents.rows import badge_of
from clientportal.ui.gate import portal
from clientportal.ui.live_pages import watch
from clientportal.ui.portal.common import enter
from clientportal.ui.portal.underway import PaymentUnderway, holders, payments_underway
from clientportal.ui.session import change, read_together, utc_now
from clientportal.ui.values import iso, url


@dataclass(frozen=True, slots=True)
class DueRow:
    """What is owed in one currency, `paying_minor` of it in a payment. Minor units, ISO dates."""

    currency: str
    balance_minor: int
    paying_minor: int
    overdue_minor: int
    overdue_count: int
    oldest_days: int
    next_on: str
    next_minor: int
    credit_minor: int


@dataclass(frozen=True, slots=True)
class PayRow:
    """One press: the overdue, or everything, of one company and currency."""

    company: str
    currency: str
    amount_minor: int
    overdue: bool
    href: str


@dataclass(frozen=True, slots=True)
class TodoRow:
    """A document that needs the customer; `phase`: of the person's own payment of it."""

    id: int
    kind: str
    number: str
    company: str
    currency: str
    balance_minor: int
    due_on: str
    late_days: int
    badge: dict[str, Any]
    being_paid: bool
    phase: str
    href: str
    action: str


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """Money received; `first` of the paid numbers and how many `more`."""

    id: int
    kind: str
    number: str
    issued_on: str
    currency: str
    total_minor: int
    method: str
    first: str
    more: int
    href: str


@dataclass(frozen=True, slots=True)
class IssuerRow:
    name: str
    email: str


class PortalHome(rx.State):
    """The home of the space in the path."""

    loaded: bool = False
    dues: list[DueRow] = []
    pays: list[PayRow] = []
    todos: list[TodoRow] = []
    todo_more: int = 0
    underway: list[PaymentUnderway] = []
    receipts: list[ReceiptRow] = []
    issuers: list[IssuerRow] = []
    next_on: str = ""

    @rx.event
    @portal(Permission.DOCUMENTS_READ)
    async def load(self) -> None:
        """Read everything from the space of the path."""
        place = await enter(self)
        home = await read_together(portal_home.read, place.actor, (), now=utc_now())
        underway = await payments_underway(place.actor, place.base)
        change(self, **_shown(home, underway, place.base))
        # An answer always says whose page it is.
        self.issuers = [IssuerRow(issuer.name, issuer.reply_email) for issuer in home.issuers]
        self.loaded = True
        watch(self, place.topics, PortalHome.load)


def _shown(home: Home, underway: list[PaymentUnderway], base: str) -> dict[str, object]:
    """The vars of the page that show this."""
    holding = holders([row for row in underway if row.href])
    return {
        "underway": underway,
        "dues": [_due(due) for due in home.dues],
        "pays": [_pay(pay, base) for pay in home.payables],
        "todos": [_todo(todo, base, holding.get(todo.id)) for todo in home.todos],
        "todo_more": max(0, home.todo_count - len(home.todos)),
        "receipts": [_receipt(receipt, base) for receipt in home.receipts],
        "next_on": iso(home.next_on),
    }


def _due(due: Due) -> DueRow:
    return DueRow(
        currency=due.currency,
        balance_minor=due.balance_minor,
        paying_minor=due.paying_minor,
        overdue_minor=due.overdue_minor,
        overdue_count=due.overdue_count,
        oldest_days=due.oldest_days,
        next_on=iso(due.next_on),
        next_minor=due.next_minor,
        credit_minor=due.credit_minor,
    )


def _pay(pay: Payable, base: str) -> PayRow:
    state = DocumentState.OVERDUE if pay.overdue else DocumentState.OPEN
    query = {
        "company": [pay.company_slug],
        "currency": [pay.currency],
        "state": [state.value],
        "sort": ["due_on"],
        "choose": ["all"],
    }
    href = url(f"{base}/documents", query)
    return PayRow(pay.company_name, pay.currency, pay.amount_minor, pay.overdue, href)


def _todo(todo: Todo, base: str, own: PaymentUnderway | None) -> TodoRow:
    """A thing to do; `own` is the person's own payment that holds it."""
    href = f"{base}/documents/{todo.id}"
    return TodoRow(
        id=todo.id,
        kind=todo.kind.value,
        number=todo.number,
        company=todo.company,
        currency=todo.currency,
        balance_minor=todo.balance_minor,
        due_on=iso(todo.due_on),
        late_days=todo.overdue_days,
        badge=badge_of(todo.badge),
        being_paid=todo.being_paid,
        phase=own.phase if own else "",
        href=href,
        action=own.href if own else href,
    )


def _receipt(receipt: Receipt, base: str) -> ReceiptRow:
    return ReceiptRow(
        id=receipt.id,
        kind=receipt.kind.value,
        number=receipt.number,
        issued_on=iso(receipt.issued_on),
        currency=receipt.currency,
        total_minor=receipt.total_minor,
        method=receipt.method,
        first=receipt.settles[0] if receipt.settles else "",
        more=max(0, len(receipt.settles) - 1),
        href=f"{base}/documents/{receipt.id}",
    )
