"""The foot of a document: what its lines make, tax by tax."""

from typing import Any

import reflex as rx

from clientportal.ui import kit
from clientportal.ui.i18n import money, number_text, t


def totals(state: Any, *, test_id: str) -> rx.Component:
    """Net, taxes and the total, which alone carries the double rule.

    `state` has net_minor, taxes (rate in percent as plain text, tax_minor), total_minor, currency.
    """
    return kit.ledger(
        rx.cond(
            state.taxes.length() > 0,
            kit.ledger_line(t("document.net"), money(state.net_minor, state.currency, code=False)),
        ),
        rx.foreach(
            state.taxes,
            lambda tax: kit.ledger_line(
                t("document.tax", rate=number_text(tax.rate)),
                money(tax.tax_minor, state.currency, code=False),
            ),
        ),
        kit.ledger_total(t("document.total"), state.total_minor, state.currency, test_id=test_id),
    )
