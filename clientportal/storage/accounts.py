"""Statements about accounts: one, lists with filters and keyset paging, balances per currency."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal.domain.account_filters import AccountFilters, AccountSort, LoginState
from clientportal.domain.actors import Actor
from clientportal.domain.document_filters import Cursor
from clientportal.domain.documents import CREDIT, PAYABLE, Lifecycle, Settlement
from clientportal.storage import search, search_index
from clientportal.storage.models import Access, Account, AccountContact, AccountKind, Document
from clientportal.storage.prepared import Term
from clientportal.storage.scope import visible_to
from clientportal.storage.search_index import SearchKind
from clientportal.storage.session import is_sqlite

COUNT_CAP = 10_000
"""Lists count to here and then say "10,000+" (DESIGN §4)."""


@dataclass(frozen=True, slots=True)
class BalanceSum:
    """Sums of one account in one currency. `oldest_due` is that of what is still owed."""

    account_id: int
    currency: str
    owed_minor: int
    overdue_minor: int
    credit_minor: int
    open_count: int
    overdue_count: int
    oldest_due: date | None


def add(session: Session, account: Account) -> Account:
    session.add(account)
    session.flush()
    return account


def index(session: Session, accounts: Sequence[Account]) -> None:
    """Put accounts into the search index, after their ids are known."""
    search_index.put_all(
        session,
        [
            search_index.Entry(SearchKind.ACCOUNT, row.id or 0, row.company_id, row.id, row.norm)
            for row in accounts
        ],
    )


def visible(
    session: Session, actor: Actor, account_id: int, *, lock: bool = False
) -> Account | None:
    """An account that the actor may see."""
    statement = select(Account).where(visible_to(actor, Account), col(Account.id) == account_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.exec(statement).first()


def by_ids(session: Session, actor: Actor, ids: Sequence[int]) -> Sequence[Account]:
    """Those of the given accounts that the actor may see, by name."""
    statement = select(Account).where(visible_to(actor, Account), col(Account.id).in_(ids))
    return session.exec(statement.order_by(col(Account.name), col(Account.id))).all()


def by_codes(session: Session, actor: Actor, codes: Sequence[str]) -> dict[str, Account]:
    """Accounts by their code, of the codes given; in slices, for files of any length."""
    found: dict[str, Account] = {}
    for start in range(0, len(codes), 500):
        statement = select(Account).where(
            visible_to(actor, Account), col(Account.code).in_(codes[start : start + 500])
        )
        found |= {row.code: row for row in session.exec(statement)}
    return found


def by_tax_id(session: Session, actor: Actor, country: str, norm: str) -> Sequence[Account]:
    """Accounts with that identification, oldest first."""
    statement = select(Account).where(
        visible_to(actor, Account),
        col(Account.country) == country,
        col(Account.tax_id_norm) == norm,
    )
    return session.exec(statement.order_by(col(Account.id))).all()


def with_tax_id(
    session: Session, actor: Actor, norms: Collection[str], texts: Collection[str]
) -> Sequence[Account]:
    """Accounts with one of these identifications, in whichever country, oldest first.

    `texts`: as written, for accounts of an import that could not check theirs.
    """
    unchecked = sa.and_(col(Account.tax_id_norm) == "", col(Account.tax_id).in_(texts))
    statement = select(Account).where(
        visible_to(actor, Account), sa.or_(col(Account.tax_id_norm).in_(norms), unchecked)
    )
    return session.exec(statement.order_by(col(Account.id))).all()


def with_endpoint(session: Session, actor: Actor, endpoint_id: str) -> Sequence[Account]:
    """Accounts that UBL files address so, oldest first."""
    statement = select(Account).where(
        visible_to(actor, Account), col(Account.endpoint_id) == endpoint_id
    )
    return session.exec(statement.order_by(col(Account.id))).all()


def known_by_name_alone(session: Session, actor: Actor, name: str) -> Sequence[Account]:
    """Accounts of this name that have neither identification nor UBL address, oldest first."""
    statement = select(Account).where(
        visible_to(actor, Account),
        col(Account.name) == name,
        col(Account.tax_id) == "",
        col(Account.endpoint_id) == "",
    )
    return session.exec(statement.order_by(col(Account.id))).all()


def page(
    session: Session,
    actor: Actor,
    filters: AccountFilters,
    *,
    currency: str,
    cursor: Cursor | None,
    limit: int,
    today: date,
) -> list[tuple[Account, int | str]]:
    """Up to `limit` accounts with the value they are ordered by, in the order of the list.

    A `back` cursor gives the rows before it. `currency` is that of the order by balance.
    """
    value, down = _order(filters.sort, actor, currency)
    statement = select(Account, value.label("place")).where(*_where(session, actor, filters, today))
    backwards = cursor is not None and cursor.back
    if cursor is not None:
        here = sa.tuple_(value, col(Account.id))
        there = sa.tuple_(sa.literal(cursor.value), sa.literal(cursor.row_id))
        statement = statement.where(here < there if down != backwards else here > there)
    columns = (value, col(Account.id))
    order = [column.desc() if down != backwards else column.asc() for column in columns]
    rows = [(row[0], row[1]) for row in session.exec(statement.order_by(*order).limit(limit))]
    return rows[::-1] if backwards else rows


def count(session: Session, actor: Actor, filters: AccountFilters, today: date) -> int:
    """How many accounts the filters leave, counted to COUNT_CAP + 1."""
    some = select(sa.literal(1)).select_from(Account)
    some = some.where(*_where(session, actor, filters, today)).limit(COUNT_CAP + 1)
    return session.exec(select(sa.func.count()).select_from(some.subquery())).one()


def balances(
    session: Session, actor: Actor, account_ids: Sequence[int], today: date
) -> list[BalanceSum]:
    """Open sums per account and currency, only where something is open."""
    payable, credit = _of(PAYABLE), _of(CREDIT)
    overdue = sa.and_(payable, col(Document.due_on) < today)
    amount = col(Document.balance_minor)

    def total(condition: sa.ColumnElement[bool], of: Any) -> sa.ColumnElement[int]:
        return sa.func.coalesce(sa.func.sum(sa.case((condition, of), else_=0)), 0)

    statement = (
        sa.select(
            col(Document.account_id),
            col(Document.currency),
            total(payable, amount),
            total(overdue, amount),
            total(credit, amount),
            total(payable, sa.literal(1)),
            total(overdue, sa.literal(1)),
            sa.func.min(sa.case((payable, col(Document.due_on)))),
        )
        .where(visible_to(actor, Document), col(Document.account_id).in_(account_ids), *_OPEN)
        .group_by(col(Document.account_id), col(Document.currency))
        .order_by(col(Document.account_id), col(Document.currency))
    )
    return [
        BalanceSum(
            row[0], row[1], int(row[2]), int(row[3]), int(row[4]), int(row[5]), int(row[6]), row[7]
        )
        for row in session.execute(statement)
    ]


def document_count(session: Session, actor: Actor, account_id: int) -> int:
    statement = select(sa.func.count()).where(
        visible_to(actor, Document), col(Document.account_id) == account_id
    )
    return session.exec(statement).one()


def contact_counts(session: Session, actor: Actor, account_ids: Sequence[int]) -> dict[int, int]:
    statement = (
        select(col(AccountContact.account_id), sa.func.count())
        .where(visible_to(actor, AccountContact), col(AccountContact.account_id).in_(account_ids))
        .group_by(col(AccountContact.account_id))
    )
    return dict(session.exec(statement).all())


def login_states(
    session: Session, actor: Actor, account_ids: Sequence[int]
) -> dict[int, tuple[int, int]]:
    """Per account: how many addresses can enter, and how many are invited and have not yet."""
    accepted = sa.func.count(col(Access.accepted_at))
    statement = (
        select(col(Access.account_id), accepted, sa.func.count() - accepted)
        .where(
            visible_to(actor, Access),
            col(Access.account_id).in_(account_ids),
            col(Access.login).is_(True),
        )
        .group_by(col(Access.account_id))
    )
    return {row[0]: (int(row[1]), int(row[2])) for row in session.execute(statement)}


def values_in_use(session: Session, actor: Actor) -> tuple[list[str], list[str]]:
    """(countries, tags) that the actor's accounts bear, for the filters' choices."""
    countries = select(col(Account.country)).where(visible_to(actor, Account)).distinct()
    tags = select(sa.cast(col(Account.tags), sa.Text)).where(visible_to(actor, Account)).distinct()
    lists = [json.loads(str(text)) for text in session.exec(tags) if text]
    used = {tag for tags_of_one in lists for tag in tags_of_one}
    return sorted(code for code in session.exec(countries) if code), sorted(used)


_OPEN = (
    col(Document.lifecycle) == Lifecycle.ISSUED,
    col(Document.settlement).in_([Settlement.OPEN, Settlement.PARTLY_PAID]),
)


def _of(kinds: frozenset[Any]) -> sa.ColumnElement[bool]:
    return col(Document.kind).in_(sorted(kinds))


def _order(sort: AccountSort, actor: Actor, currency: str) -> tuple[Any, bool]:
    """(expression, whether it runs downwards) of an order; the id breaks ties."""
    match sort:
        case AccountSort.CODE:
            return col(Account.code), False
        case AccountSort.NEWEST:
            return col(Account.id), True
        case AccountSort.BALANCE:
            owed = (
                select(sa.func.sum(col(Document.balance_minor)))
                .where(
                    visible_to(actor, Document),
                    col(Document.account_id) == col(Account.id),
                    col(Document.currency) == currency,
                    _of(PAYABLE),
                    *_OPEN,
                )
                .correlate(Account)
                .scalar_subquery()
            )
            return sa.cast(sa.func.coalesce(owed, 0), sa.BigInteger), True
        case _:
            return col(Account.name), False


def _where(
    session: Session, actor: Actor, filters: AccountFilters, today: date
) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = [visible_to(actor, Account)]
    if filters.kind:
        kinds = {AccountKind(filters.kind), AccountKind.BOTH}
        found.append(col(Account.kind).in_(sorted(kinds)))
    if filters.country:
        found.append(col(Account.country) == filters.country)
    if filters.tag:
        found.append(tagged(session, filters.tag).filled())
    if filters.login is not None:
        found.append(_login(filters.login))
    if filters.overdue:
        found.append(_overdue(today))
    if filters.text:
        found.append(saying(session, actor, filters.text).filled())
    return found


def saying(session: Session, actor: Actor, text: str) -> Term:
    """The accounts in whose name, code, identification or tags every word of a text stands."""
    return search.of_text(session, actor, SearchKind.ACCOUNT, text).term


def tagged(session: Session, tag: str) -> Term:
    """The accounts that bear a tag."""
    finder = "instr" if is_sqlite(session) else "strpos"

    def build() -> sa.ColumnElement[bool]:
        tags, wanted = sa.cast(col(Account.tags), sa.Text), sa.bindparam("tag", type_=sa.Text)
        return getattr(sa.func, finder)(tags, wanted) > 0

    return Term(finder, {"tag": json.dumps(tag)}, build)


def _login(state: LoginState) -> sa.ColumnElement[bool]:
    on = select(sa.literal(1)).where(
        col(Access.account_id) == col(Account.id), col(Access.login).is_(True)
    )
    entered = on.where(col(Access.accepted_at).is_not(None)).exists()
    match state:
        case LoginState.ON:
            return entered
        case LoginState.PENDING:
            return sa.and_(on.exists(), ~entered)
        case _:
            return ~on.exists()


def _overdue(today: date) -> sa.ColumnElement[bool]:
    return (
        select(sa.literal(1))
        .where(
            col(Document.account_id) == col(Account.id),
            _of(PAYABLE),
            col(Document.due_on) < today,
            *_OPEN,
        )
        .exists()
    )
