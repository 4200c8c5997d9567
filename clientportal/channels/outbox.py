"""The embedded default: a mail is delivered by standing in its own row, shown at /outbox."""

from collections.abc import Sequence

from clientportal.channels.base import Outgoing, Result


class Outbox:
    """Takes everything. Nothing leaves this machine."""

    def send(self, batch: Sequence[Outgoing]) -> list[Result]:
        return [Result(message.id, provider_id=f"outbox-{message.id}") for message in batch]
