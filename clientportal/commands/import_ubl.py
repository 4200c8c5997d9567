"""`import ubl`: UBL 2.1 files, each on its own, twice the same."""

import argparse
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from clientportal.commands.answers import WrongUse, language, words
from clientportal.commands.company_argument import add_company, system_of
from clientportal.domain.actors import System
from clientportal.domain.errors import PortalError
from clientportal.rendering import formats, texts
from clientportal.rendering.ubl.safe import MOST_BYTES
from clientportal.services import ubl_imports
from clientportal.services.ubl_imports import Options, UblResult
from clientportal.storage.session import unit_of_work


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags of DESIGN §5, and the key to compute CUFE and CUDE again."""
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
    add_company(parser)
    parser.add_argument(
        "--supplier-ok",
        action="store_true",
        help="take files whose supplier is not the company by its tax id",
    )
    parser.add_argument(
        "--fiscal-key",
        default="",
        metavar="KEY",
        help="technical key (PIN) to check CUFE (CUDE), instead of those in the settings",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """One line per file. 0: all of them are in; 1: at least one was refused; 2: wrong use."""
    with unit_of_work(read_only=True) as session:
        actor = system_of(session, arguments.company)
    options = Options(arguments.supplier_ok, arguments.fiscal_key)
    refused = [file for file in arguments.files if not _bring(actor, file, options)]
    return 1 if refused else 0


def _bring(actor: System, file: Path, options: Options) -> bool:
    """One file in a transaction of its own; whether it is in."""
    try:
        content = _content(file)
        with unit_of_work() as session:
            result = ubl_imports.bring(
                session,
                actor,
                file_name=file.name,
                content=content,
                now=datetime.now(UTC),
                options=options,
            )
    except WrongUse as error:
        return _refuse(file, str(error))
    except PortalError as error:
        field = f"{error.field}: " if error.field and error.field != "file" else ""
        return _refuse(file, f"{field}{words(error.error_code, error.params)}")
    _print(file, result)
    return True


def _content(file: Path) -> bytes:
    """The bytes, of too large a file no more than it takes to refuse it. Raises WrongUse."""
    try:
        with file.open("rb") as opened:
            return opened.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise WrongUse("file_missing", path=file) from error
    except OSError as error:
        raise WrongUse("file_unreadable", path=file) from error


def _refuse(file: Path, reason: str) -> bool:
    sys.stderr.write(f"  {texts.t('cli.ubl.refusal', language(), file=file.name, reason=reason)}\n")
    return False


def _print(file: Path, result: UblResult) -> None:
    lang = language()
    line = texts.t(
        "cli.ubl.line",
        lang,
        file=file.name,
        outcome=texts.t(f"cli.ubl.{result.outcome}", lang),
        kind=texts.t(f"kind.{result.kind}", lang),
        number=result.number,
        account=f"{result.account_name} ({result.account_code})",
        total=formats.money(result.total_minor, result.currency, lang),
        balance=formats.money(result.balance_minor, result.currency, lang),
    )
    sys.stdout.write(f"  {line}\n")
    for warning in result.warnings:
        text = texts.t(
            f"staff.ubl.warning.{warning.code}",
            lang,
            **_written(warning.params, result.currency, lang),
        )
        sys.stderr.write(f"    {texts.t('cli.warning', lang)}: {text}\n")


def _written(params: Mapping[str, str | int], currency: str, lang: str) -> dict[str, object]:
    """Parameters as a person reads them: what ends in _minor is an amount."""
    return {
        name: formats.money(int(value), currency, lang) if name.endswith("_minor") else value
        for name, value in params.items()
    }
