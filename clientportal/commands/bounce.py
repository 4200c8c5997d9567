"""`bounce`: a delivery report on standard input, as a mail server's pipe gives it (RFC 3464)."""

import argparse
import sys
from datetime import UTC, datetime

from clientportal.channels.delivery_reports import MOST_BYTES
from clientportal.services import delivery_intake
from clientportal.storage.session import unit_of_work

NOT_OURS = 1
"""Also for a bounce of somebody else's mail, so that the mail server can keep it."""


def configure(parser: argparse.ArgumentParser) -> None:
    """The mail comes on standard input; nothing is asked."""
    parser.set_defaults(run=run)


def run(_arguments: argparse.Namespace) -> int:
    """0: kept, and worked by the next job; 1: it is no report about a mail of the platform's."""
    raw = sys.stdin.buffer.read(MOST_BYTES + 1)
    with unit_of_work() as session:
        kept = delivery_intake.keep_report(session, raw=raw, now=datetime.now(UTC))
    if not kept:
        sys.stderr.write("clientportal: no delivery report about a mail of ours\n")
        return NOT_OURS
    return 0
