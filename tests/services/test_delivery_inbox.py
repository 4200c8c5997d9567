"""Every row of the table in contracts/messaging.md §11, from signed bytes to alert and segment."""

import json
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import select

from clientportal.channels import delivery_reports
from clientportal.channels.notices import MessageNotice
from clientportal.domain.contactability import Evidence, Segment
from clientportal.domain.delivery import MessageState
from clientportal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from clientportal.services import (
    alerts,
    contacts,
    credentials,
    delivery_events,
    delivery_inbox,
    delivery_intake,
    message_marks,
    messages,
)
from clientportal.settings import settings
from clientportal.storage.models import (
    AddressAlert,
    Channel,
    ContactPoint,
    Message,
    Sender,
    WebhookInbox,
)
from clientportal.storage.session import unit_of_work
from tests.channels.test_notices import FAILED, SECRET, report, signed
from tests.support import people
from tests.support.ledger import NOW, make_world
from tests.support.post import EMAIL, OTHER, PHONE, Post, post_of


@pytest.fixture
def mail(database: sa.Engine) -> Post:
    return post_of(database, Channel.EMAIL)


@pytest.fixture
def whatsapp(database: sa.Engine) -> Post:
    return post_of(database, Channel.WHATSAPP)


@pytest.mark.parametrize(
    ("kind", "data", "state", "reason"),
    [
        ("email.sent", {}, MessageState.SENT, None),
        ("email.delivered", {}, MessageState.DELIVERED, None),
        ("email.delivery_delayed", {}, MessageState.DELAYED, None),
        ("email.opened", {}, MessageState.READ, None),
        ("email.clicked", {}, MessageState.READ, None),
        ("email.failed", {"failed": {"reason": "reached_daily_quota"}}, MessageState.FAILED, None),
        ("email.complained", {}, MessageState.COMPLAINED, "complaint"),
        (
            "email.suppressed",
            {"suppressed": {"reason": "previous_bounce"}},
            MessageState.SUPPRESSED,
            "suppressed",
        ),
        (
            "email.suppressed",
            {"suppressed": {"reason": "previous_complaint"}},
            MessageState.COMPLAINED,
            "complaint",
        ),
        (
            "email.bounced",
            {"bounce": {"type": "Permanent", "subType": "NoEmail"}},
            MessageState.BOUNCED,
            "hard_bounce",
        ),
        (
            "email.bounced",
            {"bounce": {"type": "Permanent", "subType": "General"}},
            MessageState.BOUNCED,
            "hard_bounce",
        ),
        (
            "email.bounced",
            {"bounce": {"type": "Permanent", "subType": "MessageTooLarge"}},
            MessageState.BOUNCED,
            None,
        ),
        (
            "email.bounced",
            {"bounce": {"type": "Transient", "subType": "ContentRejected"}},
            MessageState.BOUNCED,
            None,
        ),
        (
            "email.bounced",
            {"bounce": {"type": "Transient", "subType": "MailboxFull"}},
            MessageState.BOUNCED_SOFT,
            None,
        ),
        (
            "email.bounced",
            {"bounce": {"type": "Undetermined"}},
            MessageState.BOUNCED_SOFT,
            None,
        ),
    ],
)
@pytest.mark.spec(88, 89, 91, 109)
def test_each_event_of_an_e_mail(
    mail: Post, kind: str, data: dict[str, Any], state: MessageState, reason: str | None
) -> None:
    message_id = mail.send()
    assert mail.report(kind, message_id, **data).status == 200
    assert mail.state(message_id) is state
    assert mail.alerts() == ([(EMAIL, reason, True)] if reason else [])
    assert mail.segment() is (Segment.UNREACHABLE if reason else Segment.CONTACTABLE)


