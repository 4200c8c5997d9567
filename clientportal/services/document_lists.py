"""Lists of documents: one page of rows with status and badge, the count, and sums per currency."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlmodel import Session

from clientportal.domain import dates
from clientportal.domain import documents as rules
from clientportal.domain.actors import Actor, Customer, Member, System
from clientportal.domain.document_filters import (
    Cursor,
    DocumentFilters,
    DocumentState,
    Sort,
    SortField,
)
from clientportal.domain.documents import (
    CREDIT,
    MONEY_IN,
    PAYABLE,
    Badge,
    DocumentFacts,
    Kind,
    Lifecycle,
    Status,
)
from clientportal.domain.permissions import Permission, require
from clientportal.storage import document_conditions
from clientportal.storage import document_lists as storage
from clientportal.storage.document_conditions import Where
from clientportal.storage.document_lists import COUNT_CAP, CompanyFacts, Sums

PAGE_SIZE = 50
MAX_PAGE = 200
EXPORT_PAGE = 1_000


class DocumentRow(NamedTuple):
    """One row (mission 67-74). total = paid + balance in the row's own currency (mission 87).

    Of credit kinds paid is what was applied and balance what is still available; `due_on` is None.
    `undelivered`: addresses that the newest mail did not reach; that and whether it was sent or
    seen is for staff.
    """

    id: int
    company_id: int
    company_slug: str
    company_name: str
    account_id: int
    account_name: str
    account_code: str
    kind: Kind
    number: str
    issued_on: date
    due_on: date | None
    currency: str
    total_minor: int
    paid_minor: int
    balance_minor: int
    payment_method: str
    concept: str
    status: Status
    badge: Badge
    payable: bool
    undelivered: int


@dataclass(frozen=True, slots=True)
class CurrencySum:
    """Issued documents of the list in one currency: what is owed, and apart from it the credit.

    `received_minor` is all money of its receipts and advances, applied or still available.
    """

    currency: str
    count: int
    total_minor: int
    paid_minor: int
    balance_minor: int
    credit_minor: int
    received_minor: int


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """A page of a list. `capped`: there are more than `count`, and no sums are given.

    Cursors are opaque texts for the URL; empty where there is nothing in that direction.
    """

    rows: tuple[DocumentRow, ...]
    next_cursor: str
    previous_cursor: str
    count: int
    capped: bool
    sums: tuple[CurrencySum, ...]


@dataclass(frozen=True, slots=True)
class FilterChoices:
    """What the filters of this actor's list can offer."""

    companies: tuple[CompanyFacts, ...]
    currencies: tuple[str, ...]


def list_documents(
    session: Session,
    actor: Actor,
    *,
    filters: DocumentFilters,
    sort: Sort,
    cursor: str,
    now: datetime,
    limit: int = PAGE_SIZE,
) -> DocumentPage:
    """One page of what the actor may see. A cursor that cannot be read gives the first page."""
    require(actor, Permission.DOCUMENTS_READ)
    seen, todays, where = _asked(session, actor, filters, now)
    if not todays:
        return DocumentPage((), "", "", 0, False, ())
    at = Cursor.parse(cursor, sort.field)
    size = max(1, min(limit, MAX_PAGE))
    drafts = not isinstance(actor, Customer) and filters.state in {None, DocumentState.DRAFT}
    found = list(storage.page(session, where.terms, sort, at, size, has_drafts=drafts))
    more, found = len(found) > size, found[:size]
    if at is not None and at.back:
        found.reverse()
    rows = _rows(actor, found, seen, todays)
    total, sums = _totals(session, actor, filters, where)
    back = at is not None and at.back
    has_next = bool(found) and (more or back)
    has_previous = bool(found) and (more if back else at is not None)
    return DocumentPage(
        rows=rows,
        next_cursor=_cursor(found[-1], sort, back=False) if has_next else "",
        previous_cursor=_cursor(found[0], sort, back=True) if has_previous else "",
        count=min(total, COUNT_CAP),
        capped=total > COUNT_CAP,
        sums=sums,
    )


