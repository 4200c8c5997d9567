"""`migrate`: our tables, then those of the job engine."""

import argparse
import sys

from clientportal import jobs
from clientportal.settings import settings
from clientportal.storage import migrations
from clientportal.storage.session import engine


def configure(parser: argparse.ArgumentParser) -> None:
    """No arguments: the database comes from the environment."""
    parser.set_defaults(run=run)


def run(_arguments: argparse.Namespace) -> None:
    """Upgrade to the newest schema; does nothing when it is there."""
    settings().data_dir.mkdir(parents=True, exist_ok=True)
    migrations.upgrade(engine())
    jobs.migrate()
    sys.stdout.write(f"  database: schema {migrations.current(engine())}\n")
