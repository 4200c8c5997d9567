"""E-mail by Resend's HTTP API: one call for up to a hundred messages (contracts/messaging.md §1).

The SDK keeps key and address in process globals, which would mix companies: its client here takes
both from a context variable and writes the SDK's header anew.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote

import httpx
import resend
from resend.exceptions import ResendError

from clientportal.channels.base import (
    Answer,
    ChannelError,
    Outgoing,
    Repeat,
    Result,
    Trouble,
    mailbox,
)
from clientportal.domain.contactability import Evidence

TIMEOUT = 20.0
_SDK_URL = "https://resend.invalid"
"""What the SDK believes to talk to. Nothing of that name exists: a call that did not come through
`_as` fails before any key or message leaves."""


@dataclass(frozen=True, slots=True)
class _Account:
    key: str
    url: str


_ACCOUNT: ContextVar[_Account] = ContextVar("resend_account")


class _Pooled(resend.HTTPClient):
    """Connections kept open, and the account of the call that is being made."""

    def __init__(self) -> None:
        limits = httpx.Limits(max_connections=20, max_keepalive_connections=20)
        self._client = httpx.Client(timeout=TIMEOUT, limits=limits, follow_redirects=False)

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        json: Any = None,
        files: Any = None,  # noqa: ARG002 the SDK's signature; attachments go inside the JSON
        data: Any = None,  # noqa: ARG002
    ) -> tuple[bytes, int, Mapping[str, str]]:
        account = _ACCOUNT.get()
        sent = {name: text for name, text in headers.items() if name.lower() != "authorization"}
        sent["Authorization"] = f"Bearer {account.key}"
        address = account.url + url.removeprefix(_SDK_URL)
        try:
            answer = self._client.request(method, address, headers=sent, json=json)
        except httpx.HTTPError as error:
            raise RuntimeError(type(error).__name__) from error
        return answer.content, answer.status_code, answer.headers


@cache
def _install() -> None:
    resend.api_url = _SDK_URL
    resend.api_key = "never-sent"
    resend.default_http_client = _Pooled()


@contextmanager
def _as(account: _Account) -> Iterator[None]:
    _install()
    token = _ACCOUNT.set(account)
    try:
        yield
    finally:
        _ACCOUNT.reset(token)


class ResendEmail:
    """One team at Resend. `sender` is the From header; `tenant` stands in each message's tags."""

    most = 100
    takes_files_together = False  # a batch has no attachments (§1.2)
    repeat = Repeat.WHOLE  # keys are kept for 24 hours (§1.3)

    def __init__(self, *, key: str, url: str, sender: str, tenant: str) -> None:
        self._account = _Account(key, url.rstrip("/"))
        self._sender = sender
        self._tenant = tenant

    def send(self, batch: Sequence[Outgoing], *, key: str) -> Answer:
        """See `Channel.send`. A message with files goes alone by `/emails`, all else as a batch."""
        options: Any = {"idempotency_key": key}
        with _as(self._account):
            try:
                if len(batch) == 1 and batch[0].files:
                    one: Any = resend.Emails.send(self._params(batch[0]), options)
                    return Answer([_accepted(batch[0], one["id"])], _rate(one))
                many: Any = resend.Batch.send(
                    [self._params(message) for message in batch],
                    options | {"batch_validation": "permissive"},
                )
            except ResendError as error:
                return self._refused(batch, error)
        return _answered(batch, many)

    def forget_suppression(self, address: str) -> None:
        """Take an address off the team's suppression list (§1.7); gone already is as good.

        Raises ChannelError.
        """
        with _as(self._account):
            content, status, _ = self._delete(address)
        if status >= 400 and status != 404:
            raise ChannelError(Trouble.UNKNOWN, f"{status} {content[:100]!r}")

    def _delete(self, address: str) -> tuple[bytes, int, Mapping[str, str]]:
        client: Any = resend.default_http_client
        try:
            return client.request(
                "delete", f"{_SDK_URL}/suppressions/{quote(address, safe='')}", {}, None
            )
        except RuntimeError as error:
            raise ChannelError(Trouble.UNKNOWN, str(error)) from error

    def _params(self, message: Outgoing) -> Any:
        params: dict[str, Any] = {
            "from": self._sender,
            "to": [mailbox(message.to_name, message.to_address)],
            "subject": message.subject,
            "html": message.html,
            "text": message.text,
            "tags": [
                {"name": "msg", "value": str(message.id)},
                {"name": "tenant", "value": self._tenant},
            ],
        }
        if message.reply_to:
            params["reply_to"] = message.reply_to
        if message.files:
            params["attachments"] = [
                {
                    "filename": file.name,
                    "content": base64.b64encode(file.content).decode(),
                    "content_type": file.media_type,
                }
                for file in message.files
            ]
        return params

    def _refused(self, batch: Sequence[Outgoing], error: ResendError) -> Answer:
        """Results, where the refusal speaks of the only message; else raises ChannelError."""
        kind, code = str(error.error_type or ""), _code(error.code)
        reason = f"{code} {kind}"
        if len(batch) == 1 and code in {400, 422} and kind != "invalid_idempotency_key":
            return Answer([_invalid(batch[0], str(error.message))])
        raise ChannelError(_trouble(code, kind), reason, retry_after=_retry_after(error)) from error


