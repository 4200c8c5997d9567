"""Files of contacts: who a line is, and what it changes of what is stored.

A person is known by their e-mails; without one by a number, without any address by the name. A line
may name somebody again, to link one more account.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlmodel import Session

from clientportal.domain.delimited import Table
from clientportal.domain.errors import Invalid
from clientportal.domain.import_contacts import (
    CONTACT_HEADERS,
    CONTACT_NEEDED,
    ContactRow,
    parse_contacts,
)
from clientportal.domain.imports import ImportOptions, ParsedFile, RowError
from clientportal.rendering import workbooks
from clientportal.services import company_fields, contacts, segments
from clientportal.services import document_support as support
from clientportal.services.contacts import MAX_POINTS, NewPoint
from clientportal.services.import_base import LIMITS, FileKind, Options, SeenRow, Staff
from clientportal.storage import accounts as accounts_storage
from clientportal.storage import contacts as storage
from clientportal.storage.models import Account, AccountContact, Channel, Contact, ContactPoint

KIND = "contacts"
_CHANNELS = {"email": "email", "email_2": "email", "whatsapp": "whatsapp", "phone": "phone"}

Point = tuple[Channel, str, str]
Key = tuple[Channel, str]


@dataclass(slots=True, eq=False)
class Person:
    """Somebody as they are stored, or will be once the lines before are written."""

    contact: Contact | None
    name: str
    position: str = ""
    language: str = ""
    line: int = 0
    held: set[Key] = field(default_factory=set)
    linked: set[int] = field(default_factory=set)
    points: list[Point] = field(default_factory=list)
    links: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Plan:
    """One good line: who it is about, and what it changes ("name", "account_code", …)."""

    line: int
    person: Person
    action: str
    changes: tuple[str, ...]
    number: str
    name: str


@dataclass(frozen=True, slots=True)
class Read:
    """Rows of a file, checked against what is stored. `errors` in the order of the lines."""

    parsed: ParsedFile[ContactRow]
    plans: tuple[Plan, ...]
    errors: tuple[RowError, ...]

    def counts(self) -> dict[str, int]:
        """lines, new, changed, same, errors (lines with one), warnings."""
        actions = [plan.action for plan in self.plans]
        counts = {action: actions.count(action) for action in ("new", "changed", "same")}
        return counts | {
            "lines": self.parsed.lines,
            "errors": len({error.line for error in self.errors}),
            "warnings": len(self.parsed.warnings),
        }


def parse(
    _session: Session, _staff: Staff, source: bytes | Table, options: Options, _now: datetime
) -> ParsedFile[ContactRow]:
    """The rows of a file. Raises Invalid for faults of the whole file."""
    read_as = ImportOptions(mapping=options.mapping or {}, columns=options.columns, limits=LIMITS)
    return parse_contacts(workbooks.source(source, LIMITS), read_as)


def compare(session: Session, staff: Staff, parsed: ParsedFile[ContactRow], _now: datetime) -> Read:
    """What parsed rows would do to what is stored now; their faults stand beside the file's."""
    errors = list(parsed.errors)
    home = support.company_of(session, staff, staff.company_id).country
    codes = dict.fromkeys(code for row in parsed.rows for code in row.account_codes)
    accounts = accounts_storage.by_codes(session, staff, list(codes))
    lines: list[_Line] = []
    for row in parsed.rows:
        try:
            lines.append(_line(row, accounts, home))
        except Invalid as error:
            errors.append(_error(row, parsed, error))
    people = _People(session, staff, lines)
    plans: list[Plan] = []
    for line in lines:
        try:
            plans.append(people.plan(line))
        except Invalid as error:
            errors.append(_error(line.row, parsed, error))
    warned = replace(parsed, warnings=(*parsed.warnings, *people.warnings(parsed)))
    return Read(warned, tuple(plans), tuple(sorted(errors, key=lambda error: error.line)))


def _error(row: ContactRow, parsed: ParsedFile[ContactRow], error: Invalid) -> RowError:
    column = parsed.header.get(error.field or "", error.field or "")
    params: dict[str, Any] = dict(error.params)
    return RowError(row.line, column, error.error_code, params)


