"""`member add`: a person of a company's staff."""

import argparse
import getpass
import os
import sys
from datetime import UTC, datetime

from clientportal.commands.answers import refuse
from clientportal.commands.company_argument import add_company, system_of
from clientportal.domain.actors import Role
from clientportal.domain.errors import PortalError
from clientportal.services import members
from clientportal.storage.session import unit_of_work

PASSWORD_VARIABLE = "MEMBER_PASSWORD"


def configure(parser: argparse.ArgumentParser) -> None:
    """The password comes from MEMBER_PASSWORD or is asked for: arguments show in process lists."""
    add_company(parser)
    parser.add_argument("--email", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--role", choices=[role.value for role in Role], default=Role.AGENT.value)
    parser.add_argument("--known", action="store_true", help="has a password already: ask for none")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """0: added; 1: refused, the reason on stderr. Raises WrongUse for an unknown company."""
    password = None if arguments.known else os.environ.get(PASSWORD_VARIABLE)
    if password is None and not arguments.known:
        password = getpass.getpass(f"Password of {arguments.email}: ")
    try:
        with unit_of_work() as session:
            members.add(
                session,
                system_of(session, arguments.company),
                name=arguments.name,
                email=arguments.email,
                role=Role(arguments.role),
                password=password,
                now=datetime.now(UTC),
            )
    except PortalError as error:
        return refuse(error)
    sys.stdout.write(f"  {arguments.email} is {arguments.role} of {arguments.company}\n")
    return 0
