"""The adapters against providers on real sockets that misbehave (contracts/messaging.md §1-§3)."""

import socket
import threading
from collections.abc import Iterator

import pytest

from clientportal.channels import registry
from clientportal.channels.base import Attached, ChannelError, Outgoing, Trouble
from clientportal.channels.outside import is_outside
from clientportal.channels.registry import Facts
from clientportal.channels.resend_email import ResendEmail
from clientportal.channels.smtp_email import BadUrl, Server, SmtpEmail, server_of
from clientportal.channels.whatsapp_cloud import WhatsAppCloud
from clientportal.domain.contactability import Evidence
from clientportal.settings import settings
from tests.support.simulators import ResendHost, SmtpHost, WhatsAppHost, serving, smtp_serving


@pytest.fixture
def resend() -> Iterator[ResendHost]:
    host = ResendHost()
    with serving(host):
        yield host


@pytest.fixture
def whatsapp() -> Iterator[WhatsAppHost]:
    host = WhatsAppHost()
    with serving(host):
        yield host


@pytest.fixture
def smtp() -> Iterator[SmtpHost]:
    host = SmtpHost()
    with smtp_serving(host):
        yield host


def outgoing(number: int = 1, to: str = "", **more: object) -> Outgoing:
    given = {
        "id": number,
        "to_address": to or f"p{number}@papelera.example",
        "to_name": "Ana Núñez",
        "reply_to": "cartera@molino.example",
        "subject": "Factura FE-1",
        "html": "<p>Hola</p>",
        "text": "Hola",
        "mark": f"{number}.{'a1' * 10}",
    }
    return Outgoing(**(given | more))  # type: ignore[arg-type]


def team(host: ResendHost, key: str = "re_one", tenant: str = "7") -> ResendEmail:
    return ResendEmail(key=key, url=host.url, sender="Molino <f@molino.example>", tenant=tenant)


PDF = Attached("FE-1.pdf", "application/pdf", b"%PDF-1.7")


def test_a_batch_goes_in_one_call_with_our_marks(resend: ResendHost) -> None:
    answer = team(resend).send([outgoing(1), outgoing(2)], key="batch-9")
    assert [(r.message_id, r.evidence, r.provider_id) for r in answer.results] == [
        (1, Evidence.ACCEPTED, "mail-1"),
        (2, Evidence.ACCEPTED, "mail-2"),
    ]
    [(method, path, headers, body)] = resend.requests
    assert (method, path) == ("POST", "/emails/batch")
    assert headers["idempotency-key"] == "batch-9"
    assert headers["authorization"] == "Bearer re_one"
    assert body[0]["to"] == ["Ana Núñez <p1@papelera.example>"]
    assert body[0]["from"] == "Molino <f@molino.example>"
    assert body[1]["tags"] == [{"name": "msg", "value": "2"}, {"name": "tenant", "value": "7"}]


def test_a_mail_with_files_goes_alone(resend: ResendHost) -> None:
    answer = team(resend).send([outgoing(1, files=(PDF,))], key="batch-1")
    assert [result.evidence for result in answer.results] == [Evidence.ACCEPTED]
    [(_, path, headers, body)] = resend.requests
    assert (path, headers["idempotency-key"]) == ("/emails", "batch-1")
    assert body["attachments"][0]["filename"] == "FE-1.pdf"


def test_a_refused_item_does_not_shift_the_ids_of_the_others(resend: ResendHost) -> None:
    mails = [outgoing(1), outgoing(2, to="invalid@x.example"), outgoing(3)]
    answer = team(resend).send(mails, key="batch-1")
    assert [(r.message_id, r.evidence, r.provider_id) for r in answer.results] == [
        (1, Evidence.ACCEPTED, "mail-1"),
        (2, Evidence.INVALID_SYNTAX, ""),
        (3, Evidence.ACCEPTED, "mail-2"),
    ]


def test_the_rate_is_learnt_from_the_answer(resend: ResendHost) -> None:
    resend.rate = 5
    assert team(resend).send([outgoing()], key="batch-1").rate == 5


def refused(channel: ResendEmail, key: str = "batch-1") -> ChannelError:
    with pytest.raises(ChannelError) as error:
        channel.send([outgoing(1), outgoing(2)], key=key)
    return error.value


