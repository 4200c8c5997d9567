"""What a message channel is: it takes frozen messages and says of each what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class DeliveryError(Exception):
    """A message was not taken. `permanent`: trying again cannot help.

    `reason` is for staff and logs: a code or the provider's short answer, never a body or a secret.
    """

    def __init__(self, reason: str, *, permanent: bool) -> None:
        self.reason = reason
        self.permanent = permanent
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A claimed message. Its id is the idempotency key: the same id always has the same content."""

    id: int
    to_address: str
    to_name: str
    reply_to: str
    subject: str
    html: str
    text: str

    @property
    def idempotency_key(self) -> str:
        return f"message-{self.id}"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one message: taken (with the provider's id, if it gives one) or an error."""

    message_id: int
    provider_id: str = ""
    error: DeliveryError | None = None


class Channel(Protocol):
    """One way to people. Called outside any transaction, from any thread."""

    def send(self, batch: Sequence[Outgoing]) -> list[Result]:
        """Hand over each message once; exactly one result per message, in any order.

        Raises DeliveryError when the whole batch was refused or the channel did not answer: then
        nothing is known about any of them, and a later call with the same ids must not double them.
        """
        ...
