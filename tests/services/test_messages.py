"""Planning messages."""

from datetime import datetime

import pytest
from sqlmodel import Session, select

from clientportal import queue
from clientportal.domain import messages as rules
from clientportal.domain.delivery import MessageState
from clientportal.domain.errors import Invalid
from clientportal.services import messages
from clientportal.storage.models import Message
from clientportal.storage.session import engine, unit_of_work

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


@pytest.mark.parametrize("to", ["=?utf-8?q?=0d=0aBcc=3a_x?=@x.example", "a=?b@x.example"])
def test_an_address_with_an_encoded_word_is_none(now: datetime, to: str) -> None:
    with unit_of_work() as session, pytest.raises(Invalid):
        plan(session, now, to=to)


def test_a_subject_holds_no_encoded_word() -> None:
    for text in ("=?utf-8?q?x?=", "==??utf-8?q?x?=", "a =?= b"):
        assert "=?" not in rules.header(text, 300)