def first_rows(
    session: Session,
    actor: Actor,
    *,
    filters: DocumentFilters,
    sort: Sort,
    now: datetime,
    limit: int,
) -> tuple[DocumentRow, ...]:
    """The first rows of a list alone: for pages that show its beginning and lead to it."""
    require(actor, Permission.DOCUMENTS_READ)
    seen, todays, where = _asked(session, actor, filters, now)
    if not todays:
        return ()
    most = min(limit, MAX_PAGE)
    found = storage.page(session, where.terms, sort, None, most, has_drafts=False)
    return _rows(actor, found[:limit], seen, todays)


def every_row(
    session: Session, actor: Actor, *, filters: DocumentFilters, sort: Sort, now: datetime
) -> Iterator[DocumentRow]:
    """All rows of a list in its order, read page by page as they are asked for."""
    require(actor, Permission.DOCUMENTS_READ)
    seen, todays, where = _asked(session, actor, filters, now)
    drafts = not isinstance(actor, Customer) and filters.state in {None, DocumentState.DRAFT}
    at, more = None, bool(todays)
    while more:
        found = list(storage.page(session, where.terms, sort, at, EXPORT_PAGE, has_drafts=drafts))
        more, found = len(found) > EXPORT_PAGE, found[:EXPORT_PAGE]
        yield from _rows(actor, found, seen, todays)
        if more:
            at = Cursor.parse(_cursor(found[-1], sort, back=False), sort.field)


def count(session: Session, actor: Actor, *, filters: DocumentFilters, now: datetime) -> int:
    """How many documents a list has, at most the cap of lists."""
    require(actor, Permission.DOCUMENTS_READ)
    _, todays, where = _asked(session, actor, filters, now)
    return min(storage.count(session, where.terms, COUNT_CAP), COUNT_CAP) if todays else 0


def rows_of(
    session: Session,
    actor: Actor,
    *,
    document_ids: Sequence[int],
    filters: DocumentFilters,
    now: datetime,
) -> tuple[DocumentRow, ...]:
    """Those of at most 200 documents that the actor may see and that match the filters, as rows.

    A page that follows changes asks so what became of a row that its list no longer holds.
    """
    require(actor, Permission.DOCUMENTS_READ)
    wanted = list(document_ids)[:MAX_PAGE]
    seen, todays, where = _asked(session, actor, filters, now)
    if not todays or not wanted:
        return ()
    terms = [*where.terms, document_conditions.one_of(wanted)]
    found = storage.page(session, terms, Sort(), None, len(wanted), has_drafts=False)
    return _rows(actor, found, seen, todays)


def choices(session: Session, actor: Actor) -> FilterChoices:
    """Companies and currencies to choose from: those of the actor's scope, by name."""
    require(actor, Permission.DOCUMENTS_READ)
    seen = storage.companies(session, actor)
    companies = tuple(sorted(seen.values(), key=lambda facts: (facts.name, facts.id)))
    return FilterChoices(companies, tuple(storage.currencies(session, actor)))


def today(company: CompanyFacts, now: datetime) -> date:
    """The company's calendar day."""
    return dates.local_date(now, ZoneInfo(company.time_zone))


def _cursor(row: Any, sort: Sort, *, back: bool) -> str:
    value = {
        SortField.ISSUED_ON: row.issued_on,
        SortField.DUE_ON: row.due_on,
        SortField.NUMBER: row.number,
        SortField.TOTAL: row.total_minor,
        SortField.BALANCE: row.balance_minor,
    }[sort.field]
    return Cursor(value, row.id, back).encode()


def _asked(
    session: Session, actor: Actor, filters: DocumentFilters, now: datetime
) -> tuple[Mapping[int, CompanyFacts], dict[int, date], Where]:
    """The companies of the actor, the day of those that the filters leave, and the conditions."""
    seen = storage.companies(session, actor)
    todays = {
        key: today(facts, now)
        for key, facts in seen.items()
        if not filters.companies or facts.slug in filters.companies
    }
    if not todays:
        return seen, todays, Where([], None)
    return seen, todays, document_conditions.where(session, actor, filters, todays)