@pytest.mark.parametrize(
    ("status", "data", "state", "reason"),
    [
        ("sent", {}, MessageState.SENT, None),
        ("delivered", {}, MessageState.DELIVERED, None),
        ("read", {}, MessageState.READ, None),
        ("failed", {"errors": [{"code": 131026}]}, MessageState.FAILED, "no_account"),
        (
            "failed",
            {"errors": [{"code": 131026}], "recipient_user_id": "CO.abc"},
            MessageState.FAILED,
            "unreachable",
        ),
        ("failed", {"errors": [{"code": 131047}]}, MessageState.NOT_DELIVERED, None),
        ("failed", {"errors": [{"code": 131049}]}, MessageState.NOT_DELIVERED, None),
        ("failed", {"errors": [{"code": 130472}]}, MessageState.NOT_DELIVERED, None),
        ("failed", {"errors": [{"code": 131050}]}, MessageState.NOT_DELIVERED, None),
        ("failed", {"errors": [{"code": 132001}]}, MessageState.FAILED, None),
    ],
)
@pytest.mark.spec(90, 109)
def test_each_status_of_whatsapp(
    whatsapp: Post, status: str, data: dict[str, Any], state: MessageState, reason: str | None
) -> None:
    message_id = whatsapp.send()
    assert whatsapp.status(status, message_id, **data).status == 200
    assert whatsapp.state(message_id) is state
    assert whatsapp.alerts() == ([(PHONE, reason, True)] if reason else [])
    assert whatsapp.segment() is (Segment.PROBLEMS if reason else Segment.CONTACTABLE)


def test_an_account_level_error_pauses_the_channel_and_alerts_nobody(whatsapp: Post) -> None:
    message_id = whatsapp.send()
    whatsapp.status("failed", message_id, errors=[{"code": 131042, "title": "billing"}])
    assert whatsapp.alerts() == []
    with unit_of_work(read_only=True, bind=whatsapp.engine) as session:
        sender = session.exec(select(Sender)).one()
        assert sender.paused_at is not None
        assert sender.pause_reason == "closed"


@pytest.mark.spec(93, 95)
def test_one_address_of_two_with_an_alert_leaves_the_customer_contactable(mail: Post) -> None:
    with unit_of_work(bind=mail.engine) as session:
        people.contact(session, mail.world.owner, [mail.world.accounts[0]], OTHER, NOW)
    mail.report("email.bounced", mail.send(), bounce={"type": "Permanent"})
    assert mail.segment() is Segment.PROBLEMS
    assert mail.state(mail.send(OTHER)) is MessageState.SENT


@pytest.mark.spec(92, 93)
def test_the_segment_follows_alerts_and_addresses_at_once(mail: Post) -> None:
    mail.report("email.bounced", mail.send(), bounce={"type": "Permanent"})
    assert mail.segment() is Segment.UNREACHABLE
    with unit_of_work(bind=mail.engine) as session:
        added = people.contact(session, mail.world.owner, [mail.world.accounts[0]], OTHER, NOW)
    assert mail.segment() is Segment.PROBLEMS
    with unit_of_work(bind=mail.engine) as session:
        contacts.unlink(
            session, mail.world.owner, contact_id=added, account_id=mail.world.accounts[0], now=NOW
        )
    assert mail.segment() is Segment.UNREACHABLE
    with unit_of_work(bind=mail.engine) as session:
        point = session.exec(
            select(ContactPoint.id).where(ContactPoint.address_norm == EMAIL)
        ).one()
        contacts.remove_point(session, mail.world.owner, point_id=point or 0, now=NOW)
    assert mail.segment() is Segment.NO_DATA


@pytest.mark.spec(94)
def test_nothing_is_sent_to_an_alerted_address_and_nothing_comes_back_by_itself(
    mail: Post,
) -> None:
    mail.report("email.bounced", mail.send(), bounce={"type": "Permanent"})
    blocked = mail.send()
    assert mail.state(blocked) is MessageState.BLOCKED
    mail.now += timedelta(hours=1)
    mail.remove()
    assert mail.state(blocked) is MessageState.BLOCKED
    assert mail.segment() is Segment.CONTACTABLE
    assert mail.state(mail.send()) is MessageState.SENT


@pytest.mark.spec(91)
def test_a_customer_who_shares_the_address_shares_the_alert(mail: Post) -> None:
    with unit_of_work(bind=mail.engine) as session:
        contact_id = session.exec(
            select(ContactPoint.contact_id).where(ContactPoint.address_norm == EMAIL)
        ).one()
        contacts.link(
            session,
            mail.world.owner,
            contact_id=contact_id,
            account_id=mail.world.accounts[2],
            now=NOW,
        )
    mail.report("email.bounced", mail.send(), bounce={"type": "Permanent"})
    assert [mail.segment(0), mail.segment(2)] == [Segment.UNREACHABLE] * 2
    assert mail.segment(1) is not Segment.UNREACHABLE


