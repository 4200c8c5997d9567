"""Messages of which nobody knows whether they left: a person decides, once."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import select

from clientportal.channels.base import ChannelError, Trouble
from clientportal.domain.contactability import AlertReason, Evidence
from clientportal.domain.delivery import MessageState
from clientportal.domain.errors import Conflict, NotAllowed, NotFound
from clientportal.services import alerts, audit, delivery_events, messages, unknown_messages
from clientportal.storage.models import Channel, Message
from clientportal.storage.session import unit_of_work
from tests.support import people
from tests.support.ledger import NOW, World, make_world
from tests.support.outgoing import Desk

LATER = NOW + timedelta(hours=23, seconds=1)


@pytest.fixture
def world(database: sa.Engine) -> World:
    with unit_of_work(bind=database) as session:
        return make_world(session)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(monkeypatch, NOW)


def lost(world: World, desk: Desk, *names: str) -> int:
    """Messages in one call that never got an answer; the call."""
    with unit_of_work() as session:
        for name in names:
            messages.plan(
                session,
                kind="sign_in_code",
                to=f"{name}@papelera.example",
                language="es",
                variables={"code": "482913", "minutes": 10},
                dedupe_key=f"unknown:{name}",
                company_id=world.company_id,
                now=desk.now,
            )
    desk.provider.troubles = [ChannelError(Trouble.UNKNOWN, "ReadTimeout")] * 2
    desk.work()
    desk.now = LATER
    desk.work()
    desk.provider.troubles = []
    with unit_of_work(read_only=True) as session:
        [call] = unknown_messages.listing(session, world.viewer)
    assert (call.count, call.why, call.called_at) == (len(names), "ReadTimeout", NOW)
    assert call.to == tuple(f"{name}@papelera.example" for name in names[:3])
    assert "482913" in call.subject
    return call.batch_id


def decide(world: World, batch_id: int, *, arrived: bool) -> int:
    with unit_of_work() as session:
        return unknown_messages.decide(
            session, world.owner, batch_id=batch_id, arrived=arrived, now=LATER
        )


def states() -> list[MessageState]:
    with unit_of_work(read_only=True) as session:
        return [row.state for row in session.exec(select(Message).order_by("id")).all()]


def test_it_arrived_ends_it_and_is_audited(world: World, desk: Desk) -> None:
    batch_id = lost(world, desk, "ana", "bea", "carlos", "dora")
    assert decide(world, batch_id, arrived=True) == 4
    assert states() == [MessageState.SENT] * 4
    with pytest.raises(Conflict):  # somebody else was first
        decide(world, batch_id, arrived=False)
    desk.work()
    assert len(desk.provider.calls) == 1
    with unit_of_work(read_only=True) as session:
        assert unknown_messages.listing(session, world.viewer) == []
        [entry, *_] = audit.timeline(session, world.owner, actions=["messages.said_arrived"])
    assert len(entry.data["messages"]) == 4


def test_sent_again_is_the_same_message_in_a_call_of_its_own(world: World, desk: Desk) -> None:
    batch_id = lost(world, desk, "ana", "bea")
    assert decide(world, batch_id, arrived=False) == 2
    with pytest.raises(Conflict):
        decide(world, batch_id, arrived=False)
    desk.work()
    (first_key, first), (again_key, again) = desk.provider.calls
    assert again == first
    assert again_key != first_key
    assert states() == [MessageState.SENT] * 2


def test_an_address_with_an_alert_by_now_gets_nothing(world: World, desk: Desk) -> None:
    batch_id = lost(world, desk, "ana", "bea")
    with unit_of_work() as session:
        alerts.raise_alert(
            session,
            world.system,
            channel=Channel.EMAIL,
            address="ana@papelera.example",
            reason=AlertReason.COMPLAINT,
            now=LATER,
        )
    decide(world, batch_id, arrived=False)
    desk.work()
    assert states() == [MessageState.BLOCKED, MessageState.SENT]


def test_what_the_provider_said_meanwhile_is_not_decided_again(world: World, desk: Desk) -> None:
    batch_id = lost(world, desk, "ana", "bea")
    with unit_of_work() as session:
        first = session.exec(select(Message).order_by("id")).first()
        assert first is not None
        delivery_events.apply(session, first, Evidence.DELIVERED, now=LATER)
    assert decide(world, batch_id, arrived=False) == 1
    assert states() == [MessageState.DELIVERED, MessageState.PLANNED]


def test_only_admins_of_the_company_decide(world: World, desk: Desk) -> None:
    batch_id = lost(world, desk, "ana")
    with unit_of_work() as session:
        for who in (world.agent, world.viewer, world.customer):
            with pytest.raises(NotAllowed):
                unknown_messages.decide(session, who, batch_id=batch_id, arrived=True, now=LATER)
        theirs = people.company(session, "dos", NOW)
        assert unknown_messages.listing(session, theirs.owner) == []
        with pytest.raises(NotFound):
            unknown_messages.decide(
                session, theirs.owner, batch_id=batch_id, arrived=True, now=LATER
            )
    assert states() == [MessageState.NEEDS_CHECK]
