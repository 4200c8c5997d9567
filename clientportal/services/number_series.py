"""The number series of a company: prefix, next number and padding per kind of document."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from clientportal import live
from clientportal.domain import numbering
from clientportal.domain.actors import Actor
from clientportal.domain.documents import Kind
from clientportal.domain.errors import Invalid
from clientportal.domain.permissions import Permission
from clientportal.services import audit
from clientportal.services.guards import require_staff
from clientportal.storage import companies as storage
from clientportal.storage import series
from clientportal.storage.models import NumberSeries


@dataclass(frozen=True, slots=True)
class SeriesView:
    """`example` is the number that the next document of this kind will bear."""

    kind: Kind
    prefix: str
    next_number: int
    padding: int
    example: str


def listing(session: Session, actor: Actor) -> list[SeriesView]:
    """The series of the actor's company, in the order of the kinds."""
    require_staff(actor, Permission.COMPANY_READ)
    order = list(Kind)
    rows = sorted(storage.series(session, actor), key=lambda row: order.index(row.kind))
    return [_view(row) for row in rows]


def update(
    session: Session,
    actor: Actor,
    *,
    kind: Kind,
    prefix: str,
    next_number: int,
    padding: int,
    now: datetime,
) -> SeriesView:
    """Change a series. The next number may skip ahead but never fall on or behind a used one.

    The row is locked, so no document takes a number meanwhile. Raises Invalid: as
    `numbering.check_series`, or "series_used" (last, least).
    """
    staff = require_staff(actor, Permission.COMPANY_EDIT)
    wanted = numbering.Series(prefix.strip(), next_number, padding)
    numbering.check_series(wanted)
    row = series.lock(session, staff.company_id, kind)
    last = storage.last_number(session, staff, kind, wanted.prefix)
    if next_number <= last:
        raise Invalid(code="series_used", field="next_number", last=last, least=last + 1)
    row.prefix, row.next_number, row.padding = wanted.prefix, next_number, padding
    session.add(row)
    audit.record(
        session,
        actor,
        "number_series.edited",
        now=now,
        subject=("number_series", row.id or 0),
        kind=kind.value,
        prefix=row.prefix,
        next_number=next_number,
        padding=padding,
    )
    live.changed(session, f"company:{row.company_id}", row.company_id)
    return _view(row)


def _view(row: NumberSeries) -> SeriesView:
    example = numbering.format_number(row.prefix, row.next_number, row.padding)
    return SeriesView(row.kind, row.prefix, row.next_number, row.padding, example)
