"""`demo`: two companies and a year that tells a story; twice is once."""

import argparse
import json
import sys
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from clientportal.commands import answers
from clientportal.services import demo
from clientportal.settings import ConfigurationError, settings
from clientportal.storage.session import unit_of_work

ZONE = ZoneInfo("America/Bogota")
EVENING = time(17, tzinfo=ZONE)
"""A demo of another day is told until then."""


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags of DESIGN §5."""
    parser.add_argument("--today", type=answers.day, metavar="DATE", help="YYYY-MM-DD")
    parser.add_argument("--json", action="store_true", help="print the cast and some documents")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """0: the demo is there. Raises ConfigurationError in production without DEMO."""
    if settings().is_production and not settings().demo:
        raise ConfigurationError(
            "the demo's passwords are known to everybody; set CLIENTPORTAL_DEMO=1 to create it here"
        )
    now = datetime.now(UTC)
    today = arguments.today or now.astimezone(ZONE).date()
    if arguments.today:
        now = datetime.combine(today, EVENING).astimezone(UTC)
    with unit_of_work() as session:
        created = demo.create(session, today=today, now=now)
        found = demo.describe(session)
    if arguments.json:
        sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=2) + "\n")
    else:
        people = len(found["people"])
        state = "created" if created else "is there"
        sys.stdout.write(f"  demo {state}: 2 companies, {people} people to enter as\n")
    return 0
