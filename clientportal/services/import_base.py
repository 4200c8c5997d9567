"""What the kinds of import files have in common: how one is read, compared, shown and written."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlmodel import Session

from clientportal.domain.actors import Member, System
from clientportal.domain.delimited import Limits, Table
from clientportal.domain.import_file import ParsedFile, RowError
from clientportal.domain.imports import DateOrder

Staff = Member | System
LATE = timedelta(seconds=90)
"""A run that said nothing for so long is taken up anew: reading the largest file takes a third."""
LIMITS = Limits(size=30_000_000, rows=200_000)


@dataclass(frozen=True, slots=True)
class Options:
    """What the person decides. `currency` empty: the company's, if it has one only.

    `mapping`: field → header of the file, where the known headers fail. `columns`: the field of
    each column, "" for none; where it is given nothing is guessed.
    """

    currency: str = ""
    date_format: DateOrder = DateOrder.AUTO
    mapping: Mapping[str, str] | None = None
    columns: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class SeenRow:
    """One line as it will be. `action`: new, changed (with `changes`) or same; of accounts and
    contacts only line, action, number (the code, the address) and name are filled."""

    line: int
    action: str
    kind: str
    number: str
    name: str
    currency: str = ""
    issued_on: str = ""
    due_on: str = ""
    settled_on: str = ""
    total_minor: int = 0
    balance_minor: int = 0
    disputed: bool = False
    changes: tuple[str, ...] = ()


class Read(Protocol):
    """A file, or some rows of one, compared with what is stored."""

    @property
    def parsed(self) -> ParsedFile[Any]:
        """The rows and how the file was read."""

    @property
    def errors(self) -> Sequence[RowError]:
        """Faults in the order of the lines."""

    def counts(self) -> dict[str, int]:
        """lines, new, changed, same, errors (lines with one) and what else the kind counts."""


@dataclass(frozen=True, slots=True)
class FileKind:
    """How files of one kind come in. `parse` raises Invalid for faults of the whole file.

    A slice of a parsed file is compared and written like a whole one: `write` gives the ids of the
    accounts that changed. Rows are written in the order of `place`. `lines` tells what becomes of
    each good line: its number, then the outcome and the columns of the report called `subject`.
    """

    name: str
    headers: Mapping[str, str]
    needed: tuple[str, ...]
    subject: tuple[str, ...]
    parse: Callable[[Session, Staff, bytes | Table, Options, datetime], ParsedFile[Any]]
    compare: Callable[[Session, Staff, ParsedFile[Any], datetime], Any]
    write: Callable[[Session, Staff, Any, datetime], Sequence[int]]
    shown: Callable[[Any, int], tuple[SeenRow, ...]]
    lines: Callable[[Any], Sequence[tuple[int, tuple[object, ...]]]]
    place: Callable[[Any], Any]