def test_events_in_any_order_and_again_end_the_same(mail: Post) -> None:
    message_id = mail.send()
    bounce = {"type": "Permanent", "subType": "NoEmail"}
    mail.report("email.bounced", message_id, bounce=bounce)
    mail.report("email.delivered", message_id)
    mail.report("email.sent", message_id)
    mail.report("email.bounced", message_id, bounce=bounce)
    assert mail.state(message_id) is MessageState.BOUNCED
    assert mail.alerts() == [(EMAIL, "hard_bounce", True)]


def test_a_hundred_deliveries_at_once_take_few_statements_each(
    mail: Post, database: sa.Engine
) -> None:
    """Five hundred come in a second, and one process takes and works them (rule 10)."""
    ids = [mail.send() for _ in range(100)]
    units = partial(unit_of_work, bind=database)
    said: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    sa.event.listen(database, "before_cursor_execute", count)
    try:
        mail.hear([("email.delivered", message_id) for message_id in ids])
        taken, said[:] = len(said), []
        delivery_inbox.process_inbox(units, "resend", now=NOW)
    finally:
        sa.event.remove(database, "before_cursor_execute", count)
    assert {mail.state(message_id) for message_id in ids} == {MessageState.DELIVERED}
    assert taken <= 1.2 * len(ids)
    assert len(said) <= 5 * len(ids)