def _totals(
    session: Session, actor: Actor, filters: DocumentFilters, where: Where
) -> tuple[int, tuple[CurrencySum, ...]]:
    """How many documents the list has, counted to COUNT_CAP + 1, and their sums if it is not more.

    What the index said of the text saves counting: the sums of a short list count it, and a text
    alone that stands in more rows than the cap is beyond it.
    """
    only_text = filters == DocumentFilters(text=filters.text, ignored=filters.ignored)
    short = where.most is not None and where.most <= COUNT_CAP
    # Everything of a company in the index may be seen by its staff.
    if where.most and not short and only_text and isinstance(actor, Member | System):
        return where.most, ()
    if not short:
        total = storage.count(session, where.terms, COUNT_CAP)
        if total > COUNT_CAP:
            return total, ()
    only_open = filters.state not in document_conditions.SETTLED_STATES
    groups = storage.sums(session, where.terms, only_open=only_open)
    return sum(group.count for group in groups), _sums(groups)


def _rows(
    actor: Actor, found: Sequence[Any], seen: Mapping[int, CompanyFacts], todays: dict[int, date]
) -> tuple[DocumentRow, ...]:
    staff = isinstance(actor, Member | System)
    return tuple(
        _row(row, seen[row.company_id], todays[row.company_id], staff=staff) for row in found
    )


def _row(row: Any, company: CompanyFacts, today: date, *, staff: bool) -> DocumentRow:
    due_on = None if row.kind in CREDIT else row.due_on
    facts = DocumentFacts(
        kind=row.kind,
        lifecycle=row.lifecycle,
        total_minor=row.total_minor,
        balance_minor=row.balance_minor,
        due_on=due_on,
        disputed=row.disputed,
        being_paid=bool(row.being_paid),
        sent=staff and row.sent_at is not None,
        seen=staff and row.seen_at is not None,
    )
    status = rules.status(facts, today)
    owed = rules.owed_minor(row.kind, row.lifecycle, row.balance_minor)
    return DocumentRow(
        id=row.id,
        company_id=company.id,
        company_slug=company.slug,
        company_name=company.name,
        account_id=row.account_id,
        account_name=row.account_name,
        account_code=row.account_code,
        kind=row.kind,
        number=row.number or "",
        issued_on=row.issued_on,
        due_on=due_on,
        currency=row.currency,
        total_minor=row.total_minor,
        paid_minor=row.total_minor - row.balance_minor,
        balance_minor=row.balance_minor,
        payment_method=row.payment_method,
        concept=row.concept,
        status=status,
        badge=rules.badge(
            row.kind,
            status,
            row.total_minor,
            row.balance_minor,
            due_on,
            today,
            settled_on=row.settled_on,
        ),
        payable=owed > 0 and not status.being_paid,
        undelivered=row.undelivered if staff else 0,
    )


def _sums(groups: Sequence[Sums]) -> tuple[CurrencySum, ...]:
    """Sums per currency of what is issued, never across currencies (mission ambiguity l)."""
    per_currency: dict[str, list[int]] = {}
    for group in groups:
        if group.lifecycle is not Lifecycle.ISSUED:
            continue
        figures = per_currency.setdefault(group.currency, [0, 0, 0, 0, 0])
        figures[0] += group.count
        if group.kind in PAYABLE:
            figures[1] += group.total_minor
            figures[2] += group.balance_minor
        else:
            figures[3] += group.balance_minor
        if group.kind in MONEY_IN:
            figures[4] += group.total_minor
    return tuple(
        CurrencySum(currency, number, total, total - owed, owed, credit, received)
        for currency, (number, total, owed, credit, received) in sorted(per_currency.items())
    )
