"""Accounts as staff see them: the list with its filters, and the summary of one (issue item 4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from clientportal.domain.account_filters import AccountFilters, AccountSort, LoginState
from clientportal.domain.actors import Actor, Member, System
from clientportal.domain.document_filters import Cursor, SortField
from clientportal.domain.errors import NotFound
from clientportal.domain.permissions import Permission
from clientportal.services.accounts import AccountFields, fields_of
from clientportal.services.guards import require_staff
from clientportal.storage import accounts as storage
from clientportal.storage import companies as companies_storage
from clientportal.storage.models import Account, AccountKind

PAGE = 50


@dataclass(frozen=True, slots=True)
class Balance:
    """Open sums in one currency: owed, of it overdue, and credit that is still available."""

    currency: str
    owed_minor: int
    overdue_minor: int
    credit_minor: int
    open_count: int
    overdue_count: int
    oldest_due: date | None


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One line of the list. `login` is green (on), pending or none (mission 187, 205)."""

    id: int
    code: str
    name: str
    kind: AccountKind
    country: str
    tax_id_kind: str
    tax_id: str
    city: str
    tags: tuple[str, ...]
    balances: tuple[Balance, ...]
    login: LoginState
    contacts: int


@dataclass(frozen=True, slots=True)
class AccountPage:
    """A page of the list; `total` stops at 10,000 and `capped` says so. Cursors go into the URL."""

    rows: tuple[AccountRow, ...]
    total: int
    capped: bool
    previous: str | None
    next: str | None


@dataclass(frozen=True, slots=True)
class AccountRef:
    """A pointer to an account."""

    id: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class AccountDetail:
    """The account page's summary. `same_customer`: other accounts with the same identification."""

    row: AccountRow
    fields: AccountFields
    documents: int
    logins_on: int
    logins_pending: int
    same_customer: tuple[AccountRef, ...]
    created_at: datetime
    updated_at: datetime
    version: int


def read(session: Session, actor: Actor, *, account_id: int, today: date) -> AccountDetail:
    """The summary of one account of the actor's company. Raises NotFound."""
    staff = require_staff(actor, Permission.ACCOUNTS_READ)
    row = storage.visible(session, staff, account_id)
    if row is None:
        raise NotFound()
    line = _rows(session, staff, [row], today)[0]
    on, pending = storage.login_states(session, staff, [account_id]).get(account_id, (0, 0))
    return AccountDetail(
        row=line,
        fields=fields_of(row),
        documents=storage.document_count(session, staff, account_id),
        logins_on=on,
        logins_pending=pending,
        same_customer=_same_customer(session, staff, row),
        created_at=row.created_at,
        updated_at=row.updated_at,
        version=row.version,
    )


def listing(
    session: Session,
    actor: Actor,
    *,
    filters: AccountFilters,
    today: date,
    cursor: str | None = None,
    limit: int = PAGE,
) -> AccountPage:
    """A page of the accounts in the filters' order. A forged cursor gives the first page."""
    staff = require_staff(actor, Permission.ACCOUNTS_READ)
    start = Cursor.parse(cursor, _CURSOR_TYPE[filters.sort])
    currency = filters.currency or _first_currency(session, staff)
    found = storage.page(
        session, staff, filters, currency=currency, cursor=start, limit=limit + 1, today=today
    )
    backwards = start is not None and start.back
    more = len(found) > limit
    found = found[-limit:] if backwards else found[:limit]
    total = storage.count(session, staff, filters, today)
    has_previous = more if backwards else start is not None
    has_next = more or backwards
    return AccountPage(
        rows=tuple(_rows(session, staff, [row for row, _ in found], today)),
        total=min(total, storage.COUNT_CAP),
        capped=total > storage.COUNT_CAP,
        previous=_cursor(found[0], back=True) if found and has_previous else None,
        next=_cursor(found[-1], back=False) if found and has_next else None,
    )


def choices(session: Session, actor: Actor) -> tuple[list[str], list[str]]:
    """(countries, tags) in use, for the list's filters."""
    staff = require_staff(actor, Permission.ACCOUNTS_READ)
    return storage.values_in_use(session, staff)


_CURSOR_TYPE = {
    AccountSort.NAME: SortField.NUMBER,
    AccountSort.CODE: SortField.NUMBER,
    AccountSort.NEWEST: SortField.TOTAL,
    AccountSort.BALANCE: SortField.TOTAL,
}


def _cursor(place: tuple[Account, int | str], *, back: bool) -> str:
    row, value = place
    assert row.id is not None
    return Cursor(value, row.id, back).encode()


def _first_currency(session: Session, staff: Member | System) -> str:
    company = companies_storage.visible(session, staff, staff.company_id)
    return company.currencies[0] if company and company.currencies else "COP"


def _same_customer(
    session: Session, staff: Member | System, row: Account
) -> tuple[AccountRef, ...]:
    if not row.tax_id_norm:
        return ()
    others = storage.by_tax_id(session, staff, row.country, row.tax_id_norm)
    return tuple(
        AccountRef(other.id or 0, other.code, other.name) for other in others if other.id != row.id
    )


def _rows(
    session: Session, staff: Member | System, rows: Sequence[Account], today: date
) -> list[AccountRow]:
    ids = [row.id for row in rows if row.id is not None]
    sums: dict[int, list[Balance]] = {}
    for found in storage.balances(session, staff, ids, today):
        sums.setdefault(found.account_id, []).append(
            Balance(
                found.currency,
                found.owed_minor,
                found.overdue_minor,
                found.credit_minor,
                found.open_count,
                found.overdue_count,
                found.oldest_due,
            )
        )
    logins = storage.login_states(session, staff, ids)
    contacts = storage.contact_counts(session, staff, ids)
    return [
        _row(
            row,
            tuple(sums.get(row.id or 0, ())),
            logins.get(row.id or 0),
            contacts.get(row.id or 0, 0),
        )
        for row in rows
    ]


def _row(
    row: Account, balances: tuple[Balance, ...], logins: tuple[int, int] | None, contacts: int
) -> AccountRow:
    on, pending = logins or (0, 0)
    login = LoginState.ON if on else LoginState.PENDING if pending else LoginState.NONE
    return AccountRow(
        id=row.id or 0,
        code=row.code,
        name=row.name,
        kind=row.kind,
        country=row.country,
        tax_id_kind=row.tax_id_kind,
        tax_id=row.tax_id,
        city=row.city,
        tags=tuple(row.tags),
        balances=balances,
        login=login,
        contacts=contacts,
    )
