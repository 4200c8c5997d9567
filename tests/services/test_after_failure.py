"""What follows a failure: the fallback channel, and the template instead of the text."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import select

from clientportal.domain.actors import System
from clientportal.domain.delivery import MessageState
from clientportal.jobs import calls
from clientportal.jobs import mail as mail_jobs
from clientportal.services import audit, companies, contacts, credentials, interactions, messages
from clientportal.services.contacts import NewPoint
from clientportal.settings import settings
from clientportal.storage import alerts as alert_storage
from clientportal.storage.models import Channel, ContactPoint, Message, Sender
from clientportal.storage.session import unit_of_work
from tests.support.ledger import NOW, invoice
from tests.support.outgoing import deliver
from tests.support.post import EMAIL, OTHER, PHONE, Post, post_of
from tests.support.simulators import WhatsAppHost, serving

HARD = {"type": "Permanent", "subType": "NoEmail"}


@pytest.fixture
def post(database: sa.Engine) -> Post:
    """A company with both channels; its person has an e-mail and a number that worked."""
    found = post_of(database, Channel.EMAIL)
    with unit_of_work(bind=database) as session:
        _whatsapp_sender(session, found)
        contact_id = session.exec(
            select(ContactPoint.contact_id).where(ContactPoint.address_norm == EMAIL)
        ).one()
        for channel, address in (("whatsapp", PHONE), ("email", OTHER)):
            contacts.add_point(
                session, found.world.owner, contact_id=contact_id,
                point=NewPoint(channel, address), now=NOW,
            )  # fmt: skip
    worked(found, Channel.WHATSAPP, PHONE)
    turn(found, on=True)
    return found


@pytest.fixture
def host(post: Post, monkeypatch: pytest.MonkeyPatch) -> Iterator[WhatsAppHost]:
    assert post.channel is Channel.EMAIL
    found = WhatsAppHost()
    with serving(found):
        monkeypatch.setenv("CLIENTPORTAL_WHATSAPP_API_URL", found.url)
        for module in (mail_jobs, calls):
            monkeypatch.setattr(module, "clock", lambda: post.now)
        settings.cache_clear()
        yield found
        monkeypatch.undo()
        settings.cache_clear()


def _whatsapp_sender(session: Any, post: Post) -> None:
    secrets = {"token": "wa-token", "app_secret": "app", "verify_token": "v"}
    session.add(
        Sender(
            company_id=post.world.company_id,
            channel=Channel.WHATSAPP,
            provider="whatsapp",
            external_id="111",
            secrets=credentials.seal(secrets),
            rate=1000.0,
            created_at=NOW,
            updated_at=NOW,
        )
    )


def turn(post: Post, *, on: bool) -> None:
    with unit_of_work(bind=post.engine) as session:
        companies.update(
            session, post.world.owner, company_id=post.world.company_id,
            changes={"fallback_channel": on}, now=NOW,
        )  # fmt: skip


def worked(post: Post, channel: Channel, address: str, *, hours: int = 1, **more: Any) -> None:
    with unit_of_work(bind=post.engine) as session:
        known = alert_storage.state(session, System(post.world.company_id), channel, address)
        known.last_ok_at = NOW - timedelta(hours=hours)
        for name, value in more.items():
            setattr(known, name, value)
        session.add(known)


def rows(post: Post, **where: object) -> list[Message]:
    with unit_of_work(read_only=True, bind=post.engine) as session:
        found = session.exec(select(Message).filter_by(**where).order_by("id")).all()
        session.expunge_all()
        return list(found)


def told(post: Post) -> list[tuple[str, str, int | None]]:
    return [(row.channel, row.to_norm, row.fallback_of) for row in rows(post, kind="fallback")]


def test_a_bounce_is_told_by_the_channel_that_worked_last_and_once(post: Post) -> None:
    failed = post.send()
    for _ in range(3):
        post.report("email.bounced", failed, bounce=HARD)
    post.report("email.complained", failed)
    assert told(post) == [("whatsapp", PHONE, failed)]
    with unit_of_work(read_only=True, bind=post.engine) as session:
        page = interactions.listing(
            session, post.world.viewer, filters=interactions.InteractionFilters()
        )
    assert [(row.purpose, row.channel, row.address) for row in page.rows] == [
        ("fallback", "whatsapp", PHONE), ("document", "email", EMAIL),
    ]  # fmt: skip


def test_it_is_off_until_the_company_wants_it(post: Post) -> None:
    turn(post, on=False)
    post.report("email.bounced", post.send(), bounce=HARD)
    assert told(post) == []


@pytest.mark.parametrize(
    ("kind", "data", "falls"),
    [
        ("email.bounced", {"bounce": HARD}, True),
        ("email.bounced", {"bounce": {"type": "Transient", "subType": "MailboxFull"}}, True),
        ("email.suppressed", {"suppressed": {"reason": "previous_bounce"}}, True),
        ("email.complained", {}, False),
        ("email.suppressed", {"suppressed": {"reason": "previous_complaint"}}, False),
        ("email.bounced", {"bounce": {"type": "Permanent", "subType": "MessageTooLarge"}}, False),
        ("email.failed", {"failed": {"reason": "reached_daily_quota"}}, False),
        ("email.delivery_delayed", {}, False),
        ("email.delivered", {}, False),
    ],
)
def test_only_what_says_that_the_address_does_not_work_is_told_elsewhere(
    post: Post, kind: str, data: dict[str, Any], falls: bool
) -> None:
    post.report(kind, post.send(), **data)
    assert bool(told(post)) is falls


def test_never_to_an_alerted_address_and_none_that_never_worked(post: Post) -> None:
    number = post.send()
    with unit_of_work(bind=post.engine) as session:
        row = session.get_one(Message, number)
        row.channel, row.to_norm, row.to_address = "whatsapp", PHONE, PHONE
        row.sender_id = session.exec(select(Sender.id).where(Sender.channel == "whatsapp")).one()
        session.add(row)
    post.channel = Channel.WHATSAPP
    post.status("failed", number, errors=[{"code": 131026}])
    post.channel = Channel.EMAIL
    assert post.alerts() == [(PHONE, "no_account", True)]
    assert told(post) == []  # neither e-mail has worked yet
    post.report("email.bounced", post.send(), bounce=HARD)
    assert told(post) == []  # the number worked once, but an alert stands on it now
    worked(post, Channel.EMAIL, OTHER, hours=9)
    post.report("email.bounced", (again := post.send("nadie@papelera.example")), bounce=HARD)
    assert (told(post), post.state(again)) == ([], MessageState.BOUNCED)  # nobody has that address


def test_a_number_without_whatsapp_is_told_by_mail(post: Post) -> None:
    worked(post, Channel.EMAIL, EMAIL, hours=9)
    worked(post, Channel.EMAIL, OTHER, hours=3)
    worked(post, Channel.WHATSAPP, PHONE, hours=30)
    with unit_of_work(bind=post.engine) as session:
        failed = messages.plan(
            session, kind="document", to=PHONE, channel=Channel.WHATSAPP, language="es",
            variables={}, dedupe_key="wa:1", company_id=post.world.company_id,
            account_id=post.world.accounts[0], now=NOW,
        )  # fmt: skip
        row = session.get_one(Message, failed)
        row.state, row.sent_at, row.provider_id = MessageState.SENT, NOW, f"p-{failed}"
        session.add(row)
    post.channel = Channel.WHATSAPP
    post.status("failed", failed or 0, errors=[{"code": 131026}])
    assert told(post) == [("email", OTHER, failed)]


def test_a_fallback_that_fails_is_the_end_of_it(post: Post) -> None:
    worked(post, Channel.EMAIL, OTHER, hours=3)
    failed = post.send()
    post.report("email.bounced", failed, bounce=HARD)
    [second] = rows(post, kind="fallback")
    with unit_of_work(bind=post.engine) as session:
        row = session.get_one(Message, second.id)
        row.state, row.sent_at, row.provider_id = MessageState.SENT, NOW, f"p-{row.id}"
        session.add(row)
    post.channel = Channel.WHATSAPP
    post.status("failed", second.id or 0, errors=[{"code": 131026}])
    assert told(post) == [("whatsapp", PHONE, failed)]
    assert (PHONE, "no_account", True) in post.alerts()


def test_whoever_asked_for_silence_is_left_alone(post: Post) -> None:
    worked(post, Channel.WHATSAPP, PHONE, opted_out_at=NOW)
    post.report("email.bounced", post.send(), bounce=HARD)
    assert told(post) == []


def test_whoever_is_no_longer_of_the_account_is_not_told(post: Post) -> None:
    failed = post.send()
    with unit_of_work(bind=post.engine) as session:
        contact_id = session.exec(
            select(ContactPoint.contact_id).where(ContactPoint.address_norm == EMAIL)
        ).one()
        for account, change in ((1, contacts.link), (0, contacts.unlink)):
            change(
                session, post.world.owner, contact_id=contact_id,
                account_id=post.world.accounts[account], now=NOW,
            )  # fmt: skip
    post.report("email.bounced", failed, bounce=HARD)
    assert told(post) == []


def test_the_text_says_who_wrote_what_is_owed_and_until_when(
    post: Post, host: WhatsAppHost
) -> None:
    with unit_of_work(bind=post.engine) as session:
        document_id = invoice(session, post.world, "1250.50")
    worked(post, Channel.WHATSAPP, PHONE, last_inbound_at=NOW - timedelta(hours=23))
    failed = post.send()
    with unit_of_work(bind=post.engine) as session:
        row = session.get_one(Message, failed)
        row.document_id = document_id
        session.add(row)
    post.report("email.bounced", failed, bounce=HARD)
    deliver(post.engine)
    [body] = host.sent
    text = body["text"]["body"]
    assert body["to"] == PHONE[1:]
    assert text.startswith("Hola, ")
    for word in ("Molino te escribió por correo", "1.250,50", "con vencimiento el"):
        assert word in text
    [row] = rows(post, kind="fallback")
    assert (row.state, row.template) == (MessageState.SENT, "")


def test_outside_the_window_it_is_a_template_and_a_refused_one_tells_the_staff(
    post: Post, host: WhatsAppHost
) -> None:
    worked(post, Channel.WHATSAPP, PHONE, last_inbound_at=NOW - timedelta(hours=24, minutes=1))
    post.report("email.bounced", post.send(), bounce=HARD)
    deliver(post.engine)
    [body] = host.sent
    template = body["template"]
    assert (template["name"], template["language"]) == ("portal_fallback", {"code": "es"})
    texts = [one["text"] for one in template["components"][0]["parameters"]]
    assert texts[1:3] == ["Molino", "correo"]
    with unit_of_work(bind=post.engine) as session:
        sender = session.exec(select(Sender).where(Sender.channel == "whatsapp")).one()
        sender.options = {"templates": {"fallback": "unknown_template"}}
        session.add(sender)
    before = post.alerts()
    post.report("email.bounced", post.send(OTHER), bounce=HARD)
    deliver(post.engine)
    refused = rows(post, kind="fallback")[-1]
    assert (refused.state, refused.template) == (MessageState.FAILED, "unknown_template")
    assert [alert for alert in post.alerts() if alert[0] == PHONE] == []
    assert len(post.alerts()) == len(before) + 1  # that of the e-mail
    with unit_of_work(read_only=True, bind=post.engine) as session:
        events = audit.timeline(session, post.world.viewer, account_id=post.world.accounts[0])
        page = interactions.listing(
            session, post.world.viewer, filters=interactions.InteractionFilters()
        )
    assert [event.data["name"] for event in events if event.action == "template.refused"] == [
        "unknown_template"
    ]
    assert (page.rows[0].cause, page.rows[0].template) == ("template", "unknown_template")


def test_a_window_that_had_closed_is_tried_once_more_as_a_template(
    post: Post, host: WhatsAppHost
) -> None:
    worked(post, Channel.WHATSAPP, PHONE, last_inbound_at=NOW - timedelta(hours=23))
    closed = (400, {"error": {"code": 131047, "message": "Re-engagement message"}}, {})
    host.faults = [closed, closed]
    with unit_of_work(bind=post.engine) as session:
        said = {"contact_name": "Ana", "email": EMAIL, "link": "https://p.example"}
        first = messages.plan(
            session, kind="access_granted", to=PHONE, channel=Channel.WHATSAPP, language="en",
            variables=said | {"company_name": "Molino"}, dedupe_key="wa:1",
            company_id=post.world.company_id, account_id=post.world.accounts[0], now=NOW,
        )  # fmt: skip
    deliver(post.engine)
    text, template = rows(post, kind="access_granted")
    assert (text.id, text.state, text.template) == (first, MessageState.NOT_DELIVERED, "")
    assert (template.fallback_of, template.template) == (first, "portal_access_granted")
    assert template.state is MessageState.NOT_DELIVERED  # and that was the last try
    assert post.alerts() == []
