"""`user reset-code`: the operator's help for somebody who cannot sign in."""

import argparse
import secrets
import sys
from datetime import UTC, datetime

from clientportal.commands.answers import refuse
from clientportal.domain.errors import PortalError
from clientportal.services import members, sign_in_codes
from clientportal.storage.session import unit_of_work

MINUTES = int(sign_in_codes.CODE_LIFE.total_seconds() // 60)


def configure(parser: argparse.ArgumentParser) -> None:
    """A code for customers; members, who sign in by password, get a new one."""
    parser.add_argument("email")
    parser.add_argument(
        "--password", action="store_true", help="set a new random password and end all sessions"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """0: the code or password stands on stdout; 1: nobody can sign in with this address."""
    now = datetime.now(UTC)
    try:
        with unit_of_work() as session:
            if arguments.password:
                password = secrets.token_urlsafe(12)
                members.set_password(session, email=arguments.email, password=password, now=now)
                answer = f"  new password: {password}\n"
            else:
                code = sign_in_codes.operator_code(session, email=arguments.email, now=now)
                answer = f"  sign-in code, good for {MINUTES} minutes: {code}\n"
    except PortalError as error:
        return refuse(error)
    sys.stdout.write(answer)
    return 0
