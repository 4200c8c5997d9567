"""Telling a year of the demo through the real services, one day after the other."""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from sqlmodel import Session

from clientportal.domain.actors import Member
from clientportal.domain.documents import Kind
from clientportal.services import credit, drafts, manual_payments
from clientportal.services.demo_cast import DemoCompany, DemoCustomer
from clientportal.services.drafts import DraftInput, LineInput
from clientportal.storage.models import Document, DocumentSource

COLOMBIAN_TAX = Decimal(19)
METHODS = ("transfer", "transfer", "transfer", "cash", "check")
STOPPED = timedelta(days=120)
"""Customers without a habit have paid nothing since."""


@dataclass(slots=True)
class Clock:
    """Moments of the year: each event a few minutes after the one before, never after `now`."""

    now: datetime
    _last: datetime | None = None

    def at(self, day: date) -> datetime:
        """The next moment of a day, from nine in the morning in Bogota."""
        moment = datetime.combine(day, time(14), UTC)
        if self._last is not None and self._last >= moment:
            moment = self._last + timedelta(minutes=3)
        self._last = moment
        return min(moment, self.now)


@dataclass(slots=True)
class Shop:
    """One company with its staff, telling its part of the story."""

    session: Session
    company: DemoCompany
    agent: Member
    admin: Member
    clock: Clock
    today: date
    chance: random.Random
    _events: list[tuple[date, int, Callable[[], object]]] = field(default_factory=list)
    _planned: int = 0
    _keys: int = 0

    def plan(self, day: date, event: Callable[[], object]) -> None:
        """Have something happen on a day, in the order of days and then of planning."""
        if day <= self.today:
            self._planned += 1
            heapq.heappush(self._events, (day, self._planned, event))

    def tell(self) -> None:
        """Let everything happen that was planned, also what is planned meanwhile."""
        while self._events:
            heapq.heappop(self._events)[2]()

    def invoice(
        self,
        account_id: int,
        issued_on: date,
        due_on: date,
        lines: tuple[LineInput, ...],
        *,
        currency: str = "COP",
        kind: Kind = Kind.INVOICE,
        concept: str = "",
        corrects_id: int | None = None,
        issue: bool = True,
    ) -> Document:
        """A document by hand, issued on its day unless it stays a draft."""
        now = self.clock.at(issued_on)
        draft = DraftInput(
            account_id=account_id,
            kind=kind,
            currency=currency,
            issued_on=issued_on,
            due_on=due_on,
            lines=lines,
            concept=concept,
            corrects_id=corrects_id,
        )
        document = drafts.create(
            self.session, self.agent, draft=draft, now=now, source=DocumentSource.DEMO
        )
        if issue:
            drafts.issue(self.session, self.agent, document_id=document.id or 0, now=now)
        return document

    def pay(self, account_id: int, day: date, *shares: tuple[Document, int]) -> Document:
        """Money for documents of one account: a receipt."""
        self._keys += 1
        return manual_payments.record(
            self.session,
            self.agent,
            account_id=account_id,
            currency=shares[0][0].currency,
            amount_minor=sum(amount for _, amount in shares),
            lines=[(document.id or 0, amount) for document, amount in shares],
            method=self.chance.choice(METHODS),
            received_on=day,
            client_key=f"demo-{self.company.slug}-{self._keys}"[:64],
            now=self.clock.at(day),
        )

    def advance(self, account_id: int, day: date, amount_minor: int, concept: str) -> Document:
        """Money before any invoice."""
        self._keys += 1
        return manual_payments.record_advance(
            self.session,
            self.agent,
            account_id=account_id,
            currency="COP",
            amount_minor=amount_minor,
            method="transfer",
            received_on=day,
            client_key=f"demo-{self.company.slug}-{self._keys}"[:64],
            now=self.clock.at(day),
            concept=concept,
        )

    def apply(self, credit_document: Document, *shares: tuple[Document, int]) -> None:
        """Credit against documents, today or on the clock's day."""
        credit.apply_credit(
            self.session,
            self.agent,
            credit_id=credit_document.id or 0,
            lines=[(document.id or 0, amount) for document, amount in shares],
            now=self.clock.at(credit_document.issued_on),
        )

    def lines(self, currency: str = "COP") -> tuple[LineInput, ...]:
        """One to four lines of what the company sells."""
        goods = self.company.goods if currency == "COP" else self.company.exports
        chosen = self.chance.sample(goods, k=self.chance.randint(1, min(4, len(goods))))
        tax = COLOMBIAN_TAX if currency == "COP" else None
        return tuple(
            LineInput(name, Decimal(self.chance.randint(1, most)), Decimal(price), tax)
            for name, price, most in chosen
        )

    def year_of(self, customer: DemoCustomer, account_id: int, since: date) -> None:
        """Plan a year of invoices and of their payments, as the customer's habit is."""
        span = (self.today - since).days
        for number in range(customer.per_year):
            step = span * number // customer.per_year
            day = since + timedelta(
                days=step + self.chance.randint(0, span // customer.per_year // 2)
            )
            self.plan(day, self._purchase(customer, account_id, day))

    def _purchase(self, customer: DemoCustomer, account_id: int, day: date) -> Callable[[], object]:
        def happen() -> None:
            due_on = day + timedelta(days=customer.terms)
            document = self.invoice(
                account_id, day, due_on, self.lines(customer.currency), currency=customer.currency
            )
            if customer.habit is None:
                paid_on = due_on if due_on < self.today - STOPPED else None
            else:
                paid_on = due_on + timedelta(days=customer.habit + self.chance.randint(-2, 4))
            if paid_on is not None:
                when = max(paid_on, day)
                self.plan(when, lambda: self._settle(account_id, document, when))

        return happen

    def _settle(self, account_id: int, document: Document, day: date) -> None:
        """Mostly the whole, now and then a half first and the rest weeks later."""
        if self.chance.random() < 0.12 and document.balance_minor > 1_000:
            half = document.balance_minor // 2
            self.pay(account_id, day, (document, half))
            later = day + timedelta(days=self.chance.randint(14, 30))
            self.plan(
                later, lambda: self.pay(account_id, later, (document, document.balance_minor))
            )
            return
        self.pay(account_id, day, (document, document.balance_minor))