def test_what_one_drain_works_is_not_worked_by_another_as_well(
    mail: Post, database: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new drain is woken each second, whether or not those before have ended."""
    ids = [mail.send() for _ in range(delivery_inbox.CHUNK)]
    mail.hear([("email.delivered", message_id) for message_id in ids])
    units = partial(unit_of_work, bind=database)
    work, worked = delivery_inbox._work, []
    apply = delivery_events.apply

    def after_another(units: Any, rows: Any, now: datetime) -> None:
        """Between a drain's look at the inbox and its work, another does all of it."""
        monkeypatch.setattr(delivery_inbox, "_work", work)
        delivery_inbox.process_inbox(units, "resend", now=now)
        work(units, rows, now)

    def noted(session: Any, message: Message, *args: Any, **more: Any) -> bool:
        worked.append(message.id)
        return apply(session, message, *args, **more)

    monkeypatch.setattr(delivery_inbox, "_work", after_another)
    monkeypatch.setattr(delivery_events, "apply", noted)
    delivery_inbox.process_inbox(units, "resend", now=NOW)
    assert sorted(worked) == sorted(ids)


def test_several_events_of_a_message_that_are_worked_together_end_the_same(mail: Post) -> None:
    one, other = mail.send(), mail.send()
    kinds = ("email.delivered", "email.opened", "email.sent")
    mail.hear([(kind, message_id) for kind in kinds for message_id in (other, one)])
    delivery_inbox.process_inbox(partial(unit_of_work, bind=mail.engine), "resend", now=NOW)
    assert [mail.state(message_id) for message_id in (one, other)] == [MessageState.READ] * 2


def test_a_replayed_event_is_kept_once(mail: Post) -> None:
    message_id = mail.send()
    body = {"type": "email.delivered", "data": {"email_id": f"p-{message_id}"}}
    for _ in range(5):
        assert mail.post(body, event_id="msg_same").status == 200
    with unit_of_work(read_only=True, bind=mail.engine) as session:
        assert len(session.exec(select(WebhookInbox)).all()) == 1


def test_unsigned_and_stale_events_are_refused_and_not_kept(mail: Post) -> None:
    message_id = mail.send()
    body = {"type": "email.bounced", "data": {"email_id": f"p-{message_id}"}}
    assert mail.post(body, headers={}).status == 401
    raw = json.dumps(body).encode()
    stale = signed(raw, "msg_1", int(NOW.timestamp()) - 400)
    assert mail.post(body, headers=stale).reason == "stale"
    other = signed(raw, "msg_1", int(NOW.timestamp()), "whsec_" + "A" * 44)
    assert mail.post(body, headers=other).status == 401
    with unit_of_work(read_only=True, bind=mail.engine) as session:
        assert session.exec(select(WebhookInbox)).all() == []
    assert mail.state(message_id) is MessageState.SENT


def test_an_unknown_message_and_an_unknown_event_are_kept_and_do_nothing(mail: Post) -> None:
    mail.post({"type": "email.bounced", "data": {"email_id": "p-elsewhere"}})
    mail.post({"type": "word.of.tomorrow", "data": {}})
    mail.post(["no", "event"])
    with unit_of_work(read_only=True, bind=mail.engine) as session:
        rows = session.exec(select(WebhookInbox).order_by("id")).all()
        assert [row.error for row in rows] == ["unknown_message", "", "not_understood"]
        assert all(row.processed_at for row in rows)
    assert mail.alerts() == []


def test_a_company_can_not_speak_of_another_ones_messages(mail: Post) -> None:
    with unit_of_work(bind=mail.engine) as session:
        theirs = make_world(session, "otra")
        session.add(
            Sender(
                company_id=theirs.company_id,
                channel=Channel.EMAIL,
                provider="resend",
                secrets=credentials.seal({"webhook_secret": SECRET}),
                created_at=NOW,
                updated_at=NOW,
            )
        )
    message_id = mail.send()
    attacker = Post(mail.engine, theirs)
    data = {"bounce": {"type": "Permanent"}, "tags": {"msg": str(message_id)}}
    assert attacker.report("email.bounced", message_id, **data).status == 200
    assert mail.state(message_id) is MessageState.SENT
    assert mail.alerts() == []


def test_half_a_character_is_not_understood_and_done_with(mail: Post) -> None:
    mail.post({"type": "email.delivered", "data": {"email_id": "\ud800"}})
    with unit_of_work(read_only=True, bind=mail.engine) as session:
        row = session.exec(select(WebhookInbox)).one()
        assert (row.error, row.processed_at) == ("not_understood", NOW)


def test_looking_at_the_platforms_sender_stores_nothing(
    database: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIENTPORTAL_WHATSAPP_PHONE_NUMBER_ID", "111")
    monkeypatch.setenv("CLIENTPORTAL_WHATSAPP_VERIFY_TOKEN", "t")
    settings.cache_clear()
    query = {"hub.mode": "subscribe", "hub.challenge": "7"}
    try:
        with unit_of_work(bind=database) as session:
            for token, answer in (("no", None), ("t", "7")):
                said = delivery_intake.challenge(
                    session,
                    provider="whatsapp",
                    company_slug=None,
                    query=query | {"hub.verify_token": token},
                    now=NOW,
                )
                assert said == answer
        with unit_of_work(read_only=True, bind=database) as session:
            assert session.exec(select(Sender)).all() == []
    finally:
        monkeypatch.undo()
        settings.cache_clear()


def test_the_mailbox_behind_a_forwarding_says_nothing_certain_about_ours(mail: Post) -> None:
    message_id = mail.send()
    with unit_of_work(bind=mail.engine) as session:
        sender = session.exec(select(Sender)).one()
        notice = MessageNotice(
            Evidence.HARD_BOUNCE,
            mark=message_marks.mark_of(message_id),
            recipient="otra@elsewhere.example",
        )
        assert delivery_inbox._message(session, sender, notice, 1, NOW)
    assert mail.state(message_id) is MessageState.BOUNCED_SOFT
    assert mail.alerts() == []


def test_an_event_before_the_answer_is_found_by_our_own_mark(mail: Post) -> None:
    message_id = mail.send()
    with unit_of_work(bind=mail.engine) as session:
        row = session.get(Message, message_id)
        assert row is not None
        row.provider_id = ""
        session.add(row)
    mail.report("email.delivered", message_id, tags={"msg": str(message_id), "tenant": "1"})
    assert mail.state(message_id) is MessageState.DELIVERED


def soft(mail: Post, at: datetime) -> None:
    mail.now = at
    mail.report("email.bounced", mail.send(at=at), bounce={"type": "Transient"})


def test_three_soft_bounces_over_two_days_set_an_alert(mail: Post) -> None:
    soft(mail, NOW)
    soft(mail, NOW + timedelta(hours=24))
    assert mail.alerts() == []
    soft(mail, NOW + timedelta(hours=48))
    assert mail.alerts() == [(EMAIL, "soft_bounces", True)]


def test_a_delivery_between_soft_bounces_counts_anew(mail: Post) -> None:
    soft(mail, NOW)
    soft(mail, NOW + timedelta(hours=24))
    mail.now = NOW + timedelta(hours=30)
    mail.report("email.delivered", mail.send(at=mail.now))
    soft(mail, NOW + timedelta(hours=48))
    assert mail.alerts() == []
    assert mail.known().last_ok_at == NOW + timedelta(hours=30)


def test_a_delivery_takes_no_alert_off(mail: Post) -> None:
    first, second = mail.send(), mail.send()
    mail.report("email.bounced", first, bounce={"type": "Permanent"})
    mail.report("email.delivered", second)
    assert mail.alerts() == [(EMAIL, "hard_bounce", True)]


def test_evidence_older_than_a_removal_sets_no_alert(mail: Post) -> None:
    early, late = mail.send(), mail.send()
    mail.report("email.bounced", early, bounce={"type": "Permanent"})
    mail.now = NOW + timedelta(hours=2)
    mail.remove()
    mail.report("email.bounced", late, bounce={"type": "Permanent"})
    assert mail.state(late) is MessageState.BOUNCED
    assert mail.alerts() == [(EMAIL, "hard_bounce", False)]
    mail.now = NOW + timedelta(hours=3)
    mail.report("email.bounced", mail.send(), bounce={"type": "Permanent"})
    assert mail.alerts() == [(EMAIL, "hard_bounce", False), (EMAIL, "hard_bounce", True)]


@pytest.mark.spec(96)
def test_a_removal_says_why_and_a_complaint_needs_words(mail: Post) -> None:
    mail.report("email.complained", mail.send())
    with pytest.raises(Invalid) as refused:
        mail.remove("verified")
    assert refused.value.field == "note"
    with pytest.raises(Invalid):
        mail.remove("just_because", "me lo pidió")
    with pytest.raises(NotAllowed):
        mail.remove("verified", "me lo pidió", actor=mail.world.viewer)
    mail.remove("verified", "Pidió por teléfono que le sigamos escribiendo")
    with unit_of_work(read_only=True, bind=mail.engine) as session:
        [shown] = alerts.history(session, mail.world.viewer, channel="email", address=EMAIL)
    assert (shown.removal, shown.removed_by) == ("verified", mail.world.agent.name)
    assert mail.known().opted_out_at is not None  # the person's wish about what is not necessary


def test_two_members_take_an_alert_off_once(mail: Post) -> None:
    mail.report("email.bounced", mail.send(), bounce={"type": "Permanent"})
    with unit_of_work(bind=mail.engine) as session:
        alert_id = session.exec(select(AddressAlert.id)).one() or 0
        alerts.remove(session, mail.world.agent, alert_id=alert_id, removal="verified", now=NOW)
        with pytest.raises(Conflict):
            alerts.remove(session, mail.world.owner, alert_id=alert_id, removal="replaced", now=NOW)


def test_another_companys_alert_is_not_found(mail: Post) -> None:
    mail.report("email.bounced", mail.send(), bounce={"type": "Permanent"})
    with unit_of_work(bind=mail.engine) as session:
        theirs = make_world(session, "otra")
        alert_id = session.exec(select(AddressAlert.id)).one() or 0
        with pytest.raises(NotFound):
            alerts.get(session, theirs.owner, alert_id=alert_id)
        with pytest.raises(NotFound):
            alerts.remove(session, theirs.owner, alert_id=alert_id, removal="verified", now=NOW)
        assert alerts.history(session, theirs.owner, channel="email", address=EMAIL) == []


def test_the_providers_list_alerts_an_address_that_is_ours(mail: Post) -> None:
    added = {"email": EMAIL, "origin": "bounce"}
    mail.post({"type": "suppression.added", "data": added})
    assert mail.alerts() == [(EMAIL, "suppressed", True)]
    mail.post({"type": "suppression.added", "data": added | {"email": "quien@sabe.example"}})
    mail.post({"type": "suppression.removed", "data": added})
    assert mail.alerts() == [(EMAIL, "suppressed", True)]


def test_a_persons_own_message_opens_the_window_and_takes_no_alert_off(whatsapp: Post) -> None:
    message_id = whatsapp.send()
    whatsapp.status("failed", message_id, errors=[{"code": 131026}])
    inbound = {"from": PHONE[1:], "timestamp": str(int(NOW.timestamp())), "type": "text"}
    whatsapp.value(messages=[inbound], contacts=[{"wa_id": PHONE[1:], "user_id": "CO.abc"}])
    known = whatsapp.known()
    assert (known.last_inbound_at, known.bsuid, known.wa_id) == (NOW, "CO.abc", PHONE[1:])
    assert whatsapp.alerts() == [(PHONE, "no_account", True)]


def test_a_notification_about_another_number_is_left_alone(whatsapp: Post) -> None:
    message_id = whatsapp.send()
    one = {"id": f"p-{message_id}", "status": "read"}
    inner = {"metadata": {"phone_number_id": "999"}, "statuses": [one]}
    whatsapp.post({"entry": [{"changes": [{"value": inner}]}]})
    assert whatsapp.state(message_id) is MessageState.SENT


def test_one_poisoned_notification_holds_up_nobody(
    mail: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    from clientportal.channels import resend_notices

    good = mail.send()
    read = resend_notices.read

    def poisoned(raw: bytes) -> Any:
        if b"poison" in raw:
            raise RuntimeError("boom")
        return read(raw)

    monkeypatch.setattr(resend_notices, "read", poisoned)
    mail.post({"type": "poison", "data": {}})
    mail.report("email.delivered", good)
    assert mail.state(good) is MessageState.DELIVERED
    units = partial(unit_of_work, bind=mail.engine)
    for _ in range(delivery_inbox.MOST_TRIES):
        delivery_inbox.process_inbox(units, "resend", now=NOW)
    with unit_of_work(read_only=True, bind=mail.engine) as session:
        row = session.exec(select(WebhookInbox).order_by("id")).first()
        assert row is not None
        assert (row.processed_at, row.error) == (NOW, "RuntimeError")


@pytest.mark.parametrize("provider", ["resend", "smtp", "whatsapp", "other"])
def test_a_company_without_such_a_sender_is_not_found(mail: Post, provider: str) -> None:
    with unit_of_work(bind=mail.engine) as session:
        slug = make_world(session, "otra").slug
        for company in (slug, "nadie"):
            with pytest.raises(NotFound):
                delivery_intake.receive(
                    session,
                    provider=provider,
                    company_slug=company,
                    raw=b"{}",
                    headers={},
                    now=NOW,
                )


def test_a_delivery_report_from_a_pipe_needs_a_mark_of_ours(database: sa.Engine) -> None:
    with unit_of_work(bind=database) as session:
        message_id = messages.plan(
            session,
            kind="sign_in_code",
            to=EMAIL,
            language="es",
            variables={"code": "482913", "minutes": 10},
            dedupe_key="code:1",
            now=NOW,
        )
        assert message_id is not None
        row = session.get(Message, message_id)
        assert row is not None
        row.state, row.sent_at, row.check_at = MessageState.SENT, NOW, None
        session.add(row)
    ours = FAILED | {"Final-Recipient": f"rfc822; {EMAIL}"}
    genuine = report(ours, original=f"<message-{message_marks.mark_of(message_id)}@x.example>")
    forged = report(FAILED, original=f"<message-{message_id}.{'0' * 20}@x.example>")
    elsewhere = report(
        FAILED | {"Final-Recipient": "rfc822; nobody@elsewhere.example"},
        original=f"<message-{message_id}.{'0' * 20}@x.example>",
    )
    assert delivery_reports.read(elsewhere)[0].recipient == "nobody@elsewhere.example"
    with unit_of_work(bind=database) as session:
        assert not delivery_intake.keep_report(session, raw=forged, now=NOW)
        assert not delivery_intake.keep_report(session, raw=b"hola", now=NOW)
        assert delivery_intake.keep_report(session, raw=genuine, now=NOW)
    delivery_inbox.process_inbox(partial(unit_of_work, bind=database), "smtp", now=NOW)
    with unit_of_work(read_only=True, bind=database) as session:
        row = session.get(Message, message_id)
        assert row is not None
        assert row.state is MessageState.BOUNCED
