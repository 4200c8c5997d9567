"""Search, filters and order of the portal's list of documents; all of them live in the address."""

from typing import Any

import reflex as rx

from clientportal.domain.document_filters import DocumentState
from clientportal.domain.documents import Kind
from clientportal.ui import kit
from clientportal.ui.documents.list_parts import ORDERS, day_range, order_choice
from clientportal.ui.i18n import count, money_text, t
from clientportal.ui.portal.documents_state import PortalDocuments

State: Any = PortalDocuments

HIDDEN = {DocumentState.DRAFT, DocumentState.ISSUED}
"""What a customer cannot tell apart: of a draft they see nothing, so everything is issued."""
STATES = [state for state in DocumentState if state not in HIDDEN]


def _narrow(name: str) -> Any:
    """What a filter calls with its chosen values."""

    def apply(values: Any) -> Any:
        return State.narrow(name, values)

    return apply


def tools() -> rx.Component:
    """Search and filters (mission 79-85); each of them is part of the address."""
    return kit.filter_row(
        kit.filter_popover(
            "state",
            t("portal.documents.by_state"),
            [(state.value, t(f"portal.documents.state.{state}")) for state in STATES],
            State.states,
            _narrow("state"),
            multiple=False,
        ),
        rx.cond(
            State.many_companies,
            kit.filter_popover(
                "company",
                t("portal.documents.by_company"),
                State.companies,
                State.company,
                _narrow("company"),
            ),
        ),
        kit.filter_popover(
            "kind",
            t("portal.documents.by_kind"),
            [(kind.value, t(f"kind.{kind}")) for kind in Kind],
            State.kind,
            _narrow("kind"),
        ),
        kit.filter_popover(
            "currency",
            t("portal.documents.by_currency"),
            State.currencies,
            State.currency,
            _narrow("currency"),
        ),
        day_range(
            State,
            "issued",
            t("portal.documents.by_day"),
            t("portal.documents.from"),
            t("portal.documents.to"),
            t("portal.documents.apply"),
        ),
        order_choice(
            State,
            t("portal.documents.by_order"),
            [(value, t(f"portal.documents.order.{name}")) for value, name in ORDERS],
            _narrow("sort"),
        ),
        search=kit.search_field(
            t("portal.documents.search"),
            default_value=State.q,
            key=State.search_key.to_string(),
            on_change=State.search.debounce(300),
        ),
        result=_sums(),
        class_name="mb-3",
    )


def _sum(row: Any) -> rx.Component:
    owed = money_text(row.balance_minor, row.currency)
    credit = money_text(row.credit_minor, row.currency)
    return rx.fragment(
        rx.cond(row.balance_minor > 0, rx.el.span(t("portal.documents.owed", amount=owed))),
        rx.cond(row.credit_minor > 0, rx.el.span(t("portal.documents.credit", amount=credit))),
    )


def _sums() -> rx.Component:
    """How many there are and what they sum up to, per currency and never across (mission 87)."""
    return kit.result_line(
        rx.el.span(
            t("portal.documents.count", n=State.count, shown=count(State.count, State.capped)),
            rx.foreach(State.sums, _sum),
            class_name="flex flex-wrap md:justify-end gap-x-3",
            data_testid="documents-sums",
        )
    )
