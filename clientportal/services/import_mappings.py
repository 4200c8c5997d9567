"""The columns of import files, remembered per company, kind and header; named for the command."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import count

from sqlmodel import Session

from clientportal.domain import import_mapping
from clientportal.domain.actors import Actor, Member
from clientportal.domain.documents import Kind
from clientportal.domain.errors import Invalid
from clientportal.domain.import_mapping import Column
from clientportal.domain.permissions import Permission
from clientportal.services.guards import require_staff
from clientportal.services.import_base import Staff
from clientportal.storage import import_mappings as storage
from clientportal.storage import series
from clientportal.storage.models import ImportMapping

LONGEST_NAME = 80


def proposed(
    session: Session, staff: Staff, *, kind: str, header: Sequence[str]
) -> tuple[str, Sequence[Column]] | None:
    """(name, columns) that the company said for files with this header; None if nobody did."""
    found = storage.by_header(session, staff, kind, import_mapping.signature(header))
    return (found.name, _columns(found)) if found else None


def named(session: Session, actor: Actor, *, kind: str, name: str) -> Sequence[Column]:
    """The columns saved under a name. Raises Invalid("mapping_unknown")."""
    staff = require_staff(actor, Permission.DOCUMENTS_IMPORT)
    found = storage.by_name(session, staff, kind, name)
    if found is None:
        raise Invalid(code="mapping_unknown", field="mapping")
    return _columns(found)


def _columns(found: ImportMapping) -> Sequence[Column]:
    return [Column(*pair) for pair in found.columns]


def remember(
    session: Session,
    staff: Staff,
    *,
    kind: str,
    columns: Sequence[Column],
    name: str,
    known: Mapping[str, str],
    now: datetime,
) -> None:
    """Keep what a person said for this header; `name` is proposed, a number makes it unique.

    Forgotten where it says no more than the known headers do.
    """
    header = [column.header[: import_mapping.LONGEST_HEADER] for column in columns]
    fields = tuple(column.field for column in columns)
    key = import_mapping.signature(header)
    series.lock(session, staff.company_id, Kind.INVOICE)  # two tabs remember one after the other
    found = storage.by_header(session, staff, kind, key)
    if fields == import_mapping.guess(header, known):
        if found is not None:
            storage.delete(session, found)
        return
    if found is None:
        found = ImportMapping(
            company_id=staff.company_id,
            kind=kind,
            name=_free_name(session, staff, kind, name),
            header_key=key,
            updated_at=now,
        )
    found.columns = [list(pair) for pair in zip(header, fields, strict=True)]
    found.user_id = staff.user_id if isinstance(staff, Member) else None
    found.updated_at = now
    storage.save(session, found)


def _free_name(session: Session, staff: Staff, kind: str, wanted: str) -> str:
    taken = set(storage.names(session, staff, kind))
    stem = wanted.strip()[: LONGEST_NAME - 10] or kind
    candidates = (stem if number == 1 else f"{stem} {number}" for number in count(1))
    return next(name for name in candidates if name not in taken)
