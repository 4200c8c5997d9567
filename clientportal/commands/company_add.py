"""`company add`: a further company, or the first one without the set-up page."""

import argparse
import sys
from datetime import UTC, datetime

from clientportal.commands.answers import refuse
from clientportal.domain.errors import PortalError
from clientportal.services import companies
from clientportal.services.companies import NewCompany
from clientportal.settings import settings
from clientportal.storage.session import unit_of_work


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags of DESIGN §5; country and language follow from zone and settings."""
    parser.add_argument(
        "--slug", required=True, help="its place in addresses, such as papelera-sur"
    )
    parser.add_argument("--name", required=True)
    parser.add_argument("--currency", required=True, action="append", metavar="CUR")
    parser.add_argument("--time-zone", required=True, metavar="ZONE", help="such as America/Bogota")
    parser.add_argument("--country", default="", help="ISO code; else that of the time zone")
    parser.add_argument("--language", choices=["es", "en"])
    parser.add_argument("--test", action="store_true", help="may use the sandbox gateway")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """0: created; 1: refused, the reason on stderr."""
    new = NewCompany(
        slug=arguments.slug,
        name=arguments.name,
        currencies=arguments.currency,
        time_zone=arguments.time_zone,
        country=arguments.country,
        language=arguments.language or settings().default_language,
        is_test=arguments.test,
    )
    try:
        with unit_of_work() as session:
            companies.add(session, company=new, now=datetime.now(UTC))
    except PortalError as error:
        return refuse(error)
    sys.stdout.write(f"  company {arguments.slug} created; give it an owner with: member add\n")
    return 0
