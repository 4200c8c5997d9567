"""Sending a document: to whom, in which words, what becomes of it, who has read it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal.domain.actors import Guest, Member
from clientportal.domain.document_filters import DocumentFilters, Sort
from clientportal.domain.documents import DocumentNotIssued, DocumentVoid, Kind, Lifecycle
from clientportal.domain.errors import Gone, Invalid, NotAllowed, NotFound, TooMany
from clientportal.services import (
    audit,
    contacts,
    document_deliveries,
    document_links,
    document_lists,
    document_sending,
    documents,
    drafts,
    files,
    mailbox,
    manual_payments,
    search,
    secret_links,
)
from clientportal.services.document_deliveries import Delivery, LinkState, Reach
from clientportal.services.document_sending import SendInput
from clientportal.services.identity import NOBODY, Principal
from clientportal.services.sending_words import Words
from clientportal.settings import settings
from clientportal.storage import files as file_storage
from clientportal.storage.models import (
    Access,
    AuditEntry,
    Company,
    ContactPoint,
    Document,
    DocumentLink,
    Message,
    MessageFile,
)
from clientportal.storage.session import unit_of_work
from tests.support import outgoing, people
from tests.support.ledger import NOW, World, draft_of, invoice, key, make_world

HERE = "198.51.100.7"


@pytest.fixture
def world(database: sa.Engine) -> World:
    with unit_of_work(bind=database) as session:
        return make_world(session)


def person(session: Session, world: World, email: str, *, account: int = 0, name: str = "") -> int:
    """The contact point of a new contact of an account."""
    contact = people.contact(session, world.owner, [world.accounts[account]], email, NOW)
    if name:
        session.execute(
            sa.text("UPDATE contact SET name = :n WHERE id = :c").bindparams(n=name, c=contact)
        )
        session.expire_all()
    return int(
        session.execute(
            sa.text("SELECT id FROM contact_point WHERE contact_id = :c").bindparams(c=contact)
        ).scalar_one()
    )


def words(subject: str = "Factura", message: str = "Va la factura.") -> dict[str, Words]:
    return {"es": Words(subject, message), "en": Words(f"EN {subject}", f"EN {message}")}


def send(session: Session, world: World, document_id: int, *points: int, **more: Any) -> None:
    what = SendInput(points=points, words=more.pop("words", words()), **more)
    document_sending.send(session, world.agent, document_id=document_id, what=what, now=NOW)


def deliver(session_of: sa.Engine) -> list[Message]:
    """Work every message that waits, as the job does."""
    outgoing.deliver(session_of)
    with unit_of_work(read_only=True, bind=session_of) as session:
        rows = session.exec(select(Message).order_by(col(Message.id))).all()
        session.expunge_all()
        return list(rows)


def token(session: Session, number: int = 0) -> str:
    seeds = session.exec(select(Message).where(Message.link_seed != "")).all()
    return secret_links.token_of(sorted(seeds, key=lambda row: row.id or 0)[number].link_seed)


def held(session: Session, number: int = 0, now: datetime = NOW) -> Guest:
    return document_links.hold(session, token=token(session, number), address=HERE, now=now)


def only(session: Session, world: World, document_id: int, now: datetime = NOW) -> Delivery:
    [dispatch] = document_deliveries.listing(
        session, world.viewer, document_id=document_id, now=now
    )
    [delivery] = dispatch.deliveries
    return delivery


@pytest.mark.spec(112, 227)
def test_who_is_told_of_new_invoices_is_proposed_and_nobody_else(
    database: sa.Engine, world: World
) -> None:
    with unit_of_work(bind=database) as session:
        make_world(session, "ajena")
        told = person(session, world, "ana@papelera.example", name="Ana")
        person(session, world, "off@papelera.example", name="Berta")
        person(session, world, "muted@papelera.example", name="Carla")
        person(session, world, "reminded@papelera.example", name="Dora")
        person(session, world, "elsewhere@otra.example", account=2)
        for email, notify, muted in (
            ("off@papelera.example", False, []),
            ("muted@papelera.example", True, ["invoices.new"]),
            ("reminded@papelera.example", True, ["invoices.reminder"]),
        ):
            row = session.exec(select(Access).where(Access.email == email)).first() or Access(
                company_id=world.company_id,
                account_id=world.accounts[0],
                contact_id=contact_of(session, email),
                email=email,
            )
            row.notify, row.muted = notify, muted
            session.add(row)
        session.flush()
        document_id = invoice(session, world)
        found = document_sending.propose(session, world.agent, document_id=document_id)
    assert {row.address_norm: row.notify for row in found.recipients} == {
        "ana@papelera.example": True,
        "off@papelera.example": False,
        "muted@papelera.example": False,
        "reminded@papelera.example": True,
    }
    assert found.recipients[0].point_id == told
    assert (found.number, found.sent, found.is_draft, found.has_xml) == ("FE-1", 0, False, True)
    with unit_of_work(bind=database) as session:
        proposed = SendInput(
            points=tuple(row.point_id for row in found.recipients if row.notify),
            words=found.words,
        )
        document_sending.send(session, world.agent, document_id=document_id, what=proposed, now=NOW)
    sent = deliver(database)
    assert {(row.to_address, row.channel, row.state, row.error) for row in sent} == {
        ("ana@papelera.example", "email", "sent", ""),
        ("reminded@papelera.example", "email", "sent", ""),
    }
    with unit_of_work(read_only=True, bind=database) as session:
        for row in sent:  # what the channel was handed, as the local mailbox shows it
            post = mailbox.post(session, row.id or 0)
            assert post is not None
            assert "FE-1" in post.text


def contact_of(session: Session, email: str) -> int:
    return int(
        session.execute(
            sa.text("SELECT contact_id FROM contact_point WHERE address_norm = :a").bindparams(
                a=email
            )
        ).scalar_one()
    )


@pytest.mark.spec(59, 111)
def test_each_person_gets_a_mail_of_their_own_in_their_language(
    database: sa.Engine, world: World
) -> None:
    with unit_of_work(bind=database) as session:
        ana = person(session, world, "ana@papelera.example", name="Ana {{total}}")
        john = person(session, world, "john@papelera.example", name="John")
        session.execute(sa.text("UPDATE contact SET language = 'en' WHERE name = 'John'"))
        session.expire_all()
        document_id = invoice(session, world, due_on=NOW.date() + timedelta(days=9))
        chosen = words("{{number}} para {{ contact }}", "Son {{total}}, {{account}}.\nGracias")
        send(session, world, document_id, ana, john, words=chosen)
    spanish, english = deliver(database)
    assert (spanish.subject, spanish.language) == ("FE-1 para Ana {{total}}", "es")
    assert (english.subject, english.language) == ("EN FE-1 para John", "en")
    assert "Son USD 100,00, Papelera del Valle.\nGracias" in spanish.text
    assert "Son USD 100.00, Papelera del Valle." in english.text
    assert "To pay: USD 100.00" in english.text
    assert "Por pagar: USD 100,00" in spanish.text
    assert spanish.reply_to == "cartera@molino.example"
    with unit_of_work(read_only=True, bind=database) as session:
        post = mailbox.post(session, spanish.id or 0)
        assert post is not None
        assert [file.name for file in post.files] == ["Factura FE-1.pdf", "FE-1.xml"]
        first = mailbox.post_file(session, spanish.id or 0, 1)
        assert first is not None
        assert first.content.startswith(b"%PDF")
        assert "Va adjunto: Factura FE-1.pdf, FE-1.xml." in spanish.text
        link = f"/d/{token(session)}"
        assert link in post.html
        assert link in post.text


def test_no_row_holds_a_token(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        ana = person(session, world, "ana@papelera.example")
        document_id = invoice(session, world)
        send(session, world, document_id, ana)
    deliver(database)
    with unit_of_work(read_only=True, bind=database) as session:
        secret = token(session)
        assert held(session).document_id == document_id
        for name in sa.inspect(database).get_table_names():
            rows = session.execute(sa.text(f'SELECT * FROM "{name}"')).all()
            assert secret not in repr(rows), name


@pytest.mark.parametrize(
    ("subject", "message", "code", "field"),
    [
        ("", "x", "required", "subject_es"),
        ("Hola\r\nBcc: todos@ajena.example", "x", "not_one_line", "subject_es"),
        ("Hola\u2028x", "x", "not_one_line", "subject_es"),
        ("x" * 151, "x", "too_long", "subject_es"),
        ("x", " \x00\n", "required", "message_es"),
        ("x", "x" * 2001, "too_long", "message_es"),
        ("{{secret_key}}", "x", "variable_unknown", "subject_es"),
        ("x", "{{ __class__ }}", "variable_unknown", "message_es"),
    ],
)
def test_what_may_not_be_written_is_refused_and_nothing_is_sent(
    database: sa.Engine, world: World, subject: str, message: str, code: str, field: str
) -> None:
    with unit_of_work(bind=database) as session:
        ana = person(session, world, "ana@papelera.example")
        document_id = invoice(session, world)
        with pytest.raises(Invalid) as refused:
            send(session, world, document_id, ana, words=words(subject, message))
        assert (refused.value.error_code, refused.value.field) == (code, field)
        assert session.exec(select(Message)).all() == []


def test_only_known_addresses_of_the_account_and_only_by_who_may(
    database: sa.Engine, world: World
) -> None:
    with unit_of_work(bind=database) as session:
        other = make_world(session, "ajena")
        ana = person(session, world, "ana@papelera.example")
        elsewhere = person(session, world, "otra@tercero.example", account=2)
        document_id = invoice(session, world)
        foreign = invoice(session, other)
        for points, error in (((), Invalid), ((elsewhere,), NotFound), ((ana, 10**12), NotFound)):
            with pytest.raises(error):
                send(session, world, document_id, *points)
        with pytest.raises(NotFound):
            send(session, world, foreign, ana)
        for actor in (world.viewer, world.customer):
            what = SendInput((ana,), words())
            with pytest.raises(NotAllowed):
                document_sending.send(session, actor, document_id=document_id, what=what, now=NOW)
        draft = key(drafts.create(session, world.agent, draft=draft_of(world.accounts[0]), now=NOW))
        with pytest.raises(DocumentNotIssued):
            send(session, world, draft, ana)
        drafts.void(session, world.owner, document_id=document_id, reason="x", now=NOW)
        with pytest.raises(DocumentVoid):
            send(session, world, document_id, ana)
        with pytest.raises(DocumentVoid):
            document_sending.propose(session, world.agent, document_id=document_id)
        assert session.exec(select(Message)).all() == []


def test_a_draft_is_issued_and_sent_or_neither(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        ana = person(session, world, "ana@papelera.example")
        draft = key(drafts.create(session, world.agent, draft=draft_of(world.accounts[0]), now=NOW))
        proposal = document_sending.propose(session, world.agent, document_id=draft)
        assert proposal.is_draft
        assert proposal.words["es"].subject == "Factura {{number}} de Molino"
    with pytest.raises(Invalid), unit_of_work(bind=database) as session:
        document_sending.issue_and_send(
            session, world.agent, document_id=draft, what=SendInput((), words()), now=NOW
        )
    with unit_of_work(bind=database) as session:
        row = session.get(Document, draft)
        assert row is not None
        assert (row.lifecycle, row.number) == (Lifecycle.DRAFT, None)
        sent = document_sending.issue_and_send(
            session,
            world.agent,
            document_id=draft,
            what=SendInput((ana,), dict(proposal.words)),
            now=NOW,
        )
        assert (sent.number, sent.recipients) == ("FE-1", 1)
    [message] = deliver(database)
    assert message.subject == "Factura FE-1 de Molino"


@pytest.mark.spec(118)
def test_a_paid_document_is_sent_in_other_words(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        ana = person(session, world, "ana@papelera.example")
        document_id = invoice(session, world)
        manual_payments.record(
            session,
            world.agent,
            account_id=world.accounts[0],
            currency="USD",
            amount_minor=10_000,
            lines=[(document_id, 10_000)],
            method="cash",
            received_on=NOW.date(),
            client_key="payment-1",
            now=NOW,
        )
        found = document_sending.propose(session, world.agent, document_id=document_id)
        assert found.wording == "paid"
        assert found.words["es"].subject == "Copia de la factura FE-1 de Molino, ya pagada"
        send(session, world, document_id, ana, words=dict(found.words))
    [*_, message] = deliver(database)
    said = (message.text + message.html + message.subject).casefold()
    assert "pagada por completo" in said
    for word in ("pendiente", "pending", "por pagar", "vence", "ver y pagar"):
        assert word not in said.replace("vence el enlace", "")


def test_a_credit_note_asks_for_nothing(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        ana = person(session, world, "ana@papelera.example")
        note = drafts.create(
            session,
            world.agent,
            draft=draft_of(world.accounts[0], kind=Kind.CREDIT_NOTE, due_on=None),
            now=NOW,
        )
        drafts.issue(session, world.agent, document_id=key(note), now=NOW)
        found = document_sending.propose(session, world.agent, document_id=key(note))
        send(session, world, key(note), ana, words=dict(found.words))
    [message] = deliver(database)
    assert "Disponible: USD 100,00" in message.text
    assert "pagar" not in message.text


def test_files_too_large_for_a_mail_are_behind_its_link(
    database: sa.Engine, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clientportal.services.message_files.ATTACHED_LIMIT", 1_000)
    with unit_of_work(bind=database) as session:
        ana = person(session, world, "ana@papelera.example")
        document_id = invoice(session, world)
        send(session, world, document_id, ana)
    [message] = deliver(database)
    assert "Los archivos se descargan desde el enlace." in message.text
    with unit_of_work(read_only=True, bind=database) as session:
        assert session.exec(select(MessageFile)).all() == []


def test_the_files_are_frozen_with_the_body_and_kept_from_the_sweep(
    database: sa.Engine, world: World
) -> None:
    with unit_of_work(bind=database) as session:
        ana = person(session, world, "ana@papelera.example")
        document_id = invoice(session, world)
        send(session, world, document_id, ana, with_xml=False)
    deliver(database)
    with unit_of_work(read_only=True, bind=database) as session:
        [file] = session.exec(select(MessageFile)).all()
        assert files.sweep(session, now=NOW + timedelta(days=4000)) == 0
        assert file_storage.store().exists(file.file_sha256)


def test_what_becomes_of_a_send(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        ana = person(session, world, "ana@papelera.example")
        document_id = invoice(session, world)
        send(session, world, document_id, ana)
        assert only(session, world, document_id).reach is Reach.ON_ITS_WAY
        assert badge(session, world, document_id) != "sent"
    deliver(database)
    with unit_of_work(bind=database) as session:
        assert only(session, world, document_id).reach is Reach.SENT
        assert badge(session, world, document_id) == "sent"
        guest = held(session)
        document_links.opened(session, guest, now=NOW)
        assert only(session, world, document_id).reach is Reach.OPENED
        assert badge(session, world, document_id) == "sent"
        document_links.seen(session, guest, who=NOBODY, now=NOW + timedelta(hours=1))
        document_links.seen(session, guest, who=NOBODY, now=NOW + timedelta(hours=2))
        seen = only(session, world, document_id)
        assert (seen.reach, seen.at) == (Reach.SEEN, NOW + timedelta(hours=1))
        assert badge(session, world, document_id) == "seen"
        [row] = document_lists.first_rows(
            session, world.agent, filters=DocumentFilters(), sort=Sort(), now=NOW, limit=1
        )
        assert row.badge.code == "seen"
        [customers] = document_lists.first_rows(
            session, world.customer, filters=DocumentFilters(), sort=Sort(), now=NOW, limit=1
        )
        assert customers.badge.code == "issued"
        events = audit.timeline(session, world.agent, subject=("document", document_id))
        actions = [event.action for event in events]
        assert actions.count("document.seen") == 1
        assert actions[:2] == ["document.seen", "document.sent"]
        assert (events[0].actor_kind, events[0].actor_name) == ("customer", guest.name)


def badge(session: Session, world: World, document_id: int) -> str:
    session.execute(
        sa.text("UPDATE document SET due_on = '2026-05-30' WHERE id = :i").bindparams(i=document_id)
    )
    session.expire_all()
    found = documents.detail(session, world.viewer, document_id=document_id, now=NOW)
    return found.badge.code


def test_a_bounce_is_told_and_another_address_mends_it(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        gone = person(session, world, "bounced@papelera.example")
        ana = person(session, world, "ana@papelera.example")
        document_id = invoice(session, world)
        send(session, world, document_id, gone)
    deliver(database)
    with unit_of_work(bind=database) as session:
        failed = only(session, world, document_id)
        assert (failed.reach, failed.error) == (Reach.FAILED, "550 5.1.1 user unknown")
        assert badge(session, world, document_id) not in {"sent", "seen"}
        [row] = document_lists.first_rows(
            session, world.agent, filters=DocumentFilters(), sort=Sort(), now=NOW, limit=1
        )
        assert row.undelivered == 1
        last = audit.timeline(session, world.agent, subject=("document", document_id))[0]
        assert (last.action, last.data["email"]) == (
            "document.not_delivered",
            "bounced@papelera.example",
        )
        proposal = document_sending.propose(session, world.agent, document_id=document_id)
        known = {row.address_norm: row.unreached for row in proposal.recipients}
        assert known == {"bounced@papelera.example": True, "ana@papelera.example": False}
        assert proposal.sent == 1
        send(session, world, document_id, ana)
    deliver(database)
    with unit_of_work(bind=database) as session:
        assert badge(session, world, document_id) == "sent"
        newest, oldest = document_deliveries.listing(
            session, world.viewer, document_id=document_id, now=NOW
        )
        assert (newest.attempt, newest.deliveries[0].reach) == (2, Reach.SENT)
        assert (oldest.attempt, oldest.deliveries[0].reach) == (1, Reach.FAILED)


def test_staff_who_look_at_what_they_sent_are_no_readers(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        ana = person(session, world, "ana@papelera.example")
        document_id = invoice(session, world)
        send(session, world, document_id, ana)
        guest = held(session)
        who = Principal(key="session:1", user_id=world.viewer.user_id, session_id=1, kind="member")
        document_links.seen(session, guest, who=who, now=NOW)
        assert only(session, world, document_id).reach is Reach.ON_ITS_WAY
        stranger = replace(who, user_id=world.stranger.user_id)
        document_links.seen(session, guest, who=stranger, now=NOW)
        assert only(session, world, document_id).reach is Reach.SEEN


def test_a_look_in_the_portal_counts_for_the_mails_to_that_person(
    database: sa.Engine, world: World
) -> None:
    with unit_of_work(bind=database) as session:
        luz = person(session, world, world.customer.email)
        ana = person(session, world, "ana@papelera.example")
        document_id = invoice(session, world)
        send(session, world, document_id, luz, ana)
        for _ in range(2):
            document_links.seen_in_portal(session, world.customer, document_id=document_id, now=NOW)
        with pytest.raises(NotFound):
            document_links.seen_in_portal(session, world.stranger, document_id=document_id, now=NOW)
        [dispatch] = document_deliveries.listing(
            session, world.viewer, document_id=document_id, now=NOW
        )
        assert {row.address: row.reach for row in dispatch.deliveries} == {
            world.customer.email: Reach.SEEN,
            "ana@papelera.example": Reach.ON_ITS_WAY,
        }
        entries = session.exec(select(AuditEntry)).all()
        assert [row.action for row in entries].count("document.seen") == 1


def test_a_link_opens_its_document_and_nothing_else(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        ana = person(session, world, "ana@papelera.example")
        other = invoice(session, world, "70")
        document_id = invoice(session, world, "50")
        manual_payments.record(
            session,
            world.agent,
            account_id=world.accounts[0],
            currency="USD",
            amount_minor=1_000,
            lines=[(document_id, 1_000)],
            method="cash",
            received_on=NOW.date(),
            client_key="payment-1",
            now=NOW,
        )
        send(session, world, document_id, ana)
        guest = held(session)
        shown = documents.detail(session, guest, document_id=document_id, now=NOW)
        assert (shown.number, shown.balance_minor, len(shown.lines)) == ("FE-2", 4_000, 1)
        assert (shown.applied, shown.comments, shown.related, shown.timeline) == ((), (), (), ())
        assert not any(
            getattr(shown.actions, name) for name in type(shown.actions).__dataclass_fields__
        )
        with pytest.raises(NotFound):
            documents.detail(session, guest, document_id=other, now=NOW)
        page = document_lists.list_documents(
            session, guest, filters=DocumentFilters(), sort=Sort(), cursor="", now=NOW
        )
        assert [row.id for row in page.rows] == [document_id]
        assert search.find(session, guest, query="FE-1").hits == ()
        for use_case in (
            lambda: document_deliveries.listing(session, guest, document_id=document_id, now=NOW),
            lambda: document_deliveries.revoke(session, guest, link_id=1, now=NOW),
            lambda: document_sending.propose(session, guest, document_id=document_id),
            lambda: audit.timeline(session, guest),
        ):
            with pytest.raises(NotAllowed):
                use_case()


def test_links_end_by_time_by_revocation_and_with_guessing(
    database: sa.Engine, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document_links, "_guesses", document_links.Limiter(1 / 60, 3))
    with unit_of_work(bind=database) as session:
        ana = person(session, world, "ana@papelera.example")
        document_id = invoice(session, world)
        send(session, world, document_id, ana)
        assert held(session, now=NOW + timedelta(days=90, seconds=-1)).document_id == document_id
        with pytest.raises(Gone) as expired:
            held(session, now=NOW + timedelta(days=90))
        assert expired.value.error_code == "link_expired"
        assert expired.value.params == {"company": "Molino", "date": "2026-05-31"}
        link = only(session, world, document_id)
        make_world(session, "ajena")
        with pytest.raises(NotFound):
            document_deliveries.revoke(session, world.agent, link_id=link.link_id + 9, now=NOW)
        for _ in range(2):
            document_deliveries.revoke(session, world.agent, link_id=link.link_id, now=NOW)
        assert only(session, world, document_id).link is LinkState.REVOKED
        with pytest.raises(Gone) as revoked:
            held(session)
        assert revoked.value.error_code == "link_revoked"
        actions = [row.action for row in session.exec(select(AuditEntry)).all()]
        assert actions.count("document.link_revoked") == 1
        for guess in ("", "x" * 43, "é" * 43, "x" * 5_000):
            with pytest.raises((NotFound, TooMany)):
                document_links.hold(session, token=guess, address="203.0.113.5", now=NOW)
        with pytest.raises(TooMany):
            document_links.hold(session, token="y" * 43, address="203.0.113.5", now=NOW)
        with pytest.raises(Gone):
            held(session)  # from elsewhere: nobody else is slowed down
        send(session, world, document_id, ana)
        newest = token(session, -1)
        guest = document_links.hold(session, token=newest, address="203.0.113.5", now=NOW)
        assert guest.document_id == document_id  # who holds a link did not guess


@pytest.mark.parametrize("way", ["unlink", "remove_point"])
def test_links_end_with_the_ground_on_which_they_were_sent(
    database: sa.Engine, world: World, way: str
) -> None:
    with unit_of_work(bind=database) as session:
        agent, (first, second) = world.agent, world.accounts[:2]
        ana = person(session, world, "ana@papelera.example")
        bea = person(session, world, "bea@papelera.example")
        [row] = session.exec(select(ContactPoint).where(col(ContactPoint.id) == ana)).all()
        luis = row.contact_id
        contacts.link(session, agent, contact_id=luis, account_id=second, now=NOW)
        here, there = invoice(session, world), invoice(session, world, account_id=second)
        send(session, world, here, ana, bea)
        send(session, world, there, ana)
        if way == "unlink":
            contacts.unlink(session, agent, contact_id=luis, account_id=first, now=NOW)
        else:
            contacts.remove_point(session, agent, point_id=ana, now=NOW)
        ended = {
            (row.document_id, row.to_norm)
            for row in session.exec(select(DocumentLink)).all()
            if row.revoked_at is not None
        }
        wanted = {(here, "ana@papelera.example")}
        if way == "remove_point":
            wanted |= {(there, "ana@papelera.example")}
        assert ended == wanted
        with pytest.raises(Gone) as gone:
            held(session)
        assert gone.value.error_code == "link_revoked"
        assert held(session, 1).document_id == here
        entries = session.exec(select(AuditEntry)).all()
        told = [row.data for row in entries if row.action == "document.link_revoked"]
        assert [data["email"] for data in told] == ["ana@papelera.example"] * len(wanted)


def test_every_link_that_opens_something_is_listed_however_old(
    database: sa.Engine, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document_deliveries, "MOST_SHOWN", 2)
    with unit_of_work(bind=database) as session:
        ana = person(session, world, "ana@papelera.example")
        document_id = invoice(session, world)
        for _ in range(4):
            send(session, world, document_id, ana)

        def shown(now: datetime = NOW) -> list[tuple[int, str]]:
            found = document_deliveries.listing(
                session, world.viewer, document_id=document_id, now=now
            )
            return [(d.attempt, row.link.value) for d in found for row in d.deliveries]

        keys = [
            row.id or 0 for row in session.exec(select(DocumentLink).order_by(col(DocumentLink.id)))
        ]
        assert shown() == [(4, "live"), (3, "live"), (2, "live"), (1, "live")]
        for link_id in keys[1:]:
            document_deliveries.revoke(session, world.agent, link_id=link_id, now=NOW)
        assert shown() == [(4, "revoked"), (1, "live")]
        assert shown(NOW + timedelta(days=90)) == [(4, "revoked"), (3, "revoked")]


def test_sending_has_a_measure(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        ana = person(session, world, "ana@papelera.example")
        document_id = invoice(session, world)
        for _ in range(document_sending.SENDS_PER_HOUR):
            send(session, world, document_id, ana)
        with pytest.raises(TooMany):
            send(session, world, document_id, ana)
        assert len(session.exec(select(DocumentLink)).all()) == document_sending.SENDS_PER_HOUR
        company = session.get(Company, world.company_id)
        assert company is not None


def test_a_person_and_a_company_send_so_many_mails_an_hour(
    database: sa.Engine, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document_sending, "MAILS_PER_PERSON_AND_HOUR", 4)
    monkeypatch.setattr(document_sending, "MAILS_PER_COMPANY_AND_HOUR", 6)
    with unit_of_work(bind=database) as session:
        points = [person(session, world, f"{n}@papelera.example") for n in range(3)]
        papers = [invoice(session, world) for _ in range(4)]

        def sends(who: Member, paper: int, *to: int, at: datetime = NOW) -> None:
            what = SendInput(points=to, words=words())
            document_sending.send(session, who, document_id=papers[paper], what=what, now=at)

        sends(world.agent, 0, *points)
        with pytest.raises(TooMany):
            sends(world.agent, 1, *points[:2])
        sends(world.agent, 1, points[0])
        with pytest.raises(TooMany):
            sends(world.agent, 2, points[0])
        sends(world.owner, 2, *points[:2])
        with pytest.raises(TooMany):
            sends(world.owner, 3, points[0])
        assert len(session.exec(select(DocumentLink)).all()) == 6
        later = NOW + timedelta(hours=1)
        sends(world.agent, 3, *points, at=later)
        other = make_world(session, "ajena")
        ana = person(session, other, "ana@ajena.example")
        send(session, other, invoice(session, other), ana)


def test_sends_at_the_same_time_are_counted_one_after_the_other(
    database: sa.Engine, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document_sending, "MAILS_PER_PERSON_AND_HOUR", 2)
    with unit_of_work(bind=database) as session:
        ana = person(session, world, "ana@papelera.example")
        papers = [invoice(session, world) for _ in range(6)]

    def sends(document_id: int) -> bool:
        try:
            with unit_of_work(bind=database) as session:
                send(session, world, document_id, ana)
        except TooMany:
            return False
        return True

    with ThreadPoolExecutor(len(papers)) as threads:
        assert sum(threads.map(sends, papers)) == 2


def test_nobodys_words_or_name_become_the_link(database: sa.Engine, world: World) -> None:
    """A token stands where our link stands, and nowhere else in the mail."""
    typed = "Va ~link~ y /d/~link~ y ~{{contact}}~ y ~~link~~ y ~li\u200bnk~."
    with unit_of_work(bind=database) as session:
        session.execute(sa.text("UPDATE account SET name = '~link~ /d/~link~'"))
        ana = person(session, world, "ana@papelera.example", name="link")
        bea = person(session, world, "bea@papelera.example", name="Bea /d/~link~")
        document_id = invoice(session, world)
        for point in (ana, bea):
            send(session, world, document_id, point, words=words("De {{account}}", typed))
    messages = deliver(database)
    with unit_of_work(read_only=True, bind=database) as session:
        for message in messages:
            secret = secret_links.token_of(message.link_seed)
            found = mailbox.post(session, message.id or 0)
            assert found is not None
            for body in (found.html, found.text):
                assert body.count(secret) == body.count(f"/d/{secret}") > 0
                assert body.count(secret) == body.count(f"{settings().public_url}/d/{secret}")
                assert secret_links.PLACE not in body
            assert found.text.count(secret) == 1
            assert secret_links.PLACE not in message.subject


def test_a_mail_that_is_tried_again_is_the_same_mail(database: sa.Engine, world: World) -> None:
    """Rule 9: whatever happened in between, one idempotency key carries one content."""
    with unit_of_work(bind=database) as session:
        ana = person(session, world, "ana@papelera.example")
        document_id = invoice(session, world)
        send(session, world, document_id, ana)
        [message] = session.exec(select(Message)).all()
        message_id = message.id or 0
    deliver(database)
    with unit_of_work(read_only=True, bind=database) as session:
        before = mailbox.post(session, message_id), mailbox.post_file(session, message_id, 1)
    with unit_of_work(bind=database) as session:
        session.execute(sa.text("UPDATE message SET state = 'planned', attempt = 1"))
        session.execute(sa.text("UPDATE document SET concept = 'otra cosa'"))
    deliver(database)
    with unit_of_work(read_only=True, bind=database) as session:
        after = mailbox.post(session, message_id), mailbox.post_file(session, message_id, 1)
    assert before[1] == after[1]
    assert before[0] is not None
    assert after[0] is not None
    assert (before[0].html, before[0].text) == (after[0].html, after[0].text)
