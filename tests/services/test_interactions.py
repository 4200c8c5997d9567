"""The log of interactions: every message with what became of it, for its company's staff alone."""

import csv
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook

from clientportal.domain import interactions as rules
from clientportal.domain.contactability import AlertReason
from clientportal.domain.delivery import MessageState
from clientportal.domain.errors import NotAllowed, NotFound
from clientportal.domain.interactions import CAUSES, OUTCOMES, PURPOSES, InteractionFilters
from clientportal.rendering.mail_kinds import KINDS
from clientportal.rendering.spreadsheets import Format
from clientportal.services import interactions, messages
from clientportal.services.interactions import Interaction, InteractionPage
from clientportal.storage.models import Channel, Message
from clientportal.storage.session import unit_of_work
from tests.support.ledger import NOW, make_world
from tests.support.post import EMAIL, OTHER, PHONE, Post, post_of

FIRST = {"type": "Permanent", "subType": "NoEmail"}


@pytest.fixture
def mail(database: sa.Engine) -> Post:
    return post_of(database, Channel.EMAIL)


def log(post: Post, query: str = "", **more: object) -> InteractionPage:
    pairs = (part.split("=", 1) for part in query.split("&") if part)
    filters = InteractionFilters.parse({name: [value] for name, value in pairs})
    with unit_of_work(read_only=True, bind=post.engine) as session:
        actor = more.pop("actor", post.world.viewer)
        return interactions.listing(session, actor, filters=filters, **more)  # type: ignore[arg-type]


def one(post: Post, message_id: int) -> Interaction:
    [row] = [row for row in log(post).rows if row.id == message_id]
    return row


def rewrite(post: Post, message_id: int, **values: object) -> None:
    with unit_of_work(bind=post.engine) as session:
        row = session.get_one(Message, message_id)
        for name, value in values.items():
            setattr(row, name, value)
        session.add(row)


@pytest.mark.spec(109)
def test_a_message_is_told_with_purpose_channel_address_state_and_why(mail: Post) -> None:
    sent, bounced = mail.send(), mail.send()
    rewrite(mail, sent, subject="Factura FE-1 de Molino", to_name="Ana")
    mail.now += timedelta(minutes=3)
    mail.report("email.bounced", bounced, bounce=FIRST | {"message": "no such user"})
    blocked = mail.send()
    good, bad, held = one(mail, sent), one(mail, bounced), one(mail, blocked)
    assert (good.purpose, good.subject, good.channel) == (
        "document", "Factura FE-1 de Molino", "email",
    )  # fmt: skip
    assert (good.address, good.name, good.state, good.cause) == (
        EMAIL, "Ana", MessageState.SENT, "",
    )  # fmt: skip
    assert (good.account_id, bool(good.account)) == (mail.world.accounts[0], True)
    assert (bad.state, bad.cause) == (MessageState.BOUNCED, "hard_bounce")
    assert "no such user" in bad.detail
    assert (bad.at, bad.state_at) == (NOW, NOW + timedelta(minutes=3))
    assert (held.state, held.cause, held.detail) == (MessageState.BLOCKED, "hard_bounce", "")
    assert [row.id for row in log(mail).rows] == [blocked, bounced, sent]


def test_each_filter_leaves_what_it_names(mail: Post) -> None:
    first = mail.send(at=NOW - timedelta(days=2))
    second = mail.send(OTHER)
    mail.report("email.delivered", second)
    third = mail.send("con.ácento@papelera.example")
    rewrite(mail, third, kind="receipt", subject="Recibimos tu pago número 7")
    mail.report("email.bounced", first, bounce=FIRST)
    cases = {
        "": [third, second, first],
        "outcome=delivered": [second],
        "outcome=problem": [first],
        "outcome=sent": [third],
        "outcome=read": [],
        "purpose=receipt": [third],
        "channel=email": [third, second, first],
        "channel=whatsapp": [],
        "since=2026-03-02": [third, second],
        "until=2026-03-01": [first],
        "since=2026-02-28&until=2026-02-28": [first],
        "q=bea": [second],
        "q=NUMERO pago": [third],
        "q=número": [third],
        "q=Ácento": [third],
        "q=acme": [],
        "outcome=<b>&purpose=sign_in_code&channel=fax&since=2026-99-99&account=x": [
            third, second, first,
        ],
        f"account={mail.world.accounts[0]}": [third, second, first],
        f"account={mail.world.accounts[1]}": [],
    }  # fmt: skip
    found = {query: [row.id for row in log(mail, query).rows] for query in cases}
    assert found == cases
    assert len(log(mail, f"q={one(mail, first).account}").rows) == 3


