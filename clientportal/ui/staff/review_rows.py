"""Payments in review as the staff's pages show them: a row of codes, and the reason in words."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from clientportal.services.payment_reviews import ReviewView
from clientportal.ui.i18n import money_text, t


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A payment that waits for a decision; amounts in minor units, `expected_*` of the attempt.

    `receipt_href` is set when a receipt stands already (the bank took the money back).
    """

    id: int
    reason: str
    account: str
    account_href: str
    amount_minor: int
    currency: str
    expected_minor: int
    expected_currency: str
    numbers: str
    href: str
    receipt_href: str
    creditable: bool


def review_row(view: ReviewView, base: str) -> ReviewRow:
    """The row of a view, with links below `base` (/staff/{slug})."""
    receipt = f"{base}/billing/{view.receipt_id}" if view.receipt_id else ""
    first = f"{base}/billing/{view.documents[0][0]}" if view.documents else receipt
    return ReviewRow(
        id=view.id,
        reason=view.reason,
        account=view.account,
        account_href=f"{base}/accounts/{view.account_id}",
        amount_minor=view.amount_minor,
        currency=view.currency,
        expected_minor=view.expected_minor,
        expected_currency=view.expected_currency,
        numbers=", ".join(number for _, number in view.documents),
        href=receipt or first,
        receipt_href=receipt,
        creditable=view.creditable,
    )


def review_reason(row: Any) -> Any:
    """Why the payment of a `ReviewRow` (Var) waits, as a sentence."""
    sums = {
        "amount": money_text(row.amount_minor, row.currency),
        "expected": money_text(row.expected_minor, row.expected_currency),
    }
    return rx.match(
        row.reason,
        ("amount", t("staff.review.reason.amount", **sums)),
        ("currency", t("staff.review.reason.currency", **sums)),
        ("reference", t("staff.review.reason.reference")),
        ("environment", t("staff.review.reason.environment")),
        ("reversed", t("staff.review.reason.reversed")),
        "",
    )
