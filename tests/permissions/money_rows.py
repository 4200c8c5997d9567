"""The matrix of the services of money: credit, payments, paying."""

from datetime import timedelta

from clientportal.services import (
    attempts,
    checkout,
    credit,
    manual_payments,
    payment_reviews,
    payments,
    portal_home,
    portal_paying,
    receipts,
)
from clientportal.services.checkout import Choice
from tests.support.matrix import (
    ADMINS,
    CUSTOMERS,
    EVERY_STAFF,
    FOREIGN_STAFF,
    OUTSIDERS,
    PAYER,
    READERS,
    WRITERS,
    Call,
    Row,
)


def _received(c: Call, account: int, lines: list[tuple[int, int]] | None) -> object:
    return manual_payments.record(
        c.session,
        c.actor,
        account_id=account,
        currency="USD",
        amount_minor=700,
        lines=lines,
        method="cash",
        received_on=c.world.today - timedelta(days=1),
        client_key="matrix-record",
        now=c.world.now,
    )


def _pay(c: Call, *documents_: int) -> object:
    return checkout.begin(
        c.session,
        c.actor,
        choices=[Choice(key) for key in documents_],
        method="sandbox",
        now=c.world.now,
    )


ROWS: dict[str, Row] = {
    "receipts.book_receipt": Row(
        lambda c: receipts.book_receipt(
            c.session,
            c.actor,
            company_id=c.world.alfa.id,
            account_id=c.target.account,
            currency="USD",
            amount_minor=700,
            lines=[(c.target.invoice, 700)],
            method="cash",
            received_on=c.world.today,
            now=c.world.now,
        ),
        WRITERS,
        writes=True,
        inner=True,
    ),
    "receipts.issue_advance": Row(
        lambda c: receipts.issue_advance(
            c.session,
            c.actor,
            account_id=c.target.account,
            currency="USD",
            amount_minor=700,
            method="cash",
            received_on=c.world.today,
            concept="matrix",
            now=c.world.now,
        ),
        WRITERS,
        writes=True,
    ),
    "credit.apply_credit": Row(
        lambda c: credit.apply_credit(
            c.session,
            c.actor,
            credit_id=c.target.credit,
            lines=[(c.target.invoice, 300)],
            now=c.world.now,
        ),
        WRITERS,
        writes=True,
    ),
    "credit.apply_credit#own_credit_foreign_invoice": Row(
        lambda c: credit.apply_credit(
            c.session,
            c.actor,
            credit_id=c.own.credit,
            lines=[(c.target.invoice, 300)],
            now=c.world.now,
        ),
        WRITERS,
        writes=True,
    ),
    "credit.spread": Row(
        lambda c: credit.spread(c.session, c.actor, c.target.account, "USD", 500),
        READERS,
        plain=True,
    ),
    "credit.return_credit": Row(
        lambda c: credit.return_credit(
            c.session,
            c.actor,
            credit_id=c.target.credit,
            amount_minor=100,
            returned_on=c.world.today,
            method="cash",
            note="matrix",
            now=c.world.now,
        ),
        ADMINS,
        writes=True,
    ),
    "credit.reverse_allocation": Row(
        lambda c: credit.reverse_allocation(
            c.session, c.actor, allocation_id=c.target.allocation, now=c.world.now
        ),
        WRITERS,
        writes=True,
    ),
    "credit.balances": Row(
        lambda c: credit.balances(c.session, c.actor), READERS, own=OUTSIDERS, plain=True
    ),
    "manual_payments.record": Row(
        lambda c: _received(c, c.target.account, None), WRITERS, writes=True
    ),
    "manual_payments.record#own_money_foreign_invoice": Row(
        lambda c: _received(c, c.own.account, [(c.target.invoice, 700)]), WRITERS, writes=True
    ),
    "manual_payments.record_advance": Row(
        lambda c: manual_payments.record_advance(
            c.session,
            c.actor,
            account_id=c.target.account,
            currency="USD",
            amount_minor=700,
            method="cash",
            received_on=c.world.today,
            client_key="matrix-advance",
            now=c.world.now,
        ),
        WRITERS,
        writes=True,
    ),
    "checkout.begin": Row(lambda c: _pay(c, c.target.invoice), PAYER, writes=True),
    "checkout.begin#own_and_foreign": Row(
        lambda c: _pay(c, *{c.own.invoice, c.target.invoice}), PAYER, writes=True
    ),
    "checkout.pay": Row(
        lambda c: checkout.pay(
            c.units,
            c.actor,
            choices=[Choice(c.target.invoice)],
            method="sandbox",
            base_url="http://127.0.0.1",
            space=c.own.space,
            language="es",
            now=c.world.now,
        ),
        PAYER,
        writes=True,
    ),
    "attempts.open_attempt": Row(
        lambda c: attempts.open_attempt(
            c.units,
            c.actor,
            c.target.attempt,
            base_url="http://127.0.0.1",
            space=c.own.space,
            language="es",
            now=c.world.now,
        ),
        PAYER,
        writes=True,
    ),
    "attempts.start_again": Row(
        lambda c: attempts.start_again(c.units, c.actor, c.target.reference, now=c.world.now),
        PAYER,
        writes=True,
    ),
    "attempts.release": Row(
        lambda c: attempts.release(c.units, c.actor, c.target.attempt, now=c.world.now),
        ADMINS,
        writes=True,
    ),
    "attempts.hint_return": Row(
        lambda c: attempts.hint_return(c.session, c.actor, c.target.reference) or "asked",
        PAYER,
        plain=True,
    ),
    "payments.view": Row(lambda c: payments.view(c.session, c.actor, c.target.reference), READERS),
    "payments.open_views": Row(
        lambda c: payments.open_views(c.session, c.actor), READERS, own=OUTSIDERS
    ),
    "payment_reviews.waiting": Row(
        lambda c: payment_reviews.waiting(c.session, c.actor), EVERY_STAFF, own=FOREIGN_STAFF
    ),
    "payment_reviews.accept": Row(
        lambda c: payment_reviews.accept(
            c.session, c.actor, payment_id=c.target.review, now=c.world.now
        ),
        ADMINS,
        writes=True,
    ),
    "payment_reviews.dismiss": Row(
        lambda c: payment_reviews.dismiss(
            c.session, c.actor, payment_id=c.target.review, reason="matrix", now=c.world.now
        ),
        ADMINS,
        writes=True,
    ),
    "portal_paying.in_review": Row(
        lambda c: portal_paying.in_review(c.session, c.actor, document_id=c.target.held),
        PAYER,
        own=CUSTOMERS,
        plain=True,
    ),
    "portal_home.read": Row(
        lambda c: portal_home.read(c.session, c.actor, now=c.world.now), PAYER, own=CUSTOMERS
    ),
    "portal_paying.offer": Row(
        lambda c: portal_paying.offer(c.session, c.actor, document_ids=[c.target.invoice]), PAYER
    ),
    "portal_paying.offer#own_and_foreign": Row(
        lambda c: portal_paying.offer(
            c.session, c.actor, document_ids=[c.own.invoice, c.target.invoice]
        ),
        PAYER,
        own=CUSTOMERS,
    ),
    "portal_paying.owed_by_account": Row(
        lambda c: portal_paying.owed_by_account(c.session, c.actor),
        PAYER,
        own=CUSTOMERS,
        plain=True,
    ),
    "portal_paying.held_by": Row(
        lambda c: portal_paying.held_by(c.session, c.actor, document_id=c.target.held),
        PAYER,
        own=CUSTOMERS,
        plain=True,
    ),
    "portal_paying.underway": Row(
        lambda c: portal_paying.underway(c.session, c.actor), PAYER, own=CUSTOMERS, plain=True
    ),
    "portal_paying.story": Row(
        lambda c: portal_paying.story(c.session, c.actor, reference=c.target.reference), PAYER
    ),
}
