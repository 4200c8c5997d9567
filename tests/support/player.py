"""Random but repeatable business of a company, through the services."""

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session

from clientportal.domain.document_filters import DocumentFilters, Sort
from clientportal.domain.documents import CREDIT, PAYABLE, Kind, Lifecycle
from clientportal.domain.errors import NotFound, PortalError
from clientportal.services import (
    credit,
    disputes,
    document_lists,
    drafts,
    manual_payments,
    receipts,
    ubl_imports,
)
from clientportal.services.document_lists import DocumentRow
from clientportal.storage import ledger as ledger_storage
from clientportal.storage.models import Account, Document
from clientportal.storage.session import unit_of_work
from tests.support import ubl
from tests.support.ledger import NOW, TODAY, World, draft_of, issued

OPERATIONS = 200
FIRST = TODAY - timedelta(days=120)


class Player:
    """Random operations through the services, each in its own transaction, day after day."""

    def __init__(self, database: sa.Engine, world: World, seed: int = 20) -> None:
        self.database, self.world = database, world
        self.rng = random.Random(seed)
        self.day = FIRST
        self.done: dict[str, int] = {}

    @property
    def now(self) -> datetime:
        return NOW + (self.day - TODAY)

    def play(self, operations: int = OPERATIONS) -> None:
        steps: list[Callable[[Session], object]] = [
            *[self.issue] * 5, *[self.pay] * 5, self.advance, self.apply, self.give_back,
            *[self.take_back] * 2, *[self.void] * 2, self.dispute, self.settle, *[self.across] * 2,
            *[self.prepaid] * 2,
        ]  # fmt: skip
        for number in range(operations):
            self.day = FIRST + timedelta(days=number * 120 // operations)
            step = self.rng.choice(steps)
            try:
                with unit_of_work(bind=self.database) as session:
                    step(session)
            except PortalError:
                continue  # a refused operation is one too
            self.done[step.__name__] = self.done.get(step.__name__, 0) + 1
        self.contest()

    def contest(self) -> None:
        """A dispute that ends: chance alone does not always bring one about."""
        with unit_of_work(bind=self.database) as session:
            found = self.pick(session, PAYABLE, open_only=True)
            who, when = self.world.agent, self.now
            if not found.status.disputed:
                disputes.open_dispute(session, who, document_id=found.id, reason="x", now=when)
            disputes.close_dispute(session, who, document_id=found.id, now=when)

    def account(self) -> int:
        return self.rng.choice(self.world.accounts)

    def back(self) -> date:
        """A day in the past month: money is often written down later than it came."""
        return self.day - timedelta(days=self.rng.randint(0, 30))

    def pick(
        self,
        session: Session,
        kinds: frozenset[Kind],
        currency: str = "",
        open_only: bool = False,
    ) -> DocumentRow:
        asked = DocumentFilters(
            kinds=tuple(sorted(kinds)), currencies=(currency,) if currency else ()
        )
        page = document_lists.list_documents(
            session, self.world.agent, filters=asked, sort=Sort(), cursor="", now=NOW, limit=200
        )
        rows = [row for row in page.rows if row.status.lifecycle is Lifecycle.ISSUED]
        if not rows:
            raise NotFound()
        return self.rng.choice([row for row in rows if row.balance_minor or not open_only])

    def issue(self, session: Session) -> None:
        kind = self.rng.choice([Kind.INVOICE, Kind.INVOICE, Kind.DEBIT_NOTE, Kind.CREDIT_NOTE])
        on = self.back()
        draft = draft_of(
            self.account(),
            str(self.rng.randint(1, 500)),
            kind=kind,
            currency=self.rng.choice(["COP", "USD"]),
            issued_on=on,
            due_on=on + timedelta(days=self.rng.randint(0, 45)),
        )
        issued(session, self.world, draft, self.now)

    def pay(self, session: Session) -> None:
        manual_payments.record(
            session,
            self.world.agent,
            account_id=self.account(),
            currency=self.rng.choice(["COP", "USD"]),
            amount_minor=self.rng.randint(1, 90_000),
            lines=None,
            method="cash",
            received_on=self.back(),
            client_key=f"key-{self.rng.getrandbits(60)}",
            now=self.now,
        )

    def prepaid(self, session: Session) -> None:
        """An invoice that came as UBL, a part of it or all of it paid before it was issued."""
        owed, before = self.rng.choice([0, 0, 7, 60, 300]), self.rng.choice([5, 40, 120])
        account = session.get_one(Account, self.account())
        account.endpoint_id = f"0088:{account.code}"
        on = self.back()
        content = ubl.invoice(
            f"UBL-{self.rng.getrandbits(40)}",
            payable=f"{owed}.00",
            prepaid=f"{before}.00",
            line=f"{owed + before}.00",
            tax="0.00",
            currency=self.rng.choice(["COP", "USD"]),
            issued=on.isoformat(),
            due=(on + timedelta(days=self.rng.randint(0, 45))).isoformat(),
            customer=ubl.party(endpoint=account.code, name=account.name),
        )
        found = ubl_imports.bring(
            session,
            self.world.agent,
            file_name="one.xml",
            content=content,
            now=self.now,
            options=ubl_imports.Options(supplier_ok=True),
        )
        row = session.get_one(Document, found.document_id)
        assert (row.account_id, row.total_minor) == (account.id, 100 * (owed + before))
        assert row.balance_minor == 100 * owed

    def advance(self, session: Session) -> None:
        receipts.issue_advance(
            session,
            self.world.agent,
            account_id=self.account(),
            currency="USD",
            amount_minor=self.rng.randint(1, 40_000),
            method="cash",
            received_on=self.back(),
            concept="",
            now=self.now,
        )

    def apply(self, session: Session) -> None:
        source = self.pick(session, CREDIT)
        credit.apply_credit(
            session, self.world.agent, credit_id=source.id, lines=None, now=self.now
        )

    def give_back(self, session: Session) -> None:
        source = self.pick(session, CREDIT)
        credit.return_credit(
            session,
            self.world.owner,
            credit_id=source.id,
            amount_minor=self.rng.randint(1, 20_000),
            returned_on=self.back(),
            method="cash",
            note="",
            now=self.now,
        )

    def take_back(self, session: Session) -> None:
        rows = ledger_storage.all_allocations(session, self.world.agent)
        if rows:
            row = self.rng.choice(rows)
            credit.reverse_allocation(session, self.world.agent, allocation_id=row.id, now=self.now)

    def void(self, session: Session) -> None:
        found = self.pick(session, frozenset(Kind))
        drafts.void(session, self.world.owner, document_id=found.id, reason="x", now=self.now)

    def dispute(self, session: Session) -> None:
        found = self.pick(session, PAYABLE)
        disputes.open_dispute(
            session, self.world.agent, document_id=found.id, reason="x", now=self.now
        )

    def settle(self, session: Session) -> None:
        found = self.pick(session, PAYABLE)
        disputes.close_dispute(session, self.world.agent, document_id=found.id, now=self.now)

    def across(self, session: Session) -> None:
        """Money of one account for a document of another one of the same customer."""
        found = self.pick(session, PAYABLE, "USD")
        amount = self.rng.randint(1, max(1, found.balance_minor))
        receipts.book_receipt(
            session,
            self.world.system,
            company_id=self.world.company_id,
            account_id=self.account(),
            currency="USD",
            amount_minor=amount + 5,
            lines=[(found.id, amount)],
            method="transfer",
            received_on=self.back(),
            now=self.now,
        )
