"""Members of staff, and the operator's help."""

from collections.abc import Iterator
from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from clientportal.domain.actors import Role, System
from clientportal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from clientportal.services import identity, members, passwords, sign_in_codes
from clientportal.storage.models import User, UserSession
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


def test_a_member_is_added_and_listed_by_strength(
    session: Session, company: Staffed, now: datetime
) -> None:
    user_id = members.add(
        session,
        company.admin,
        name="Julián",
        email="Julian@Sur.example",
        role=Role.AGENT,
        password=people.PASSWORD,
        now=now,
    )
    rows = members.listing(session, company.viewer)
    assert [row.role for row in rows] == ["owner", "admin", "agent", "agent", "viewer"]
    added = next(row for row in rows if row.user_id == user_id)
    assert (added.email, added.has_password) == ("julian@sur.example", True)
    user = session.get(User, user_id)
    assert user is not None
    assert passwords.verify_password(people.PASSWORD, user.password_hash or "")


def test_a_known_person_joins_with_the_password_they_have(
    session: Session, company: Staffed, now: datetime
) -> None:
    other = people.company(session, "norte", now)
    user = session.get(User, company.owner.user_id)
    assert user is not None
    user.password_hash = "theirs"
    joined = members.add(
        session,
        other.owner,
        name="Somebody",
        email=user.email,
        role=Role.VIEWER,
        password="another long one 99",
        now=now,
    )
    assert joined == company.owner.user_id
    assert (user.password_hash, user.name) == ("theirs", "Owner")


@pytest.mark.parametrize(
    ("email", "password", "code"),
    [
        ("x@", people.PASSWORD, "email_invalid"),
        ("x@sur.example", None, "password_required"),
        ("x@sur.example", "corta", "password_short"),
    ],
)
def test_a_member_without_a_good_address_and_password_is_refused(
    session: Session, company: Staffed, now: datetime, email: str, password: str | None, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        members.add(
            session,
            company.owner,
            name="X",
            email=email,
            role=Role.AGENT,
            password=password,
            now=now,
        )
    assert refused.value.error_code == code


def test_who_may_add_whom(session: Session, company: Staffed, now: datetime) -> None:
    def add(actor: object, role: Role) -> int:
        return members.add(
            session,
            actor,  # type: ignore[arg-type]
            name="Owner",
            email="owner@sur.example",
            role=role,
            password=None,
            now=now,
        )

    for actor in (company.agent, company.viewer):
        with pytest.raises(NotAllowed):
            add(actor, Role.VIEWER)
    with pytest.raises(NotAllowed):
        add(company.admin, Role.OWNER)
    with pytest.raises(Conflict):
        add(company.owner, Role.OWNER)
    other = people.company(session, "norte", now)
    assert add(System(other.id), Role.OWNER) == company.owner.user_id


def test_a_new_password_ends_every_session(
    session: Session, company: Staffed, now: datetime
) -> None:
    assert identity.sign_in_as(session, email="owner@sur.example", now=now) is not None
    members.set_password(session, email="OWNER@sur.example", password="un candado nuevo 8", now=now)
    user = session.get(User, company.owner.user_id)
    assert user is not None
    assert passwords.verify_password("un candado nuevo 8", user.password_hash or "")
    assert session.exec(select(UserSession)).one().revoked_at == now
    with pytest.raises(NotFound):
        members.set_password(session, email="no@one.example", password="x" * 12, now=now)


def test_the_operator_gives_a_code_only_to_who_has_a_portal(
    session: Session, company: Staffed, now: datetime
) -> None:
    account_id = people.account(session, company.agent, now)
    luz = people.contact(session, company.agent, [account_id], "luz@uno.example", now)
    people.customer(session, company.admin, account_id, luz, "luz@uno.example", now)
    code = sign_in_codes.operator_code(session, email="Luz@uno.example", now=now)
    signed_in = sign_in_codes.verify_code(
        session, email="luz@uno.example", code=code, user_agent="", address="", now=now
    )
    assert signed_in is not None
    with pytest.raises(NotFound):
        sign_in_codes.operator_code(session, email="owner@sur.example", now=now)
