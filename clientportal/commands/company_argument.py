"""`--company SLUG`, which most commands need: the company that they act for."""

import argparse

from sqlmodel import Session

from clientportal.commands.answers import WrongUse
from clientportal.domain.actors import System
from clientportal.storage import companies


def add_company(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    parser.add_argument("--company", required=required, metavar="SLUG")


def system_of(session: Session, slug: str) -> System:
    """The actor of a command inside the company. Raises WrongUse."""
    company_id = companies.id_of_slug(session, slug)
    if company_id is None:
        raise WrongUse("no_company", slug=slug)
    return System(company_id, "command line")
