"""WhatsApp by the Cloud API: one message a call; text or an approved template (contracts §3)."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import httpx

from clientportal.channels.base import Answer, ChannelError, Outgoing, Repeat, Result, Trouble
from clientportal.domain import bounces
from clientportal.domain.bounces import Act
from clientportal.domain.contactability import Evidence

TIMEOUT = 20.0
TEXT_LIMIT = 4096
API_VERSION = "v23.0"
_AGAIN = {Act.RETRY: 60.0, Act.WAIT_FOR_PERSON: 16.0}
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@cache
def _client() -> httpx.Client:
    return httpx.Client(timeout=TIMEOUT, limits=httpx.Limits(max_keepalive_connections=20))


class WhatsAppCloud:
    """One telephone number. `callback` marks our own messages in what comes back."""

    most = 1
    takes_files_together = True
    repeat = Repeat.NEVER

    def __init__(self, *, token: str, phone_number_id: str, url: str) -> None:
        self._token = token
        self._url = f"{url.rstrip('/')}/{API_VERSION}/{phone_number_id}/messages"

    def send(self, batch: Sequence[Outgoing], *, key: str) -> Answer:  # noqa: ARG002 no keys here
        """See `Channel.send`. A call without an answer is unknown: there is no key to repeat."""
        return Answer([self._one(message) for message in batch])

    def _one(self, message: Outgoing) -> Result:
        headers = {"Authorization": f"Bearer {self._token}"}
        try:
            answer = _client().post(self._url, json=_body(message), headers=headers)
        except _NEVER_LEFT as error:
            raise ChannelError(Trouble.BUSY, type(error).__name__, retry_after=30) from error
        except httpx.HTTPError as error:
            raise ChannelError(Trouble.UNKNOWN, type(error).__name__) from error
        try:
            said: Any = answer.json()
        except ValueError:
            said = None
        if answer.status_code == 200 and isinstance(said, dict) and said.get("messages"):
            return _taken(message, said)
        return _failed(message, answer, said)


def _body(message: Outgoing) -> dict[str, Any]:
    body: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": message.to_address.lstrip("+"),
        "biz_opaque_callback_data": str(message.id),
    }
    if not message.template:
        text = {"body": message.text[:TEXT_LIMIT], "preview_url": False}
        return body | {"type": "text", "text": text}
    parameters = [{"type": "text", "text": text} for text in message.parameters]
    template: dict[str, Any] = {
        "name": message.template,
        "language": {"code": message.language},
    }
    if parameters:
        template["components"] = [{"type": "body", "parameters": parameters}]
    return body | {"type": "template", "template": template}


def _taken(message: Outgoing, said: Mapping[str, Any]) -> Result:
    provider_id = str(said["messages"][0].get("id", ""))
    return Result(message.id, Evidence.ACCEPTED, provider_id=provider_id)


def _failed(message: Outgoing, answer: httpx.Response, said: Any) -> Result:
    error = said.get("error") if isinstance(said, dict) else None
    if not isinstance(error, dict):
        raise ChannelError(Trouble.UNKNOWN, f"{answer.status_code}")
    code = error.get("code")
    code = code if isinstance(code, int) else -1
    data = error.get("error_data")
    details = str(data.get("details", "")) if isinstance(data, dict) else ""
    reason = f"{code} {details or error.get('message', '')}"[:300]
    judged = bounces.of_whatsapp(code, details)
    if judged.act is Act.PAUSE_CHANNEL:
        raise ChannelError(Trouble.CLOSED, reason)
    if judged.act is Act.SLOW_DOWN:
        raise ChannelError(Trouble.BUSY, reason, retry_after=_seconds(answer) or 5)
    if judged.act in _AGAIN:
        return Result(message.id, again_in=_AGAIN[judged.act], detail=reason)
    return Result(message.id, judged.evidence or Evidence.FAILED, detail=reason)


def _seconds(answer: httpx.Response) -> float | None:
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isdigit() else None
