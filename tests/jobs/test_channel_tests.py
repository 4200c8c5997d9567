"""Trying a channel, by the job and against providers on real sockets."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import select

from clientportal.domain.delivery import MessageState
from clientportal.domain.errors import Conflict, Invalid, NotAllowed, TooMany
from clientportal.jobs import mail
from clientportal.services import (
    channel_pauses,
    channel_settings,
    channel_tests,
    channel_views,
    messages,
    sender_limits,
)
from clientportal.services.channel_tests import LastTest
from clientportal.settings import settings
from clientportal.storage.models import Channel, MessageBatch, Sender
from clientportal.storage.session import unit_of_work
from tests.support import people
from tests.support.outgoing import deliver
from tests.support.people import Staffed
from tests.support.simulators import ResendHost, SmtpHost, WhatsAppHost, serving, smtp_serving

pytestmark = pytest.mark.usefixtures("database")
NOW = datetime.now(UTC) - timedelta(hours=1)


@pytest.fixture
def company(database: sa.Engine) -> Staffed:
    with unit_of_work(bind=database) as session:
        return people.company(session, "molino", NOW)


@pytest.fixture
def resend(monkeypatch: pytest.MonkeyPatch) -> Iterator[ResendHost]:
    host = ResendHost()
    with serving(host):
        monkeypatch.setenv("CLIENTPORTAL_RESEND_API_URL", host.url)
        settings.cache_clear()
        yield host


@pytest.fixture
def whatsapp(monkeypatch: pytest.MonkeyPatch) -> Iterator[WhatsAppHost]:
    host = WhatsAppHost()
    with serving(host):
        monkeypatch.setenv("CLIENTPORTAL_WHATSAPP_API_URL", host.url)
        settings.cache_clear()
        yield host


@pytest.fixture
def smtp() -> Iterator[SmtpHost]:
    host = SmtpHost()
    with smtp_serving(host):
        yield host


def keep(company: Staffed, channel: str, provider: str, **typed: str) -> None:
    with unit_of_work() as session:
        channel_settings.save(
            session, company.admin, channel=channel, provider=provider, typed=typed, version=0,
            now=NOW,
        )  # fmt: skip


def ask(company: Staffed, channel: str = "email", to: str = "", *, at: datetime = NOW) -> None:
    with unit_of_work() as session:
        channel_tests.send(session, company.admin, channel=channel, to=to, now=at)


def result(company: Staffed, channel: str = "email") -> LastTest:
    with unit_of_work(read_only=True) as session:
        found = channel_tests.last(session, company.admin, channel=channel)
    assert found is not None
    return found


def tried_at(company: Staffed, channel: str = "email") -> datetime | None:
    with unit_of_work(read_only=True) as session:
        found = channel_views.shown(session, company.admin, now=NOW)
    return next(one.tested_at for one in found if one.channel == channel)


def test_resend_takes_the_message_of_the_account_that_is_tried(
    company: Staffed, resend: ResendHost
) -> None:
    keep(company, "email", "resend", api_key="re_molino", from_address="f@molino.example")
    ask(company)
    assert result(company).state is MessageState.PLANNED
    assert resend.requests == []  # nothing is called in the transaction of the handler
    deliver()
    found = result(company)
    assert (found.state, found.to, found.is_current) == (
        MessageState.SENT,
        "admin@molino.example",
        True,
    )
    [mail] = resend.mails["re_molino"]
    assert mail["from"] == "f@molino.example"
    assert "Molino" in mail["subject"]
    assert tried_at(company) is not None


def test_a_refused_key_is_told_in_the_providers_words_and_its_result_ends_with_it(
    company: Staffed, resend: ResendHost
) -> None:
    keep(company, "email", "resend", api_key="re_revoked", from_address="f@molino.example")
    ask(company)
    deliver()
    found = result(company)
    assert (found.state, found.detail) == (MessageState.SENDING, "403 invalid_api_key")
    assert tried_at(company) is None
    with unit_of_work() as session:
        channel_settings.save(
            session, company.admin, channel="email", provider="resend",
            typed={"api_key": "re_good", "from_address": "f@molino.example"}, version=1, now=NOW,
        )  # fmt: skip
    assert not result(company).is_current
    ask(company, at=NOW + timedelta(minutes=1))
    deliver()
    assert result(company).state is MessageState.SENT
    assert len(resend.mails["re_good"]) == 2  # that of before was never taken: it leaves as well


def test_while_the_channel_is_paused_nothing_is_tried_but_by_an_account_that_is_off(
    company: Staffed, resend: ResendHost
) -> None:
    keep(company, "email", "resend", api_key="re_revoked", from_address="f@molino.example")
    for seconds in (0, 20):
        ask(company, at=NOW + timedelta(seconds=seconds))
        deliver()
        assert result(company).detail == "403 invalid_api_key"
    calls = len(resend.requests)
    with unit_of_work() as session:
        channel_settings.turn(session, company.admin, channel="email", on=True, version=1, now=NOW)
    with pytest.raises(Conflict) as paused:
        ask(company, at=NOW + timedelta(minutes=1))
    assert paused.value.error_code == "channel_paused"
    deliver()
    assert len(resend.requests) == calls


def test_a_server_refuses_or_takes_the_members_own_address(
    company: Staffed, smtp: SmtpHost
) -> None:
    smtp.refuse["admin@molino.example"] = "550 5.1.1 no such user"
    typed = {"host": "127.0.0.1", "port": str(smtp.port), "security": "none"}
    keep(company, "email", "smtp", from_address="f@molino.example", **typed)
    ask(company)
    deliver()
    found = result(company)
    assert (found.state, found.detail) == (MessageState.BOUNCED, "550 5.1.1 no such user")
    assert smtp.mails == []


def test_a_server_that_is_not_there_is_told_and_asked_again(company: Staffed) -> None:
    typed = {"host": "127.0.0.1", "port": "1", "security": "none"}
    keep(company, "email", "smtp", from_address="f@molino.example", **typed)
    ask(company)
    deliver()
    found = result(company)
    assert found.state is MessageState.SENDING
    assert found.detail.startswith("connect: ")


def test_whatsapp_goes_to_the_number_that_was_typed(
    company: Staffed, whatsapp: WhatsAppHost
) -> None:
    keep(company, "whatsapp", "whatsapp", phone_number_id="109876543210", token="wa-token")
    for wrong, code in (("", "required"), ("315", "phone_invalid")):
        with pytest.raises(Invalid) as refused:
            ask(company, "whatsapp", wrong)
        assert (refused.value.field, refused.value.error_code) == ("to", code)
    ask(company, "whatsapp", "+57 315 482 9016")
    deliver()
    assert result(company, "whatsapp").state is MessageState.SENT
    [sent] = whatsapp.sent
    assert sent["to"] == "573154829016"
    assert sent["template"]["name"] == "portal_channel_test"  # nobody wrote from there
    [body] = sent["template"]["components"]
    assert [one["text"] for one in body["parameters"]] == ["Molino"]


def test_a_token_that_whatsapp_refuses_pauses_and_loses_nothing(
    company: Staffed, whatsapp: WhatsAppHost
) -> None:
    """Nothing was taken for certain, so the message leaves once the channel is resumed."""
    keep(company, "whatsapp", "whatsapp", phone_number_id="109876543210", token="wrong")
    ask(company, "whatsapp", "+57 315 482 9016")
    deliver()
    found = result(company, "whatsapp")
    assert (found.state, found.detail) == (
        MessageState.SENDING,
        "190 Invalid OAuth access token",
    )
    whatsapp.token = "wrong"
    with unit_of_work() as session:
        channel_pauses.resume(session, company.admin, channel="whatsapp", now=NOW)
        session.exec(select(MessageBatch)).one().check_at = NOW
    deliver()
    assert result(company, "whatsapp").state is MessageState.SENT
    assert len(whatsapp.sent) == 1


def test_the_platforms_sender_is_tried_where_there_is_no_own(company: Staffed) -> None:
    ask(company)
    deliver()
    assert result(company).state is MessageState.SENT
    with unit_of_work(read_only=True) as session:
        [sender] = session.exec(select(Sender)).all()
        assert sender.company_id is None
    with pytest.raises(Invalid) as refused:
        ask(company, "whatsapp", "+57 315 482 9016")
    assert refused.value.error_code == "channel_not_set_up"


def test_one_test_at_a_time_and_by_a_person_who_may(company: Staffed) -> None:
    ask(company)
    with pytest.raises(TooMany):
        ask(company, at=NOW + timedelta(seconds=5))
    ask(company, at=NOW + timedelta(seconds=16))
    with unit_of_work() as session:
        for who in (company.agent, company.viewer):
            with pytest.raises(NotAllowed):
                channel_tests.send(session, who, channel="email", now=NOW + timedelta(hours=1))
        theirs = people.company(session, "dos", NOW)
        assert channel_tests.last(session, theirs.admin, channel="email") is None


def test_an_expired_pause_keeps_no_reason(company: Staffed) -> None:
    with unit_of_work() as session:
        messages.plan(
            session, kind="channel_test", to="ana@papelera.example", language="es",
            variables={"asked_by": "Ana"}, dedupe_key="one", company_id=company.id, now=NOW,
        )  # fmt: skip
        sender = session.exec(select(Sender)).one()
        sender_limits.pause(session, sender, "quota", now=NOW, seconds=60, detail="429 daily")
    mail.sweep_senders(NOW + timedelta(seconds=59))
    with unit_of_work(read_only=True) as session:
        assert session.exec(select(Sender)).one().pause_reason == "quota"
    mail.sweep_senders(NOW + timedelta(seconds=61))
    with unit_of_work(read_only=True) as session:
        row = session.exec(select(Sender)).one()
        assert (row.paused_at, row.paused_until, row.pause_reason) == (None, None, "")
        assert row.channel is Channel.EMAIL
