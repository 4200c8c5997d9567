"""The Protocol of payment gateways: what the core may ask, and the plain data exchanged."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from clientportal.domain.payments import ProviderStatus


class RefundSupport(StrEnum):
    """How much of a payment a provider gives back by API."""

    NONE = "none"
    FULL = "full"
    PARTIAL = "partial"


class RefundStatus(StrEnum):
    """What a provider says about one refund."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class NotificationKind(StrEnum):
    """What a notification speaks about; a refund's is never a payment."""

    PAYMENT = "payment"
    REFUND = "refund"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a gateway can do; `currencies` None means every ISO 4217 currency.

    `decimals` names the currencies whose amounts the provider counts with other digits than
    ISO 4217. `asynchronous`: a payment may stay pending after the customer's return.
    `real_money` False: to be refused in production unless the company is marked *test*.
    """

    currencies: frozenset[str] | None
    refund: RefundSupport
    expiry: bool
    asynchronous: bool
    real_money: bool
    decimals: Mapping[str, int] = field(default_factory=dict)

    def takes(self, currency: str) -> bool:
        """Say whether a payment in this currency can be created."""
        return self.currencies is None or currency in self.currencies


@dataclass(frozen=True, slots=True)
class AttemptRequest:
    """One attempt as the provider must know it; frozen and committed before it is sent.

    `reference` is unique for ever, `[A-Za-z0-9-]`, ends in a letter (payments contract §9 rule 1).
    `amount_minor` is in ISO 4217 minor units of `currency`. `expires_at` is aware UTC.
    """

    reference: str
    amount_minor: int
    currency: str
    description: str
    return_url: str
    notify_url: str
    expires_at: datetime | None = None
    language: str = "es"
    company_name: str = ""
    payer_name: str = ""
    payer_email: str = ""


@dataclass(frozen=True, slots=True)
class Redirect:
    """Send the browser to `url`; `provider_id` is the provider's name for the attempt, or empty."""

    url: str
    provider_id: str = ""


@dataclass(frozen=True, slots=True)
class AutoForm:
    """Let the browser POST `fields` to `action`."""

    action: str
    fields: tuple[tuple[str, str], ...]
    provider_id: str = ""


@dataclass(frozen=True, slots=True)
class Notification:
    """A genuine notification, a hint only: the truth is fetched afterwards (contract §9 rule 2).

    `dedupe_key` is the same for every repeat of one event; `payment_ids` and `provider_id` can be
    given to `fetch`; `reference` may be unknown to us.
    """

    dedupe_key: str
    kind: NotificationKind
    payment_ids: tuple[str, ...] = ()
    provider_id: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A notification that must not be believed, and why (a stable code for the inbox row)."""

    reason: str


@dataclass(frozen=True, slots=True)
class ProviderPayment:
    """One payment as the provider reports it now; amounts in ISO 4217 minor units.

    `livemode` False: no real money. `raw` is the provider's own JSON for the record.
    """

    id: str
    reference: str
    status: ProviderStatus
    amount_minor: int
    currency: str
    livemode: bool
    refunded_minor: int
    occurred_at: datetime
    method: str
    raw: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RefundResult:
    """The provider's answer to a refund; pending ones are told later by a notification."""

    id: str
    status: RefundStatus
    amount_minor: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReturnHints:
    """What the browser brought back. Never trusted: it may only trigger a fetch of that attempt."""

    reference: str = ""
    provider_id: str = ""
    payment_id: str = ""
    outcome: str = ""


class GatewayError(Exception):
    """The provider could not be asked or refused.

    `permanent`: repeating the same call will not help. `unknown`: the call may have had its effect
    (timeout, broken connection, 5xx on a writing call); ask again or fetch before deciding.
    """

    def __init__(self, code: str, *, permanent: bool, unknown: bool = False) -> None:
        self.code = code
        self.permanent = permanent
        self.unknown = unknown
        super().__init__(code)


@runtime_checkable
class Gateway(Protocol):
    """The smallest interface that covers our providers (payments contract §6).

    Adapters block (call them in our thread pool), never inside a transaction; they know no
    database and decide nothing about money.
    """

    @property
    def code(self) -> str:
        """The provider's name in the registry, in rows and in the webhook route."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What this gateway can do."""
        ...

    def create(self, attempt: AttemptRequest) -> Redirect | AutoForm:
        """Open the attempt at the provider; idempotent by reference. Raises GatewayError."""
        ...

    def verify(
        self,
        raw_body: bytes,
        headers: Mapping[str, str],
        query: Mapping[str, str],
        *,
        now: datetime,
    ) -> Notification | Rejected:
        """Judge a notification by its raw bytes, in constant time; never raises, calls nobody."""
        ...

    def fetch(
        self, *, payment_id: str = "", provider_id: str = "", reference: str = ""
    ) -> list[ProviderPayment]:
        """Ask for the truth by the first name given; none found is []. Raises GatewayError."""
        ...

    def refund(self, payment_id: str, amount_minor: int, currency: str, key: str) -> RefundResult:
        """Give back money; the same key has its effect once. Raises GatewayError."""
        ...

    def parse_return(self, query: Mapping[str, str]) -> ReturnHints:
        """Read the hints of the browser's return; anything may be missing or forged."""
        ...
