"""Adapter of the sandbox gateway: speaks HTTP to a foreign host, like every other provider's."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from clientportal.domain.payments import ProviderStatus
from clientportal.gateways.base import (
    AttemptRequest,
    AutoForm,
    Capabilities,
    GatewayError,
    Notification,
    NotificationKind,
    ProviderPayment,
    Redirect,
    RefundResult,
    RefundStatus,
    RefundSupport,
    Rejected,
    ReturnHints,
)

SIGNATURE_HEADER = "sandbox-signature"
REPLAY_WINDOW_S = 300
_STATUSES = {
    "pending": ProviderStatus.PENDING,
    "approved": ProviderStatus.SUCCEEDED,
    "declined": ProviderStatus.FAILED,
}
_KINDS = {"payment.updated": NotificationKind.PAYMENT, "refund.updated": NotificationKind.REFUND}


class Sandbox:
    """One company's account at the sandbox host.

    `client` has the host's base URL and a timeout; it is pooled and shared by all companies.
    """

    code = "sandbox"
    capabilities = Capabilities(
        currencies=None,
        refund=RefundSupport.PARTIAL,
        expiry=True,
        asynchronous=True,
        real_money=False,
    )

    def __init__(self, client: httpx.Client, *, api_key: str, signing_secret: str) -> None:
        self._client = client
        self._api_key = api_key
        self._signing_secret = signing_secret

    def create(self, attempt: AttemptRequest) -> Redirect | AutoForm:
        """Open a charge. Raises GatewayError, permanent when the reference was used otherwise."""
        expires = attempt.expires_at.isoformat() if attempt.expires_at else None
        body = {
            "reference": attempt.reference,
            "amount_minor": attempt.amount_minor,
            "currency": attempt.currency,
            "description": attempt.description,
            "company_name": attempt.company_name,
            "payer_name": attempt.payer_name,
            "language": attempt.language,
            "return_url": attempt.return_url,
            "notify_url": attempt.notify_url,
            "expires_at": expires,
        }
        answer = self._call("POST", "/v1/charges", body=body)
        return Redirect(url=str(answer["checkout_url"]), provider_id=str(answer["id"]))

    def verify(
        self,
        raw_body: bytes,
        headers: Mapping[str, str],
        query: Mapping[str, str],  # noqa: ARG002 - part of the Protocol
        *,
        now: datetime,
    ) -> Notification | Rejected:
        """Judge `Sandbox-Signature: t=<unix>,v1=<hex HMAC-SHA256 of "t.body">` within 5 minutes."""
        reason = self._distrust(raw_body, headers, now)
        if reason:
            return Rejected(reason)
        try:
            event = json.loads(raw_body)
            data = event["data"]
            payment = data["payment"]
            return Notification(
                dedupe_key=str(event["id"]),
                kind=_KINDS.get(event["type"], NotificationKind.OTHER),
                payment_ids=(str(payment["id"]),),
                provider_id=str(data["charge"]),
                reference=str(payment["reference"]),
            )
        except (ValueError, KeyError, TypeError):
            return Rejected("malformed_body")

    def _distrust(self, body: bytes, headers: Mapping[str, str], now: datetime) -> str:
        if not self._signing_secret:
            return "missing_secret"
        lower = {name.lower(): value for name, value in headers.items()}
        given = lower.get(SIGNATURE_HEADER, "")
        if not given:
            return "missing_signature"
        stamped, _, signed_part = given.partition(",")
        stamp = stamped.removeprefix("t=")
        claimed = signed_part.removeprefix("v1=")
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12 and claimed.isascii()):
            return "malformed_signature"
        secret = self._signing_secret.encode()
        signed = hmac.new(secret, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(signed, claimed):
            return "wrong_signature"
        late = abs(now.timestamp() - int(stamp)) > REPLAY_WINDOW_S
        return "outside_window" if late else ""

    def fetch(
        self, *, payment_id: str = "", provider_id: str = "", reference: str = ""
    ) -> list[ProviderPayment]:
        """Ask for payments by the first name given, oldest first. Raises GatewayError."""
        names = {"payment": payment_id, "charge": provider_id, "reference": reference}
        name, value = next((item for item in names.items() if item[1]), ("", ""))
        if not name:
            raise ValueError("fetch needs a payment id, a provider id or a reference")
        answer = self._call("GET", "/v1/payments", params={name: value})
        return [_payment(row) for row in answer["payments"]]

    def refund(self, payment_id: str, amount_minor: int, currency: str, key: str) -> RefundResult:  # noqa: ARG002
        """Give back part or all of a payment, once per key. Raises GatewayError."""
        answer = self._call(
            "POST",
            f"/v1/payments/{payment_id}/refunds",
            body={"amount_minor": amount_minor},
            headers={"Idempotency-Key": key},
        )
        return RefundResult(
            id=str(answer["id"]),
            status=RefundStatus(answer["status"]),
            amount_minor=int(answer["amount_minor"]),
        )

    def parse_return(self, query: Mapping[str, str]) -> ReturnHints:
        """Read `charge`, `payment`, `reference`, `outcome` of the return URL."""
        return ReturnHints(
            reference=query.get("reference", ""),
            provider_id=query.get("charge", ""),
            payment_id=query.get("payment", ""),
            outcome=query.get("outcome", ""),
        )

    def behave(self, charge_id: str = "", /, **switches: object) -> None:
        """Let a charge (or every coming one, without an id) misbehave; only a sandbox can."""
        path = f"charges/{charge_id}/behaviour" if charge_id else "behaviour"
        self._call("PUT", f"/v1/test/{path}", body=switches)

    def decide(self, charge_id: str, outcome: str) -> None:
        """Play the payer: approve, decline, pending or leave."""
        self._call("POST", f"/v1/test/charges/{charge_id}/outcome", body={"outcome": outcome})

    def _call(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, object] | None = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        authorization = {"Authorization": f"Bearer {self._api_key}"}
        writes = method != "GET"
        try:
            response = self._client.request(
                method, path, json=body, params=params, headers={**authorization, **(headers or {})}
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            raise GatewayError("unreachable", permanent=False) from None
        except httpx.HTTPError:
            raise GatewayError("timeout", permanent=False, unknown=writes) from None
        if response.status_code >= 500 or response.status_code == 429:
            raise GatewayError("unavailable", permanent=False, unknown=writes)
        return _answer(response)


def _answer(response: httpx.Response) -> dict[str, Any]:
    try:
        values = response.json()
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise GatewayError("malformed_answer", permanent=False, unknown=True)
    if response.is_success:
        return values
    raise GatewayError(str(values.get("error", "refused")), permanent=True)


def _payment(row: Mapping[str, Any]) -> ProviderPayment:
    return ProviderPayment(
        id=str(row["id"]),
        reference=str(row["reference"]),
        status=_STATUSES[row["status"]],
        amount_minor=int(row["amount_minor"]),
        currency=str(row["currency"]),
        livemode=bool(row["livemode"]),
        refunded_minor=int(row["refunded_minor"]),
        occurred_at=datetime.fromtimestamp(row["occurred_at"], UTC),
        method=str(row["method"]),
        raw=row,
    )
