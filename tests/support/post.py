"""Messages of one company and what the provider reports about them, as it does."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlmodel import select

from clientportal.domain.contactability import Segment
from clientportal.domain.delivery import MessageState
from clientportal.services import (
    alerts,
    contacts,
    credentials,
    delivery_inbox,
    delivery_intake,
    messages,
)
from clientportal.services.contacts import NewPoint
from clientportal.storage.models import (
    Account,
    AddressAlert,
    AddressState,
    Channel,
    Message,
    Sender,
)
from clientportal.storage.session import unit_of_work
from tests.channels.test_notices import SECRET, signed
from tests.support import people
from tests.support.ledger import NOW, World, make_world

EMAIL = "ana@papelera.example"
OTHER = "bea@papelera.example"
PHONE = "+573001112233"


@dataclass
class Post:
    """A company that sends by its own account, and what the provider reports about it."""

    engine: sa.Engine
    world: World
    channel: Channel = Channel.EMAIL
    now: datetime = NOW
    events: int = 0
    sent: list[int] = field(default_factory=list)

    def send(self, to: str = "", *, at: datetime | None = None) -> int:
        """A message that the provider has taken."""
        to = to or (EMAIL if self.channel is Channel.EMAIL else PHONE)
        with unit_of_work(bind=self.engine) as session:
            message_id = messages.plan(
                session,
                kind="document",
                to=to,
                language="es",
                variables={},
                dedupe_key=f"test:{len(self.sent)}:{to}",
                company_id=self.world.company_id,
                account_id=self.world.accounts[0],
                channel=self.channel,
                now=at or self.now,
            )
            assert message_id is not None
            row = session.get(Message, message_id)
            assert row is not None
            if row.state is MessageState.PLANNED:
                row.state, row.sent_at = MessageState.SENT, at or self.now
                row.claimed_at, row.check_at = at or self.now, None
                row.provider_id = f"p-{message_id}"
                session.add(row)
        self.sent.append(message_id)
        return message_id

    def report(self, kind: str, message_id: int, **data: Any) -> delivery_intake.Received:
        body = {"email_id": f"p-{message_id}", "to": [EMAIL], **data}
        return self.post({"type": kind, "created_at": "x", "data": body})

    def status(self, status: str, message_id: int, **data: Any) -> delivery_intake.Received:
        one = {"id": f"p-{message_id}", "status": status, "recipient_id": PHONE[1:], **data}
        return self.value(statuses=[one])

    def value(self, **parts: Any) -> delivery_intake.Received:
        inner = {"metadata": {"phone_number_id": "111"}, **parts}
        return self.post({"entry": [{"changes": [{"value": inner}]}]})

    def post(
        self, body: object, *, event_id: str = "", headers: Mapping[str, str] | None = None
    ) -> delivery_intake.Received:
        """Deliver a notification and work the inbox."""
        self.events += 1
        raw = json.dumps(body).encode()
        provider = "resend" if self.channel is Channel.EMAIL else "whatsapp"
        if headers is None:
            headers = self.signed(raw, event_id or f"msg_{self.events}")
        with unit_of_work(bind=self.engine) as session:
            answer = delivery_intake.receive(
                session,
                provider=provider,
                company_slug=self.world.slug,
                raw=raw,
                headers=headers,
                now=self.now,
            )
        delivery_inbox.process_inbox(
            partial(unit_of_work, bind=self.engine), provider, now=self.now
        )
        return answer

    def hear(self, said: Sequence[tuple[str, int]]) -> None:
        """Take in (kind of event, message) of Resend in one transaction; nothing is worked yet."""
        known: dict[delivery_intake.Door, Sender] = {}
        with unit_of_work(bind=self.engine) as session:
            for kind, message_id in said:
                self.events += 1
                data = {"email_id": f"p-{message_id}", "to": [EMAIL]}
                raw = json.dumps({"type": kind, "created_at": "x", "data": data}).encode()
                answer = delivery_intake.receive(
                    session,
                    provider="resend",
                    company_slug=self.world.slug,
                    raw=raw,
                    headers=self.signed(raw, f"msg_{self.events}"),
                    now=self.now,
                    known=known,
                )
                assert answer.status == 200

    def signed(self, raw: bytes, event_id: str) -> dict[str, str]:
        if self.channel is Channel.EMAIL:
            return signed(raw, event_id, int(self.now.timestamp()))
        digest = hmac.new(b"app", raw, hashlib.sha256).hexdigest()
        return {"x-hub-signature-256": f"sha256={digest}"}

    def state(self, message_id: int) -> MessageState:
        with unit_of_work(read_only=True, bind=self.engine) as session:
            row = session.get(Message, message_id)
            assert row is not None
            return row.state

    def alerts(self) -> list[tuple[str, str, bool]]:
        """(address, reason, whether it stands), oldest first."""
        with unit_of_work(read_only=True, bind=self.engine) as session:
            rows = session.exec(select(AddressAlert).order_by("id")).all()
            return [(row.address_norm, row.reason.value, row.removed_at is None) for row in rows]

    def segment(self, account: int = 0) -> Segment:
        with unit_of_work(read_only=True, bind=self.engine) as session:
            row = session.get(Account, self.world.accounts[account])
            assert row is not None
            return row.segment

    def known(self) -> AddressState:
        with unit_of_work(read_only=True, bind=self.engine) as session:
            row = session.exec(select(AddressState)).one()
            session.expunge(row)
            return row

    def remove(self, removal: str = "verified", note: str = "", **more: Any) -> None:
        with unit_of_work(bind=self.engine) as session:
            alert_id = session.exec(
                select(AddressAlert.id).where(sa.text("removed_at IS NULL"))
            ).one()
            alerts.remove(
                session,
                more.get("actor", self.world.agent),
                alert_id=alert_id or 0,
                removal=removal,
                note=note,
                now=self.now,
            )


def post_of(engine: sa.Engine, channel: Channel) -> Post:
    """A company of three accounts with a sender of its own and one person to write to."""
    with unit_of_work(bind=engine) as session:
        world = make_world(session)
        secrets = {"api_key": "re_x", "webhook_secret": SECRET, "app_secret": "app", "token": "t"}
        session.add(
            Sender(
                company_id=world.company_id,
                channel=channel,
                provider="resend" if channel is Channel.EMAIL else "whatsapp",
                external_id="111",
                secrets=credentials.seal(secrets),
                created_at=NOW,
                updated_at=NOW,
            )
        )
        contact_id = people.contact(session, world.owner, [world.accounts[0]], EMAIL, NOW)
        if channel is Channel.WHATSAPP:
            contacts.add_point(
                session,
                world.owner,
                contact_id=contact_id,
                point=NewPoint("whatsapp", PHONE),
                now=NOW,
            )
    return Post(engine, world, channel)