def _answered(batch: Sequence[Outgoing], many: Any) -> Answer:
    """`data` holds the accepted ones alone, in order; `errors[].index` names the others (§1.2)."""
    refused = {int(one["index"]): str(one.get("message", "")) for one in many.get("errors") or ()}
    ids = iter(many["data"])
    results = [
        _invalid(message, refused[index])
        if index in refused
        else _accepted(message, next(ids, {}).get("id", ""))
        for index, message in enumerate(batch)
    ]
    return Answer(results, _rate(many))


def _accepted(message: Outgoing, provider_id: str) -> Result:
    if not provider_id:
        return Result(message.id, Evidence.FAILED, detail="no id in the answer")
    return Result(message.id, Evidence.ACCEPTED, provider_id=str(provider_id))


def _invalid(message: Outgoing, said: str) -> Result:
    """A refused item: the recipient's syntax when it speaks of `to`, else a fault of ours."""
    about_recipient = "`to`" in said or "'to'" in said or "recipient" in said.casefold()
    evidence = Evidence.INVALID_SYNTAX if about_recipient else Evidence.FAILED
    return Result(message.id, evidence, detail=said[:300])


_QUOTAS = frozenset({"daily_quota_exceeded", "monthly_quota_exceeded"})
_RUNNING = "concurrent_idempotent_requests"


def _trouble(code: int, kind: str) -> Trouble:
    if code == 429:
        return Trouble.QUOTA if kind in _QUOTAS else Trouble.BUSY
    if code == 409:
        return Trouble.UNKNOWN if kind == _RUNNING else Trouble.OUR_BUG
    if code in {401, 403}:
        return Trouble.CLOSED
    if code in {400, 404, 405, 422}:
        return Trouble.OUR_BUG
    return Trouble.UNKNOWN


def _code(code: Any) -> int:
    return int(code) if str(code).isdigit() else 500


def _retry_after(error: ResendError) -> float | None:
    headers = {str(name).lower(): text for name, text in (error.headers or {}).items()}
    return _number(headers.get("retry-after") or headers.get("ratelimit-reset"))


def _rate(answer: Any) -> float | None:
    headers = answer.get("http_headers") or {}
    return _number({str(name).lower(): v for name, v in headers.items()}.get("ratelimit-limit"))


def _number(text: Any) -> float | None:
    try:
        value = float(text)
    except (TypeError, ValueError):
        return None
    return value if 0 < value < 1_000_000 else None
