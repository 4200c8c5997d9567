"""What a document's PDF holds, and that a stranger gets none."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from clientportal.domain.documents import Kind
from clientportal.domain.errors import NotFound
from clientportal.rendering import pdf
from clientportal.services import document_pdf, receipts
from clientportal.storage.models import Document
from clientportal.storage.session import unit_of_work
from tests.support.ledger import NOW, TODAY, World, invoice, key, make_world

CUFE = "0123456789abcdef" * 6


@pytest.fixture
def database_kind() -> str:
    return "sqlite"


@pytest.fixture
def session(database: sa.Engine) -> Iterator[Session]:
    with unit_of_work() as opened:
        yield opened


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.mark.spec(47)
def test_the_pdf_says_what_is_owed_and_what_was_paid(session: Session, world: World) -> None:
    mine = invoice(session, world, "100")
    receipts.book_receipt(
        session,
        world.system,
        company_id=world.company_id,
        account_id=world.accounts[0],
        currency="USD",
        amount_minor=4000,
        lines=[(mine, 4000)],
        method="cash",
        received_on=TODAY,
        now=NOW,
    )

    view = document_pdf.view(session, world.customer, document_id=mine, now=NOW, language="en")

    assert (view.kind, view.total_minor, view.balance_minor) == (Kind.INVOICE, 10000, 6000)
    assert [(row.kind, row.amount_minor) for row in view.allocations] == [(Kind.CASH_RECEIPT, 4000)]
    assert view.lines[0].unit_price == Decimal(100)
    assert (view.language, view.company.name, view.customer.name) == (
        "en",
        "Molino",
        "Papelera del Valle",
    )
    assert pdf.render_pdf(view).startswith(b"%PDF")


@pytest.mark.parametrize(
    ("language", "method", "country"),
    [("es", "tarjeta de prueba", "Colombia"), ("en", "test card", "Colombia")],
)
def test_it_holds_words_and_no_codes(
    session: Session, world: World, language: str, method: str, country: str
) -> None:
    booked = receipts.book_receipt(
        session,
        world.system,
        company_id=world.company_id,
        account_id=world.accounts[0],
        currency="USD",
        amount_minor=4000,
        lines=[],
        method="sandbox_card",
        received_on=TODAY,
        now=NOW,
    )

    view = document_pdf.view(
        session, world.customer, document_id=key(booked), now=NOW, language=language
    )

    assert view.method == method
    assert view.company.address[-1] == country


def test_it_speaks_the_companys_language_unless_told(session: Session, world: World) -> None:
    mine = invoice(session, world, "100")

    assert document_pdf.view(session, world.agent, document_id=mine, now=NOW).language == "es"


def test_a_fiscal_code_leads_to_the_tax_authority(session: Session, world: World) -> None:
    mine = invoice(session, world, "100")
    row = session.get(Document, mine)
    assert row is not None
    row.fiscal_code = CUFE
    session.flush()

    view = document_pdf.view(session, world.customer, document_id=mine, now=NOW)

    assert view.fiscal_label == "CUFE"
    assert view.fiscal_url.endswith(f"documentkey={CUFE}")


def test_a_stranger_gets_none(session: Session, world: World) -> None:
    mine = invoice(session, world, "100")

    with pytest.raises(NotFound):
        document_pdf.view(session, world.stranger, document_id=mine, now=NOW)
