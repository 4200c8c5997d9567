"""Contacts: people of several accounts, their addresses, their list."""

from collections.abc import Iterator
from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal.domain.account_filters import LoginState
from clientportal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from clientportal.services import access, contact_views, contacts
from clientportal.services.contacts import ContactFields, NewPoint
from clientportal.storage.models import Contact, ContactPoint
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


def create(
    session: Session,
    company: Staffed,
    now: datetime,
    *points: NewPoint,
    name: str = "Luz Marín",
    accounts: tuple[int, ...] = (),
) -> int:
    return contacts.create(
        session,
        company.agent,
        fields=ContactFields(name),
        points=points,
        account_ids=accounts,
        now=now,
    )


@pytest.mark.spec(180, 181, 182)
def test_people_and_accounts_are_linked_both_ways_and_hold_several_addresses(
    session: Session, company: Staffed, now: datetime
) -> None:
    north = people.account(session, company.agent, now, name="Norte")
    south = people.account(session, company.agent, now, name="Sur")
    luz = create(
        session,
        company,
        now,
        NewPoint("email", "Pagos@Uno.Example"),
        NewPoint("email", "luz@uno.example", "Personal"),
        NewPoint("whatsapp", "300 000 0101"),
        accounts=(north, south),
    )
    create(session, company, now, name="Otto", accounts=(north,))
    seen = contact_views.read(session, company.viewer, contact_id=luz)
    assert [account.id for account in seen.accounts] == [north, south]
    assert [(p.channel, p.address_norm) for p in seen.points] == [
        ("email", "pagos@uno.example"),
        ("email", "luz@uno.example"),
        ("whatsapp", "+573000000101"),
    ]
    assert seen.points[2].address == "+57 300 0000101"
    of_north = contact_views.of_account(session, company.viewer, account_id=north)
    assert [row.name for row in of_north] == ["Luz Marín", "Otto"]


@pytest.mark.parametrize(
    ("point", "code"),
    [
        (NewPoint("email", "luz@uno"), "email_invalid"),
        (NewPoint("email", "luz uno@uno.example"), "email_invalid"),
        (NewPoint("phone", "12"), "phone_invalid"),
        (NewPoint("whatsapp", "call me"), "phone_invalid"),
        (NewPoint("pigeon", "coop 4"), "channel_invalid"),
    ],
)
def test_a_wrong_address_is_named_and_nobody_is_stored(
    database: sa.Engine, now: datetime, point: NewPoint, code: str
) -> None:
    with unit_of_work() as session:
        company = people.company(session, "sur", now)
    with pytest.raises(Invalid) as refused, unit_of_work() as session:
        create(session, company, now, point)
    assert refused.value.error_code == code
    with unit_of_work(read_only=True) as session:
        assert not session.exec(select(Contact)).all()


def test_a_number_is_completed_by_the_country_of_the_account(
    session: Session, company: Staffed, now: datetime
) -> None:
    mexican = people.account(session, company.agent, now, country="MX")
    luz = create(session, company, now, NewPoint("phone", "55 1234 5678"), accounts=(mexican,))
    assert contact_views.read(session, company.viewer, contact_id=luz).points[0].address_norm == (
        "+525512345678"
    )


def test_an_address_belongs_to_one_person_of_a_company(
    session: Session, company: Staffed, now: datetime
) -> None:
    other = people.company(session, "norte", now)
    luz = create(session, company, now, NewPoint("email", "luz@uno.example"))
    with pytest.raises(Conflict) as taken:
        create(session, company, now, NewPoint("email", "LUZ@uno.example"), name="Otra")
    assert taken.value.params["contact_id"] == luz
    assert taken.value.params["name"] == "Luz Marín"
    create(session, other, now, NewPoint("email", "luz@uno.example"))


@pytest.mark.spec(257, 258, 260)
def test_more_addresses_can_be_added_and_taken_away_later(
    session: Session, company: Staffed, now: datetime
) -> None:
    luz = create(session, company, now)
    point = contacts.add_point(
        session,
        company.agent,
        contact_id=luz,
        point=NewPoint("email", "luz@uno.example", "Trabajo"),
        now=now,
    )
    found = contact_views.listing(session, company.viewer, text="uno.example")
    assert [row.id for row in found.rows] == [luz]
    contacts.remove_point(session, company.agent, point_id=point, now=now)
    assert contact_views.listing(session, company.viewer, text="uno.example").rows == ()
    assert not session.exec(select(ContactPoint)).all()


