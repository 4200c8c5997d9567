"""Command line: finds the command in one table and imports only what it needs."""

import argparse
import sys
from dataclasses import dataclass
from importlib import import_module

from clientportal import __version__
from clientportal.settings import ConfigurationError


@dataclass(frozen=True, slots=True)
class Command:
    """`module` defines `configure(parser)`, which adds arguments and sets `run`, a function of the
    parsed arguments that returns the exit status (None = 0)."""

    name: str
    module: str
    help: str


COMMANDS = (
    Command("migrate", "clientportal.commands.migrate", "bring the database to this version"),
    Command("serve", "clientportal.commands.serve", "serve the app"),
    Command("worker", "clientportal.commands.worker", "run jobs in a process of its own"),
    Command("company add", "clientportal.commands.company_add", "create a company"),
    Command("member add", "clientportal.commands.member_add", "add a person to a company's staff"),
    Command("user reset-code", "clientportal.commands.user_reset_code", "help somebody sign in"),
    Command("demo", "clientportal.commands.demo", "create the demo; --json prints its cast"),
    Command("import accounts", "clientportal.commands.import_accounts", "accounts from a CSV"),
    Command("import contacts", "clientportal.commands.import_contacts", "contacts from a file"),
    Command("import documents", "clientportal.commands.import_documents", "documents from a CSV"),
    Command("import ubl", "clientportal.commands.import_ubl", "documents from UBL 2.1 files"),
    Command("open-items", "clientportal.commands.open_items", "what was open at the end of a day"),
    Command("bench load", "clientportal.commands.bench_load", "documents for measurements"),
    Command("bounce", "clientportal.commands.bounce", "a delivery report on standard input"),
    Command("keys renew", "clientportal.commands.keys_renew", "encrypt anew after a key change"),
    Command("check", "clientportal.commands.checks", "audit the ledger; 1 on a difference"),
)


def main(argv: list[str] | None = None) -> int:
    """Run one command.

    Returns its exit status: 0 done, 1 the command found a problem, 2 wrong use or configuration.
    """
    words = sys.argv[1:] if argv is None else argv
    if words == ["--version"]:
        sys.stdout.write(f"clientportal {__version__}\n")
        return 0
    command = next((c for c in COMMANDS if words[: len(c.name.split())] == c.name.split()), None)
    if command is None:
        sys.stderr.write(overview())
        return 0 if words in (["--help"], ["-h"]) else 2
    parser = argparse.ArgumentParser(f"clientportal {command.name}", description=command.help)
    import_module(command.module).configure(parser)
    try:
        arguments = parser.parse_args(words[len(command.name.split()) :])
        return int(arguments.run(arguments) or 0)
    except ConfigurationError as error:
        sys.stderr.write(f"clientportal: {error}\n")
        return 2


def overview() -> str:
    """The list of commands."""
    lines = [f"  {command.name:<20} {command.help}\n" for command in COMMANDS]
    return "usage: python -m clientportal COMMAND …\n\n" + "".join(lines)