@pytest.mark.parametrize(
    ("status", "name", "trouble"),
    [
        (429, "rate_limit_exceeded", Trouble.BUSY),
        (429, "daily_quota_exceeded", Trouble.QUOTA),
        (429, "monthly_quota_exceeded", Trouble.QUOTA),
        (409, "concurrent_idempotent_requests", Trouble.UNKNOWN),
        (409, "invalid_idempotent_request", Trouble.OUR_BUG),
        (401, "restricted_api_key", Trouble.CLOSED),
        (403, "invalid_api_key", Trouble.CLOSED),
        (403, "validation_error", Trouble.CLOSED),
        (500, "application_error", Trouble.UNKNOWN),
        (503, "anything", Trouble.UNKNOWN),
        (400, "invalid_idempotency_key", Trouble.OUR_BUG),
    ],
)
def test_each_refusal_of_a_call(
    resend: ResendHost, status: int, name: str, trouble: Trouble
) -> None:
    said = {"statusCode": status, "name": name, "message": "no"}
    resend.faults = [(status, said, {"retry-after": "17"})]
    error = refused(team(resend))
    assert error.trouble is trouble
    assert error.retry_after == 17


def test_a_lost_answer_is_unknown_and_the_same_call_again_sends_nothing_twice(
    resend: ResendHost,
) -> None:
    resend.faults = ["lose"]
    assert refused(team(resend)).trouble is Trouble.UNKNOWN
    answer = team(resend).send([outgoing(1), outgoing(2)], key="batch-1")
    assert [result.provider_id for result in answer.results] == ["mail-1", "mail-2"]
    assert resend.addresses() == ["p1@papelera.example", "p2@papelera.example"]


def test_a_broken_connection_is_unknown(resend: ResendHost) -> None:
    resend.faults = ["drop"]
    assert refused(team(resend)).trouble is Trouble.UNKNOWN


def test_the_same_key_with_other_content_is_a_fault_of_ours(resend: ResendHost) -> None:
    team(resend).send([outgoing(1)], key="batch-1")
    assert refused(team(resend)).trouble is Trouble.OUR_BUG


def test_fifty_tenants_in_sixteen_threads_never_mix_their_keys(resend: ResendHost) -> None:
    work = iter(range(400))
    lock = threading.Lock()

    def worker() -> None:
        while True:
            with lock:
                number = next(work, None)
            if number is None:
                return
            tenant = number % 50
            channel = team(resend, key=f"re_{tenant}", tenant=str(tenant))
            channel.send([outgoing(number, to=f"t{tenant}@x.example")], key=f"k{number}")

    threads = [threading.Thread(target=worker) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(resend.mails) == 50
    for key, mails in resend.mails.items():
        tenant = key.removeprefix("re_")
        assert len(mails) == 8
        for mail in mails:
            assert mail["to"] == [f"Ana Núñez <t{tenant}@x.example>"]
            assert {"name": "tenant", "value": tenant} in mail["tags"]


def test_an_address_is_taken_off_the_providers_list(resend: ResendHost) -> None:
    resend.suppressed = {"ana@papelera.example"}
    team(resend).forget_suppression("ana@papelera.example")
    assert resend.suppressed == set()
    resend.faults = [(500, {"statusCode": 500, "name": "x", "message": "x"}, {})]
    with pytest.raises(ChannelError):
        team(resend).forget_suppression("ana@papelera.example")
    resend.faults = [(404, {"statusCode": 404, "name": "not_found", "message": "x"}, {})]
    team(resend).forget_suppression("ana@papelera.example")


def test_no_header_is_injected_by_a_name_or_a_subject(resend: ResendHost, smtp: SmtpHost) -> None:
    name = 'Ana"\r\nBcc: todos@x.example, <otro@x.example>'
    team(resend).send([outgoing(to_name=name)], key="k")
    assert resend.requests[0][3][0]["to"] == [
        "Ana Bcc todosx.example otrox.example <p1@papelera.example>"
    ]
    channel = SmtpEmail(Server("127.0.0.1", smtp.port, "none"), sender="F <f@molino.example>")
    channel.send([outgoing(to_name="Ana Núñez")], key="k")
    [(_, to, mail)] = smtp.mails
    assert (to, mail["Bcc"]) == ("p1@papelera.example", None)


CODED = "=?utf-8?q?=0d=0aBcc=3a_victim=40evil.example=0d=0a=0d=0aCUERPO?="


@pytest.mark.parametrize(
    "bad",
    [
        {"subject": f"Factura {CODED}"},
        {"to_name": f"Ana {CODED}"},
        {"to_address": f"{CODED}@x.example"},
        {"reply_to": f"{CODED}@x.example"},
        {"subject": "Factura\r\nBcc: victim@evil.example"},
    ],
)
def test_an_encoded_word_brings_no_header_in_and_fails_its_own_message_alone(
    smtp: SmtpHost, bad: dict[str, str]
) -> None:
    batch = [outgoing(1), outgoing(2, **bad), outgoing(3)]
    answer = smtp_channel(smtp).send(batch, key="k")
    assert {result.message_id: result.evidence for result in answer.results} == {
        1: Evidence.ACCEPTED,
        2: Evidence.FAILED,
        3: Evidence.ACCEPTED,
    }
    assert len(smtp.mails) == 2
    for _, _, mail in smtp.mails:
        assert mail["Bcc"] is None


def smtp_channel(host: SmtpHost, **more: str) -> SmtpEmail:
    server = Server("127.0.0.1", host.port, "none")
    return SmtpEmail(server, sender="Molino <f@molino.example>", **more)


def test_smtp_hands_over_text_page_and_files(smtp: SmtpHost) -> None:
    channel = smtp_channel(smtp, return_path="bounce+{mark}@in.molino.example")
    answer = channel.send([outgoing(1, files=(PDF,)), outgoing(2)], key="batch-1")
    assert [result.evidence for result in answer.results] == [Evidence.ACCEPTED] * 2
    (envelope, to, mail), _ = smtp.mails
    mark = f"1.{'a1' * 10}"
    assert (envelope, to) == (f"bounce+{mark}@in.molino.example", "p1@papelera.example")
    assert mail["Message-ID"] == f"<message-{mark}@molino.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Reply-To"] == "cartera@molino.example"
    kinds = [part.get_content_type() for part in mail.walk() if not part.is_multipart()]
    assert kinds == ["text/plain", "text/html", "application/pdf"]


