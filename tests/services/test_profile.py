"""What people change about themselves: only their own, with the present password, and limited."""

from collections.abc import Iterator
from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal.domain.actors import Nobody, System
from clientportal.domain.errors import Invalid, NotAllowed, NotSignedIn, TooMany
from clientportal.services import audit, identity, passwords, profile
from clientportal.services.identity import PasswordCheck
from clientportal.storage.models import AuditEntry, User, UserSession
from clientportal.storage.session import unit_of_work
from tests.support import people
from tests.support.people import PASSWORD, Staffed

NEW = "ventana ancha 52"


@pytest.fixture
def session(database: sa.Engine) -> Iterator[Session]:
    with unit_of_work() as opened:
        yield opened


@pytest.fixture
def company(session: Session, now: datetime) -> Staffed:
    made = people.company(session, "sur", now)
    user(session, made).password_hash = passwords.hash_password(PASSWORD)
    return made


def user(session: Session, company: Staffed) -> User:
    found = session.get(User, company.agent.user_id)
    assert found is not None
    return found


def begin(session: Session, company: Staffed, now: datetime, new: str = NEW) -> PasswordCheck:
    return profile.begin_password(session, company.agent, new=new, address="10.0.0.1", now=now)


def test_name_and_language_are_ones_own_and_written_down(
    session: Session, company: Staffed, now: datetime
) -> None:
    assert profile.rename(session, company.agent, name="  Ana   Ruiz ", now=now) == "Ana Ruiz"
    profile.choose_language(session, company.agent, language="en", now=now)
    profile.choose_language(session, company.agent, language="en", now=now)
    found = profile.read(session, company.agent)
    assert (found.name, found.language, found.email) == ("Ana Ruiz", "en", "agent@sur.example")
    assert profile.read(session, company.admin).name != "Ana Ruiz"
    events = audit.timeline(session, company.viewer)
    assert [event.action for event in events][:2] == ["user.language_chosen", "user.renamed"]


@pytest.mark.parametrize("name", ["", "   ", "a" * 201])
def test_a_name_is_not_empty_and_fits(
    session: Session, company: Staffed, now: datetime, name: str
) -> None:
    with pytest.raises(Invalid):
        profile.rename(session, company.agent, name=name, now=now)


@pytest.mark.parametrize("language", ["", "xx", "fr", "en-US"])
def test_a_language_that_we_do_not_write_is_refused(
    session: Session, company: Staffed, now: datetime, language: str
) -> None:
    with pytest.raises(Invalid) as refused:
        profile.choose_language(session, company.agent, language=language, now=now)
    assert refused.value.error_code == "language_unknown"


def test_a_new_password_ends_the_other_sessions_and_is_written_down(
    session: Session, company: Staffed, now: datetime
) -> None:
    here, _there = (
        identity.sign_in_as(session, email="agent@sur.example", now=now) for _ in range(2)
    )
    other = identity.sign_in_as(session, email="admin@sur.example", now=now)
    assert here is not None
    assert other is not None
    check = begin(session, company, now)
    assert passwords.verify_password(PASSWORD, check.stored)
    ended = profile.finish_password(
        session,
        company.agent,
        check,
        ok=True,
        password_hash=passwords.hash_password(NEW),
        keep=here.session_id,
        now=now,
    )
    assert ended == 1
    open_ = session.exec(
        select(col(UserSession.id)).where(col(UserSession.revoked_at).is_(None))
    ).all()
    assert set(open_) == {here.session_id, other.session_id}
    assert passwords.verify_password(NEW, user(session, company).password_hash or "")
    row = session.exec(select(AuditEntry).where(AuditEntry.action == "user.password_changed")).one()
    assert NEW not in str(row.data)


def test_without_the_present_password_nothing_changes(
    session: Session, company: Staffed, now: datetime
) -> None:
    before = user(session, company).password_hash
    check = begin(session, company, now)
    with pytest.raises(Invalid) as refused:
        profile.finish_password(
            session, company.agent, check, ok=False, password_hash="", keep=None, now=now
        )
    assert (refused.value.error_code, refused.value.field) == ("password_wrong", "current")
    # Changed by another tab meanwhile, or the check of another person.
    user(session, company).password_hash = "moved on"
    for actor in (company.agent, company.admin):
        with pytest.raises(Invalid):
            profile.finish_password(
                session, actor, check, ok=True, password_hash="x", keep=None, now=now
            )
    assert before != "moved on"
    assert user(session, company).password_hash == "moved on"


@pytest.mark.parametrize(
    ("new", "code"),
    [
        ("corta", "password_short"),
        ("password1234", "password_common"),
        ("agent@sur.example", "password_personal"),
    ],
)
def test_a_weak_password_is_refused_before_a_try_is_counted(
    session: Session, company: Staffed, now: datetime, new: str, code: str
) -> None:
    for _ in range(identity.PASSWORDS_PER_HOUR + 1):
        with pytest.raises(Invalid) as refused:
            begin(session, company, now, new)
        assert refused.value.error_code == code


def test_tries_are_limited_as_those_of_signing_in_and_together_with_them(
    session: Session, company: Staffed, now: datetime
) -> None:
    identity.begin_password(session, email="agent@sur.example", address="10.0.0.9", now=now)
    for _ in range(identity.PASSWORDS_PER_HOUR - 1):
        begin(session, company, now)
    with pytest.raises(TooMany):
        begin(session, company, now)


def test_only_people_have_a_profile(session: Session, company: Staffed, now: datetime) -> None:
    with pytest.raises(NotSignedIn):
        profile.read(session, Nobody())
    with pytest.raises(NotAllowed):
        profile.rename(session, System(company.id, "job"), name="Job", now=now)


def test_somebody_without_a_password_cannot_make_one_here(
    session: Session, company: Staffed, now: datetime
) -> None:
    check = profile.begin_password(session, company.viewer, new=NEW, address="", now=now)
    assert check.user_id is None
    with pytest.raises(Invalid):
        profile.finish_password(
            session, company.viewer, check, ok=True, password_hash="x", keep=None, now=now
        )
