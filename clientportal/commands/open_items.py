"""`open-items`: what was open at the end of a day, with its ageing, as JSON or a short list."""

import argparse
import json
import sys
from typing import Any

from clientportal.commands import answers
from clientportal.commands.company_argument import add_company, system_of
from clientportal.rendering import formats
from clientportal.services import open_items
from clientportal.storage.session import unit_of_work


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags of DESIGN §5."""
    add_company(parser)
    parser.add_argument("--as-of", required=True, type=answers.day, metavar="DATE")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """0: written to standard output. Raises WrongUse for an unknown company."""
    with unit_of_work(read_only=True) as session:
        actor = system_of(session, arguments.company)
        found = open_items.open_items(session, actor, as_of=arguments.as_of)
    if arguments.json:
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(_text(found))
    return 0


def _text(found: dict[str, Any]) -> str:
    language = answers.language()
    lines = [
        f"{item['due_on']}  {item['number']:<20} {item['account']:<20}"
        f" {formats.money(item['balance_minor'], item['currency'], language)}"
        for item in found["items"]
    ]
    for currency, buckets in found["ageing"].items():
        sums = (
            f"{name}: {formats.figure(sum_, currency, language)}" for name, sum_ in buckets.items()
        )
        lines.append(f"{currency}  " + "  ".join(sums))
    return "".join(f"  {line}\n" for line in lines)