def test_pages_follow_each_other_both_ways_and_the_count_is_capped(
    mail: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = [mail.send(f"a{n}@papelera.example") for n in range(7)][::-1]
    first = log(mail, limit=3)
    assert (first.previous, first.total, first.capped) == (None, 7, False)
    second = log(mail, limit=3, cursor=first.next)
    third = log(mail, limit=3, cursor=second.next)
    assert [row.id for page in (first, second, third) for row in page.rows] == sent
    assert third.next is None
    back = log(mail, limit=3, cursor=third.previous)
    assert back.rows == second.rows
    assert log(mail, limit=3, cursor=back.previous).rows == first.rows
    assert log(mail, limit=3, cursor="forged").rows == first.rows
    monkeypatch.setattr("clientportal.storage.interactions.COUNT_CAP", 5)
    page = log(mail, limit=3)
    assert (page.total, page.capped) == (5, True)


def test_sign_in_is_in_no_log_and_no_row_has_a_body_or_a_link(mail: Post, tmp_path: Path) -> None:
    code = mail.send()
    rewrite(mail, code, kind="sign_in_code", subject="482913 es tu código")
    shown = mail.send()
    rewrite(mail, shown, text="cuerpo-secreto", html="cuerpo-secreto", link_seed="semilla",
            variables={"link": "https://p.example/d/secreto"})  # fmt: skip
    page = log(mail)
    assert [row.id for row in page.rows] == [shown]
    written = tmp_path / "log.csv"
    export(mail, written, Format.CSV)
    for text in (repr(page), written.read_text("utf-8-sig")):
        assert not {word for word in ("482913", "secreto", "semilla") if word in text}


def test_it_is_for_the_companys_staff_alone(mail: Post, database: sa.Engine) -> None:
    sent = mail.send()
    with unit_of_work(bind=database) as session:
        theirs = make_world(session, "otra")
    for actor in (mail.world.owner, mail.world.agent, mail.world.viewer):
        assert [row.id for row in log(mail, actor=actor).rows] == [sent]
    assert log(mail, actor=theirs.owner).rows == ()
    with pytest.raises(NotFound):
        log(mail, f"account={mail.world.accounts[0]}", actor=theirs.owner)
    with pytest.raises(NotAllowed):
        log(mail, actor=mail.world.customer)


def export(post: Post, path: Path, kind: Format, query: str = "") -> list[list[object]]:
    pairs = (part.split("=", 1) for part in query.split("&") if part)
    with unit_of_work(read_only=True, bind=post.engine) as session:
        written = interactions.export(
            session,
            post.world.viewer,
            filters=InteractionFilters.parse({name: [value] for name, value in pairs}),
            kind=kind,
            path=path,
            language="es",
            now=NOW,
        )
    rows: list[list[object]] = (
        [list(row) for row in csv.reader(path.read_text("utf-8-sig").splitlines())]
        if kind is Format.CSV
        else CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    )
    assert written.rows == len(rows) - 1
    return rows


@pytest.mark.parametrize("kind", list(Format))
def test_the_file_holds_every_page_with_the_filters_of_the_list(
    mail: Post, tmp_path: Path, kind: Format, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interactions, "EXPORT_PAGE", 2)
    sent = [mail.send(f"a{n}@papelera.example") for n in range(5)]
    mail.report("email.bounced", sent[0], bounce=FIRST)
    head, *rows = export(mail, tmp_path / "log", kind)
    assert [row[head.index("Dirección")] for row in rows] == [
        f"a{n}@papelera.example" for n in (4, 3, 2, 1, 0)
    ]
    assert rows[0][0] == "2026-03-02 10:00"  # Bogotá's clock
    _, bad = export(mail, tmp_path / "log", kind, "outcome=problem")
    assert bad[head.index("Estado")] == "Rebotó"
    assert bad[head.index("Por qué no llegó")] == "La dirección no existe o ya no recibe correo."
    assert bad[head.index("Motivo")] == "Envío de un documento"


def test_every_message_has_words_for_its_purpose() -> None:
    assert set(KINDS) - {"sign_in_code", "password_changed"} <= set(PURPOSES)
    assert {state for states in OUTCOMES.values() for state in states} == set(MessageState)


@pytest.mark.parametrize(
    ("state", "channel", "error", "alert", "cause"),
    [
        (MessageState.SENT, "email", "", None, ""),
        (MessageState.PLANNED, "email", "later", None, ""),
        (MessageState.BLOCKED, "email", "soft_bounces", None, "soft_bounces"),
        (MessageState.FAILED, "whatsapp", "132001 Template does not exist", None, "template"),
        (MessageState.FAILED, "whatsapp", "131026 x", AlertReason.NO_ACCOUNT, "no_account"),
        (MessageState.NOT_DELIVERED, "whatsapp", "131047 x", None, "window"),
        (MessageState.NOT_DELIVERED, "whatsapp", "131049 x", None, "policy"),
        (MessageState.FAILED, "email", "render: KeyError", None, "not_rendered"),
        (MessageState.FAILED, "email", "reached_daily_quota", None, "failed"),
        (MessageState.BOUNCED, "email", "too large", None, "content"),
        (MessageState.BOUNCED_SOFT, "email", "full", None, "mailbox"),
        (MessageState.SUPPRESSED, "email", "", None, "suppressed"),
        (MessageState.COMPLAINED, "email", "", None, "complaint"),
        (MessageState.NEEDS_CHECK, "whatsapp", "", None, "unanswered"),
    ],
)
def test_why_a_message_did_not_arrive(
    state: MessageState, channel: str, error: str, alert: AlertReason | None, cause: str
) -> None:
    assert rules.cause_of(state, channel, error, alert) == cause
    assert cause in {"", *CAUSES}


def test_a_whatsapp_message_stands_beside_the_mails(database: sa.Engine) -> None:
    post = post_of(database, Channel.WHATSAPP)
    failed = post.send()
    post.status("failed", failed, errors=[{"code": 131026, "title": "Message undeliverable"}])
    row = one(post, failed)
    assert (row.channel, row.address, row.cause) == ("whatsapp", PHONE, "no_account")


def test_a_message_of_the_platform_is_in_no_companys_log(mail: Post, database: sa.Engine) -> None:
    with unit_of_work(bind=database) as session:
        planned = messages.plan(
            session, kind="document", to=EMAIL, language="es", variables={},
            dedupe_key="platform", now=NOW,
        )  # fmt: skip
    assert planned is not None
    assert log(mail).rows == ()
