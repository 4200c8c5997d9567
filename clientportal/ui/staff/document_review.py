"""A payment in review on the page of a document it was meant for: why, and what to decide."""

from typing import Any

import reflex as rx

from clientportal.domain.permissions import Permission
from clientportal.ui import kit
from clientportal.ui.i18n import money_text, t
from clientportal.ui.staff.common import needs, role_note
from clientportal.ui.staff.document_state import StaffDocument as State
from clientportal.ui.staff.review_rows import review_reason


def review_notes() -> rx.Component:
    """One note for each payment in review, and for whom may not decide whom to ask."""
    asked = role_note(Permission.PAYMENTS_RELEASE)
    return rx.fragment(
        rx.foreach(State.reviews, _note),
        rx.cond(State.reviews.length() > 0, asked),
    )


def _note(row: Any) -> rx.Component:
    amount = money_text(row.amount_minor, row.currency)
    accept = kit.confirm(
        t("staff.review.accept_title", amount=amount),
        t("staff.review.accept_text", account=row.account),
        t("staff.review.accept"),
        State.accept_review(row.id),
        trigger=kit.button(t("staff.review.accept"), size="s", test_id="review-accept"),
    )
    dismiss = kit.button(
        t("staff.review.dismiss"),
        size="s",
        kind="ghost",
        on_click=State.ask_dismiss(row.id),
        test_id="review-dismiss",
    )
    ways = needs(
        Permission.PAYMENTS_RELEASE,
        rx.el.div(rx.cond(row.creditable, accept), dismiss, class_name="flex flex-wrap gap-2 mt-2"),
    )
    stands = rx.fragment(
        t("staff.review.reversed_text"),
        " ",
        kit.text_link(t("staff.review.receipt"), href=row.receipt_href),
    )
    started = rx.cond(
        row.numbers.contains(","),
        rx.el.p(t("staff.review.documents"), " ", row.numbers, "."),
    )
    return kit.note(
        rx.el.p(
            review_reason(row),
            " ",
            rx.cond(row.receipt_href != "", stands, t("staff.review.free")),
        ),
        started,
        ways,
        tone="warn",
        title=t("staff.review.title", amount=amount),
        key=row.id.to_string(),
        test_id="document-review",
    )
