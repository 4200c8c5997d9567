"""Customer spaces: which accounts are the same customer for a portal user."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal.domain.actors import Customer
from clientportal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from clientportal.services import access, accounts, spaces
from clientportal.services.accounts import AccountFields
from clientportal.storage.models import Access, Account, Contact, Space, User
from clientportal.storage.scope import visible_to
from clientportal.storage.session import unit_of_work
from tests.support import people
from tests.support.people import Staffed

EMAIL = "luz@andina.example"
NIT = "900.481.227-2"


@pytest.fixture
def session(database: sa.Engine) -> Iterator[Session]:
    with unit_of_work() as opened:
        yield opened


@pytest.fixture
def paper(session: Session, now: datetime) -> Staffed:
    return people.company(session, "papel", now)


@pytest.fixture
def glass(session: Session, now: datetime) -> Staffed:
    return people.company(session, "vidrio", now)


def enter(
    session: Session, company: Staffed, now: datetime, email: str = EMAIL, **fields: object
) -> int:
    """An account of the company that the person with this e-mail may enter."""
    account_id = people.account(session, company.agent, now, **fields)
    known = session.exec(
        select(Contact).where(
            col(Contact.company_id) == company.id, col(Contact.name) == email.split("@")[0].title()
        )
    ).first()
    if known is None:
        contact_id = people.contact(session, company.agent, [account_id], email, now)
    else:
        contact_id = known.id or 0
        people.contacts.link(
            session, company.agent, contact_id=contact_id, account_id=account_id, now=now
        )
    people.customer(session, company.admin, account_id, contact_id, email, now)
    return account_id


def user_id(session: Session, email: str = EMAIL) -> int:
    return session.exec(select(col(User.id)).where(col(User.email) == email)).one() or 0


def groups(session: Session, now: datetime | None = None) -> list[set[int]]:
    views = spaces.spaces_of(session, user_id(session), now)
    return sorted(({account.id for account in view.accounts} for view in views), key=min)


@pytest.mark.spec(66)
def test_the_same_identification_at_two_companies_is_one_space(
    session: Session, paper: Staffed, glass: Staffed, now: datetime
) -> None:
    first = enter(session, paper, now, name="Distribuidora Andina", tax_id=NIT)
    second = enter(session, glass, now, name="Andina S.A.S.", tax_id="900481227-2")
    third = enter(session, glass, now, name="Otra", tax_id="800.149.453-6")
    assert groups(session, now) == [{first, second}, {third}]
    view = spaces.spaces_of(session, user_id(session))[0]
    assert view.title == "Distribuidora Andina"
    assert [company.slug for company in view.companies] == ["papel", "vidrio"]
    narrowed = Customer(user_id(session), EMAIL, "Luz", view.id)
    seen = session.exec(select(col(Account.id)).where(visible_to(narrowed, Account)))
    assert set(seen) == {first, second}


def test_no_identification_or_another_country_stays_apart(
    session: Session, paper: Staffed, glass: Staffed, now: datetime
) -> None:
    ids = [
        enter(session, paper, now, name="Sin"),
        enter(session, glass, now, name="Sin"),
        enter(session, paper, now, tax_id_kind="other", tax_id="9004812272"),
        enter(session, glass, now, country="PE", tax_id_kind="other", tax_id="9004812272"),
    ]
    assert groups(session, now) == [{account_id} for account_id in ids]


def test_only_accounts_that_the_person_may_enter_join(
    session: Session, paper: Staffed, glass: Staffed, now: datetime
) -> None:
    mine = enter(session, paper, now, tax_id=NIT)
    foreign = enter(session, glass, now, email="otto@andina.example", tax_id=NIT)
    assert groups(session, now) == [{mine}]
    theirs = spaces.spaces_of(session, user_id(session, "otto@andina.example"), now)
    assert [[account.id for account in view.accounts] for view in theirs] == [[foreign]]
    with pytest.raises(NotFound):
        spaces.space_by_key(session, user_id(session), theirs[0].key)


def test_keys_stay_and_a_read_writes_nothing(
    session: Session, paper: Staffed, glass: Staffed, now: datetime
) -> None:
    enter(session, paper, now, tax_id=NIT)
    (before,) = spaces.spaces_of(session, user_id(session), now)
    second = enter(session, glass, now, tax_id=NIT)
    session.flush()
    placed = spaces.spaces_of(session, user_id(session), now)
    assert [view.key for view in placed] == [before.key]
    assert not session.new
    assert not session.dirty
    assert spaces.space_by_key(session, user_id(session), before.key).accounts[1].id == second
    for key in ("", "x" * 8, "../etc", before.key.upper()):
        with pytest.raises(NotFound):
            spaces.space_by_key(session, user_id(session), key)


def test_access_that_is_taken_away_empties_the_space_and_comes_back_to_it(
    session: Session, paper: Staffed, now: datetime
) -> None:
    account_id = enter(session, paper, now, tax_id=NIT)
    (before,) = spaces.spaces_of(session, user_id(session), now)
    row = session.exec(select(Access)).one()
    for on in (False, True):
        access.set_login(
            session,
            paper.admin,
            account_id=account_id,
            contact_id=row.contact_id,
            email=EMAIL,
            on=on,
            now=now,
        )
        assert spaces.spaces_of(session, user_id(session), now) == []
    people.identity.sign_in_as(session, email=EMAIL, now=now)
    (after,) = spaces.spaces_of(session, user_id(session), now)
    assert after.key == before.key


def test_a_new_identification_moves_the_account(
    session: Session, paper: Staffed, glass: Staffed, now: datetime
) -> None:
    first = enter(session, paper, now, name="Uno", tax_id=NIT)
    second = enter(session, glass, now, name="Dos")
    groups(session, now)

    def identify(tax_id: str) -> None:
        accounts.edit(
            session,
            glass.agent,
            account_id=second,
            fields=AccountFields(name="Dos", tax_id=tax_id),
            now=now,
        )

    identify(NIT)
    assert groups(session) == [{first, second}]
    assert len(session.exec(select(Space)).all()) == 1
    identify("")
    assert groups(session) == [{first}, {second}]


def test_what_a_person_joined_or_split_stays_so(
    session: Session, paper: Staffed, glass: Staffed, now: datetime
) -> None:
    first = enter(session, paper, now, name="Uno", tax_id=NIT)
    twin = enter(session, glass, now, name="Uno otra vez", tax_id=NIT)
    other = enter(session, glass, now, name="Dos", tax_id="800.149.453-6")
    me = Customer(user_id(session), EMAIL, "Luz")
    keys = [view.key for view in spaces.spaces_of(session, me.user_id, now)]
    assert spaces.join(session, me, keys=keys, now=now) == keys[0]
    assert groups(session, now) == [{first, twin, other}]
    later = enter(session, paper, now, name="Dos B", tax_id="800.149.453-6")
    assert groups(session, now) == [{first, twin, other, later}]
    fresh = spaces.split(session, me, key=keys[0], account_ids=[twin], now=now)
    assert groups(session, now) == [{first, other, later}, {twin}]
    assert spaces.space_by_key(session, me.user_id, fresh).title == "Uno otra vez"


def test_joining_and_splitting_are_refused_where_they_make_no_sense(
    session: Session, paper: Staffed, now: datetime
) -> None:
    mine = enter(session, paper, now, name="Uno")
    foreign = enter(session, paper, now, email="otto@x.example", name="Dos")
    me = Customer(user_id(session), EMAIL, "Luz")
    (view,) = spaces.spaces_of(session, me.user_id, now)
    (theirs,) = spaces.spaces_of(session, user_id(session, "otto@x.example"), now)
    with pytest.raises(Invalid):
        spaces.join(session, me, keys=[view.key, view.key], now=now)
    with pytest.raises(NotFound):
        spaces.join(session, me, keys=[view.key, theirs.key], now=now)
    with pytest.raises(NotFound):
        spaces.split(session, me, key=view.key, account_ids=[foreign], now=now)
    with pytest.raises(NotFound):
        spaces.split(session, me, key=theirs.key, account_ids=[foreign], now=now)
    with pytest.raises(Conflict):
        spaces.split(session, me, key=view.key, account_ids=[mine], now=now)
    with pytest.raises(NotAllowed):
        spaces.join(session, paper.owner, keys=[view.key, theirs.key], now=now)


def test_two_sign_ins_at_once_make_one_space(database: sa.Engine, now: datetime) -> None:
    with unit_of_work() as session:
        paper = people.company(session, "papel", now)
        enter(session, paper, now, tax_id=NIT)
        enter(session, paper, now, tax_id=NIT, code="B")
        person = user_id(session)
        session.connection().execute(sa.text("DELETE FROM space_account"))
        session.connection().execute(sa.text("DELETE FROM space"))

    def sign_in(_number: int) -> str:
        with unit_of_work() as session:
            return ",".join(view.key for view in spaces.spaces_of(session, person, now))

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(sign_in, range(8)))) == 1