@pytest.mark.parametrize(
    ("reply", "evidence"),
    [
        ("550 5.1.1 no such user", Evidence.HARD_BOUNCE),
        ("550 user unknown", Evidence.HARD_BOUNCE),
        ("550 5.7.1 blocked", Evidence.POLICY_REFUSED),
        ("552 5.2.3 too large", Evidence.CONTENT_REFUSED),
    ],
)
def test_smtp_refusals(smtp: SmtpHost, reply: str, evidence: Evidence) -> None:
    smtp.refuse = {"p1@papelera.example": reply}
    answer = smtp_channel(smtp).send([outgoing(1), outgoing(2)], key="k")
    assert [result.evidence for result in answer.results] == [evidence, Evidence.ACCEPTED]
    assert answer.results[0].detail == reply


def test_smtp_puts_off_what_the_server_puts_off(smtp: SmtpHost) -> None:
    smtp.refuse = {"p1@papelera.example": "450 4.2.0 greylisted"}
    [result] = smtp_channel(smtp).send([outgoing(1)], key="k").results
    assert (result.evidence, result.at_last) == (None, Evidence.SOFT_BOUNCE)
    assert result.again_in


@pytest.mark.parametrize("security", ["none", "tls"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "mail.molino.example"])
def test_a_companys_server_is_never_one_of_this_network(
    smtp: SmtpHost, monkeypatch: pytest.MonkeyPatch, host: str, security: str
) -> None:
    """Whatever its name is: it is the address that counts, when the connection is made."""
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda _host, *args, **more: real("127.0.0.1", *args, **more)
    )
    channel = SmtpEmail(Server(host, smtp.port, security), sender="f@molino.example", outside=True)
    with pytest.raises(ChannelError) as raised:
        channel.send([outgoing(1)], key="k")
    assert (raised.value.trouble, raised.value.reason) == (
        Trouble.CLOSED,
        "not a server on the internet",
    )
    assert smtp.mails == []


