"""What people can be told about by e-mail, and whether an address wants a kind of it."""

from collections.abc import Collection
from enum import StrEnum


class Notice(StrEnum):
    """Kinds of the group *invoices and payments* (mission 227-230)."""

    NEW_INVOICE = "invoices.new"
    INVOICE_REMINDER = "invoices.reminder"
    PAYMENT_CONFIRMED = "invoices.payment"
    REFUND_ISSUED = "invoices.refund"


def wants(notify: bool, muted: Collection[str], kind: Notice) -> bool:
    """Whether an address with the switch `notify` gets this kind; `muted` are those left out."""
    return notify and kind.value not in muted
