"""Lists of documents: every filter and order, paging both ways, sums, what stays hidden."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal.domain.actors import Actor
from clientportal.domain.document_filters import (
    Cursor,
    DocumentFilters,
    DocumentState,
    Sort,
    SortField,
)
from clientportal.domain.documents import PAYABLE, Kind, Lifecycle, Settlement
from clientportal.services import disputes, document_lists, drafts, manual_payments
from clientportal.services.document_lists import DocumentPage, DocumentRow
from clientportal.storage import document_lists as storage
from clientportal.storage.models import AttemptLine, Contact, Document, PaymentAttempt
from clientportal.storage.prepared import Term
from clientportal.storage.session import unit_of_work
from tests.support.ledger import (
    NOW,
    TODAY,
    World,
    draft_of,
    give_access,
    invoice,
    issued,
    key,
    make_world,
)

ALL = DocumentFilters()
DOCUMENTS = 60


@pytest.fixture
def world(database: sa.Engine) -> World:
    with unit_of_work(bind=database) as session:
        return make_world(session)


def listed(
    session: Session,
    actor: Actor,
    filters: DocumentFilters = ALL,
    sort: Sort | None = None,
    cursor: str = "",
    limit: int = 50,
) -> DocumentPage:
    return document_lists.list_documents(
        session, actor, filters=filters, sort=sort or Sort(), cursor=cursor, now=NOW, limit=limit
    )


def ids(page: DocumentPage) -> list[int]:
    return [row.id for row in page.rows]


def fill(session: Session, world: World) -> None:
    """Documents of all kinds, states, currencies and accounts; always the same ones."""
    chance = random.Random(7)
    for number in range(DOCUMENTS):
        kind = chance.choice([Kind.INVOICE, Kind.INVOICE, Kind.DEBIT_NOTE, Kind.CREDIT_NOTE])
        day = TODAY - timedelta(days=chance.randrange(0, 60))
        draft = draft_of(
            world.accounts[chance.randrange(3)],
            str(chance.randrange(1, 9) * 10),
            kind=kind,
            currency=chance.choice(["COP", "USD"]),
            issued_on=day,
            due_on=day + timedelta(days=chance.randrange(0, 40)),
            concept=f"pedido {number % 5}",
        )
        if number % 10 == 0:
            drafts.create(session, world.agent, draft=draft, now=NOW)
            continue
        document = issued(session, world, draft)
        assert document.id is not None
        if number % 10 == 1:
            drafts.void(session, world.owner, document_id=document.id, reason="x", now=NOW)
        elif kind in PAYABLE and number % 3 == 0:
            share = document.total_minor // (1 + number % 2)
            manual_payments.record(
                session,
                world.agent,
                account_id=document.account_id,
                currency=document.currency,
                amount_minor=share,
                lines=[(document.id, share)],
                method="cash",
                received_on=TODAY,
                client_key=f"list-{number:05}",
                now=NOW,
            )
        elif kind in PAYABLE and number % 7 == 0:
            disputes.open_dispute(
                session, world.agent, document_id=document.id, reason="x", now=NOW
            )


def owing(d: Document) -> bool:
    return (
        d.lifecycle is Lifecycle.ISSUED
        and d.kind in PAYABLE
        and d.settlement is not Settlement.PAID
    )


_EXPECTED: dict[str, tuple[DocumentFilters, Callable[[Document], bool]]] = {
    "currency": (DocumentFilters(currencies=("USD",)), lambda d: d.currency == "USD"),
    "issued": (
        DocumentFilters(issued_from=date(2026, 1, 20), issued_to=date(2026, 2, 15)),
        lambda d: date(2026, 1, 20) <= d.issued_on <= date(2026, 2, 15),
    ),
    "due": (
        DocumentFilters(due_from=date(2026, 2, 20), due_to=date(2026, 3, 5)),
        lambda d: date(2026, 2, 20) <= d.due_on <= date(2026, 3, 5),
    ),
    "kind": (DocumentFilters(kinds=(Kind.CREDIT_NOTE,)), lambda d: d.kind is Kind.CREDIT_NOTE),
    "kinds": (
        DocumentFilters(kinds=(Kind.DEBIT_NOTE, Kind.CASH_RECEIPT)),
        lambda d: d.kind in {Kind.DEBIT_NOTE, Kind.CASH_RECEIPT},
    ),
    "open": (DocumentFilters(state=DocumentState.OPEN), owing),
    "paid": (
        DocumentFilters(state=DocumentState.PAID),
        lambda d: (
            d.kind in PAYABLE
            and d.settlement is Settlement.PAID
            and d.lifecycle is Lifecycle.ISSUED
        ),
    ),
    "partly": (
        DocumentFilters(state=DocumentState.PARTLY_PAID),
        lambda d: owing(d) and d.settlement is Settlement.PARTLY_PAID,
    ),
    "overdue": (
        DocumentFilters(state=DocumentState.OVERDUE),
        lambda d: owing(d) and d.due_on < TODAY,
    ),
    "soon": (
        DocumentFilters(state=DocumentState.DUE_SOON),
        lambda d: owing(d) and 0 <= (d.due_on - TODAY).days <= 7,
    ),
    "disputed": (DocumentFilters(state=DocumentState.DISPUTED), lambda d: d.disputed),
    "draft": (
        DocumentFilters(state=DocumentState.DRAFT),
        lambda d: d.lifecycle is Lifecycle.DRAFT,
    ),
    "standing": (
        DocumentFilters(state=DocumentState.ISSUED),
        lambda d: d.lifecycle is Lifecycle.ISSUED,
    ),
    "void": (DocumentFilters(state=DocumentState.VOID), lambda d: d.lifecycle is Lifecycle.VOID),
    "credit": (
        DocumentFilters(state=DocumentState.CREDIT),
        lambda d: (
            d.kind not in PAYABLE
            and d.lifecycle is Lifecycle.ISSUED
            and d.settlement is not Settlement.PAID
        ),
    ),
    "text": (DocumentFilters(text="PEDIDO 3"), lambda d: "pedido" in d.norm and "3" in d.norm),
    "accent": (DocumentFilters(text="nunez"), lambda d: "nunez" in d.norm),
    "short": (DocumentFilters(text="o 3"), lambda d: "o" in d.norm and "3" in d.norm),
}


@pytest.mark.spec(79, 80, 81, 82, 85, 87)
def test_every_filter_and_pair_gives_exactly_what_it_says(
    database: sa.Engine, world: World
) -> None:
    with unit_of_work(bind=database) as session:
        fill(session, world)
        every = session.exec(select(Document)).all()
        names = list(_EXPECTED)
        assert all(any(keep(d) for d in every) for _, keep in _EXPECTED.values())
        for first in names:
            for second in names:
                one, keep_one = _EXPECTED[first]
                two, keep_two = _EXPECTED[second]
                both = DocumentFilters.parse(one.to_query() | two.to_query())
                if set(one.to_query()) & set(two.to_query()) and first != second:
                    continue
                page = listed(session, world.viewer, both, limit=200)
                wanted = {d.id for d in every if keep_one(d) and keep_two(d)}
                assert set(ids(page)) == wanted, (first, second)
                assert page.count == len(wanted)
                check_rows(page)


def check_rows(page: DocumentPage) -> None:
    """total = paid + balance on every row, and sums that are those of the rows, per currency."""
    issued_rows = [row for row in page.rows if row.status.lifecycle is Lifecycle.ISSUED]
    for row in page.rows:
        assert row.total_minor == row.paid_minor + row.balance_minor
    for sums in page.sums:
        rows = [row for row in issued_rows if row.currency == sums.currency]
        owed = [row for row in rows if row.kind in PAYABLE]
        assert sums.count == len(rows)
        assert sums.total_minor == sum(row.total_minor for row in owed)
        assert sums.balance_minor == sum(row.balance_minor for row in owed)
        assert sums.paid_minor == sums.total_minor - sums.balance_minor
        credit = [row.balance_minor for row in rows if row.kind not in PAYABLE]
        assert sums.credit_minor == sum(credit)
    assert {sums.currency for sums in page.sums} == {row.currency for row in issued_rows}


@pytest.mark.parametrize("field", list(SortField))
@pytest.mark.parametrize("descending", [False, True])
def test_paging_walks_every_row_once_in_order_and_back(
    database: sa.Engine, world: World, field: SortField, descending: bool
) -> None:
    sort = Sort(field, descending)
    with unit_of_work(bind=database) as session:
        fill(session, world)
    with unit_of_work(bind=database, read_only=True) as session:
        every = listed(session, world.viewer, sort=sort, limit=200)
        assert len(every.rows) == every.count > DOCUMENTS
        keys = [value(row, field) for row in every.rows]
        assert keys == sorted(keys, reverse=descending)
        pages: list[DocumentPage] = []
        cursor = ""
        while True:
            page = listed(session, world.viewer, sort=sort, cursor=cursor, limit=7)
            pages.append(page)
            cursor = page.next_cursor
            if not cursor:
                break
        assert [row_id for page in pages for row_id in ids(page)] == ids(every)
        assert pages[0].previous_cursor == ""
        cursor, backwards = pages[-1].previous_cursor, [pages[-1]]
        while cursor:
            backwards.append(listed(session, world.viewer, sort=sort, cursor=cursor, limit=7))
            cursor = backwards[-1].previous_cursor
        assert [ids(page) for page in reversed(backwards)] == [ids(page) for page in pages]
        assert all(page.next_cursor for page in backwards[1:])


def value(row: DocumentRow, field: SortField) -> tuple[object, ...]:
    """What the order goes by; a draft has no number and comes after every number going up."""
    if field is SortField.NUMBER:
        return (row.number == "", row.number, row.id)
    if field is SortField.DUE_ON:
        return (row.due_on or row.issued_on, row.id)
    names = {SortField.TOTAL: "total_minor", SortField.BALANCE: "balance_minor"}
    return (getattr(row, names.get(field, field.value)), row.id)


@pytest.mark.spec(42, 66, 83, 84)
def test_a_customer_sees_one_space_over_companies_and_nothing_else(
    database: sa.Engine, world: World
) -> None:
    with unit_of_work(bind=database) as session:
        other = make_world(session, "ajena")
        third = make_world(session, "tercera")
        mine = {invoice(session, world), invoice(session, world, account_id=world.accounts[1])}
        invoice(session, world, account_id=world.accounts[2])
        contact = session.exec(
            select(col(Contact.id)).where(Contact.company_id == other.company_id)
        )
        give_access(
            session,
            other.company_id,
            world.customer.user_id,
            other.accounts[2],
            contact.first() or 0,
            world.customer.email,
        )
        abroad = invoice(session, other, account_id=other.accounts[2])
        invoice(session, other)
        invoice(session, third)
        drafts.create(session, world.agent, draft=draft_of(world.accounts[0]), now=NOW)
    with unit_of_work(bind=database, read_only=True) as session:
        everywhere = replace(world.customer, space_id=None)
        assert set(ids(listed(session, world.customer))) == mine
        assert set(ids(listed(session, everywhere))) == mine | {abroad}
        for slugs, wanted in (
            (("ajena",), {abroad}),
            (("molino", "ajena"), mine | {abroad}),
            (("tercera",), set()),
            (("no-such",), set()),
        ):
            page = listed(session, everywhere, DocumentFilters(companies=slugs))
            assert set(ids(page)) == wanted
        assert {row.company_name for row in listed(session, everywhere).rows} == {"Molino", "Ajena"}
        found = document_lists.choices(session, everywhere)
        assert [company.slug for company in found.companies] == ["ajena", "molino"]
        assert found.currencies == ("USD",)
        assert document_lists.choices(session, world.stranger).currencies == ("USD",)
        account = DocumentFilters(account_id=world.accounts[2])
        assert ids(listed(session, world.customer, account)) == []
        assert ids(listed(session, other.owner, account)) == []
        drafts_of = DocumentFilters(state=DocumentState.DRAFT)
        assert ids(listed(session, world.customer, drafts_of)) == []
        assert len(listed(session, world.viewer, drafts_of).rows) == 1


def test_a_customer_without_access_gets_nothing(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        invoice(session, world)
        session.execute(sa.text("UPDATE access SET login = false"))
        page = listed(session, world.customer)
        assert (page.rows, page.count, page.sums) == ((), 0, ())


def test_a_document_being_paid_shows_so_and_cannot_be_chosen(
    database: sa.Engine, world: World
) -> None:
    with unit_of_work(bind=database) as session:
        held, free = invoice(session, world), invoice(session, world)
        attempt = PaymentAttempt(
            company_id=world.company_id,
            account_id=world.accounts[0],
            reference="R-1",
            gateway="sandbox",
            currency="USD",
            amount_minor=1,
            created_at=NOW,
            expires_at=NOW,
        )
        session.add(attempt)
        session.flush()
        values = {"company_id": world.company_id, "attempt_id": key(attempt), "amount_minor": 1}
        session.add(AttemptLine(**values, document_id=held, account_id=world.accounts[0]))
        session.flush()
        rows = {row.id: row for row in listed(session, world.customer).rows}
        assert (rows[held].badge.code, rows[held].payable) == ("being_paid", False)
        assert (rows[free].badge.code, rows[free].payable) == ("overdue", True)
        page = listed(session, world.viewer, DocumentFilters(state=DocumentState.BEING_PAID))
        assert ids(page) == [held]


def test_today_is_each_companys_own(database: sa.Engine, world: World) -> None:
    """At 03:00 UTC it is still the day before in Bogotá, and already the day in Madrid."""
    at = NOW.replace(hour=3)
    with unit_of_work(bind=database) as session:
        session.execute(sa.text("UPDATE company SET time_zone = 'Europe/Madrid' WHERE slug = 'm'"))
        east = make_world(session, "este")
        session.execute(
            sa.text("UPDATE company SET time_zone = 'Europe/Madrid' WHERE slug = 'este'")
        )
        session.expire_all()
        give_access(
            session,
            east.company_id,
            world.customer.user_id,
            east.accounts[0],
            session.exec(
                select(col(Contact.id)).where(Contact.company_id == east.company_id)
            ).first()
            or 0,
            world.customer.email,
        )
        yesterday = TODAY - timedelta(days=1)
        here = invoice(session, world, due_on=yesterday)
        there = invoice(session, east, due_on=yesterday)
        session.flush()
        page = document_lists.list_documents(
            session,
            replace(world.customer, space_id=None),
            filters=DocumentFilters(state=DocumentState.OVERDUE),
            sort=Sort(),
            cursor="",
            now=at,
        )
        assert ids(page) == [there]
        soon = document_lists.list_documents(
            session,
            replace(world.customer, space_id=None),
            filters=DocumentFilters(state=DocumentState.DUE_SOON),
            sort=Sort(),
            cursor="",
            now=at,
        )
        assert [(row.id, row.badge.code) for row in soon.rows] == [(here, "due_soon")]


def test_the_count_is_capped_and_then_gives_no_sums(
    database: sa.Engine, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with unit_of_work(bind=database) as session:
        for _ in range(4):
            invoice(session, world)
        assert storage.count(session, [Term("all", {}, sa.true)], cap=2) == 3
        monkeypatch.setattr(document_lists, "COUNT_CAP", 3)
        page = listed(session, world.viewer)
        assert (page.count, page.capped, page.sums) == (3, True, ())


def test_first_rows_and_count_say_what_the_list_says(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        for _ in range(4):
            invoice(session, world)
        make_world(session, "ajena")
        for actor in (world.viewer, world.customer, world.stranger):
            page = listed(session, actor, sort=Sort(SortField.DUE_ON))
            first = document_lists.first_rows(
                session,
                actor,
                filters=DocumentFilters(),
                sort=Sort(SortField.DUE_ON),
                now=NOW,
                limit=3,
            )
            assert first == page.rows[:3]
            every = document_lists.count(session, actor, filters=DocumentFilters(), now=NOW)
            assert every == page.count
        nowhere = DocumentFilters(companies=("ajena",))
        assert document_lists.count(session, world.viewer, filters=nowhere, now=NOW) == 0


@pytest.mark.parametrize(
    "cursor",
    ["x", "%%%", "W10", "e30", "bnVsbA", "WyIyMDI2LTAyLTMwIiwxLDBd", "A" * 500, "\x00", "ñ"],
)
def test_a_forged_cursor_gives_the_first_page(
    database: sa.Engine, world: World, cursor: str
) -> None:
    with unit_of_work(bind=database) as session:
        wanted = [invoice(session, world)]
        for field in set(SortField) - {SortField.NUMBER}:
            assert ids(listed(session, world.viewer, sort=Sort(field), cursor=cursor)) == wanted
        listed(session, world.viewer, sort=Sort(SortField.NUMBER), cursor=cursor)


def test_a_cursor_of_another_tenant_shows_only_own_rows(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        other = make_world(session, "ajena")
        mine = {invoice(session, world) for _ in range(3)}
        for _ in range(3):
            invoice(session, other)
        page = listed(session, other.owner, limit=1)
        for row_id in (2**31 - 1, 2**31, 2**62):
            cursor = Cursor(date(2030, 1, 1), row_id).encode()
            assert set(ids(listed(session, world.viewer, cursor=cursor))) == mine
        for cursor in (page.next_cursor, page.next_cursor[:-2]):
            assert set(ids(listed(session, world.viewer, cursor=cursor))) <= mine


def test_hostile_queries_are_ignored_and_reported() -> None:
    filters = DocumentFilters.parse(
        {
            "company": ["../x,molino", "molino"],
            "account": ["99999999999"],
            "currency": ["usd", "USD"],
            "kind": ["invoice,bomb"],
            "state": ["all"],
            "issued_from": ["2026-02-30"],
            "due_to": ["2026-02-03T00:00"],
            "q": ["  a\x00b   c " + "x" * 300],
            "unknown": ["1"],
        }
    )
    assert (filters.companies, filters.currencies, filters.kinds) == (
        ("molino",),
        ("USD",),
        (Kind.INVOICE,),
    )
    assert (filters.account_id, filters.state, filters.issued_from, filters.due_to) == (None,) * 4
    assert filters.text.startswith("ab c x")
    assert len(filters.text) == 100
    assert set(filters.ignored) == {
        "company",
        "account",
        "currency",
        "kind",
        "state",
        "issued_from",
        "due_to",
        "q",
    }
    again = DocumentFilters.parse(filters.to_query())
    assert replace(again, ignored=()) == replace(filters, ignored=())


def test_sort_and_cursor_texts_are_read_back() -> None:
    for text in ("-due_on", "total", "number"):
        assert str(Sort.parse(text)) == text
    assert Sort.parse("password; drop") == Sort() == Sort.parse(None)
    for value_, field in (
        (date(2026, 2, 1), SortField.DUE_ON),
        (None, SortField.NUMBER),
        (5, SortField.TOTAL),
    ):
        cursor = Cursor(value_, 7, True)
        assert Cursor.parse(cursor.encode(), field) == cursor
    assert Cursor.parse(Cursor("FE-1", 7).encode(), SortField.TOTAL) is None
    assert Cursor.parse(Cursor("a\0b", 7).encode(), SortField.NUMBER) is None
