"""Thousands of messages to addresses whose alerts come and go while they are on their way."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from secrets import token_hex

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col

from clientportal.channels.base import Answer, Outgoing
from clientportal.domain.actors import System
from clientportal.domain.contactability import AlertReason, Evidence
from clientportal.domain.delivery import MessageState
from clientportal.jobs import calls
from clientportal.services import alerts, messages
from clientportal.storage.models import AddressAlert, Channel, Message
from clientportal.storage.session import unit_of_work
from tests.support.ledger import World, make_world
from tests.support.outgoing import Desk, FakeProvider

TOGETHER = 40
"""Messages planned in one transaction."""
ADDRESSES = 60
REASONS = (AlertReason.HARD_BOUNCE, AlertReason.SOFT_BOUNCES, AlertReason.SUPPRESSED)


@dataclass(slots=True)
class Seen:
    """What happened: messages planned and left, those to an alerted address, and how it came."""

    planned: int = 0
    left: int = 0
    to_alerted: list[tuple[int, str]] = field(default_factory=list)
    blocked_when_planned: int = 0
    blocked_when_claimed: int = 0
    alerts: int = 0
    removals: int = 0
    lost: int = 0


class Watching(FakeProvider):
    """A provider that looks, at each call, whether an alert stands on an address of it."""

    def __init__(self, seen: Seen, companies: dict[int, int]) -> None:
        super().__init__()
        self.seen, self.companies = seen, companies

    def send(self, batch: Sequence[Outgoing], *, key: str) -> Answer:
        standing = _standing()
        for message in batch:
            place = (self.companies[message.id], message.to_address.casefold())
            self.seen.left += 1
            if place in standing:
                self.seen.to_alerted.append((message.id, message.to_address))
        return super().send(batch, key=key)


def _standing() -> set[tuple[int, str]]:
    with unit_of_work(read_only=True) as session:
        statement = sa.select(col(AddressAlert.company_id), col(AddressAlert.address_norm))
        return {
            (row[0], row[1])
            for row in session.execute(statement.where(col(AddressAlert.removed_at).is_(None)))
        }


class _Fuzz:
    def __init__(self, desk: Desk, count: int, seed: int) -> None:
        self.desk, self.count, self.chance = desk, count, random.Random(seed)
        self.seen = Seen()
        self.companies: dict[int, int] = {}
        desk.provider = Watching(self.seen, self.companies)
        self.mark = token_hex(3)
        with unit_of_work() as session:
            self.worlds = [make_world(session, f"fuzz-{self.mark}-{n}") for n in range(2)]
        self.addresses = [f"p{n}-{self.mark}@papelera.example" for n in range(ADDRESSES)]
        # Some of them bounce by themselves when something is sent to them.
        for address in self.addresses[::15]:
            desk.provider.evidence[address] = Evidence.HARD_BOUNCE

    def run(self) -> Seen:
        while self.seen.planned < self.count:
            self._plan()
            self._change(self.chance.randrange(4))
            if self.chance.random() < 0.7:
                self._work()
        while self._waiting():
            self._work()
        self._judge()
        return self.seen

    def _plan(self) -> None:
        with unit_of_work() as session:
            for _ in range(min(TOGETHER, self.count - self.seen.planned)):
                world, address = self.chance.choice(self.worlds), self.chance.choice(self.addresses)
                message_id = messages.plan(
                    session,
                    kind="sign_in_code",
                    to=address.upper() if self.chance.random() < 0.3 else address,
                    language="es",
                    variables={"code": "482913", "minutes": 10},
                    dedupe_key=f"{self.mark}:{self.seen.planned}",
                    company_id=world.company_id,
                    in_bulk=self.chance.random() < 0.8,
                    now=self.desk.now,
                )
                assert message_id is not None
                self.companies[message_id] = world.company_id
                self.seen.planned += 1
                row = session.get_one(Message, message_id)
                self.seen.blocked_when_planned += row.state is MessageState.BLOCKED

    def _work(self) -> None:
        self.desk.now += timedelta(seconds=1)
        self.desk.work(steps=self.chance.randrange(1, 6))

    def between(self) -> None:
        """Something happens after the look at the queue and before the claim."""
        if self.chance.random() < 0.05:
            self._change(1)

    def _change(self, times: int) -> None:
        for _ in range(times):
            world, address = self.chance.choice(self.worlds), self.chance.choice(self.addresses)
            with unit_of_work() as session:
                known = alerts.blocks(session, System(world.company_id), Channel.EMAIL, [address])
                if known and self.chance.random() < 0.8:
                    self._remove(session, world, address)
                elif not known:
                    self.seen.alerts += alerts.raise_alert(
                        session,
                        System(world.company_id),
                        channel=Channel.EMAIL,
                        address=address,
                        reason=self.chance.choice(REASONS),
                        now=self.desk.now,
                    )

    def _remove(self, session: Session, world: World, address: str) -> None:
        [alert] = [
            one
            for one in alerts.history(session, world.agent, channel="email", address=address)
            if one.removed_at is None
        ]
        alerts.remove(
            session,
            world.agent,
            alert_id=alert.id,
            removal="verified",
            now=self.desk.now,
        )
        self.seen.removals += 1

    def _states(self) -> dict[MessageState, int]:
        with unit_of_work(read_only=True) as session:
            statement = (
                sa.select(col(Message.state), sa.func.count())
                .where(col(Message.company_id).in_([world.company_id for world in self.worlds]))
                .group_by(col(Message.state))
            )
            return {row[0]: row[1] for row in session.execute(statement)}

    def _waiting(self) -> int:
        states = self._states()
        return states.get(MessageState.PLANNED, 0) + states.get(MessageState.SENDING, 0)

    def _judge(self) -> None:
        states = self._states()
        blocked = states.get(MessageState.BLOCKED, 0)
        self.seen.blocked_when_claimed = blocked - self.seen.blocked_when_planned
        self.seen.lost = self.seen.planned - self.seen.left - blocked


def fuzz(patch: pytest.MonkeyPatch, *, count: int, seed: int) -> Seen:
    """Plan and send `count` messages while alerts are set and taken off at every moment between."""
    desk = Desk(patch, datetime.now(UTC))
    run = _Fuzz(desk, count, seed)
    made = calls.body_of

    def and_then(planned: calls.Planned) -> calls.Made:
        run.between()
        return made(planned)

    patch.setattr(calls, "body_of", and_then)
    return run.run()
