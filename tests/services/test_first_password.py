"""A first password: for whom a code has just proved the address, and for nobody else."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal.domain.actors import Customer, Member
from clientportal.domain.errors import Conflict, Invalid
from clientportal.services import identity, passwords, profile, sessions, sign_in_codes
from clientportal.services.sessions import SignedIn
from clientportal.storage.models import AuditEntry, Message, SignInCode, User, UserSession
from clientportal.storage.session import unit_of_work
from tests.support import people
from tests.support.people import Staffed

NEW = "ventana ancha 52"
LUZ = "luz@hotel.example"
LATER = sessions.PROOF_LIFE + timedelta(seconds=1)


@pytest.fixture
def session(database: sa.Engine) -> Iterator[Session]:
    with unit_of_work() as opened:
        yield opened


@pytest.fixture
def company(session: Session, now: datetime) -> Staffed:
    return people.company(session, "sur", now)


@pytest.fixture
def luz(session: Session, company: Staffed, now: datetime) -> Customer:
    """A customer without a password, as every customer begins."""
    account = people.account(session, company.agent, now)
    contact = people.contact(session, company.agent, [account], LUZ, now)
    return people.customer(session, company.admin, account, contact, LUZ, now)


def by_code(
    session: Session, email: str, now: datetime, *, present: int | None = None
) -> SignedIn | None:
    """Ask for a code and sign in with it; staff ask from their `present` session."""
    sign_in_codes.request_code(
        session, email=email, address="10.0.0.1", now=now, by_member=present is not None
    )
    code_id = session.exec(select(sa.func.max(col(SignInCode.id)))).one()
    sign_in_codes.issue_code(session, code_id, now)
    mail = session.exec(select(Message).where(Message.dedupe_key == f"code:{code_id}")).first()
    return sign_in_codes.verify_code(
        session,
        email=email,
        code=str(mail.variables["code"]) if mail else "000000",
        user_agent="",
        address="10.0.0.1",
        now=now,
        present=present,
    )


def by_password(session: Session, email: str, password: str, now: datetime) -> SignedIn | None:
    check = identity.begin_password(session, email=email, address="10.0.0.1", now=now)
    ok = passwords.verify_password(password, check.stored)
    return identity.finish_password(
        session, check, ok=ok, user_agent="", address="10.0.0.1", now=now
    )


def create(
    session: Session, actor: Customer | Member, session_id: int | None, now: datetime
) -> int:
    profile.begin_first_password(session, actor, new=NEW, session_id=session_id, now=now)
    return profile.finish_first_password(
        session,
        actor,
        password_hash=passwords.hash_password(NEW),
        session_id=session_id,
        now=now,
    )


def test_a_fresh_code_lets_a_customer_create_a_password_and_enter_with_it(
    session: Session, luz: Customer, now: datetime
) -> None:
    here = by_code(session, LUZ, now)
    assert here is not None
    way = profile.password_way(session, luz, session_id=here.session_id, now=now)
    assert way == "set"

    ended = create(session, luz, here.session_id, now + timedelta(minutes=9))

    assert ended == 1  # the session that the customer came with before the code
    left = select(col(UserSession.id)).where(
        col(UserSession.user_id) == luz.user_id, col(UserSession.revoked_at).is_(None)
    )
    assert session.exec(left).all() == [here.session_id]
    way = profile.password_way(session, luz, session_id=here.session_id, now=now)
    assert way == "change"
    assert by_password(session, LUZ, "not it at all", now) is None
    entered = by_password(session, LUZ, NEW, now)
    assert entered is not None
    assert entered.kind == sessions.CUSTOMER


def test_it_is_written_down_and_the_person_is_told(
    session: Session, luz: Customer, now: datetime
) -> None:
    here = by_code(session, LUZ, now)
    assert here is not None
    create(session, luz, here.session_id, now)
    entry = session.exec(
        select(AuditEntry).where(AuditEntry.action == "user.password_created")
    ).one()
    assert (entry.subject_kind, entry.subject_id) == ("user", luz.user_id)
    mail = session.exec(select(Message).where(Message.kind == "password_changed")).one()
    assert (mail.to_address, mail.variables["email"]) == (LUZ, LUZ)
    assert NEW not in f"{entry.data}{mail.variables}"


def test_a_session_that_no_fresh_code_opened_creates_none(
    session: Session, company: Staffed, luz: Customer, now: datetime
) -> None:
    here, entered = by_code(session, LUZ, now), identity.sign_in_as(session, email=LUZ, now=now)
    other = identity.sign_in_as(session, email="agent@sur.example", now=now)
    assert here is not None
    assert entered is not None
    assert other is not None
    tries = (
        (here.session_id, now + LATER),  # the code is old by now
        (entered.session_id, now),  # no code opened it
        (other.session_id, now),  # somebody else's
        (None, now),
        (987_654, now),
    )
    for session_id, at in tries:
        assert profile.password_way(session, luz, session_id=session_id, now=at) == "prove"
        with pytest.raises(Conflict) as refused:
            create(session, luz, session_id, at)
        assert refused.value.error_code == "password_proof"
        with pytest.raises(Conflict):
            profile.finish_first_password(
                session, luz, password_hash="x", session_id=session_id, now=at
            )
    sessions.sign_out(session, here.session_id, now)
    with pytest.raises(Conflict):
        create(session, luz, here.session_id, now)
    user = session.get(User, luz.user_id)
    assert user is not None
    assert user.password_hash is None


def test_who_has_a_password_changes_it_with_the_present_one_alone(
    session: Session, luz: Customer, now: datetime
) -> None:
    here = by_code(session, LUZ, now)
    assert here is not None
    create(session, luz, here.session_id, now)
    user = session.get(User, luz.user_id)
    assert user is not None
    before = user.password_hash
    with pytest.raises(Conflict) as refused:
        create(session, luz, here.session_id, now)
    assert refused.value.error_code == "password_exists"
    with pytest.raises(Conflict):  # two tabs at once: the second one finds it taken
        profile.finish_first_password(
            session, luz, password_hash="x", session_id=here.session_id, now=now
        )
    assert user.password_hash == before


@pytest.mark.parametrize(
    ("new", "code"),
    [
        ("corta", "password_short"),
        ("a" * 201, "password_long"),
        ("password1234", "password_common"),
        (LUZ, "password_personal"),
    ],
)
def test_a_weak_first_password_is_refused(
    session: Session, luz: Customer, now: datetime, new: str, code: str
) -> None:
    here = by_code(session, LUZ, now)
    assert here is not None
    with pytest.raises(Invalid) as refused:
        profile.begin_first_password(session, luz, new=new, session_id=here.session_id, now=now)
    assert (refused.value.error_code, refused.value.field) == (code, "password")


def test_staff_without_a_password_prove_their_address_and_stay_staff(
    session: Session, company: Staffed, now: datetime
) -> None:
    email = "viewer@sur.example"
    before = identity.sign_in_as(session, email=email, now=now)
    assert before is not None
    proved = by_code(session, email, now + timedelta(hours=1), present=before.session_id)
    assert proved is not None
    assert proved.kind == sessions.MEMBER
    rows = [session.get(UserSession, s.session_id) for s in (before, proved)]
    # Proving an address again lengthens nothing.
    assert rows[0] is not None
    assert rows[1] is not None
    assert rows[0].ends_at == rows[1].ends_at
    create(session, company.viewer, proved.session_id, now + timedelta(hours=1))
    assert by_password(session, email, NEW, now) is not None


def test_a_code_of_staff_opens_nothing_elsewhere(
    session: Session, company: Staffed, now: datetime
) -> None:
    """Neither for who reads the mail without the session, nor with another's session."""
    email = "viewer@sur.example"
    admin = identity.sign_in_as(session, email="admin@sur.example", now=now)
    mine = identity.sign_in_as(session, email=email, now=now)
    assert admin is not None
    assert mine is not None
    assert by_code(session, email, now) is None
    later = now + timedelta(minutes=1)
    sign_in_codes.request_code(session, email=email, address="", now=later, by_member=True)
    code_id = session.exec(select(sa.func.max(col(SignInCode.id)))).one()
    sign_in_codes.issue_code(session, code_id, later)
    mail = session.exec(select(Message).where(Message.dedupe_key == f"code:{code_id}")).one()
    sessions.sign_out(session, mine.session_id, later)
    for present in (None, admin.session_id, mine.session_id, 987_654):
        opened = sign_in_codes.verify_code(
            session,
            email=email,
            code=str(mail.variables["code"]),
            user_agent="",
            address="",
            now=later,
            present=present,
        )
        assert opened is None
