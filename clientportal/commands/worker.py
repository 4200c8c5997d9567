"""`worker`: run jobs in a process of its own (needed with several web workers)."""

import argparse

from clientportal import log
from clientportal.jobs import runtime
from clientportal.settings import settings


def configure(parser: argparse.ArgumentParser) -> None:
    """No arguments: everything comes from the environment."""
    parser.set_defaults(run=run)


def run(_arguments: argparse.Namespace) -> None:
    """Serve jobs until SIGTERM or SIGINT. Raises ConfigurationError without a secret key."""
    log.configure(settings())
    settings().secret()
    runtime.run_worker()