@dataclass(frozen=True, slots=True)
class _Line:
    """A row with its addresses normalised and its accounts found."""

    row: ContactRow
    points: tuple[Point, ...]
    account_ids: tuple[int, ...]

    @property
    def keys(self) -> list[Key]:
        return [(channel, norm) for channel, _, norm in self.points]


def _line(row: ContactRow, accounts: dict[str, Account], home: str) -> _Line:
    """Raises Invalid: "account_unknown" (value), "email_invalid", "phone_invalid"."""
    found: list[Account] = []
    for code in row.account_codes:
        if code not in accounts:
            raise Invalid(code="account_unknown", field="account_code", value=code)
        found.append(accounts[code])
    known = company_fields.countries()
    country = next((account.country for account in found if account.country in known), home)
    points: list[Point] = []
    for name, written in row.addresses:
        try:
            point = contacts.normalise_point(NewPoint(_CHANNELS[name], written), country)
        except Invalid as error:
            raise Invalid(code=error.error_code, field=name, **dict(error.params)) from error
        if point[::2] not in [other[::2] for other in points]:
            points.append(point)
    return _Line(row, tuple(points), tuple(account.id or 0 for account in found))


class _People:
    """Who is known: as stored, and as the lines before have made them."""

    def __init__(self, session: Session, staff: Staff, lines: Sequence[_Line]) -> None:
        self.by_key: dict[Key, Person] = {}
        self.by_name: dict[str, Person] = {}
        self.shared: dict[str, tuple[int, int, str]] = {}  # number → first line, rows, field
        names = [line.row.name for line in lines if Channel.EMAIL not in dict(line.keys)]
        stored: dict[int, Contact] = {
            contact.id or 0: contact for contact in storage.by_names(session, staff, names)
        }
        keys: dict[Key, int] = {}
        for channel in Channel:
            wanted = [norm for line in lines for kind, norm in line.keys if kind is channel]
            for norm, contact in storage.holders(session, staff, channel, wanted).items():
                stored[contact.id or 0] = contact
                keys[channel, norm] = contact.id or 0
        people = _as_stored(session, staff, stored)
        self.by_key = {key: people[contact_id] for key, contact_id in keys.items()}
        for person in people.values():
            self.by_name.setdefault(person.name, person)

    def plan(self, line: _Line) -> Plan:
        """What a line does; afterwards the person is as the line says.

        Raises Invalid: "contact_point_taken" (value, name), "duplicate_in_file" (value, first),
        "too_many_points" (most).
        """
        row = line.row
        person = self._who(line)
        is_new = person is None
        if person is None:
            person = Person(None, row.name, line=row.line)
        mine = [p for p in line.points if self._is_free(p, person, line)]
        if len(person.held | {(channel, norm) for channel, _, norm in mine}) > MAX_POINTS:
            raise Invalid(code="too_many_points", field="email", most=MAX_POINTS)
        changes = _change(person, row, mine, line.account_ids)
        for channel, _, norm in mine:
            self.by_key[channel, norm] = person
        self.by_name.setdefault(person.name, person)
        action = "new" if is_new else "changed" if changes else "same"
        number = line.points[0][1] if line.points else ""
        return Plan(row.line, person, action, tuple(changes), number, row.name)

    def _who(self, line: _Line) -> Person | None:
        emails = [key for key in line.keys if key[0] is Channel.EMAIL]
        holders = [self.by_key[key] for key in emails if key in self.by_key]
        for key, person in ((key, self.by_key[key]) for key in emails if key in self.by_key):
            if person is not holders[0]:
                raise Invalid(
                    code="contact_point_taken", field="email", value=key[1], name=person.name
                )
            if person.line and person.name != line.row.name:
                raise Invalid(
                    code="duplicate_in_file", field="email", value=key[1], first=person.line
                )
        if holders:
            return holders[0]
        if emails:
            return None
        numbers = [self.by_key[key] for key in line.keys if key in self.by_key]
        named = next((person for person in numbers if person.name == line.row.name), None)
        if named is not None or len(numbers) < len(line.keys):
            return named
        return self.by_name.get(line.row.name)  # nothing of their own to be known by

    def _is_free(self, point: Point, person: Person, line: _Line) -> bool:
        """A number of somebody else stays theirs, as it does on the page of a contact."""
        channel, written, norm = point
        holder = self.by_key.get((channel, norm))
        if holder is None or holder is person:
            return (channel, norm) not in person.held
        first, rows, name = self.shared.get(written, (line.row.line, 0, channel.value))
        self.shared[written] = (first, rows + 1, name)
        return False

    def warnings(self, parsed: ParsedFile[ContactRow]) -> list[RowError]:
        return [
            RowError(first, parsed.header.get(name, name), "number_shared",
                     {"value": written, "rows": rows})
            for written, (first, rows, name) in self.shared.items()
        ]  # fmt: skip


