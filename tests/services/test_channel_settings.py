"""A company's own accounts: sealed, masked, checked, switched without losing a message."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal.channels.base import ChannelError, Trouble
from clientportal.domain.contactability import AlertReason
from clientportal.domain.delivery import MessageState
from clientportal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from clientportal.services import (
    alerts,
    audit,
    channel_pauses,
    channel_settings,
    channel_views,
    messages,
    senders,
)
from clientportal.services.channel_views import ChannelSetup
from clientportal.settings import settings
from clientportal.storage.models import BatchState, Channel, Message, MessageBatch, Sender
from clientportal.storage.session import unit_of_work
from tests.channels.test_notices import SECRET
from tests.support import people
from tests.support.ledger import NOW, World, make_world
from tests.support.outgoing import Desk

KEY = "re_9f8e7d6c5b4a3210WXYZ"
RESEND = {
    "api_key": KEY,
    "webhook_secret": SECRET,
    "from_address": "facturas@molino.example",
    "from_name": "Molino",
}
SMTP = {
    "host": "mail.molino.example",
    "port": "587",
    "security": "starttls",
    "user": "facturas@molino.example",
    "password": "p@ss/word: 1",
    "from_address": "facturas@molino.example",
    "return_path": "bounce+{mark}@molino.example",
}
WHATSAPP = {"phone_number_id": "109876543210", "token": "EAAG-token-1234", "app_secret": "a" * 32}


@pytest.fixture
def world(database: sa.Engine) -> World:
    with unit_of_work(bind=database) as session:
        return make_world(session)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(monkeypatch, NOW)


def keep(world: World, provider: str, version: int = 0, **typed: str) -> None:
    channel = "whatsapp" if provider == "whatsapp" else "email"
    with unit_of_work() as session:
        channel_settings.save(
            session,
            world.owner,
            channel=channel,
            provider=provider,
            typed=typed,
            version=version,
            now=NOW,
        )


def turn(world: World, version: int, *, on: bool, channel: str = "email") -> None:
    with unit_of_work() as session:
        channel_settings.turn(
            session, world.owner, channel=channel, on=on, version=version, now=NOW
        )


def seen(world: World, channel: str = "email") -> ChannelSetup:
    with unit_of_work(read_only=True) as session:
        found = channel_views.shown(session, world.owner, now=NOW)
    return next(setup for setup in found if setup.channel == channel)


def own(session: Session, world: World) -> Sender:
    return session.exec(select(Sender).where(col(Sender.company_id) == world.company_id)).one()


def plan(world: World, name: str, channel: Channel = Channel.EMAIL) -> int:
    to = f"{name}@papelera.example" if channel is Channel.EMAIL else "+573001112233"
    with unit_of_work() as session:
        found = messages.plan(
            session,
            kind="sign_in_code",
            to=to,
            language="es",
            variables={"code": "482913", "minutes": 10},
            dedupe_key=f"settings:{name}",
            company_id=world.company_id,
            channel=channel,
            now=NOW,
        )
    assert found is not None
    return found


def stored(message_id: int) -> Message:
    with unit_of_work(read_only=True) as session:
        row = session.get_one(Message, message_id)
        session.expunge(row)
        return row


def refused(world: World, provider: str, version: int = 0, **typed: str) -> tuple[str | None, str]:
    with pytest.raises(Invalid) as error:
        keep(world, provider, version, **typed)
    return error.value.field, error.value.error_code


def test_credentials_are_sealed_and_only_their_end_is_shown(world: World) -> None:
    keep(world, "resend", **RESEND)
    setup = seen(world)
    assert (setup.provider, setup.is_on, setup.version) == ("resend", False, 1)
    assert setup.kept == {"api_key": "••••WXYZ", "webhook_secret": f"••••{SECRET[-4:]}"}
    assert setup.values["from_address"] == "facturas@molino.example"
    assert setup.webhooks["resend"] == f"{settings().public_url}/webhooks/resend/molino"
    with unit_of_work(read_only=True) as session:
        row = session.execute(sa.text("SELECT * FROM sender")).one()
        trail = session.execute(sa.text("SELECT * FROM audit_entry")).all()
        [entry, *_] = audit.timeline(session, world.owner, actions=["sender.edited"])
        facts = senders.facts(own(session, world))
    for text in (str(row), str(trail), repr(setup)):
        assert KEY not in text
        assert SECRET not in text
    assert entry.data["secrets"] == ["api_key", "webhook_secret"]
    assert facts.secrets == {"api_key": KEY, "webhook_secret": SECRET}
    assert facts.sender == "Molino <facturas@molino.example>"


def test_an_empty_secret_stays_and_another_person_is_not_written_over(world: World) -> None:
    keep(world, "resend", **RESEND)
    keep(world, "resend", 1, from_address="otra@molino.example", api_key="", webhook_secret=" ")
    assert seen(world).kept["api_key"] == "••••WXYZ"
    assert seen(world).values["from_address"] == "otra@molino.example"
    with pytest.raises(Conflict):
        keep(world, "resend", 1, **RESEND)
    with pytest.raises(Conflict):
        keep(world, "resend", 0, **RESEND)
    with pytest.raises(Conflict):
        turn(world, 1, on=True)


def test_the_password_of_a_server_goes_to_no_other(world: World) -> None:
    keep(world, "smtp", **SMTP)
    setup = seen(world)
    assert setup.values["host"] == "mail.molino.example"
    assert (setup.values["port"], setup.values["user"]) == ("587", "facturas@molino.example")
    assert setup.kept["password"] == "••••d: 1"
    keep(world, "smtp", 1, **(SMTP | {"password": "", "port": "2525"}))
    with unit_of_work(read_only=True) as session:
        assert "p%40ss%2Fword%3A%201" in senders.facts(own(session, world)).secrets["url"]
    moved = SMTP | {"password": "", "host": "mail.evil.example"}
    assert refused(world, "smtp", 2, **moved) == ("password", "smtp_password_again")
    other = SMTP | {"password": "", "user": "otro"}
    assert refused(world, "smtp", 2, **other) == ("password", "smtp_password_again")


@pytest.mark.parametrize(
    ("provider", "field", "text", "code"),
    [
        ("resend", "api_key", "", "required"),
        ("resend", "api_key", "sk_live_1", "api_key_invalid"),
        ("resend", "api_key", "re_ con espacio", "secret_invalid"),
        ("resend", "webhook_secret", "nada", "webhook_secret_invalid"),
        ("resend", "from_address", "", "required"),
        ("resend", "from_address", "a@b.co\r\nBcc: x@y.co", "email_invalid"),
        ("resend", "from_name", "x" * 201, "too_long"),
        ("smtp", "host", "", "required"),
        ("smtp", "host", "a b", "smtp_host_invalid"),
        ("smtp", "host", "mail.co/x?security=none#", "smtp_host_invalid"),
        ("smtp", "port", "0", "smtp_port_invalid"),
        ("smtp", "port", "70000", "smtp_port_invalid"),
        ("smtp", "security", "none", "smtp_password_clear"),
        ("smtp", "security", "maybe", "choice_invalid"),
        ("smtp", "password", "", "required"),
        ("smtp", "return_path", "bounce@molino.example", "return_path_invalid"),
        ("whatsapp", "phone_number_id", "", "required"),
        ("whatsapp", "phone_number_id", "+57 300", "phone_number_id_invalid"),
        ("whatsapp", "token", "", "required"),
    ],
)
def test_each_field_says_what_is_wrong_with_it(
    world: World, provider: str, field: str, text: str, code: str
) -> None:
    typed = {"resend": RESEND, "smtp": SMTP, "whatsapp": WHATSAPP}[provider] | {field: text}
    assert refused(world, provider, **typed) == (field, code)
    with unit_of_work(read_only=True) as session:
        assert session.exec(select(Sender)).all() == []


def test_there_is_no_account_at_a_provider_that_is_none(world: World) -> None:
    assert refused(world, "outbox") == ("provider", "choice_invalid")


def test_in_production_no_company_reaches_this_machine(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIENTPORTAL_ENV", "production")
    settings.cache_clear()
    for host in (
        "localhost", "127.0.0.1", "::1", "169.254.169.254", "0.0.0.0", "127.1", "2130706433",
        "0x7f000001", "0", "::ffff:127.0.0.1", "10.0.0.5", "192.168.1.1", "fd00::1",
        "64:ff9b::a00:1", "100.64.0.1",
    ):  # fmt: skip
        assert refused(world, "smtp", **(SMTP | {"host": host})) == ("host", "smtp_host_local")


def test_it_carries_nothing_until_it_is_on_and_then_what_waits_too(
    world: World, desk: Desk
) -> None:
    before = plan(world, "before")
    keep(world, "resend", **RESEND)
    after = plan(world, "after")
    platform = stored(before).sender_id
    assert stored(after).sender_id == platform
    with unit_of_work() as session:
        dos = people.company(session, "dos", NOW)
        theirs = messages.plan(
            session, kind="sign_in_code", to="x@dos.example", language="es",
            variables={"code": "1", "minutes": 1}, dedupe_key="theirs", company_id=dos.id, now=NOW,
        )  # fmt: skip
    turn(world, 1, on=True)
    setup = seen(world)
    assert (setup.is_own, setup.carrier, setup.is_on) == (True, "resend", True)
    with unit_of_work(read_only=True) as session:
        mine = own(session, world).id
    assert [stored(found).sender_id for found in (before, after)] == [mine, mine]
    assert stored(theirs or 0).sender_id == platform  # another company's stays where it was
    turn(world, 2, on=False)
    assert [stored(found).sender_id for found in (before, after)] == [platform, platform]
    assert (seen(world).is_own, seen(world).carrier) == (False, "outbox")


def test_where_nobody_else_can_carry_it_what_waits_says_so(world: World) -> None:
    keep(world, "whatsapp", **WHATSAPP)
    turn(world, 1, on=True, channel="whatsapp")
    waiting = plan(world, "hola", Channel.WHATSAPP)
    turn(world, 2, on=False, channel="whatsapp")
    row = stored(waiting)
    assert (row.state, row.error) == (MessageState.FAILED, "channel switched off")
    with pytest.raises(Invalid):
        plan(world, "otra", Channel.WHATSAPP)


def test_what_cannot_be_called_is_not_switched_on(world: World) -> None:
    with pytest.raises(NotFound):
        turn(world, 0, on=True)
    keep(world, "resend", **RESEND)
    with unit_of_work() as session:
        own(session, world).secrets = "sealed under a key that is lost"
    assert seen(world).is_unreadable
    with pytest.raises(Invalid) as error:
        turn(world, 1, on=True)
    assert error.value.error_code == "channel_incomplete"
    keep(world, "resend", 1, **RESEND)
    assert not seen(world).is_unreadable


def test_forgetting_leaves_no_secret_and_no_message_behind(world: World) -> None:
    keep(world, "resend", **RESEND)
    turn(world, 1, on=True)
    waiting = plan(world, "waiting")
    with unit_of_work() as session:
        channel_settings.forget(session, world.owner, channel="email", version=2, now=NOW)
    setup = seen(world)
    assert (setup.provider, setup.is_own, setup.version, setup.kept) == ("", False, 3, {})
    with unit_of_work(read_only=True) as session:
        assert own(session, world).secrets == ""
        assert stored(waiting).sender_id != own(session, world).id
    keep(world, "smtp", 3, **SMTP)
    assert seen(world).provider == "smtp"


def test_only_admins_of_the_company_look_and_change(world: World) -> None:
    keep(world, "resend", **RESEND)
    with unit_of_work() as session:
        for who in (world.agent, world.viewer, world.customer):
            with pytest.raises(NotAllowed):
                channel_views.shown(session, who, now=NOW)
            with pytest.raises(NotAllowed):
                channel_settings.turn(session, who, channel="email", on=True, version=1, now=NOW)
        theirs = people.company(session, "dos", NOW)
        assert channel_views.shown(session, theirs.owner, now=NOW)[0].provider == ""
        with pytest.raises(NotFound):
            channel_settings.turn(
                session, theirs.owner, channel="email", on=True, version=1, now=NOW
            )


def paused(world: World) -> list[tuple[str, str, str, bool]]:
    with unit_of_work(read_only=True) as session:
        found = channel_pauses.overview(session, world.viewer, now=NOW).channels
    return [(one.channel, one.reason, one.detail, one.is_own) for one in found]


def test_a_pause_is_told_with_its_words_and_ended_by_a_person(world: World, desk: Desk) -> None:
    keep(world, "resend", **RESEND)
    turn(world, 1, on=True)
    message_id = plan(world, "ana")
    desk.provider.troubles = [ChannelError(Trouble.CLOSED, "403 invalid_api_key")]
    desk.work()
    assert paused(world) == [("email", "closed", "403 invalid_api_key", True)]
    with unit_of_work() as session:
        for who in (world.agent, world.viewer):
            with pytest.raises(NotAllowed):
                channel_pauses.resume(session, who, channel="email", now=NOW)
        with pytest.raises(NotFound):
            channel_pauses.resume(session, world.owner, channel="phone", now=NOW)
        channel_pauses.resume(session, world.owner, channel="email", now=NOW)
    assert paused(world) == []
    with unit_of_work(read_only=True) as session:
        row = own(session, world)
        assert (row.paused_at, row.pause_reason, row.pause_detail) == (None, "", "")
        [entry, *_] = audit.timeline(session, world.owner, actions=["sender.resumed"])
    assert (entry.data["reason"], entry.actor_name) == ("closed", world.owner.name)
    desk.now = NOW + timedelta(minutes=1)
    desk.work()
    assert stored(message_id).state is MessageState.SENT


def test_of_the_platforms_pause_a_company_learns_no_detail_and_cannot_end_it(
    world: World, desk: Desk
) -> None:
    plan(world, "ana")
    desk.provider.troubles = [ChannelError(Trouble.CLOSED, "403 domain of another company")]
    desk.work()
    assert paused(world) == [("email", "closed", "", False)]
    with unit_of_work() as session, pytest.raises(NotFound):
        channel_pauses.resume(session, world.owner, channel="email", now=NOW)


def test_new_credentials_end_the_pause_and_what_was_refused_leaves_by_them(
    world: World, desk: Desk
) -> None:
    keep(world, "resend", **RESEND)
    turn(world, 1, on=True)
    message_id = plan(world, "ana")
    desk.provider.troubles = [ChannelError(Trouble.CLOSED, "403 invalid_api_key")]
    desk.work()
    keep(world, "resend", 2, **(RESEND | {"api_key": "re_another_key_0000"}))
    assert paused(world) == []
    assert seen(world).is_on  # what carries stays what carries
    desk.now = NOW + timedelta(seconds=1)
    desk.work()
    assert stored(message_id).state is MessageState.SENT


def test_calls_without_an_answer_are_not_repeated_by_another_account(
    world: World, desk: Desk
) -> None:
    keep(world, "resend", **RESEND)
    turn(world, 1, on=True)
    message_id = plan(world, "ana")
    desk.provider.troubles = [ChannelError(Trouble.UNKNOWN, "ReadTimeout")]
    desk.work()
    keep(world, "smtp", 2, **SMTP)
    assert stored(message_id).state is MessageState.NEEDS_CHECK
    desk.now = NOW + timedelta(hours=1)
    desk.work()
    assert len(desk.provider.calls) == 1
    with unit_of_work(read_only=True) as session:
        assert session.exec(select(MessageBatch)).one().state is BatchState.NEEDS_CHECK


def test_an_alert_set_while_a_call_was_refused_takes_its_message_out(
    world: World, desk: Desk
) -> None:
    ids = [plan(world, name) for name in ("ana", "bea")]
    desk.provider.troubles = [ChannelError(Trouble.BUSY, "429", retry_after=5)]
    desk.work()
    with unit_of_work() as session:
        alerts.raise_alert(
            session,
            world.system,
            channel=Channel.EMAIL,
            address="ana@papelera.example",
            reason=AlertReason.HARD_BOUNCE,
            now=NOW,
        )
    desk.now = NOW + timedelta(minutes=1)
    desk.work()
    assert [stored(found).state for found in ids] == [MessageState.BLOCKED, MessageState.SENT]
    assert desk.provider.received == ["bea@papelera.example"]
