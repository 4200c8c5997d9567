"""Sign-in, sessions and their limits, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal.domain.actors import Role
from clientportal.domain.errors import Invalid, NotFound, NotSignedIn, TooMany
from clientportal.services import identity, passwords, sessions, sign_in_codes
from clientportal.services.identity import NOBODY
from clientportal.services.sessions import SignedIn
from clientportal.storage.models import (
    Access,
    Account,
    Company,
    CompanyMember,
    Contact,
    Message,
    SignInCode,
    Space,
    User,
    UserSession,
)
from clientportal.storage.session import unit_of_work

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
PASSWORD = "una llave muy larga 42"


@pytest.fixture
def company(database: sa.Engine) -> int:
    """A company with one owner and one account whose contact may sign in."""
    with unit_of_work(bind=database) as session:
        company = Company(slug="molino", name="Molino", created_at=NOW, currencies=["COP"])
        owner = User(
            email="ana@molino.example",
            name="Ana",
            password_hash=passwords.hash_password(PASSWORD),
            created_at=NOW,
        )
        session.add_all([company, owner])
        session.flush()
        session.add(
            CompanyMember(company_id=company.id, user_id=owner.id, role=Role.OWNER, created_at=NOW)
        )
        account = Account(
            company_id=company.id, code="A1", name="Uno", created_at=NOW, updated_at=NOW
        )
        contact = Contact(company_id=company.id, name="Luz", created_at=NOW, updated_at=NOW)
        session.add_all([account, contact])
        session.flush()
        session.add(
            Access(
                company_id=company.id,
                account_id=account.id,
                contact_id=contact.id,
                email="luz@uno.example",
                login=True,
            )
        )
        assert company.id is not None
        return company.id


def by_password(
    engine: sa.Engine, email: str, password: str, now: datetime = NOW
) -> SignedIn | None:
    with unit_of_work(bind=engine) as session:
        check = identity.begin_password(session, email=email, address="10.0.0.1", now=now)
    ok = passwords.verify_password(password, check.stored)
    with unit_of_work(bind=engine) as session:
        return identity.finish_password(
            session, check, ok=ok, user_agent="test", address="10.0.0.1", now=now
        )


def ask_code(engine: sa.Engine, email: str, now: datetime = NOW) -> str | None:
    """Ask for a code and run its job; the code that was mailed, if any."""
    with unit_of_work(bind=engine) as session:
        sign_in_codes.request_code(session, email=email, address="10.0.0.1", now=now)
        code_id = session.exec(select(sa.func.max(col(SignInCode.id)))).one()
    with unit_of_work(bind=engine) as session:
        sign_in_codes.issue_code(session, code_id, now)
    with unit_of_work(bind=engine, read_only=True) as session:
        message = session.exec(
            select(Message).where(col(Message.dedupe_key) == f"code:{code_id}")
        ).first()
        return str(message.variables["code"]) if message else None


def verify(engine: sa.Engine, email: str, code: str, now: datetime = NOW) -> SignedIn | None:
    with unit_of_work(bind=engine) as session:
        return sign_in_codes.verify_code(
            session,
            email=email,
            code=code,
            user_agent="test",
            address="10.0.0.1",
            now=now,
        )


def who(engine: sa.Engine, token: str, now: datetime = NOW) -> identity.Principal:
    with unit_of_work(bind=engine, read_only=True) as session:
        return identity.principal_of(session, token, now)


def test_password_opens_a_member_session_and_only_its_hash_is_stored(
    database: sa.Engine, company: int
) -> None:
    signed_in = by_password(database, "  ANA@molino.example ", PASSWORD)
    assert signed_in is not None
    principal = who(database, signed_in.token)
    assert (principal.email, principal.kind) == ("ana@molino.example", sessions.MEMBER)
    with unit_of_work(bind=database, read_only=True) as session:
        stored = session.exec(select(UserSession)).one()
        assert signed_in.token not in stored.model_dump_json()
        actor = identity.member_actor(session, principal, "molino")
        assert (actor.company_id, actor.role) == (company, Role.OWNER)


def test_wrong_password_and_unknown_address_answer_alike(database: sa.Engine, company: int) -> None:
    assert by_password(database, "ana@molino.example", "not it, really") is None
    assert by_password(database, "nobody@molino.example", PASSWORD) is None


def test_the_eleventh_password_try_of_an_hour_is_refused_even_if_right(
    database: sa.Engine, company: int
) -> None:
    for _ in range(identity.PASSWORDS_PER_HOUR):
        assert by_password(database, "ana@molino.example", "not it, really") is None
    with pytest.raises(TooMany):
        by_password(database, "ana@molino.example", PASSWORD)
    assert by_password(
        database, "ana@molino.example", PASSWORD, NOW + timedelta(hours=1, minutes=1)
    )


def test_success_clears_the_count(database: sa.Engine, company: int) -> None:
    for _ in range(identity.PASSWORDS_PER_HOUR - 1):
        by_password(database, "ana@molino.example", "not it, really")
    assert by_password(database, "ana@molino.example", PASSWORD)
    assert by_password(database, "ana@molino.example", PASSWORD)


@pytest.mark.spec(198, 205)
def test_a_code_signs_the_customer_in_and_accepts_the_access(
    database: sa.Engine, company: int
) -> None:
    code = ask_code(database, "luz@uno.example")
    assert code is not None
    assert len(code) == 6
    signed_in = verify(database, "luz@uno.example", f" {code[:3]} {code[3:]} ")
    assert signed_in is not None
    assert signed_in.kind == sessions.CUSTOMER
    with unit_of_work(bind=database, read_only=True) as session:
        access = session.exec(select(Access)).one()
        assert access.accepted_at == NOW
        assert access.user_id == signed_in.user_id
        principal = identity.principal_of(session, signed_in.token, NOW)
        assert identity.customer_actor(session, principal, None).email == "luz@uno.example"


def test_a_code_works_once_for_ten_minutes_and_five_tries(
    database: sa.Engine, company: int
) -> None:
    code = ask_code(database, "luz@uno.example")
    assert code is not None
    assert verify(database, "luz@uno.example", code, NOW + timedelta(minutes=10, seconds=1)) is None
    assert verify(database, "luz@uno.example", code) is not None
    assert verify(database, "luz@uno.example", code) is None

    later = NOW + timedelta(minutes=1)
    fresh = ask_code(database, "luz@uno.example", later)
    assert fresh is not None
    wrong = "000000" if fresh != "000000" else "000001"
    for _ in range(sign_in_codes.CODE_TRIES):
        assert verify(database, "luz@uno.example", wrong, later) is None
    assert verify(database, "luz@uno.example", fresh, later) is None


def test_five_tries_hold_under_fifty_parallel_ones(database: sa.Engine, company: int) -> None:
    code = ask_code(database, "luz@uno.example")
    assert code is not None
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    with ThreadPoolExecutor(50) as threads:
        tries = [threads.submit(verify, database, "luz@uno.example", wrong) for _ in range(50)]
        assert [done.result() for done in tries] == [None] * 50
    assert tries_of(database, "luz@uno.example") == sign_in_codes.CODE_TRIES
    assert verify(database, "luz@uno.example", code) is None


def test_one_code_opens_one_session_under_parallel_tries(database: sa.Engine, company: int) -> None:
    code = ask_code(database, "luz@uno.example")
    assert code is not None
    with ThreadPoolExecutor(5) as threads:
        tries = [threads.submit(verify, database, "luz@uno.example", code) for _ in range(5)]
        assert sum(done.result() is not None for done in tries) == 1


def test_a_try_for_an_unknown_address_writes_as_much_as_one_for_a_known_one(
    database: sa.Engine, company: int
) -> None:
    """Otherwise the time of the answer tells who may sign in."""
    assert ask_code(database, "nobody@uno.example") is None
    for code in ("123456", "", "no code"):
        assert verify(database, "nobody@uno.example", code) is None
    assert tries_of(database, "nobody@uno.example") == 3


def tries_of(engine: sa.Engine, email: str) -> int:
    with unit_of_work(bind=engine, read_only=True) as session:
        return session.exec(select(SignInCode.tries).where(col(SignInCode.email) == email)).one()


def test_a_newer_code_ends_the_older_one(database: sa.Engine, company: int) -> None:
    first = ask_code(database, "luz@uno.example")
    later = NOW + timedelta(seconds=31)
    second = ask_code(database, "luz@uno.example", later)
    assert first
    assert second
    if first != second:
        assert verify(database, "luz@uno.example", first, later) is None
    assert verify(database, "luz@uno.example", second, later) is not None


def test_codes_are_paced_and_unknown_addresses_get_nothing_but_the_same_answer(
    database: sa.Engine, company: int
) -> None:
    for email in ("luz@uno.example", "stranger@uno.example"):
        moment = NOW
        for number in range(sign_in_codes.CODES_PER_HOUR):
            code = ask_code(database, email, moment)
            assert (code is not None) == (email == "luz@uno.example"), number
            with pytest.raises(TooMany) as early:
                ask_code(database, email, moment + timedelta(seconds=10))
            assert early.value.params["seconds"] == 20
            moment += timedelta(seconds=31)
        with pytest.raises(TooMany):
            ask_code(database, email, moment)


@pytest.mark.spec(187, 211, 212)
def test_login_off_ends_codes_and_portal(database: sa.Engine, company: int) -> None:
    code = ask_code(database, "luz@uno.example")
    signed_in = verify(database, "luz@uno.example", code or "")
    assert signed_in is not None
    with unit_of_work(bind=database) as session:
        access = session.exec(select(Access)).one()
        access.login = False
        session.add(access)
    with unit_of_work(bind=database, read_only=True) as session:
        principal = identity.principal_of(session, signed_in.token, NOW)
        with pytest.raises(NotFound):
            identity.customer_actor(session, principal, None)
    assert ask_code(database, "luz@uno.example", NOW + timedelta(minutes=2)) is None


def test_sessions_slide_but_not_past_their_absolute_end(database: sa.Engine, company: int) -> None:
    signed_in = verify(database, "luz@uno.example", ask_code(database, "luz@uno.example") or "")
    assert signed_in is not None
    moment = NOW
    while moment < NOW + sessions.ABSOLUTE - timedelta(days=25):
        moment += timedelta(days=20)
        principal = who(database, signed_in.token, moment)
        assert principal.touch_due, moment
        with unit_of_work(bind=database) as session:
            sessions.touch(session, signed_in.session_id, moment)
    assert who(database, signed_in.token, NOW + sessions.ABSOLUTE) == NOBODY


def test_a_members_session_ends_after_twelve_quiet_hours(database: sa.Engine, company: int) -> None:
    signed_in = by_password(database, "ana@molino.example", PASSWORD)
    assert signed_in is not None
    assert who(database, signed_in.token, NOW + timedelta(hours=11, minutes=59)) != NOBODY
    assert who(database, signed_in.token, NOW + timedelta(hours=12)) == NOBODY


def test_sign_out_here_and_everywhere(database: sa.Engine, company: int) -> None:
    one, two, three = (by_password(database, "ana@molino.example", PASSWORD) for _ in range(3))
    assert one
    assert two
    assert three
    with unit_of_work(bind=database) as session:
        sessions.sign_out(session, one.session_id, NOW)
    assert who(database, one.token) == NOBODY
    assert who(database, two.token) != NOBODY
    with unit_of_work(bind=database) as session:
        assert sessions.sign_out_everywhere(session, two.user_id, NOW, but=two.session_id) == 1
    assert who(database, two.token) != NOBODY
    assert who(database, three.token) == NOBODY
    with unit_of_work(bind=database) as session:
        assert sessions.sign_out_everywhere(session, two.user_id, NOW) == 1
    assert who(database, two.token) == NOBODY


@pytest.mark.parametrize("cookie", [None, "", "x", "é" * 50, "a" * 5000])
def test_a_tampered_cookie_is_nobody(database: sa.Engine, company: int, cookie: str | None) -> None:
    with unit_of_work(bind=database, read_only=True) as session:
        assert identity.principal_of(session, cookie, NOW) == NOBODY


def test_the_path_selects_but_never_grants(database: sa.Engine, company: int) -> None:
    customer = verify(database, "luz@uno.example", ask_code(database, "luz@uno.example") or "")
    owner = by_password(database, "ana@molino.example", PASSWORD)
    assert customer
    assert owner
    with unit_of_work(bind=database) as session:
        session.add(Space(user_id=owner.user_id, key="space-of-ana", created_at=NOW))
        session.add(Company(slug="other", name="Other", created_at=NOW))
    with unit_of_work(bind=database, read_only=True) as session:
        luz = identity.principal_of(session, customer.token, NOW)
        ana = identity.principal_of(session, owner.token, NOW)
        for principal, slug in ((luz, "molino"), (ana, "other"), (ana, "no-such")):
            with pytest.raises(NotFound):
                identity.member_actor(session, principal, slug)
        with pytest.raises(NotFound):
            identity.customer_actor(session, luz, "space-of-ana")
        with pytest.raises(NotSignedIn):
            identity.member_actor(session, NOBODY, "molino")


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "password_short"),
        ("x" * 201, "password_long"),
        ("password1234", "password_common"),
        ("Qwertyuiop123!", "password_common"),
        ("aaaaaaaaaaaaaa", "password_common"),
        ("123456789012", "password_common"),
        ("1029384756473", "password_common"),
        ("12-05-1990 1990", "password_common"),
        ("098765432109876", "password_common"),
        ("112233445566", "password_common"),
        ("abcdefghijklmn", "password_common"),
        ("Zyxwvutsrqponm", "password_common"),
        ("qwertyuiopasdf", "password_common"),
        ("ASDFGHJKLÑasdf", "password_common"),
        ("poiuytrewq0987", "password_common"),
        ("1qaz2wsx3edc4rfv", "password_common"),
        ("abcabcabcabc", "password_common"),
        ("Ana7Ana7Ana7", "password_common"),
        ("dragondragon", "password_common"),
        ("dragondragondrag99", "password_common"),
        ("!@#$%^&*()_+-=", "password_common"),
        ("ana.gonzalez99", "password_personal"),
    ],
)
def test_weak_passwords_are_refused(password: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        passwords.check_strength(password, email="ana.gonzalez@molino.example", name="Ana González")
    assert refused.value.error_code == code


OWN = ("tres caballos azules 7", "Llueve en mayo.", "kX9#vT2$mQ7p", "el perro de Rosa, 1987")


def test_a_long_own_sentence_is_accepted(database: sa.Engine) -> None:
    for password in OWN:
        passwords.check_strength(password, email="ana@molino.example", name="Ana")
    with Session(database) as session:
        assert session.exec(select(sa.func.count()).select_from(User)).one() == 0