def _as_stored(session: Session, staff: Staff, stored: dict[int, Contact]) -> dict[int, Person]:
    people = {
        contact_id: Person(contact, contact.name, contact.position, contact.language)
        for contact_id, contact in stored.items()
    }
    ids = sorted(people)
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        for point in storage.points(session, staff, some):
            people[point.contact_id].held.add((point.channel, point.address_norm))
        for contact_id, account in storage.links(session, staff, some):
            people[contact_id].linked.add(account.id or 0)
    return people


def _change(
    person: Person, row: ContactRow, points: Sequence[Point], account_ids: Sequence[int]
) -> list[str]:
    """Make the person what the line says; the fields that differ. Empty cells change nothing."""
    changes = [
        name
        for name in ("name", "position", "language")
        if getattr(row, name) and getattr(row, name) != getattr(person, name)
    ]
    for name in changes:
        setattr(person, name, getattr(row, name))
    for channel, written, norm in points:
        person.held.add((channel, norm))
        person.points.append((channel, written, norm))
        changes.append(channel.value)
    new = [account_id for account_id in account_ids if account_id not in person.linked]
    person.linked.update(new)
    person.links += new
    return [*changes, *(["account_code"] if new else [])]


def write(session: Session, staff: Staff, read: Read, now: datetime) -> list[int]:
    """Store new and changed people; the ids of the accounts they belong to."""
    people = list({id(plan.person): plan.person for plan in read.plans
                   if plan.action != "same"}.values())  # fmt: skip
    rows = [_row(session, staff, person, now) for person in people]
    session.flush()
    for person, row in zip(people, rows, strict=True):
        key = {"company_id": staff.company_id, "contact_id": row.id or 0}
        session.add_all(
            ContactPoint(**key, channel=channel, address=written, address_norm=norm)
            for channel, written, norm in person.points
        )
        session.add_all(AccountContact(**key, account_id=each) for each in person.links)
    session.flush()
    contacts.index(session, staff, rows)
    accounts = sorted({account_id for person in people for account_id in person.linked})
    segments.recompute(session, staff, accounts)
    return accounts


def _row(session: Session, staff: Staff, person: Person, now: datetime) -> Contact:
    row = person.contact
    if row is None:
        row = Contact(company_id=staff.company_id, name="", created_at=now, updated_at=now)
    else:
        row.version += 1
    row.name, row.position, row.language = person.name, person.position, person.language
    row.updated_at = now
    session.add(row)
    return row


def shown(read: Read, most: int) -> tuple[SeenRow, ...]:
    """The first lines that do something, then others."""
    ordered = sorted(read.plans, key=lambda plan: (plan.action == "same", plan.line))[:most]
    return tuple(
        SeenRow(plan.line, plan.action, "", plan.number, plan.name, changes=plan.changes)
        for plan in ordered
    )


def lines(read: Read) -> Sequence[tuple[int, tuple[object, ...]]]:
    """For the report: what becomes of each good line."""
    return [(plan.line, (plan.action, plan.number, plan.name)) for plan in read.plans]


FILE = FileKind(
    name=KIND,
    headers=CONTACT_HEADERS,
    needed=CONTACT_NEEDED,
    subject=("address", "name"),
    parse=parse,
    compare=compare,
    write=write,
    shown=shown,
    lines=lines,
    place=attrgetter("line"),
)
