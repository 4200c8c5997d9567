"""The local mailbox: who may have it, what it shows, and that a mail can do nothing in it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from clientportal.services import messages
from clientportal.settings import settings
from clientportal.storage.models import Message
from clientportal.storage.session import unit_of_work
from clientportal.web import outbox
from clientportal.web.pages import EXCEPTION_HANDLERS
from tests.support.outgoing import deliver

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENTPORTAL_DEMO", "1")
    settings.cache_clear()


@pytest.fixture
def browser(database: object, demo: None) -> Iterator[TestClient]:
    app = Starlette(routes=outbox.routes(), exception_handlers=EXCEPTION_HANDLERS)
    with TestClient(app, headers={"accept-language": "es"}) as client:
        yield client


def send(to: str, code: str = "482913") -> int:
    with unit_of_work() as session:
        message_id = messages.plan(
            session,
            kind="sign_in_code",
            to=to,
            language="es",
            variables={"code": code, "minutes": 10},
            dedupe_key=f"{to}:{code}",
            now=NOW,
        )
    assert message_id is not None
    deliver()
    return message_id


def rewrite(message_id: int, *, subject: str, html: str, text: str) -> None:
    with unit_of_work() as session:
        row = session.get(Message, message_id)
        assert row is not None
        row.subject, row.html, row.text = subject, html, text
        session.add(row)


@pytest.mark.parametrize(
    ("variable", "value"),
    [("ENV", "production"), ("DEMO", "0"), ("HOST", "0.0.0.0")],
)
@pytest.mark.usefixtures("demo")
def test_it_exists_in_a_demonstration_on_this_machine_only(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    assert outbox.routes() != []
    monkeypatch.setenv(f"CLIENTPORTAL_{variable}", value)
    settings.cache_clear()
    assert outbox.routes() == []


def test_mails_are_listed_newest_first_and_found_by_address(browser: TestClient) -> None:
    assert "Todavía no hay correos" in browser.get("/outbox").text
    send("alicia@papelera.example")
    send("bruno@ferreteria.example")
    page = browser.get("/outbox").text
    assert page.index("bruno@ferreteria.example") < page.index("alicia@papelera.example")
    found = browser.get("/outbox", params={"q": "ALICIA"}).text
    assert "alicia@papelera.example" in found
    assert "bruno@ferreteria.example" not in found
    assert "Ningún correo" in browser.get("/outbox", params={"q": "%"}).text


def test_a_planned_mail_is_not_in_the_mailbox_before_it_is_sent(browser: TestClient) -> None:
    with unit_of_work() as session:
        message_id = messages.plan(
            session,
            kind="sign_in_code",
            to="alicia@papelera.example",
            language="es",
            variables={"code": "482913", "minutes": 10},
            dedupe_key="k",
            now=NOW,
        )
    assert "outbox-row" not in browser.get("/outbox").text
    assert browser.get(f"/outbox/{message_id}").status_code == 404


def test_codes_and_links_are_at_hand(browser: TestClient) -> None:
    message_id = send("alicia@papelera.example")
    rewrite(
        message_id,
        subject="Hola",
        html="<p>x</p>",
        text="Tu código: 482913. Entra en http://localhost:3000/invite/a-b_c?x=123456, ya.",
    )
    page = browser.get(f"/outbox/{message_id}").text
    assert page.count('data-testid="outbox-code"') == 1
    assert ">482913</code>" in page
    assert 'href="http://localhost:3000/invite/a-b_c?x=123456" data-testid="outbox-link"' in page
    text = browser.get(f"/outbox/{message_id}", params={"view": "text"}).text
    assert '<a href="http://localhost:3000/invite/a-b_c?x=123456">' in text
    assert "<iframe" not in text


def test_the_code_of_a_real_mail_is_at_hand(browser: TestClient) -> None:
    page = browser.get(f"/outbox/{send('alicia@papelera.example', '013579')}").text
    assert ">013579</code>" in page


def test_nothing_in_a_mail_becomes_part_of_the_page(browser: TestClient) -> None:
    message_id = send("alicia@papelera.example")
    evil = "<script>alert(1)</script>"
    rewrite(message_id, subject=evil, html=f"<html><head></head>{evil}</html>", text=evil)
    for address in ("/outbox", f"/outbox/{message_id}", f"/outbox/{message_id}?view=text"):
        answer = browser.get(address)
        assert evil not in answer.text
        assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert evil not in browser.get("/outbox", params={"q": evil}).text


def test_the_body_is_framed_without_any_power(browser: TestClient) -> None:
    message_id = send("alicia@papelera.example")
    page = browser.get(f"/outbox/{message_id}").text
    assert 'sandbox="allow-top-navigation-by-user-activation"' in page
    body = browser.get(f"/outbox/{message_id}/html")
    policy = body.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-top-navigation-by-user-activation;")
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert body.headers["x-frame-options"] == "SAMEORIGIN"
    assert '<base target="_top">' in body.text


def test_unknown_mails_are_not_found(browser: TestClient) -> None:
    for address in ("/outbox/1", "/outbox/99999999999999999999", "/outbox/1/html", "/outbox/x"):
        assert browser.get(address).status_code == 404


def test_it_speaks_english_too(browser: TestClient) -> None:
    page = browser.get("/outbox", headers={"accept-language": "en"}).text
    assert '<html lang="en">' in page
    assert "Local mailbox" in page
    browser.cookies.set("lang", "es")
    chosen = browser.get("/outbox", headers={"accept-language": "en"}).text
    assert '<html lang="es">' in chosen


def test_times_say_their_zone_and_are_the_readers_once_the_script_runs(
    browser: TestClient,
) -> None:
    message_id = send("alicia@papelera.example")
    for path in ("/outbox", f"/outbox/{message_id}"):
        page = browser.get(path)
        assert '<time datetime="2026-03-02T15:00:00+00:00"' in page.text
        assert "2026-03-02 15:00:00 UTC</time>" in page.text
        assert '<script src="/outbox/page.js" defer></script>' in page.text
        policy = page.headers["content-security-policy"]
        assert "script-src 'self';" in policy
    script = browser.get("/outbox/page.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert "Intl.DateTimeFormat(document.documentElement.lang" in script.text
