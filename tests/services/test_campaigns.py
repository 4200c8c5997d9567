"""A campaign of which too much bounces stops by itself, driven by delivery events."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal import live
from clientportal.channels.base import ChannelError, Trouble
from clientportal.domain.contactability import Evidence
from clientportal.domain.delivery import MessageState
from clientportal.domain.errors import Conflict, NotAllowed, NotFound
from clientportal.services import (
    audit,
    campaigns,
    delivery_events,
    messages,
    outgoing,
    outgoing_calls,
)
from clientportal.services.outgoing import Made
from clientportal.storage.models import Channel, Message, Sender
from clientportal.storage.session import unit_of_work
from tests.support import people
from tests.support.ledger import NOW, World, make_world
from tests.support.outgoing import Desk

NAME = "request:7"


@dataclass
class Mailing:
    """A company's campaign, and what is reported of its messages."""

    engine: sa.Engine
    world: World
    desk: Desk
    ids: list[int] = field(default_factory=list)

    def plan(self, number: int, campaign: str = NAME) -> list[int]:
        made: list[int] = []
        with unit_of_work(bind=self.engine) as session:
            for _ in range(number):
                n = len(self.ids) + len(made)
                found = messages.plan(
                    session,
                    kind="sign_in_code",
                    to=f"p{n}@papelera.example",
                    language="es",
                    variables={"code": "482913", "minutes": 10},
                    dedupe_key=f"mailing:{n}",
                    company_id=self.world.company_id,
                    in_bulk=True,
                    campaign=campaign,
                    now=NOW,
                )
                assert found is not None
                made.append(found)
        self.ids += made
        return made

    def hear(self, ids: list[int], evidence: Evidence) -> None:
        with unit_of_work(bind=self.engine) as session:
            for message_id in ids:
                message = session.get_one(Message, message_id)
                delivery_events.apply(session, message, evidence, now=self.desk.now)

    def waiting(self) -> int:
        statement = select(Message.id).where(col(Message.state) == MessageState.PLANNED)
        with unit_of_work(read_only=True, bind=self.engine) as session:
            return len(session.exec(statement).all())

    def paused(self) -> list[campaigns.Paused]:
        with unit_of_work(read_only=True, bind=self.engine) as session:
            return campaigns.paused(session, self.world.viewer)

    def resume(self) -> None:
        pause_id = self.paused()[0].id
        with unit_of_work(bind=self.engine) as session:
            campaigns.resume(session, self.world.owner, pause_id=pause_id, now=self.desk.now)


