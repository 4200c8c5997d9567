"""`check`: audits the ledger of one company or of all; exit status 1 on a difference."""

import argparse
import sys

from clientportal.commands.company_argument import add_company, system_of
from clientportal.domain.actors import System
from clientportal.services import checks
from clientportal.storage import checks as storage
from clientportal.storage.session import unit_of_work


def configure(parser: argparse.ArgumentParser) -> None:
    """Without --company every company is audited."""
    add_company(parser, required=False)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """0: sound; 1: differences, one per line on standard output.

    Raises WrongUse for an unknown company.
    """
    total = 0
    with unit_of_work(read_only=True) as session:
        if arguments.company:
            actors = [(arguments.company, system_of(session, arguments.company))]
        else:
            every = storage.companies(session)
            actors = [(slug, System(key, "command line")) for key, slug in every]
        for slug, actor in actors:
            for row in checks.audit(session, actor):
                total += 1
                sys.stdout.write(
                    f"{slug}: {row.entity} {row.id}: {row.code}:"
                    f" expected {row.expected}, found {row.found}\n"
                )
    sys.stdout.write(f"  {len(actors)} companies, {total} differences\n")
    return 1 if total else 0
