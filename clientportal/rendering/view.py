"""What a document's PDF shows: facts only, no words; the renderer formats them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from clientportal.domain.documents import Badge, Kind, Lifecycle
from clientportal.domain.statement import CurrencyStatement


@dataclass(frozen=True, slots=True)
class PartyView:
    """The issuer or the customer. `tax_label` is the name of the identification (NIT, RFC, RUC)."""

    name: str
    tax_label: str = ""
    tax_id: str = ""
    address: tuple[str, ...] = ()
    contact: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LineView:
    """One line; `amount_minor` is before tax, `unit_price` in major units, rates like 0.19."""

    description: str
    quantity: Decimal
    unit_price: Decimal
    amount_minor: int
    detail: str = ""
    unit: str = ""
    tax_rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class TaxView:
    """One tax at one rate over the sum of its lines."""

    name: str
    rate: Decimal
    base_minor: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class AllocationView:
    """Money applied: seen from a payable document its source, from a credit kind its target."""

    kind: Kind
    number: str
    on: date
    amount_minor: int


@dataclass(frozen=True, slots=True)
class DocumentView:
    """One document in one language on the day `as_of`.

    Amounts are minor units of `currency`. `balance_minor` is what is owed (payable kinds) or still
    available (credit kinds). `logo` is PNG, JPEG, GIF or WebP. `accent` is `#rrggbb`. Of the QR's
    two possible links the fiscal one is preferred. `paper`: us-letter or a4.
    """

    kind: Kind
    number: str
    language: str
    currency: str
    lifecycle: Lifecycle
    company: PartyView
    customer: PartyView
    issued_on: date | None
    due_on: date | None
    as_of: date
    total_minor: int
    balance_minor: int
    subtotal_minor: int = 0
    lines: tuple[LineView, ...] = ()
    taxes: tuple[TaxView, ...] = ()
    allocations: tuple[AllocationView, ...] = ()
    badge: Badge | None = None
    account_code: str = ""
    method: str = ""
    payment_reference: str = ""
    concerns: str = ""
    reason: str = ""
    notes: str = ""
    fiscal_label: str = ""
    fiscal_code: str = ""
    fiscal_url: str = ""
    portal_url: str = ""
    logo: bytes = b""
    accent: str = "#0f5f68"
    paper: str = "us-letter"


@dataclass(frozen=True, slots=True)
class StatementView:
    """A statement of account in one language; `since` None: from the beginning.

    `logo`, `accent` and `paper` as in `DocumentView`.
    """

    language: str
    company: PartyView
    customer: PartyView
    account_code: str
    since: date | None
    until: date
    made_on: date
    currencies: tuple[CurrencyStatement, ...]
    logo: bytes = b""
    accent: str = "#0f5f68"
    paper: str = "us-letter"