def test_only_companies_in_production_are_kept_out_of_this_network(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for env, tenant, outside in (
        ("production", "7", True),
        ("production", "platform", False),
        ("development", "7", False),
    ):
        monkeypatch.setenv("CLIENTPORTAL_ENV", env)
        settings.cache_clear()
        channel = registry.build(Facts("smtp", tenant, "f@x.example", secrets={"url": "smtp://a"}))
        assert isinstance(channel, SmtpEmail)
        assert channel.outside is outside, (env, tenant)


@pytest.mark.parametrize(
    ("address", "outside"),
    [("8.8.8.8", True), ("2606:4700::1111", True), ("64:ff9b::808:808", True), ("x", False),
     ("2002:7f00:1::", False), ("::ffff:10.0.0.1", False), ("fe80::1%eth0", False),
     ("224.0.0.1", False), ("::", False)],
)  # fmt: skip
def test_addresses_that_everybody_reaches(address: str, outside: bool) -> None:
    assert is_outside(address) is outside


def test_smtp_without_a_server_is_busy_and_nothing_was_sent() -> None:
    channel = SmtpEmail(Server("127.0.0.1", 1, "none"), sender="F <f@molino.example>")
    with pytest.raises(ChannelError) as error:
        channel.send([outgoing()], key="k")
    assert error.value.trouble is Trouble.BUSY


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example", Server("mail.example", 587, "starttls")),
        ("smtps://u%40x:p%2Fw@mail.example", Server("mail.example", 465, "tls", "u@x", "p/w")),
        ("smtp://127.0.0.1:1025", Server("127.0.0.1", 1025, "none")),
        ("smtp://mail.example:25?security=none", Server("mail.example", 25, "none")),
    ],
)
def test_smtp_addresses(url: str, expected: Server) -> None:
    assert server_of(url) == expected


@pytest.mark.parametrize(
    "url",
    ["", "mail.example", "http://x", "smtp://", "smtp://x:99999", "smtp://x?security=maybe",
     "smtp://u:p@mail.example?security=none"],
)  # fmt: skip
def test_smtp_addresses_that_are_none_or_would_show_the_password(url: str) -> None:
    with pytest.raises(BadUrl):
        server_of(url)


def number(host: WhatsAppHost, token: str = "wa-token") -> WhatsAppCloud:
    return WhatsAppCloud(token=token, phone_number_id="111", url=host.url)


def test_whatsapp_sends_a_text_with_our_mark(whatsapp: WhatsAppHost) -> None:
    [result] = number(whatsapp).send([outgoing(5, to="+573001112233")], key="k").results
    assert (result.evidence, result.provider_id) == (Evidence.ACCEPTED, "wamid.1")
    [body] = whatsapp.sent
    assert (body["to"], body["biz_opaque_callback_data"]) == ("573001112233", "5")
    assert body["text"] == {"body": "Hola", "preview_url": False}
    assert whatsapp.requests[0][1].endswith("/111/messages")


def test_whatsapp_sends_a_template_outside_the_window(whatsapp: WhatsAppHost) -> None:
    message = outgoing(5, template="aviso", language="es", parameters=("Ana", "FE-1"))
    number(whatsapp).send([message], key="k")
    [body] = whatsapp.sent
    assert body["template"]["name"] == "aviso"
    assert [p["text"] for p in body["template"]["components"][0]["parameters"]] == ["Ana", "FE-1"]


def test_a_template_that_whatsapp_does_not_know_fails_that_message(whatsapp: WhatsAppHost) -> None:
    message = outgoing(5, template="unknown_template", language="es")
    [result] = number(whatsapp).send([message], key="k").results
    assert result.evidence is Evidence.FAILED
    assert result.detail.startswith("132001")


@pytest.mark.parametrize(
    ("code", "trouble"),
    [(190, Trouble.CLOSED), (131042, Trouble.CLOSED), (130429, Trouble.BUSY)],
)
def test_whatsapp_errors_of_the_account(
    whatsapp: WhatsAppHost, code: int, trouble: Trouble
) -> None:
    whatsapp.faults = [(400, {"error": {"code": code, "message": "x"}}, {})]
    with pytest.raises(ChannelError) as error:
        number(whatsapp).send([outgoing(5)], key="k")
    assert error.value.trouble is trouble


def test_whatsapp_without_an_answer_is_unknown(whatsapp: WhatsAppHost) -> None:
    whatsapp.faults = ["lose"]
    with pytest.raises(ChannelError) as error:
        number(whatsapp).send([outgoing(5)], key="k")
    assert error.value.trouble is Trouble.UNKNOWN
    assert len(whatsapp.sent) == 1


def test_whatsapp_knows_at_once_that_a_number_has_no_account(whatsapp: WhatsAppHost) -> None:
    details = {"details": "Recipient is not a valid WhatsApp user"}
    said = {"error": {"code": 100, "message": "Invalid parameter", "error_data": details}}
    whatsapp.faults = [(400, said, {})]
    [result] = number(whatsapp).send([outgoing(5)], key="k").results
    assert result.evidence is Evidence.NO_ACCOUNT


def test_whatsapp_with_a_wrong_token_closes_the_channel(whatsapp: WhatsAppHost) -> None:
    with pytest.raises(ChannelError) as error:
        number(whatsapp, "other").send([outgoing(5)], key="k")
    assert error.value.trouble is Trouble.CLOSED
