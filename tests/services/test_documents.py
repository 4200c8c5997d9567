"""Documents by hand, their page, disputes: through the services, on both databases."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlmodel import select

from clientportal.domain import documents as rules
from clientportal.domain.actors import Nobody
from clientportal.domain.documents import Kind, Lifecycle, Settlement
from clientportal.domain.errors import Invalid, NotAllowed, NotFound, NotSignedIn
from clientportal.services import (
    audit,
    checks,
    credit,
    disputes,
    documents,
    drafts,
    manual_payments,
)
from clientportal.services.document_support import CurrencyNotUsed, DateInFuture
from clientportal.services.drafts import DraftInput, DueBeforeIssue, LineInput
from clientportal.storage.models import Dispute, Document, DocumentLine
from clientportal.storage.session import unit_of_work
from tests.support.ledger import NOW, TODAY, World, draft_of, invoice, issued, make_world


@pytest.fixture
def world(database: sa.Engine) -> World:
    with unit_of_work(bind=database) as session:
        return make_world(session)


def key(document: Document) -> int:
    assert document.id is not None
    return document.id


@pytest.mark.spec(43, 45, 67, 68, 69, 70, 71, 72, 73, 74, 77)
def test_an_issued_document_shows_everything_on_its_page(database: sa.Engine, world: World) -> None:
    lines = (
        LineInput("Papel bond", Decimal("2.5"), Decimal("10.01"), Decimal(19)),
        LineInput("Flete", Decimal(1), Decimal("5"), None),
    )
    wanted = replace(draft_of(world.accounts[0]), lines=lines, reference="OC-7")
    with unit_of_work(bind=database) as session:
        document_id = key(issued(session, world, wanted))
    with unit_of_work(bind=database) as session:
        manual_payments.record(
            session,
            world.agent,
            account_id=world.accounts[0],
            currency="USD",
            amount_minor=1000,
            lines=[(document_id, 1000)],
            method="transfer",
            received_on=TODAY,
            client_key="page-0001",
            now=NOW,
        )
    with unit_of_work(bind=database, read_only=True) as session:
        page = documents.detail(session, world.customer, document_id=document_id, now=NOW)
    assert (page.kind, page.number, page.currency) == (Kind.INVOICE, "FE-1", "USD")
    assert (page.issued_on, page.due_on) == (date(2026, 2, 1), date(2026, 2, 20))
    # 2.5 × 10.01 = 25.025 → 25.03 half up; 19 % of 25.03 = 4.7557 → 4.76
    assert [line.amount_minor for line in page.lines] == [2503, 500]
    assert [(tax.rate, tax.base_minor, tax.tax_minor) for tax in page.taxes] == [(19, 2503, 476)]
    assert (page.net_minor, page.total_minor) == (3003, 3479)
    assert (page.paid_minor, page.balance_minor, page.payment_method) == (1000, 2479, "transfer")
    assert page.status.settlement is Settlement.PARTLY_PAID
    assert (page.badge.code, page.badge.params) == ("overdue", {"days": 10, "percent": 28})
    assert [(row.kind, row.number, row.amount_minor) for row in page.applied] == [
        (Kind.CASH_RECEIPT, "RC-1", 1000)
    ]
    assert page.actions.pay
    assert page.actions.comment
    assert not page.actions.void
    assert page.timeline == ()  # the customer does not read the staff's audit


def test_a_draft_is_edited_issued_and_never_changes_again(
    database: sa.Engine, world: World
) -> None:
    with unit_of_work(bind=database) as session:
        draft = drafts.create(
            session, world.agent, draft=draft_of(world.accounts[0], "10"), now=NOW
        )
        draft_id = key(draft)
        assert draft.number is None
        with pytest.raises(NotFound):
            documents.detail(session, world.customer, document_id=draft_id, now=NOW)
    with unit_of_work(bind=database) as session:
        changed = replace(draft_of(world.accounts[1], "25.50"), concept="Otro")
        drafts.edit(session, world.agent, document_id=draft_id, draft=changed, now=NOW)
    with unit_of_work(bind=database) as session:
        page = documents.detail(session, world.agent, document_id=draft_id, now=NOW)
        assert (page.total_minor, page.account.code, page.concept) == (2550, "A2", "Otro")
        assert [line.position for line in page.lines] == [1]
        assert page.badge.code == "draft"
        drafts.issue(session, world.agent, document_id=draft_id, now=NOW)
        for refused in (
            lambda: drafts.edit(session, world.agent, document_id=draft_id, draft=changed, now=NOW),
            lambda: drafts.discard(session, world.agent, document_id=draft_id, now=NOW),
        ):
            with pytest.raises(rules.DocumentNotDraft):
                refused()
        with pytest.raises(rules.DocumentAlreadyIssued):
            drafts.issue(session, world.agent, document_id=draft_id, now=NOW)


def test_a_discarded_draft_leaves_nothing_but_its_trace(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        draft = drafts.create(session, world.agent, draft=draft_of(world.accounts[0]), now=NOW)
        draft_id = key(draft)
    with unit_of_work(bind=database) as session:
        drafts.discard(session, world.agent, document_id=draft_id, now=NOW)
    with unit_of_work(bind=database) as session:
        assert session.get(Document, draft_id) is None
        assert session.scalar(sa.select(sa.func.count()).select_from(DocumentLine)) == 0
        events = audit.timeline(session, world.agent, subject=("document", draft_id))
        assert [event.action for event in events] == ["document.discarded", "document.drafted"]


_WRONG = {
    "currency_not_used": {"currency": "EUR"},
    "due_date_before_issue": {"due_on": date(2026, 1, 31)},
    "lines_missing": {"lines": ()},
    "kind_not_by_hand": {"kind": Kind.CASH_RECEIPT},
    "too_long": {"concept": "x" * 501},
    "corrects_invalid": {"corrects_id": 999_999},
    "required": {"lines": (LineInput("  ", Decimal(1), Decimal(1)),)},
    "tax_rate_invalid": {"lines": (LineInput("a", Decimal(1), Decimal(1), Decimal(101)),)},
    "total_negative": {"lines": (LineInput("a", Decimal(-1), Decimal(1)),)},
    "too_many_places": {"lines": (LineInput("a", Decimal("0.0000001"), Decimal(1)),)},
}


@pytest.mark.parametrize("code", list(_WRONG))
def test_a_wrong_draft_is_refused_by_name(database: sa.Engine, world: World, code: str) -> None:
    wanted: DraftInput = replace(draft_of(world.accounts[0]), **_WRONG[code])  # type: ignore[arg-type]
    with pytest.raises(Invalid) as refused, unit_of_work(bind=database) as session:
        drafts.create(session, world.agent, draft=wanted, now=NOW)
    assert refused.value.error_code == code
    with unit_of_work(bind=database) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Document)) == 0


def test_due_dates_and_future_dates(database: sa.Engine, world: World) -> None:
    assert issubclass(DueBeforeIssue, Invalid)
    assert issubclass(CurrencyNotUsed, Invalid)
    with unit_of_work(bind=database) as session:
        same_day = replace(draft_of(world.accounts[0]), due_on=None)
        assert issued(session, world, same_day).due_on == same_day.issued_on
        tomorrow = replace(
            draft_of(world.accounts[0]), issued_on=TODAY + timedelta(days=1), due_on=None
        )
        draft = drafts.create(session, world.agent, draft=tomorrow, now=NOW)
        with pytest.raises(DateInFuture):
            drafts.issue(session, world.agent, document_id=key(draft), now=NOW)
        # 02:00 UTC of the next day is still today in Bogotá
        late = NOW.replace(day=3, hour=2)
        with pytest.raises(DateInFuture):
            drafts.issue(session, world.agent, document_id=key(draft), now=late)
        drafts.issue(session, world.agent, document_id=key(draft), now=late.replace(hour=6))


def test_a_credit_note_names_the_document_it_corrects(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        invoice_id = invoice(session, world)
        wanted = draft_of(world.accounts[0], "30", kind=Kind.CREDIT_NOTE, corrects_id=invoice_id)
        note = issued(session, world, wanted)
        page = documents.detail(session, world.customer, document_id=invoice_id, now=NOW)
        assert [(row.number, row.corrects_this) for row in page.related] == [("NC-1", True)]
        other = draft_of(world.accounts[1], "30", kind=Kind.CREDIT_NOTE, corrects_id=invoice_id)
        with pytest.raises(Invalid, match="corrects_invalid"):
            drafts.create(session, world.agent, draft=other, now=NOW)
        own = documents.detail(session, world.customer, document_id=key(note), now=NOW)
        assert (own.badge.code, own.due_on) == ("available", None)


def test_void_needs_a_reason_a_right_and_nothing_applied(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        document_id = invoice(session, world)
        manual_payments.record(
            session,
            world.agent,
            account_id=world.accounts[0],
            currency="USD",
            amount_minor=10000,
            lines=None,
            method="cash",
            received_on=TODAY,
            client_key="void-0001",
            now=NOW,
        )
    with unit_of_work(bind=database) as session:
        with pytest.raises(NotAllowed):
            drafts.void(session, world.agent, document_id=document_id, reason="error", now=NOW)
        with pytest.raises(Invalid, match="required"):
            drafts.void(session, world.owner, document_id=document_id, reason="  ", now=NOW)
        with pytest.raises(rules.DocumentHasAllocations) as refused:
            drafts.void(session, world.owner, document_id=document_id, reason="error", now=NOW)
        assert refused.value.params == {"amount_minor": 10000}
    with unit_of_work(bind=database) as session:
        void = drafts.void(
            session, world.owner, document_id=document_id, reason="Duplicada", now=NOW, reverse=True
        )
        assert (void.lifecycle, void.number, void.balance_minor) == (Lifecycle.VOID, "FE-1", 10000)
        page = documents.detail(session, world.customer, document_id=document_id, now=NOW)
        assert (page.badge.code, page.void_reason) == ("void", "Duplicada")
        assert [row.amount_minor for row in page.applied] == [10000, -10000]
        available = credit.balances(session, world.agent, account_id=world.accounts[0])
        assert [(row.currency, row.available_minor) for row in available] == [("USD", 10000)]
        assert checks.audit(session, world.system) == []
        with pytest.raises(rules.DocumentVoid):
            drafts.void(session, world.owner, document_id=document_id, reason="x", now=NOW)


def test_a_dispute_ends_with_the_document_that_is_annulled(
    database: sa.Engine, world: World
) -> None:
    with unit_of_work(bind=database) as session:
        document_id = invoice(session, world)
        disputes.open_dispute(
            session, world.agent, document_id=document_id, reason="Cantidad", now=NOW
        )
        drafts.void(session, world.owner, document_id=document_id, reason="x", now=NOW)
        page = documents.detail(session, world.agent, document_id=document_id, now=NOW)
        assert not page.actions.close_dispute
        assert page.dispute_reason == ""
        row = session.get(Document, document_id)
        assert row is not None
        assert not row.disputed
        assert session.exec(select(Dispute)).one().closed_on == TODAY
        assert checks.audit(session, world.system) == []


def test_a_dispute_opens_closes_and_ends_with_the_settlement(
    database: sa.Engine, world: World
) -> None:
    with unit_of_work(bind=database) as session:
        document_id = invoice(session, world)
        disputes.open_dispute(
            session, world.agent, document_id=document_id, reason="Cantidad", now=NOW
        )
        with pytest.raises(disputes.AlreadyDisputed):
            disputes.open_dispute(
                session, world.agent, document_id=document_id, reason="x", now=NOW
            )
        page = documents.detail(session, world.agent, document_id=document_id, now=NOW)
        assert (page.badge.code, page.dispute_reason) == ("disputed", "Cantidad")
        assert page.actions.close_dispute
        disputes.close_dispute(session, world.agent, document_id=document_id, now=NOW)
        with pytest.raises(disputes.NotDisputed):
            disputes.close_dispute(session, world.agent, document_id=document_id, now=NOW)
        disputes.open_dispute(session, world.agent, document_id=document_id, reason="2", now=NOW)
        manual_payments.record(
            session,
            world.agent,
            account_id=world.accounts[0],
            currency="USD",
            amount_minor=10000,
            lines=None,
            method="cash",
            received_on=TODAY,
            client_key="disp-0001",
            now=NOW,
        )
        row = session.get(Document, document_id)
        assert row is not None
        assert (row.disputed, row.settled_on) == (False, TODAY)
        with pytest.raises(rules.NotPayable):
            disputes.open_dispute(
                session, world.agent, document_id=document_id, reason="3", now=NOW
            )
        assert checks.audit(session, world.system) == []


@pytest.mark.spec(42, 44)
def test_nobody_sees_a_document_of_another(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        foreign = make_world(session, "ajena")
        document_id = invoice(session, world)
        for actor in (world.stranger, foreign.customer, foreign.owner):
            with pytest.raises(NotFound):
                documents.detail(session, actor, document_id=document_id, now=NOW)
        with pytest.raises(NotSignedIn):
            documents.detail(session, Nobody(), document_id=document_id, now=NOW)
        for refused in (
            lambda: drafts.void(
                session, foreign.owner, document_id=document_id, reason="x", now=NOW
            ),
            lambda: drafts.issue(session, foreign.owner, document_id=document_id, now=NOW),
            lambda: drafts.create(
                session, foreign.owner, draft=draft_of(world.accounts[0]), now=NOW
            ),
            lambda: disputes.open_dispute(
                session, foreign.owner, document_id=document_id, reason="x", now=NOW
            ),
        ):
            with pytest.raises(NotFound):
                refused()
        for denied in (world.customer, world.viewer):
            with pytest.raises(NotAllowed):
                drafts.create(session, denied, draft=draft_of(world.accounts[0]), now=NOW)
        assert documents.detail(session, world.customer, document_id=document_id, now=NOW).id