def test_an_edit_needs_the_version_that_was_seen(
    session: Session, company: Staffed, now: datetime
) -> None:
    luz = create(session, company, now)
    seen = contact_views.read(session, company.viewer, contact_id=luz)
    new = ContactFields("Luz Dary Marín", "Tesorera", "en")
    contacts.edit(session, company.agent, contact_id=luz, fields=new, version=seen.version, now=now)
    with pytest.raises(Conflict):
        contacts.edit(
            session, company.agent, contact_id=luz, fields=new, version=seen.version, now=now
        )
    with pytest.raises(Invalid):
        contacts.edit(
            session, company.agent, contact_id=luz, fields=ContactFields("L", "", "pt"), now=now
        )
    row = contact_views.read(session, company.viewer, contact_id=luz)
    assert (row.name, row.position, row.language) == ("Luz Dary Marín", "Tesorera", "en")


@pytest.mark.parametrize("way", ["unlink", "remove_point"])
def test_portal_access_ends_with_the_link_or_the_address(
    session: Session, company: Staffed, now: datetime, way: str
) -> None:
    account_id = people.account(session, company.agent, now)
    luz = people.contact(session, company.agent, [account_id], "luz@uno.example", now)
    people.customer(session, company.admin, account_id, luz, "luz@uno.example", now)
    if way == "unlink":
        contacts.unlink(session, company.agent, contact_id=luz, account_id=account_id, now=now)
        contacts.link(session, company.agent, contact_id=luz, account_id=account_id, now=now)
    else:
        point = session.exec(select(col(ContactPoint.id))).one()
        contacts.remove_point(session, company.agent, point_id=point or 0, now=now)
        new = NewPoint("email", "luz@uno.example")
        contacts.add_point(session, company.agent, contact_id=luz, point=new, now=now)
    rows = access.of_account(session, company.viewer, account_id=account_id)
    assert [row.login for row in rows] == [LoginState.NONE]


def test_paging_by_name_goes_both_ways(session: Session, company: Staffed, now: datetime) -> None:
    made = [create(session, company, now, name=f"Ana {number % 2}") for number in range(5)]
    order = [row.id for row in contact_views.listing(session, company.viewer).rows]
    assert sorted(order) == made
    first = contact_views.listing(session, company.viewer, limit=2)
    second = contact_views.listing(session, company.viewer, cursor=first.next, limit=2)
    third = contact_views.listing(session, company.viewer, cursor=second.next, limit=2)
    pages = [first, second, third]
    assert [row.id for page in pages for row in page.rows] == order
    assert third.next is None
    back = contact_views.listing(session, company.viewer, cursor=third.previous, limit=2)
    assert [row.id for row in back.rows] == order[2:4]


def test_another_company_reaches_nobody(session: Session, company: Staffed, now: datetime) -> None:
    other = people.company(session, "norte", now)
    account_id = people.account(session, company.agent, now)
    luz = people.contact(session, company.agent, [account_id], "luz@uno.example", now)
    theirs = people.account(session, other.agent, now)
    for call in (
        lambda: contact_views.read(session, other.admin, contact_id=luz),
        lambda: contacts.edit(
            session, other.admin, contact_id=luz, fields=ContactFields("X"), now=now
        ),
        lambda: contacts.link(session, other.admin, contact_id=luz, account_id=theirs, now=now),
        lambda: contacts.link(session, company.agent, contact_id=luz, account_id=theirs, now=now),
        lambda: contacts.unlink(
            session, other.admin, contact_id=luz, account_id=account_id, now=now
        ),
        lambda: contacts.remove_point(session, other.admin, point_id=1, now=now),
    ):
        with pytest.raises(NotFound):
            call()
    with pytest.raises(NotAllowed):
        contacts.link(session, company.viewer, contact_id=luz, account_id=account_id, now=now)
    assert contact_views.of_account(session, other.admin, account_id=account_id) == []
    assert contact_views.listing(session, other.admin).rows == ()
