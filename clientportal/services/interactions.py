"""The log of interactions: what a company sent to whom, on which channel, and what became of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlmodel import Session

from clientportal.domain import interactions as rules
from clientportal.domain.actors import Actor, Member, System
from clientportal.domain.delivery import MessageState
from clientportal.domain.document_filters import Cursor, SortField
from clientportal.domain.interactions import CAUSES, PURPOSES, InteractionFilters
from clientportal.domain.permissions import Permission
from clientportal.rendering.spreadsheets import Cell, Format
from clientportal.rendering.texts import t
from clientportal.services import document_support as support
from clientportal.services.exports import Written, write_list
from clientportal.services.guards import require_staff
from clientportal.storage import interactions as storage
from clientportal.storage.interactions import Found, Period

PAGE = 50
EXPORT_PAGE = 500
COLUMNS = (
    "sent_on", "purpose", "subject", "template", "account", "document", "channel", "recipient",
    "address", "state", "state_on", "cause", "detail",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Interaction:
    """One message as staff see it: never its body, its links or its codes.

    `subject`: "" until it was made. `cause`: why it did not arrive, one of `interactions.CAUSES`,
    with `detail` in the provider's words. `at`: when it was planned; `state_at`: of its state.
    """

    id: int
    at: datetime
    purpose: str
    subject: str
    template: str
    channel: str
    address: str
    name: str
    state: MessageState
    state_at: datetime
    cause: str
    detail: str
    account_id: int | None
    account: str
    document_id: int | None
    document_kind: str
    document_number: str


@dataclass(frozen=True, slots=True)
class InteractionPage:
    """A page of the log; `total` stops at 10,000 and `capped` says so. Cursors go into the URL."""

    rows: tuple[Interaction, ...]
    total: int
    capped: bool
    previous: str | None
    next: str | None


def listing(
    session: Session,
    actor: Actor,
    *,
    filters: InteractionFilters,
    cursor: str | None = None,
    limit: int = PAGE,
) -> InteractionPage:
    """A page of the log, newest first. A forged cursor gives the first page.

    Needs accounts:read. Raises NotFound for an account that is not the company's.
    """
    staff = require_staff(actor, Permission.ACCOUNTS_READ)
    period = _period(session, staff, filters)
    start = Cursor.parse(cursor, SortField.TOTAL)
    found = storage.page(session, staff, filters, period, cursor=start, limit=limit + 1)
    backwards = start is not None and start.back
    more = len(found) > limit
    found = found[-limit:] if backwards else found[:limit]
    total = storage.count(session, staff, filters, period)
    has_previous = more if backwards else start is not None
    has_next = bool(found) and (more or backwards)
    return InteractionPage(
        rows=tuple(_rows(session, staff, found)),
        total=min(total, storage.COUNT_CAP),
        capped=total > storage.COUNT_CAP,
        previous=Cursor(0, found[0].id, back=True).encode() if found and has_previous else None,
        next=Cursor(0, found[-1].id).encode() if has_next else None,
    )


def export(
    session: Session,
    actor: Actor,
    *,
    filters: InteractionFilters,
    kind: Format,
    path: Path,
    language: str,
    now: datetime,
) -> Written:
    """Write the log with its filters to `path`, every page of it. Needs accounts:read."""
    staff = require_staff(actor, Permission.ACCOUNTS_READ)
    zone = ZoneInfo(support.company_of(session, staff, staff.company_id).time_zone)
    period = _period(session, staff, filters)
    head = [t(f"staff.interactions.column.{name}", language) for name in COLUMNS]

    def every() -> Iterator[Interaction]:
        start: Cursor | None = None
        while found := storage.page(
            session, staff, filters, period, cursor=start, limit=EXPORT_PAGE
        ):
            yield from _rows(session, staff, found)
            start = Cursor(0, found[-1].id)

    rows = (_cells(row, zone, language) for row in every())
    return write_list(t("staff.interactions.title", language), head, rows, kind, path, now)


def _cells(row: Interaction, zone: ZoneInfo, language: str) -> list[Cell]:
    kind = t(f"kind.{row.document_kind}", language) if row.document_kind else ""
    return [
        f"{row.at.astimezone(zone):%Y-%m-%d %H:%M}",
        t(f"staff.interactions.purpose.{row.purpose}", language),
        row.subject,
        row.template,
        row.account,
        f"{kind} {row.document_number}".strip(),
        t(f"staff.channel.{row.channel}", language),
        row.name,
        row.address,
        t(f"staff.interactions.state.{row.state.value}", language),
        f"{row.state_at.astimezone(zone):%Y-%m-%d %H:%M}",
        t(f"staff.interactions.cause.{row.cause}", language) if row.cause in CAUSES else "",
        row.detail,
    ]


def _rows(session: Session, staff: Member | System, found: list[Found]) -> list[Interaction]:
    alerted = storage.alerts_by_message(session, staff, [row.id for row in found])
    return [
        Interaction(
            id=row.id,
            at=row.created_at,
            purpose=row.kind if row.kind in PURPOSES else rules.OTHER,
            subject=row.subject,
            template=row.template,
            channel=row.channel,
            address=row.to_address,
            name=row.to_name,
            state=row.state,
            state_at=row.state_at or row.sent_at or row.created_at,
            cause=(cause := rules.cause_of(
                row.state, row.channel, row.error, alerted.get(row.id)
            )),
            detail=row.error if cause and row.state is not MessageState.BLOCKED else "",
            account_id=row.account_id,
            account=row.account_name or "",
            document_id=row.document_id,
            document_kind=row.document_kind.value if row.document_kind else "",
            document_number=row.document_number or "",
        )
        for row in found
    ]  # fmt: skip


def _period(session: Session, staff: Member | System, filters: InteractionFilters) -> Period:
    """The filters' days as moments of the company's zone. Raises NotFound as `listing`."""
    if filters.account_id is not None:
        support.account_of(session, staff, filters.account_id)
    if filters.since is None and filters.until is None:
        return Period()
    zone = ZoneInfo(support.company_of(session, staff, staff.company_id).time_zone)
    until = filters.until
    after = until + timedelta(days=1) if until and until < date.max else None
    return Period(_moment(filters.since, zone), _moment(after, zone))


def _moment(day: date | None, zone: ZoneInfo) -> datetime | None:
    """The beginning of a day; None for one so far off that no message has seen it."""
    if day is None or not 1970 <= day.year <= 9000:
        return None
    return datetime.combine(day, time(), zone).astimezone(UTC)
