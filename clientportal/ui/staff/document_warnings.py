"""What the electronic original of a document did not say well, one sentence each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import reflex as rx

from clientportal.ui.i18n import money_text, t

_TEXT = "staff.ubl.warning."


@dataclass(frozen=True, slots=True)
class WarningItem:
    """A code with whatever its sentence names; amounts in minor units of the document."""

    code: str
    detail: str = ""
    lines_minor: int = 0
    total_minor: int = 0


def warning_items(rows: Iterable[Mapping[str, Any]]) -> list[WarningItem]:
    """The stored rows for the browser: each names at most one text besides its amounts."""
    return [
        WarningItem(
            str(row["code"]),
            str(next((row[name] for name in DETAILS if name in row), "")),
            int(row.get("lines_minor", 0)),
            int(row.get("total_minor", 0)),
        )
        for row in rows
    ]


DETAILS = ("number", "amount", "currency", "account")


def warning_text(item: Any, currency: Any) -> rx.Var[str]:
    """The sentence of a warning."""
    negative = [f"ubl_negative_{kind}" for kind in ("invoice", "debit_note", "credit_note")]
    numbered = [*negative, "ubl_corrected_missing", "ubl_lines_left_out"]
    plain = [
        "ubl_prepaid_ignored",
        "ubl_due_before_issue",
        "ubl_fiscal_code_invalid",
        "ubl_fiscal_code_differs",
    ]
    differ = t(
        f"{_TEXT}ubl_lines_differ",
        lines_minor=money_text(item.lines_minor, currency),
        total_minor=money_text(item.total_minor, currency),
    )
    found: Any = rx.match(
        item.code,
        *[(code, t(f"{_TEXT}{code}", number=item.detail)) for code in numbered],
        *[(code, t(f"{_TEXT}{code}")) for code in plain],
        ("ubl_lines_differ", differ),
        ("ubl_rounded", t(f"{_TEXT}ubl_rounded", amount=item.detail)),
        ("ubl_currency_not_used", t(f"{_TEXT}ubl_currency_not_used", currency=item.detail)),
        ("ubl_customer_ambiguous", t(f"{_TEXT}ubl_customer_ambiguous", account=item.detail)),
        item.code,
    )
    return found
