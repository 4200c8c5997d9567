"""The login switch of (account, contact, e-mail)."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal.domain.account_filters import LoginState
from clientportal.domain.actors import Customer
from clientportal.domain.errors import Invalid, NotAllowed, NotFound
from clientportal.services import access, contacts, identity
from clientportal.services.access import AccessRow
from clientportal.services.contacts import NewPoint
from clientportal.storage.models import Account, AuditEntry, Message, UserSession
from clientportal.storage.scope import visible_to
from clientportal.storage.session import unit_of_work
from tests.support import people
from tests.support.people import Staffed

EMAIL = "luz@uno.example"


@pytest.fixture
def session(database: sa.Engine) -> Iterator[Session]:
    with unit_of_work() as opened:
        yield opened


@pytest.fixture
def company(session: Session, now: datetime) -> Staffed:
    return people.company(session, "sur", now)


@pytest.fixture
def pair(session: Session, company: Staffed, now: datetime) -> tuple[int, int]:
    """An account and its contact."""
    account_id = people.account(session, company.agent, now)
    return account_id, people.contact(session, company.agent, [account_id], EMAIL, now)


def switch(
    session: Session,
    company: Staffed,
    pair: tuple[int, int],
    now: datetime,
    *,
    on: bool = True,
    email: str = EMAIL,
) -> AccessRow:
    return access.set_login(
        session,
        company.admin,
        account_id=pair[0],
        contact_id=pair[1],
        email=email,
        on=on,
        now=now,
    )


def accounts_of(session: Session, email: str, now: datetime) -> set[int | None]:
    """What the person sees after signing in."""
    signed_in = identity.sign_in_as(session, email=email, now=now)
    assert signed_in is not None
    user = Customer(signed_in.user_id, email, "")
    return set(session.exec(select(col(Account.id)).where(visible_to(user, Account))))


@pytest.mark.spec(187, 201)
def test_switching_on_invites_and_waits_for_the_first_code(
    session: Session, company: Staffed, pair: tuple[int, int], now: datetime
) -> None:
    row = switch(session, company, pair, now)
    assert (row.login, row.accepted_at) == (LoginState.PENDING, None)
    message = session.exec(select(Message)).one()
    assert (message.kind, message.to_address) == ("access_granted", EMAIL)
    assert message.reply_to == "cartera@sur.example"
    switch(session, company, pair, now)
    assert len(session.exec(select(Message)).all()) == 1
    assert accounts_of(session, EMAIL, now) == {pair[0]}
    (seen,) = access.of_account(session, company.viewer, account_id=pair[0])
    assert (seen.login, seen.accepted_at) == (LoginState.ON, now)


@pytest.mark.spec(190, 191, 192, 193)
def test_each_address_of_each_contact_has_its_own_switch(
    session: Session, company: Staffed, pair: tuple[int, int], now: datetime
) -> None:
    account_id, contact_id = pair
    second = NewPoint("email", "caja@uno.example")
    contacts.add_point(session, company.agent, contact_id=contact_id, point=second, now=now)
    otto = people.contact(session, company.agent, [account_id], "otto@uno.example", now)
    north = people.account(session, company.agent, now, name="Norte")
    contacts.link(session, company.agent, contact_id=contact_id, account_id=north, now=now)
    switch(session, company, pair, now)
    rows = access.of_account(session, company.viewer, account_id=account_id)
    assert {(row.contact_id, row.email): row.login for row in rows} == {
        (contact_id, EMAIL): LoginState.PENDING,
        (contact_id, "caja@uno.example"): LoginState.NONE,
        (otto, "otto@uno.example"): LoginState.NONE,
    }
    assert accounts_of(session, EMAIL, now) == {account_id}
    elsewhere = access.of_account(session, company.viewer, account_id=north)
    assert {row.login for row in elsewhere} == {LoginState.NONE}


@pytest.mark.spec(211, 212)
def test_switching_off_ends_the_sessions_of_who_has_no_door_left(
    session: Session, company: Staffed, pair: tuple[int, int], now: datetime
) -> None:
    north = people.account(session, company.agent, now, name="Norte")
    contacts.link(session, company.agent, contact_id=pair[1], account_id=north, now=now)
    switch(session, company, pair, now)
    switch(session, company, (north, pair[1]), now)
    assert accounts_of(session, EMAIL, now) == {pair[0], north}

    def open_sessions() -> int:
        rows = session.exec(select(UserSession).where(col(UserSession.revoked_at).is_(None)))
        return len(rows.all())

    assert open_sessions() == 1
    row = switch(session, company, pair, now, on=False)
    assert row.login is LoginState.NONE
    assert open_sessions() == 1
    switch(session, company, (north, pair[1]), now, on=False)
    assert open_sessions() == 0
    assert identity.sign_in_as(session, email=EMAIL, now=now) is not None
    user = session.exec(select(UserSession)).first()
    assert user is not None
    customer = Customer(user.user_id, EMAIL, "")
    assert not session.exec(select(Account).where(visible_to(customer, Account))).all()
    assert session.get(Account, pair[0]) is not None


def test_back_on_means_invited_again(
    session: Session, company: Staffed, pair: tuple[int, int], now: datetime
) -> None:
    switch(session, company, pair, now)
    assert accounts_of(session, EMAIL, now) == {pair[0]}
    switch(session, company, pair, now, on=False)
    later = switch(session, company, pair, now + timedelta(hours=1))
    assert later.login is LoginState.PENDING
    assert len(session.exec(select(Message)).all()) == 2
    actions = session.exec(
        select(col(AuditEntry.action)).where(col(AuditEntry.subject_kind) == "access")
    ).all()
    assert actions == [
        "access.login_on",
        "access.accepted",
        "access.login_off",
        "access.login_on",
    ]


def test_a_members_own_sessions_stay(session: Session, company: Staffed, now: datetime) -> None:
    account_id = people.account(session, company.agent, now)
    email = "viewer@sur.example"
    contact_id = people.contact(session, company.agent, [account_id], email, now)
    switch(session, company, (account_id, contact_id), now, email=email)
    assert identity.sign_in_as(session, email=email, now=now) is not None
    switch(session, company, (account_id, contact_id), now, email=email, on=False)
    assert session.exec(select(UserSession)).one().revoked_at is None


def test_the_key_must_belong_together(
    session: Session, company: Staffed, pair: tuple[int, int], now: datetime
) -> None:
    other = people.company(session, "norte", now)
    theirs = people.account(session, other.agent, now)
    mine = people.account(session, company.agent, now, name="Suelta")
    with pytest.raises(Invalid) as stranger:
        switch(session, company, pair, now, email="otro@uno.example")
    assert stranger.value.error_code == "email_not_of_contact"
    with pytest.raises(Invalid) as unlinked:
        switch(session, company, (mine, pair[1]), now)
    assert unlinked.value.error_code == "contact_not_linked"
    with pytest.raises(NotFound):
        switch(session, company, (theirs, pair[1]), now)
    with pytest.raises(NotFound):
        switch(session, other, pair, now)
    with pytest.raises(NotFound):
        access.of_account(session, other.admin, account_id=pair[0])
    for role in (company.agent, company.viewer):
        with pytest.raises(NotAllowed):
            access.set_login(
                session,
                role,
                account_id=pair[0],
                contact_id=pair[1],
                email=EMAIL,
                on=True,
                now=now,
            )
    assert not session.exec(select(Message)).all()
