"""How commands speak to the operator: one clear line on stderr, in the language of the terminal."""

import os
import sys
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from clientportal.domain.errors import PortalError
from clientportal.domain.import_file import CURRENCY_MISSING, FaultGroup, RowError, grouped
from clientportal.rendering import texts
from clientportal.settings import ConfigurationError, settings

SHOWN = 20
"""Kinds of faults of a file that the terminal shows."""


class WrongUse(ConfigurationError):
    """What the operator typed cannot be used (exit status 2); the text is the line to show."""

    def __init__(self, key: str, **params: object) -> None:
        super().__init__(texts.t(f"cli.{key}", language(), **params))


def language() -> str:
    """DEFAULT_LANGUAGE when it is set, else the locale's where we speak it, else the default's."""
    chosen = settings()
    if "default_language" in chosen.model_fields_set:
        return chosen.default_language
    # The first that is set decides, as in POSIX.
    given = (os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return texts.language(next((name for name in given if name), ""), chosen.default_language)


def refuse(error: PortalError) -> int:
    """Write the refusal for the operator; the exit status."""
    field = f"{error.field}: " if error.field else ""
    sys.stderr.write(f"clientportal: {field}{words(error.error_code, error.params)}\n")
    return 1


def words(code: str, params: Mapping[str, object]) -> str:
    """The sentence of a code in the operator's language."""
    return texts.error(code, language(), params)


def day(text: str) -> date:
    """The `type` of an argument that is a day. Raises WrongUse."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise WrongUse("day_invalid", value=text) from error


def content_of(path: Path) -> bytes:
    """The bytes of a file that the operator names. Raises WrongUse."""
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise WrongUse("file_missing", path=path) from error
    except OSError as error:
        raise WrongUse("file_unreadable", path=path) from error


def write_to(path: Path, content: bytes) -> None:
    """Write a report. Raises WrongUse."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise WrongUse("file_unwritable", path=path) from error


def faults(errors: Iterable[RowError], warnings: Iterable[RowError]) -> None:
    """Write what is wrong with a file, one line per kind of fault.

    While the currency is missing nothing else is said: choosing it may mend the rest.
    """
    found = grouped(errors)
    if found and found[0].code == CURRENCY_MISSING:
        found = found[:1]
    for kind, groups in (("error", found), ("warning", grouped(warnings))):
        for group in groups[:SHOWN]:
            sys.stderr.write(f"  {texts.t(f'cli.{kind}', language())}, {_line(group)}\n")
        if len(groups) > SHOWN:
            sys.stderr.write(f"  {texts.t('cli.more', language(), n=len(groups) - SHOWN)}\n")


def _line(group: FaultGroup) -> str:
    """Where the fault stands and what it is."""
    lines = ", ".join(str(line) for line in group.lines)
    if group.count > len(group.lines):
        lines += " …"
    where = texts.t("cli.lines", language(), n=group.count, lines=lines)
    if group.code == CURRENCY_MISSING:
        return f"{where}: {texts.t('cli.currency_missing', language())}"
    column = f", {group.column}" if group.column else ""
    return f"{where}{column}: {words(group.code, group.params)}"
