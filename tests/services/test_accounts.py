"""Accounts: create, edit, list with filters and paging, summary."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal.domain.account_filters import AccountFilters, AccountSort, LoginState
from clientportal.domain.actors import Customer, Nobody
from clientportal.domain.documents import Kind
from clientportal.domain.errors import Conflict, Invalid, NotAllowed, NotFound, NotSignedIn
from clientportal.services import access, account_views, accounts, drafts, manual_payments
from clientportal.services.account_views import AccountPage
from clientportal.services.accounts import AccountFields
from clientportal.services.drafts import DraftInput, LineInput
from clientportal.storage import search
from clientportal.storage.models import Account, AuditEntry
from clientportal.storage.search_index import SearchKind
from clientportal.storage.session import unit_of_work
from tests.support import people
from tests.support.people import Staffed


@pytest.fixture
def session(database: sa.Engine) -> Iterator[Session]:
    with unit_of_work() as opened:
        yield opened


@pytest.fixture
def company(session: Session, now: datetime) -> Staffed:
    return people.company(session, "sur", now)


def invoice(
    session: Session,
    staff: Staffed,
    account_id: int,
    amount: int,
    due_on: date,
    now: datetime,
    *,
    currency: str = "COP",
    kind: Kind = Kind.INVOICE,
) -> int:
    draft = DraftInput(
        account_id=account_id,
        kind=kind,
        currency=currency,
        issued_on=min(due_on, now.date()) - timedelta(days=1),
        due_on=due_on,
        lines=(LineInput("Papel", Decimal(1), Decimal(amount)),),
    )
    document = drafts.create(session, staff.agent, draft=draft, now=now)
    drafts.issue(session, staff.agent, document_id=document.id or 0, now=now)
    return document.id or 0


@pytest.mark.spec(41)
def test_an_account_keeps_kind_address_and_checked_identification(
    session: Session, company: Staffed, now: datetime, today: date
) -> None:
    account_id = people.account(
        session,
        company.agent,
        now,
        name="  Distribuidora   Andina S.A.S. ",
        kind="both",
        tax_id="9004812272",
        street="Calle 15 # 32-590",
        city="Yumbo",
        tags=("Mayorista", "Mayorista", " "),
    )
    seen = account_views.read(session, company.viewer, account_id=account_id, today=today)
    assert seen.row.name == "Distribuidora Andina S.A.S."
    assert (seen.row.kind, seen.row.country) == ("both", "CO")
    assert (seen.row.tax_id_kind, seen.row.tax_id) == ("nit", "900.481.227-2")
    assert seen.row.code == "9004812272"
    assert (seen.fields.street, seen.row.city, seen.row.tags) == (
        "Calle 15 # 32-590",
        "Yumbo",
        ("Mayorista",),
    )


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"name": " "}, "name", "required"),
        ({"kind": "friend"}, "kind", "choice_invalid"),
        ({"country": "Colombia"}, "country", "country_unknown"),
        ({"tax_id": "900.481.227-9"}, "tax_id", "tax_id_digit"),
        ({"country": "MX", "tax_id": "XX"}, "tax_id", "tax_id_length"),
        ({"tax_id_kind": "rfc", "tax_id": "GODE561231GR8"}, "tax_id_kind", "tax_id_kind"),
        ({"tags": tuple(f"t{i}" for i in range(21))}, "tags", "too_many_tags"),
        ({"postal_code": "1" * 21}, "postal_code", "too_long"),
    ],
)
def test_a_wrong_field_is_named(
    session: Session,
    company: Staffed,
    now: datetime,
    fields: dict[str, object],
    field: str,
    code: str,
) -> None:
    with pytest.raises(Invalid) as refused:
        people.account(session, company.agent, now, **fields)
    assert (refused.value.field, refused.value.error_code) == (field, code)
    assert not session.exec(select(Account)).all()


def test_codes_are_unique_in_a_company_and_made_up_when_missing(
    session: Session, company: Staffed, now: datetime
) -> None:
    other = people.company(session, "norte", now)
    first = people.account(session, company.agent, now, code="K-1")
    people.account(session, other.agent, now, code="K-1")
    with pytest.raises(Conflict) as taken:
        people.account(session, company.agent, now, code="K-1")
    assert taken.value.params["account_id"] == first
    made = people.account(session, company.agent, now)
    again = people.account(session, company.agent, now)
    codes = {row.id: row.code for row in session.exec(select(Account))}
    assert (codes[made], codes[again]) == ("C-2", "C-3")


def test_an_edit_is_guarded_by_its_version_and_written_down(
    session: Session, company: Staffed, now: datetime, today: date
) -> None:
    account_id = people.account(session, company.agent, now, name="Antes", tax_id="9004812272")
    document_id = invoice(session, company, account_id, 10, today, now)
    seen = account_views.read(session, company.agent, account_id=account_id, today=today)
    changed = AccountFields(name="Después", tax_id=seen.fields.tax_id, city="Cali")
    accounts.edit(
        session,
        company.agent,
        account_id=account_id,
        fields=changed,
        version=seen.version,
        now=now,
    )
    entry = session.exec(select(AuditEntry).where(col(AuditEntry.action) == "account.edited")).one()
    assert entry.data["changed"] == ["name", "city"]
    with pytest.raises(Conflict):
        accounts.edit(
            session,
            company.agent,
            account_id=account_id,
            fields=AccountFields(name="Tarde"),
            version=seen.version,
            now=now,
        )
    accounts.edit(session, company.agent, account_id=account_id, fields=changed, now=now)
    after = account_views.read(session, company.agent, account_id=account_id, today=today)
    assert (after.row.name, after.version) == ("Después", seen.version + 1)
    found = listed(session, company, today, text="despues")
    assert [row.id for row in found.rows] == [account_id]
    hits = search.find(session, company.viewer, "despues", (SearchKind.DOCUMENT,))
    assert [hit.ref_id for hit in hits] == [document_id]


def listed(session: Session, company: Staffed, today: date, **filters: object) -> AccountPage:
    return account_views.listing(
        session,
        company.viewer,
        filters=AccountFilters(**filters),  # type: ignore[arg-type]
        today=today,
    )


def test_strangers_and_customers_are_refused(
    session: Session, company: Staffed, now: datetime, today: date
) -> None:
    other = people.company(session, "norte", now)
    account_id = people.account(session, company.agent, now)
    contact_id = people.contact(session, company.agent, [account_id], "luz@uno.example", now)
    customer = people.customer(
        session, company.admin, account_id, contact_id, "luz@uno.example", now
    )
    new = AccountFields(name="X")
    for actor, refusal in (
        (other.admin, NotFound),
        (customer, NotAllowed),
        (Customer(10**6, "no@one.example", "No"), NotAllowed),
        (Nobody(), NotSignedIn),
    ):
        with pytest.raises(refusal):
            account_views.read(session, actor, account_id=account_id, today=today)
        with pytest.raises(refusal):
            accounts.edit(session, actor, account_id=account_id, fields=new, now=now)
    with pytest.raises(NotAllowed):
        accounts.create(session, company.viewer, fields=new, now=now)
    with pytest.raises(NotAllowed):
        account_views.listing(session, customer, filters=AccountFilters(), today=today)
    assert listed(session, other, today).rows == ()


@pytest.mark.spec(87)
def test_a_row_sums_what_is_open_per_currency_and_never_across(
    session: Session, company: Staffed, now: datetime, today: date
) -> None:
    account_id = people.account(session, company.agent, now)
    late, soon = today - timedelta(days=10), today + timedelta(days=10)
    invoice(session, company, account_id, 1000, late, now)
    invoice(session, company, account_id, 500, soon, now)
    invoice(session, company, account_id, 70, soon, now, currency="USD")
    invoice(session, company, account_id, 30, late, now, currency="USD", kind=Kind.CREDIT_NOTE)
    paid = invoice(session, company, account_id, 200, late, now)
    manual_payments.record(
        session,
        company.agent,
        account_id=account_id,
        currency="COP",
        amount_minor=20_000,
        lines=[(paid, 20_000)],
        method="transfer",
        received_on=today,
        client_key="receipt-0001",
        now=now,
    )
    detail = account_views.read(session, company.viewer, account_id=account_id, today=today)
    cop, usd = detail.row.balances
    assert (cop.currency, cop.owed_minor, cop.overdue_minor, cop.credit_minor) == (
        "COP",
        150_000,
        100_000,
        0,
    )
    assert (cop.open_count, cop.overdue_count, cop.oldest_due) == (2, 1, late)
    assert (usd.currency, usd.owed_minor, usd.overdue_minor, usd.credit_minor) == (
        "USD",
        7_000,
        0,
        3_000,
    )
    assert detail.documents == 6


def test_filters_narrow_and_the_count_follows(
    session: Session, company: Staffed, now: datetime, today: date
) -> None:
    def add(name: str, **fields: object) -> int:
        return people.account(session, company.agent, now, name=name, **fields)

    paper = add("Papelería Ñandú", tags=("Niño_1",), tax_id="9004812272")
    steel = add("Aceros", kind="supplier", tags=("Niño%1",))
    glass = add("Vidrios", kind="both", country="MX")
    invoice(session, company, paper, 10, today - timedelta(days=3), now)
    invoice(session, company, steel, 10, today + timedelta(days=3), now)
    for account_id, email in ((steel, "a@acero.example"), (glass, "v@vidrio.example")):
        contact_id = people.contact(session, company.agent, [account_id], email, now)
        access.set_login(
            session,
            company.admin,
            account_id=account_id,
            contact_id=contact_id,
            email=email,
            on=True,
            now=now,
        )
        if account_id == glass:
            people.customer(session, company.admin, account_id, contact_id, email, now)

    def ids(**filters: object) -> set[int]:
        page = listed(session, company, today, **filters)
        assert page.total == len(page.rows)
        return {row.id for row in page.rows}

    assert ids(kind="customer") == {paper, glass}
    assert ids(kind="supplier") == {steel, glass}
    assert ids(country="MX") == {glass}
    assert ids(tag="Niño_1") == {paper}
    assert ids(tag="Niño%1") == {steel}
    assert ids(overdue=True) == {paper}
    assert ids(login=LoginState.ON) == {glass}
    assert ids(login=LoginState.PENDING) == {steel}
    assert ids(login=LoginState.NONE) == {paper}
    assert ids(text="nandu papeleria") == {paper}
    assert ids(text="900.481") == {paper}
    assert ids(text="9004812") == {paper}
    assert ids(text="%") == {steel}
    assert ids(text="_%") == set()
    rows = {row.id: row for row in listed(session, company, today).rows}
    assert rows[glass].login is LoginState.ON
    assert rows[steel].login is LoginState.PENDING
    assert rows[paper].contacts == 0
    assert account_views.choices(session, company.viewer) == (
        ["CO", "MX"],
        ["Niño%1", "Niño_1"],
    )


@pytest.mark.parametrize("sort", list(AccountSort))
def test_paging_shows_every_row_once_forwards_and_back(
    session: Session, company: Staffed, now: datetime, today: date, sort: AccountSort
) -> None:
    made = [people.account(session, company.agent, now, name=f"Igual {i % 3}") for i in range(9)]
    for number, account_id in enumerate(made[:4]):
        invoice(session, company, account_id, 100 + number % 2, today, now)
    filters = AccountFilters(sort=sort)

    def page(cursor: str | None) -> AccountPage:
        return account_views.listing(
            session, company.viewer, filters=filters, today=today, cursor=cursor, limit=4
        )

    whole = account_views.listing(session, company.viewer, filters=filters, today=today)
    order = [row.id for row in whole.rows]
    assert sorted(order) == sorted(made)
    first = page(None)
    second = page(first.next)
    third = page(second.next)
    seen = [row.id for one in (first, second, third) for row in one.rows]
    assert seen == order
    assert (first.previous, third.next) == (None, None)
    back = page(third.previous)
    assert [row.id for row in back.rows] == order[4:8]
    assert [row.id for row in page(back.previous).rows] == order[:4]
    assert page(back.previous).previous is None
    forged = page("eyJub3QiOiJhIGN1cnNvciJ9")
    assert [row.id for row in forged.rows] == order[:4]


def test_greatest_debtors_first_in_the_chosen_currency(
    session: Session, company: Staffed, now: datetime, today: date
) -> None:
    small = people.account(session, company.agent, now, name="A")
    large = people.account(session, company.agent, now, name="B")
    none = people.account(session, company.agent, now, name="C")
    invoice(session, company, small, 10, today, now)
    invoice(session, company, large, 20, today, now)
    invoice(session, company, none, 999, today, now, currency="USD")
    by_cop = listed(session, company, today, sort=AccountSort.BALANCE, currency="COP")
    assert [row.id for row in by_cop.rows] == [large, small, none]
    by_usd = listed(session, company, today, sort=AccountSort.BALANCE, currency="USD")
    assert by_usd.rows[0].id == none


def test_accounts_of_the_same_customer_are_shown(
    session: Session, company: Staffed, now: datetime, today: date
) -> None:
    north = people.account(session, company.agent, now, code="N", tax_id="900.481.227-2")
    south = people.account(session, company.agent, now, code="S", tax_id="900481227-2")
    people.account(session, company.agent, now, code="X", country="MX", tax_id="GODE561231GR8")
    detail = account_views.read(session, company.viewer, account_id=north, today=today)
    assert [ref.id for ref in detail.same_customer] == [south]


def test_a_url_is_read_back_and_nonsense_is_reported() -> None:
    query = {
        "q": ["  a   b "],
        "kind": ["supplier"],
        "login": ["pending"],
        "overdue": ["1"],
        "sort": ["balance"],
        "currency": ["USD"],
        "tag": ["x"],
        "country": ["CO"],
    }
    filters = AccountFilters.parse(query)
    assert filters.text == "a b"
    assert filters.is_narrowed
    assert AccountFilters.parse(filters.to_query()) == filters
    wrong = AccountFilters.parse(
        {"kind": ["x"], "login": ["'"], "sort": ["id;"], "currency": ["peso"], "overdue": ["yes"]}
    )
    assert set(wrong.ignored) == {"kind", "login", "sort", "currency", "overdue"}
    assert wrong.to_query() == {}
