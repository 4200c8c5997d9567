"""Reminder settings: from the template to the draft, onto the issued invoice, until it is paid."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from clientportal.domain.documents import DocumentNotIssued, Kind, NotPayable
from clientportal.domain.errors import Invalid, NotAllowed, NotFound
from clientportal.domain.invoice_templates import ReminderSettings
from clientportal.services import document_reminders, documents, drafts, receipts
from clientportal.services import invoice_templates as templates
from clientportal.services.drafts import DraftInput
from clientportal.storage import documents as storage
from clientportal.storage.models import AuditEntry, Document
from clientportal.storage.session import unit_of_work
from tests.services.test_invoice_templates import GIVEN
from tests.support.ledger import NOW, TODAY, World, make_world

USUAL = ReminderSettings()


@pytest.fixture
def world(database: sa.Engine) -> World:
    with unit_of_work(bind=database) as session:
        return make_world(session)


def begun(session: Session, world: World, **more: Any) -> DraftInput:
    """What the editor sends of an invoice that a template filled."""
    key = templates.create(session, world.agent, template=GIVEN, now=NOW)
    found = templates.read(session, world.agent, template_id=key)
    given = {
        "account_id": world.accounts[0],
        "kind": Kind.INVOICE,
        "currency": found.currency,
        "issued_on": date(2026, 3, 1),
        "due_on": None,
        "lines": found.lines,
        "template_id": found.id,
        "reminders": found.reminders,
    } | more
    return DraftInput(**given)


def kept(session: Session, key: int) -> tuple[int | None, bool, int, int]:
    """The columns as the database has them."""
    row = session.execute(
        sa.text(
            "SELECT t.template_id, d.reminders, d.reminder_days, d.reminder_count"
            " FROM document d LEFT JOIN document_template t ON t.document_id = d.id"
            " WHERE d.id = :key"
        ),
        {"key": key},
    ).one()
    return row[0], bool(row[1]), row[2], row[3]


def other_draft(session: Session, world: World, draft: DraftInput) -> int:
    """One more, from the template."""
    return storage.identity(drafts.create(session, world.agent, draft=draft, now=NOW))


@pytest.mark.spec(154, 157)
def test_an_issued_invoice_keeps_what_its_template_said(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        draft = begun(session, world)
        key = storage.identity(drafts.create(session, world.agent, draft=draft, now=NOW))
        drafts.issue(session, world.agent, document_id=key, now=NOW)
    with unit_of_work(bind=database) as session:
        assert kept(session, key) == (draft.template_id, True, 5, 2)
        shown = documents.detail(session, world.viewer, document_id=key, now=NOW)
        assert (shown.template_id, shown.reminders) == (draft.template_id, GIVEN.reminders)
        templates.edit(
            session,
            world.agent,
            template_id=draft.template_id or 0,
            template=replace(GIVEN, reminders=USUAL),
            version=1,
            now=NOW,
        )
        assert kept(session, key) == (draft.template_id, True, 5, 2)  # its own from then on


def test_a_draft_is_edited_and_a_note_is_never_reminded(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        draft = begun(session, world)
        key = storage.identity(drafts.create(session, world.agent, draft=draft, now=NOW))
        ask: dict[str, Any] = {"document_id": key, "now": NOW}
        changed = replace(draft, template_id=None, reminders=ReminderSettings(True, 7, 3))
        drafts.edit(session, world.agent, draft=changed, **ask)
        assert kept(session, key) == (None, True, 7, 3)
        drafts.edit(session, world.agent, draft=replace(changed, reminders=USUAL), **ask)
        assert kept(session, key) == (None, False, 3, 1)
        drafts.edit(session, world.agent, draft=replace(changed, kind=Kind.CREDIT_NOTE), **ask)
        assert kept(session, key) == (None, False, 3, 1)
        drafts.discard(
            session, world.agent, document_id=other_draft(session, world, draft), now=NOW
        )
        for wrong in (ReminderSettings(True, 0, 1), ReminderSettings(True, 3, 11)):
            with pytest.raises(Invalid):
                drafts.edit(session, world.agent, draft=replace(draft, reminders=wrong), **ask)


def test_the_template_of_another_company_is_refused(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        foreign = begun(session, make_world(session, "otra"))
        draft = begun(session, world)
        for key in (foreign.template_id, 0, -1, 2**63):
            with pytest.raises(NotFound):
                drafts.create(session, world.agent, draft=replace(draft, template_id=key), now=NOW)


@pytest.mark.spec(156)
def test_an_unpaid_invoice_is_switched_at_any_time(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        draft = begun(session, world)
        key = storage.identity(drafts.create(session, world.agent, draft=draft, now=NOW))
        ask: dict[str, Any] = {"document_id": key, "now": NOW}
        off, on = ReminderSettings(False, 5, 2), ReminderSettings(True, 10, 4)
        with pytest.raises(DocumentNotIssued):
            document_reminders.change(session, world.agent, reminders=off, **ask)
        drafts.issue(session, world.agent, **ask)
        document_reminders.change(session, world.agent, reminders=off, **ask)
        assert kept(session, key)[1:] == (False, 5, 2)
        document_reminders.change(session, world.agent, reminders=on, **ask)
        assert kept(session, key)[1:] == (True, 10, 4)
        with pytest.raises(Invalid):
            document_reminders.change(
                session, world.agent, reminders=ReminderSettings(True, 91, 1), **ask
            )
        with pytest.raises(NotAllowed):
            document_reminders.change(session, world.viewer, reminders=on, **ask)
        trail = session.scalars(
            sa.select(AuditEntry.action).where(AuditEntry.subject_id == key)  # type: ignore[arg-type]
        ).all()
        assert trail.count("document.reminders_changed") == 2
        assert documents.detail(session, world.agent, **ask).actions.reminders
        assert not documents.detail(session, world.viewer, **ask).actions.reminders


def test_what_is_paid_is_no_longer_reminded_of(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        draft = begun(session, world)
        key = storage.identity(drafts.create(session, world.agent, draft=draft, now=NOW))
        drafts.issue(session, world.agent, document_id=key, now=NOW)
        owed = session.get_one(Document, key).balance_minor
        receipts.book_receipt(
            session,
            world.owner,
            company_id=world.company_id,
            account_id=world.accounts[0],
            currency="USD",
            amount_minor=owed,
            lines=[(key, owed)],
            method="cash",
            received_on=TODAY,
            now=NOW,
        )
        with pytest.raises(NotPayable):
            document_reminders.change(
                session, world.agent, document_id=key, reminders=USUAL, now=NOW
            )
        shown = documents.detail(session, world.agent, document_id=key, now=NOW)
        assert not shown.actions.reminders