@pytest.fixture
def mailing(database: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Mailing:
    with unit_of_work(bind=database) as session:
        world = make_world(session)
        own = Sender(
            company_id=world.company_id,
            channel=Channel.EMAIL,
            provider="resend",
            rate=1_000,
            created_at=NOW,
            updated_at=NOW,
        )
        session.add(own)
    return Mailing(database, world, Desk(monkeypatch, NOW))


def test_more_than_five_in_a_hundred_stop_the_rest(
    mailing: Mailing, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    changed = live.changed

    def heard(session: Session, topic: str, ref: int | str) -> None:
        told.append(topic)
        changed(session, topic, ref)

    monkeypatch.setattr(live, "changed", heard)
    mailing.plan(100)
    mailing.desk.work()
    mailing.plan(40)
    other = mailing.plan(1, campaign="other")
    mailing.hear(mailing.ids[:95], Evidence.DELIVERED)
    mailing.hear(mailing.ids[95:100], Evidence.HARD_BOUNCE)
    assert mailing.paused() == []  # five in a hundred
    told.clear()
    mailing.hear(mailing.ids[:1], Evidence.HARD_BOUNCE)
    [pause] = mailing.paused()
    assert (pause.campaign, pause.bounced, pause.settled) == (NAME, 6, 100)
    assert f"company:{mailing.world.company_id}" in told
    mailing.desk.work()
    assert mailing.waiting() == 40
    assert mailing.desk.provider.received[100:] == [
        f"p{other[0] - mailing.ids[0]}@papelera.example"
    ]
    with unit_of_work(read_only=True, bind=mailing.engine) as session:
        [entry, *_] = audit.timeline(session, mailing.world.owner, actions=["campaign.paused"])
    assert (entry.data["bounced"], entry.data["settled"], entry.data["held"]) == (6, 100, 40)


def test_a_person_takes_it_up_again_and_old_bounces_do_not_stop_it_anew(mailing: Mailing) -> None:
    mailing.plan(60)
    mailing.desk.work()
    mailing.plan(60)
    mailing.hear(mailing.ids[:56], Evidence.DELIVERED)
    mailing.hear(mailing.ids[56:59], Evidence.SOFT_BOUNCE)
    late = mailing.plan(1)  # planned while it is paused
    assert len(mailing.paused()) == 1
    mailing.desk.now = NOW + timedelta(minutes=1)
    mailing.desk.work()
    assert mailing.waiting() == 61
    with unit_of_work(bind=mailing.engine) as session:
        pause_id = campaigns.paused(session, mailing.world.owner)[0].id
        for who in (mailing.world.agent, mailing.world.viewer):
            with pytest.raises(NotAllowed):
                campaigns.resume(session, who, pause_id=pause_id, now=NOW)
        theirs = people.company(session, "dos", NOW)
        with pytest.raises(NotFound):
            campaigns.resume(session, theirs.owner, pause_id=pause_id, now=NOW)
        assert campaigns.paused(session, theirs.owner) == []
    mailing.resume()
    with unit_of_work(bind=mailing.engine) as session, pytest.raises(Conflict):
        campaigns.resume(session, mailing.world.owner, pause_id=pause_id, now=NOW)
    mailing.desk.now += timedelta(minutes=1)
    mailing.desk.work()
    assert mailing.waiting() == 0
    assert len(mailing.desk.provider.received) == 121
    mailing.hear(mailing.ids[59:60], Evidence.HARD_BOUNCE)  # left before it was resumed
    assert mailing.paused() == []
    mailing.hear(mailing.ids[60:117], Evidence.DELIVERED)
    mailing.hear([*mailing.ids[117:120], *late], Evidence.HARD_BOUNCE)
    assert [(p.bounced, p.settled) for p in mailing.paused()] == [(4, 61)]


def test_a_message_that_was_looked_at_before_the_pause_is_not_called(mailing: Mailing) -> None:
    """The pause commits between the sender's look and its claim."""
    mailing.plan(100)
    mailing.desk.work()
    rest = mailing.plan(10)
    with unit_of_work(read_only=True, bind=mailing.engine) as session:
        sender_id = session.exec(select(Sender.id)).one()
        assert sender_id is not None
        look = outgoing.look(session, sender_id, 100, bulk_calls=0, now=NOW + timedelta(minutes=1))
    assert [planned.id for planned in look.planned] == rest
    mailing.hear(mailing.ids[:94], Evidence.DELIVERED)
    mailing.hear(mailing.ids[94:100], Evidence.HARD_BOUNCE)
    channel = mailing.desk._as_channel()
    made = {planned.id: Made() for planned in look.planned}
    with unit_of_work(bind=mailing.engine) as session:
        call = outgoing_calls.claim(session, sender_id, channel, made, lane="bulk", now=NOW)
    assert call is None
    assert mailing.waiting() == 10


def test_a_relay_that_never_tells_of_deliveries_is_judged_by_what_it_took(
    mailing: Mailing,
) -> None:
    with unit_of_work(bind=mailing.engine) as session:
        session.exec(select(Sender)).one().provider = "smtp"
    mailing.plan(200)
    mailing.desk.work()
    mailing.hear(mailing.ids[:10], Evidence.HARD_BOUNCE)
    assert mailing.paused() == []
    mailing.hear(mailing.ids[10:11], Evidence.HARD_BOUNCE)
    assert [(p.bounced, p.settled) for p in mailing.paused()] == [(11, 200)]


def test_trouble_that_says_nothing_about_addresses_stops_no_campaign(mailing: Mailing) -> None:
    mailing.plan(100)
    mailing.desk.provider.troubles = [ChannelError(Trouble.BUSY, "429")]
    mailing.desk.work()
    mailing.desk.now += timedelta(minutes=1)
    mailing.desk.work()
    mailing.hear(mailing.ids[:50], Evidence.DELIVERED)
    mailing.hear(mailing.ids[50:], Evidence.FAILED)
    assert mailing.paused() == []
