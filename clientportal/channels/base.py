"""What a message channel is: it takes frozen messages and says of each what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from clientportal.domain.contactability import Evidence


class Trouble(StrEnum):
    """Why a whole call came to nothing, and with it what may be done next (contract §11).

    `unknown`: it may have been taken; the same call again, under the same key. `busy`: not taken,
    later. `quota`: not taken, and not before the quota is renewed. `closed`: credentials, account,
    billing; nothing leaves until somebody has looked. `our_bug`: the same key was used with other
    content; never sent again by itself.
    """

    UNKNOWN = "unknown"
    BUSY = "busy"
    QUOTA = "quota"
    CLOSED = "closed"
    OUR_BUG = "our_bug"


class Repeat(StrEnum):
    """How a call of unknown outcome may be made again.

    `whole`: as it was, under its key, which the provider recognises. `rest`: those of which nothing
    is known, each under its own mark. `never`: the provider would send everything twice.
    """

    WHOLE = "whole"
    REST = "rest"
    NEVER = "never"


class ChannelError(Exception):
    """A call as a whole was not answered with results.

    `reason` is for staff and logs: a code or the provider's short answer, never a body or a secret.
    `retry_after`: seconds, where the provider said so.
    """

    def __init__(self, trouble: Trouble, reason: str, *, retry_after: float | None = None) -> None:
        self.trouble = trouble
        self.reason = reason[:300]
        self.retry_after = retry_after
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that goes with a message."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A claimed message: the same id always has the same content.

    `mark`: what a delivery report names it by; nobody but us can make one.

    `template` and `parameters`: outside the 24-hour window WhatsApp takes an approved template
    instead of the text.
    """

    id: int
    to_address: str
    to_name: str
    reply_to: str
    subject: str
    html: str
    text: str
    files: tuple[Attached, ...] = ()
    language: str = ""
    template: str = ""
    parameters: tuple[str, ...] = ()
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one message.

    Exactly one of `evidence` and `again_in` (seconds: this message was not taken, and may be later;
    `at_last` is what it comes to when it never is). `detail`: the provider's own words, for staff.
    """

    message_id: int
    evidence: Evidence | None = None
    provider_id: str = ""
    detail: str = ""
    again_in: float | None = None
    at_last: Evidence = Evidence.FAILED


@dataclass(frozen=True, slots=True)
class Answer:
    """The results of a call, at most one per message; `rate`: calls a second, if it told."""

    results: Sequence[Result]
    rate: float | None = None


def mailbox(name: str, address: str) -> str:
    """`Name <address>` (RFC 5322); what could end the name or begin another is left out of it."""
    plain = "".join(" " if not c.isprintable() else c for c in name if c not in '<>"\\@,;:')
    plain = " ".join(plain.split())
    return f"{plain} <{address}>" if plain else address


class Channel(Protocol):
    """One account at one provider. Called outside any transaction, from any thread.

    `most`: messages in one call. `takes_files_together`: whether messages with files may share it.
    """

    most: int
    takes_files_together: bool
    repeat: Repeat

    def send(self, batch: Sequence[Outgoing], *, key: str) -> Answer:
        """Hand over each message once. `key` names this call; the same key has the same content.

        A message without a result is one of which nothing is known. Raises ChannelError when that
        is so of all.
        """
        ...
