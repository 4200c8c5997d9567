"""`keys renew`: encrypt what companies entrusted to us under the present key (DESIGN §8)."""

import argparse
import sys

from clientportal.services import key_renewal
from clientportal.storage.session import unit_of_work


def configure(parser: argparse.ArgumentParser) -> None:
    """CLIENTPORTAL_OLD_SECRET_KEYS names the keys that it is under now."""
    parser.set_defaults(run=run)


def run(_arguments: argparse.Namespace) -> int:
    """0: the old keys can be dropped; 1: something is under a key that is named nowhere."""
    with unit_of_work() as session:
        done = key_renewal.renew(session)
    sys.stdout.write(f"  renewed: {done.renewed}\n")
    for name in done.unreadable:
        sys.stderr.write(f"clientportal: unreadable: {name}\n")
    return 1 if done.unreadable else 0
