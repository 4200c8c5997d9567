"""Payments in progress: what holds documents of the space, and the way to go on or start again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import reflex as rx

from clientportal.domain.actors import Customer
from clientportal.services import portal_paying
from clientportal.services.portal_paying import Underway
from clientportal.ui import kit
from clientportal.ui.i18n import money_text, t
from clientportal.ui.session import read_together


@dataclass(frozen=True, slots=True)
class PaymentUnderway:
    """`href` is the payment's own page; empty when another person pays. Minor units."""

    href: str
    phase: str
    company: str
    currency: str
    amount_minor: int
    document_ids: list[int]


@rx.serializer
def payment_json(payment: PaymentUnderway) -> dict[str, Any]:
    """A payment without its documents: their rows say which payment holds them."""
    return {name: getattr(payment, name) for name in _TOLD}


_TOLD = tuple(f.name for f in fields(PaymentUnderway) if f.name != "document_ids")


async def payments_underway(actor: Customer, base: str) -> list[PaymentUnderway]:
    """The payments that hold documents of the space below `base`, the person's own ones first."""
    return payments_of(await read_together(portal_paying.underway, actor, ()), base)


def payments_of(found: Iterable[Underway], base: str) -> list[PaymentUnderway]:
    """Payments in progress as a page of the space below `base` shows them."""
    return [
        PaymentUnderway(
            href=f"{base}/pay/{row.reference}" if row.reference else "",
            phase=row.phase,
            company=row.company,
            currency=row.currency,
            amount_minor=row.amount_minor,
            document_ids=list(row.document_ids),
        )
        for row in found
    ]


def holders(payments: Sequence[PaymentUnderway]) -> dict[int, PaymentUnderway]:
    """Document id → the payment that holds it, the person's own before another's."""
    return {key: payment for payment in reversed(payments) for key in payment.document_ids}


def underway_notes(payments: Any) -> rx.Component:
    """A note for each payment of a Var of `PaymentUnderway`."""
    return rx.cond(
        payments.length() > 0,
        rx.el.div(rx.foreach(payments, _note), class_name="grid gap-2", data_testid="underway"),
    )


def _note(payment: Any) -> rx.Component:
    amount = money_text(payment.amount_minor, payment.currency)
    named = {"amount": amount, "company": payment.company}
    told: Any = rx.match(
        payment.phase,
        ("review", t("portal.underway.review", **named)),
        ("confirming", t("portal.underway.confirming", **named)),
        t("portal.underway.unfinished", **named),
    )
    told = rx.cond(
        (payment.href == "") & (payment.phase != "review"),
        t("portal.underway.other", **named),
        told,
    )
    way = kit.text_link(payment_words(payment.phase), href=payment.href, test_id="underway-go")
    return kit.note(
        told, rx.cond(payment.href != "", rx.fragment(" ", way)), tone="info", icon="clock"
    )


def payment_words(phase: Any) -> Any:
    """What one does with a payment of one's own."""
    return rx.cond(phase != "unfinished", t("portal.underway.see"), t("portal.underway.go_on"))
