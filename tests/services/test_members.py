"""Members of staff, and the operator's help."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from threading import Barrier

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from clientportal.domain.actors import Member, Role, System
from clientportal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from clientportal.services import audit, identity, members, passwords, sign_in_codes
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


def changes_of(session: Session, company: Staffed) -> list[tuple[str, dict[str, object]]]:
    """(action, facts) of what happened to members after they were made, oldest first."""
    events = audit.timeline(
        session, company.viewer, actions=("member.role_changed", "member.removed")
    )
    return [(event.action, event.data) for event in reversed(events)]


def test_a_role_is_changed_once_and_written_down(
    session: Session, company: Staffed, now: datetime
) -> None:
    for _ in range(2):
        name = members.set_role(
            session,
            company.admin,
            user_id=company.viewer.user_id,
            seen=Role.VIEWER,
            role=Role.AGENT,
            now=now,
        )
        assert name == "Viewer"
    topics = {topic for topic, _ in session.info["live"]}
    assert topics >= {f"company:{company.id}", f"user:{company.viewer.user_id}"}
    roles = {row.user_id: row.role for row in members.listing(session, company.owner)}
    assert roles[company.viewer.user_id] is Role.AGENT
    facts = {"email": "viewer@sur.example", "name": "Viewer", "before": "viewer", "after": "agent"}
    assert changes_of(session, company) == [("member.role_changed", facts)]


def test_a_removed_member_leaves_this_company_alone(
    session: Session, company: Staffed, now: datetime
) -> None:
    other = people.company(session, "norte", now)
    both = session.get(User, company.agent.user_id)
    assert both is not None
    members.add(
        session, other.owner, name="", email=both.email, role=Role.ADMIN, password=None, now=now
    )
    assert identity.sign_in_as(session, email=both.email, now=now) is not None
    for _ in range(2):
        gone = members.remove(
            session, company.admin, user_id=company.agent.user_id, seen=Role.AGENT, now=now
        )
        assert gone == "Agent"
    assert "agent" not in {row.role for row in members.listing(session, company.owner)}
    assert company.agent.user_id in {row.user_id for row in members.listing(session, other.owner)}
    assert session.exec(select(UserSession)).one().revoked_at is None
    facts = {"email": both.email, "name": "Agent", "before": "agent", "after": ""}
    assert changes_of(session, company) == [("member.removed", facts)]
    assert session.get(User, company.agent.user_id) is both


def test_who_keeps_no_door_is_signed_out_and_may_come_back(
    session: Session, company: Staffed, now: datetime
) -> None:
    assert identity.sign_in_as(session, email="agent@sur.example", now=now) is not None
    members.remove(session, company.owner, user_id=company.agent.user_id, seen=Role.AGENT, now=now)
    assert session.exec(select(UserSession)).one().revoked_at == now
    again = members.add(
        session,
        company.owner,
        name="",
        email="agent@sur.example",
        role=Role.VIEWER,
        password=None,
        now=now,
    )
    assert again == company.agent.user_id
    with pytest.raises(Conflict):
        members.remove(session, company.owner, user_id=again, seen=Role.AGENT, now=now)
    members.remove(session, company.owner, user_id=again, seen=Role.VIEWER, now=now)
    assert [action for action, _ in changes_of(session, company)] == ["member.removed"] * 2


def test_who_still_has_a_portal_stays_signed_in(
    session: Session, company: Staffed, now: datetime
) -> None:
    account_id = people.account(session, company.agent, now)
    email = "agent@sur.example"
    person = people.contact(session, company.agent, [account_id], email, now)
    people.customer(session, company.admin, account_id, person, email, now)
    members.remove(session, company.owner, user_id=company.agent.user_id, seen=Role.AGENT, now=now)
    assert session.exec(select(UserSession)).one().revoked_at is None


def test_a_company_keeps_an_owner(session: Session, company: Staffed, now: datetime) -> None:
    owner, admin = company.owner, company.admin
    system = System(company.id)
    for actor in (owner, system):
        with pytest.raises(Conflict, match="last_owner"):
            members.remove(session, actor, user_id=owner.user_id, seen=Role.OWNER, now=now)
        with pytest.raises(Conflict, match="last_owner"):
            members.set_role(
                session, actor, user_id=owner.user_id, seen=Role.OWNER, role=Role.ADMIN, now=now
            )
    members.set_role(
        session, owner, user_id=admin.user_id, seen=Role.ADMIN, role=Role.OWNER, now=now
    )
    members.remove(session, owner, user_id=owner.user_id, seen=Role.OWNER, now=now)
    assert next(row.name for row in members.listing(session, company.viewer)) == "Admin"


def test_only_an_owner_decides_about_owners(
    session: Session, company: Staffed, now: datetime
) -> None:
    owner, admin, agent = company.owner, company.admin, company.agent

    def make(actor: Member, user_id: int, seen: Role, role: Role) -> None:
        members.set_role(session, actor, user_id=user_id, seen=seen, role=role, now=now)

    with pytest.raises(NotAllowed):
        make(admin, agent.user_id, Role.AGENT, Role.OWNER)
    with pytest.raises(NotAllowed):
        make(admin, admin.user_id, Role.ADMIN, Role.OWNER)
    make(owner, agent.user_id, Role.AGENT, Role.OWNER)
    with pytest.raises(NotAllowed):
        make(admin, agent.user_id, Role.OWNER, Role.VIEWER)
    with pytest.raises(NotAllowed):
        members.remove(session, admin, user_id=agent.user_id, seen=Role.OWNER, now=now)
    assert len(changes_of(session, company)) == 1


def test_members_decide_only_with_the_role_they_have_now(
    session: Session, company: Staffed, now: datetime
) -> None:
    owner, admin, viewer = company.owner, company.admin, company.viewer
    other = people.company(session, "norte", now)
    for actor in (company.agent, viewer):
        with pytest.raises(NotAllowed):
            members.remove(session, actor, user_id=actor.user_id, seen=actor.role, now=now)
    with pytest.raises(NotFound):
        members.remove(session, other.owner, user_id=viewer.user_id, seen=Role.VIEWER, now=now)
    with pytest.raises(NotFound):
        members.set_role(
            session, owner, user_id=other.agent.user_id, seen=Role.AGENT, role=Role.VIEWER, now=now
        )
    members.set_role(
        session, owner, user_id=admin.user_id, seen=Role.ADMIN, role=Role.AGENT, now=now
    )
    with pytest.raises(NotAllowed):
        members.remove(session, admin, user_id=viewer.user_id, seen=Role.VIEWER, now=now)
    members.remove(session, owner, user_id=admin.user_id, seen=Role.AGENT, now=now)
    with pytest.raises(NotAllowed):
        members.remove(session, admin, user_id=viewer.user_id, seen=Role.VIEWER, now=now)


def test_a_member_who_changed_meanwhile_is_left_alone(
    session: Session, company: Staffed, now: datetime
) -> None:
    user_id = company.agent.user_id
    members.set_role(
        session, company.owner, user_id=user_id, seen=Role.AGENT, role=Role.ADMIN, now=now
    )
    with pytest.raises(Conflict, match="member_changed") as refused:
        members.set_role(
            session, company.admin, user_id=user_id, seen=Role.AGENT, role=Role.VIEWER, now=now
        )
    assert refused.value.params == {"name": "Agent"}
    with pytest.raises(Conflict, match="member_changed"):
        members.remove(session, company.admin, user_id=user_id, seen=Role.AGENT, now=now)


def test_two_owners_who_remove_each_other_leave_one(database: sa.Engine, now: datetime) -> None:
    with unit_of_work() as opened:
        company = people.company(opened, "sur", now)
        members.set_role(
            opened,
            company.owner,
            user_id=company.admin.user_id,
            seen=Role.ADMIN,
            role=Role.OWNER,
            now=now,
        )
    second = replace(company.admin, role=Role.OWNER)
    start = Barrier(2)

    def take_out(actor: Member, other: Member) -> bool:
        start.wait()
        try:
            with unit_of_work() as opened:
                members.remove(opened, actor, user_id=other.user_id, seen=Role.OWNER, now=now)
        except (Conflict, NotAllowed):
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        tries = [pool.submit(take_out, company.owner, second)]
        tries += [pool.submit(take_out, second, company.owner)]
        assert sorted(one.result() for one in tries) == [False, True]
    with unit_of_work(read_only=True) as opened:
        left = members.listing(opened, company.viewer)
    assert [row.role for row in left].count(Role.OWNER) == 1
