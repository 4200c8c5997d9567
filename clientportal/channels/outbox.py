"""The embedded default: a mail is delivered by standing in its own row, shown at /outbox."""

import re
from collections.abc import Sequence

from clientportal.channels.base import Answer, Outgoing, Repeat, Result
from clientportal.domain.contactability import Evidence

# As at the mail providers' own test domains: whoever is called so is never there.
_BOUNCES = re.compile(r"bounced?(?:\+[^@]*)?@", re.IGNORECASE)


class Outbox:
    """Takes everything but mail to `bounced@…` (also `bounced+word@…`). Nothing leaves here."""

    most = 100
    takes_files_together = True
    repeat = Repeat.WHOLE

    def send(self, batch: Sequence[Outgoing], *, key: str) -> Answer:  # noqa: ARG002 see Channel
        return Answer([_result(message) for message in batch])


def _result(message: Outgoing) -> Result:
    if _BOUNCES.match(message.to_address):
        return Result(message.id, Evidence.HARD_BOUNCE, detail="550 5.1.1 user unknown")
    return Result(message.id, Evidence.ACCEPTED, provider_id=f"outbox-{message.id}")
