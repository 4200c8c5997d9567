"""`bench load`: many documents for measurements, through the product's own import."""

import argparse
import sys
import time
from datetime import UTC, datetime

from clientportal.services import bench_data
from clientportal.storage.session import unit_of_work


def configure(parser: argparse.ArgumentParser) -> None:
    """How many."""
    parser.add_argument("--documents", type=int, default=100_000, metavar="N")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """0: loaded, or there already; 2: too few to make the scopes."""
    if arguments.documents < 1_000:
        sys.stderr.write("clientportal: --documents takes 1000 or more\n")
        return 2
    now = datetime.now(UTC)
    started = time.monotonic()
    bench_data.load(unit_of_work, documents=arguments.documents, now=now)
    sys.stdout.write(f"  {arguments.documents} documents in {time.monotonic() - started:.0f} s\n")
    return 0
