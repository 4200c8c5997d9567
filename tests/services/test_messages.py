"""Planning messages, and what staff see of them."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from clientportal import queue
from clientportal.domain import messages as rules
from clientportal.domain.actors import Customer, Nobody
from clientportal.domain.delivery import MessageState
from clientportal.domain.errors import Invalid, NotAllowed, NotSignedIn
from clientportal.services import messages
from clientportal.storage.models import Message
from clientportal.storage.session import engine, unit_of_work
from tests.support import people

pytestmark = pytest.mark.usefixtures("database")


def plan(
    session: Session,
    now: datetime,
    *,
    key: str = "k:1",
    to: str = "alicia@papelera.example",
    company_id: int | None = None,
    to_name: str = "",
    reply_to: str = "",
) -> int | None:
    return messages.plan(
        session,
        kind="sign_in_code",
        to=to,
        language="es",
        variables={"code": "482913", "minutes": 10},
        dedupe_key=key,
        company_id=company_id,
        to_name=to_name,
        reply_to=reply_to,
        now=now,
    )


def jobs() -> list[str]:
    found = queue.client(engine()).list_workflows(workflow_id_prefix="send:")
    return [workflow.workflow_id for workflow in found]


def test_planning_again_changes_nothing(now: datetime) -> None:
    with unit_of_work() as session:
        first = plan(session, now)
        assert first is not None
        assert plan(session, now) is None  # within one transaction
    with unit_of_work() as session:
        assert plan(session, now, to="bruno@papelera.example") is None  # and in a later one
    with unit_of_work(read_only=True) as session:
        rows = session.exec(select(Message)).all()
        assert [row.to_address for row in rows] == ["alicia@papelera.example"]
    assert len(jobs()) == 1


def test_a_rollback_takes_message_and_job_back(now: datetime) -> None:
    with pytest.raises(Invalid):
        _plan_two(now)
    with unit_of_work(read_only=True) as session:
        assert session.exec(select(Message)).all() == []
    assert jobs() == []


def _plan_two(now: datetime) -> None:
    with unit_of_work() as session:
        plan(session, now)
        plan(session, now, key="k:2", to="alicia@papelera.example\nBcc: m@evil.example")


def test_no_header_can_be_injected(now: datetime) -> None:
    with unit_of_work() as session:
        plan(session, now, to_name="Alicia\r\nBcc: m@evil.example")
        row = session.exec(select(Message)).one()
        assert row.to_name == "Alicia Bcc: m@evil.example"
        with pytest.raises(Invalid):
            plan(session, now, key="k:2", reply_to="a@b.example\nBcc: m@evil.example")


def test_the_address_compares_without_case(now: datetime) -> None:
    with unit_of_work() as session:
        plan(session, now, to="Alicia@Papelera.EXAMPLE")
        row = session.exec(select(Message)).one()
        assert row.to_norm == "alicia@papelera.example"
        assert row.state is MessageState.PLANNED


def test_staff_see_the_messages_of_their_company_alone(now: datetime) -> None:
    with unit_of_work() as session:
        ours = people.company(session, "papelera", now)
        theirs = people.company(session, "ferreteria", now)
        mine = [plan(session, now, key=f"a:{n}", company_id=ours.id) for n in range(3)]
        foreign = plan(session, now, key="b:1", company_id=theirs.id)
        plan(session, now + timedelta(minutes=1), key="c:1")  # the platform's own: nobody's list
    with unit_of_work(read_only=True) as session:
        for actor in (ours.owner, ours.admin, ours.agent, ours.viewer):
            rows = messages.listing(session, actor)
            assert [row.id for row in rows if row.kind == "sign_in_code"] == mine[::-1]
        hidden = {row.id for row in messages.listing(session, ours.owner)}
        assert foreign not in hidden
        assert foreign in {row.id for row in messages.listing(session, theirs.viewer)}


def test_pages_of_the_list_follow_each_other(now: datetime) -> None:
    with unit_of_work() as session:
        ours = people.company(session, "papelera", now)
        for n in range(5):
            plan(session, now, key=f"a:{n}", company_id=ours.id)
    with unit_of_work(read_only=True) as session:
        everything = [row.id for row in messages.listing(session, ours.viewer)]
        first = messages.listing(session, ours.viewer, limit=2)
        second = messages.listing(session, ours.viewer, limit=2, before_id=first[-1].id)
        assert [row.id for row in (*first, *second)] == everything[:4]


def test_customers_and_strangers_do_not_list_messages() -> None:
    customer = Customer(user_id=1, email="bruno@cliente.example", name="Bruno")
    with unit_of_work(read_only=True) as session:
        with pytest.raises(NotAllowed):
            messages.listing(session, customer)
        with pytest.raises(NotSignedIn):
            messages.listing(session, Nobody())


def test_a_list_row_carries_no_body(now: datetime) -> None:
    with unit_of_work() as session:
        ours = people.company(session, "papelera", now)
        plan(session, now, company_id=ours.id)
    with unit_of_work(read_only=True) as session:
        assert "482913" not in repr(messages.listing(session, ours.owner))


@pytest.mark.parametrize("to", ["=?utf-8?q?=0d=0aBcc=3a_x?=@x.example", "a=?b@x.example"])
def test_an_address_with_an_encoded_word_is_none(now: datetime, to: str) -> None:
    with unit_of_work() as session, pytest.raises(Invalid):
        plan(session, now, to=to)


def test_a_subject_holds_no_encoded_word() -> None:
    for text in ("=?utf-8?q?x?=", "==??utf-8?q?x?=", "a =?= b"):
        assert "=?" not in rules.header(text, 300)
