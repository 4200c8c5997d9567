"""A gateway that answers at once and knows of no payment: the matrix asks who may call it."""
# ruff: noqa: ARG002 - signatures that the Protocol prescribes

from collections.abc import Mapping
from datetime import datetime

from clientportal.gateways.base import (
    AttemptRequest,
    Capabilities,
    Notification,
    ProviderPayment,
    Redirect,
    RefundResult,
    RefundSupport,
    Rejected,
    ReturnHints,
)


class QuietGateway:
    """Implements the Protocol without a network."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.capabilities = Capabilities(
            None, RefundSupport.NONE, expiry=True, asynchronous=False, real_money=False
        )

    def create(self, attempt: AttemptRequest) -> Redirect:
        return Redirect(f"https://gateway.example/{attempt.reference}", "quiet-1")

    def verify(
        self,
        raw_body: bytes,
        headers: Mapping[str, str],
        query: Mapping[str, str],
        *,
        now: datetime,
    ) -> Notification | Rejected:
        return Rejected("quiet")

    def fetch(
        self, *, payment_id: str = "", provider_id: str = "", reference: str = ""
    ) -> list[ProviderPayment]:
        return []

    def refund(self, payment_id: str, amount_minor: int, currency: str, key: str) -> RefundResult:
        raise AssertionError("nobody refunds here")

    def parse_return(self, query: Mapping[str, str]) -> ReturnHints:
        return ReturnHints()
