"""The drawer that sends a document, the popup behind the eye, the mails on its page."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import select

from clientportal.domain.errors import NotFound
from clientportal.services import drafts
from clientportal.storage.models import Document, DocumentLink, Message
from clientportal.storage.session import unit_of_work
from clientportal.ui.session import utc_now
from clientportal.ui.staff.billing_state import StaffBilling
from clientportal.ui.staff.document_edit_state import StaffDraft
from clientportal.ui.staff.document_state import StaffDocument
from clientportal.ui.staff.send_state import StaffSend
from tests.support import people
from tests.support.ledger import draft_of, invoice, key
from tests.support.outgoing import deliver
from tests.ui.conftest import OpenTab
from tests.ui.staff_tabs import Desk, call, desk_of


@pytest.fixture
def database_kind() -> str:
    return "sqlite"


@pytest.fixture
def desk(database: sa.Engine, open_tab: OpenTab, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return desk_of(database, open_tab, monkeypatch)


def bill(desk: Desk, *emails: str) -> int:
    """An invoice of an account with these contacts."""
    with unit_of_work(bind=desk.engine) as db:
        for email in emails:
            people.contact(db, desk.world.owner, [desk.world.accounts[0]], email, utc_now())
        return invoice(db, desk.world)


def filled(page: StaffSend, **changes: str) -> dict[str, Any]:
    """The form as the drawer first shows it, with changes."""
    form = {"subject_es": page.subjects["es"], "message_es": page.messages["es"]}
    return form | {"with_pdf": "yes", "with_xml": "yes"} | changes


def work(desk: Desk) -> None:
    deliver(desk.engine)


@pytest.mark.spec(119)
async def test_the_eye_the_dots_and_the_drawer_send_a_document(desk: Desk) -> None:
    document_id = bill(desk, "ana@papelera.example", "luis@papelera.example")
    send = await desk.at("billing", StaffSend)
    await call(StaffSend.peek, send, document_id)
    assert (send.peeking, send.doc.number, send.doc.can_send) == (True, "FE-1", True)
    assert send.doc.total_minor == 10_000
    await call(StaffSend.shut_peek, send)
    await call(StaffSend.start, send, document_id)
    assert [(row.address, row.chosen) for row in send.to] == [
        ("ana@papelera.example", True),
        ("luis@papelera.example", True),
    ]
    await call(StaffSend.choose, send, send.to[1].point_id, False)
    assert send.chosen == 1
    done = await call(StaffSend.send, send, filled(send))
    assert done is not None
    assert not send.is_open
    assert await call(StaffSend.send, send, filled(send)) is None, "pressed twice, sent once"
    work(desk)
    page = await desk.at("document", StaffDocument, f"billing/{document_id}")
    await call(StaffDocument.load, page)
    assert [(line.address, line.reach) for line in page.mails] == [("ana@papelera.example", "sent")]
    rows = await desk.at("billing", StaffBilling)
    await call(StaffBilling.load, rows)
    assert rows.rows[0].mail == "sent" or rows.rows[0].badge["code"] == "sent"
    await call(StaffSend.start, send, document_id)
    assert send.sent == 1


async def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(desk: Desk) -> None:
    document_id = bill(desk, "ana@papelera.example")
    send = await desk.at("document", StaffSend, f"billing/{document_id}")
    await call(StaffSend.start, send, document_id)
    for form, errors in (
        (filled(send, subject_es=""), {"subject_es": "required"}),
        (filled(send, subject_es="Hola\nBcc: x@y.example"), {"subject_es": "not_one_line"}),
        (filled(send, message_es="{{nada}}"), {"message_es": "variable_unknown"}),
        ({"subject_es": ["x"], "message_es": 7}, {"subject_es": "required"}),
    ):
        assert await call(StaffSend.send, send, form) is None
        assert send.errors == errors
        assert send.is_open
    await call(StaffSend.choose, send, send.to[0].point_id, False)
    assert await call(StaffSend.send, send, filled(send)) is None
    assert send.errors == {"recipients": "nobody_chosen"}
    with unit_of_work(read_only=True, bind=desk.engine) as db:
        assert db.exec(select(Message)).all() == []


async def test_a_draft_goes_from_the_editor_to_the_drawer_and_is_issued_there(desk: Desk) -> None:
    with unit_of_work(bind=desk.engine) as db:
        people.contact(
            db, desk.world.owner, [desk.world.accounts[0]], "ana@papelera.example", utc_now()
        )
        row = drafts.create(
            db, desk.world.agent, draft=draft_of(desk.world.accounts[0]), now=utc_now()
        )
        document_id = key(row)
    editor = await desk.at("edit", StaffDraft, f"billing/{document_id}/edit")
    await call(StaffDraft.load, editor)
    await call(StaffDraft.intend, editor, "send")
    form = {
        "account_id": str(editor.chosen_id),
        "kind": "invoice",
        "currency": "USD",
        "issued_on": editor.issued_on,
        "due_on": editor.due_on,
        "concept": "",
        "reference": "",
    }
    [leads] = await call(StaffDraft.save, editor, form)
    assert "send=1" in str(leads.args)
    page = await desk.at("document", StaffDocument, f"billing/{document_id}?send=1")
    leads = await call(StaffDocument.load, page)
    assert "send=1" not in str(leads.args)  # once: going back does not open it again
    send = await page.get_state(StaffSend)
    assert send.is_open
    assert send.issues
    assert "{{number}}" in send.subjects["es"]
    await call(StaffSend.send, send, filled(send))
    with unit_of_work(read_only=True, bind=desk.engine) as db:
        stored = db.get(Document, document_id)
        assert stored is not None
        assert stored.number == "FE-1"
        [message] = db.exec(select(Message)).all()
        assert message.variables["subject"] == "Factura FE-1 de Molino"


async def test_a_drawer_left_open_is_not_open_on_the_next_page(desk: Desk) -> None:
    document_id = bill(desk, "ana@papelera.example")
    page = await desk.at("document", StaffDocument, f"billing/{document_id}")
    send = await page.get_state(StaffSend)
    await call(StaffSend.start, send, document_id)

    await call(StaffDocument.load, page)  # `?send` leads to this address once it has opened it
    assert send.is_open

    send._opened_at = "/staff/molino/billing"
    await call(StaffDocument.load, page)
    assert not send.is_open


async def test_a_mail_that_did_not_arrive_is_the_first_thing_on_the_page(desk: Desk) -> None:
    document_id = bill(desk, "bounced@papelera.example")
    send = await desk.at("document", StaffSend, f"billing/{document_id}")
    await call(StaffSend.start, send, document_id)
    await call(StaffSend.send, send, filled(send))
    work(desk)
    page = await desk.at("document", StaffDocument, f"billing/{document_id}")
    await call(StaffDocument.load, page)
    assert page.undelivered == 1
    assert (page.mails[0].reach, page.mails[0].error) == ("failed", "550 5.1.1 user unknown")
    rows = await desk.at("billing", StaffBilling)
    await call(StaffBilling.load, rows)
    assert rows.rows[0].mail == "failed"
    await call(StaffSend.start, send, document_id)
    assert [(row.unreached, row.chosen) for row in send.to] == [(True, False)]


async def test_a_link_is_withdrawn_and_foreign_things_are_not_found(desk: Desk) -> None:
    document_id = bill(desk, "ana@papelera.example")
    send = await desk.at("document", StaffSend, f"billing/{document_id}")
    await call(StaffSend.start, send, document_id)
    await call(StaffSend.send, send, filled(send))
    with unit_of_work(read_only=True, bind=desk.engine) as db:
        [link_id] = db.exec(select(DocumentLink.id)).all()
    theirs = await desk.at("billing", StaffSend, "billing", slug="otra")
    for handler, state, wanted in (
        (StaffSend.start, theirs, document_id),
        (StaffSend.revoke, theirs, link_id),
        (StaffSend.peek, theirs, document_id),
        (StaffSend.start, send, 0),
        (StaffSend.start, send, 10**12),
    ):
        with pytest.raises(NotFound):
            await call(handler, state, wanted)
    await call(StaffSend.revoke, send, link_id)
    page = await desk.at("document", StaffDocument, f"billing/{document_id}")
    await call(StaffDocument.load, page)
    assert page.mails[0].link == "revoked"
