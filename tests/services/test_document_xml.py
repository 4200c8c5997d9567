"""The XML that a document is offered with: its original, or one of ours that validates."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from clientportal.domain import taxes
from clientportal.domain.documents import Kind
from clientportal.domain.errors import NotFound
from clientportal.rendering.formats import currency_digits
from clientportal.rendering.ubl.reading import parse
from clientportal.services import (
    accounts,
    checks,
    document_originals,
    document_pdf,
    document_support,
    document_xml,
    documents,
    drafts,
    manual_payments,
    ubl_imports,
)
from clientportal.services.accounts import AccountFields
from clientportal.services.drafts import DraftInput, LineInput
from clientportal.storage import files as stored_files
from clientportal.storage.models import Company, Document, DocumentOriginal
from clientportal.storage.session import unit_of_work
from tests.support.ledger import World, key, make_world
from tests.support.ubl import FILES, SUPPLIER, attached, invoice, real, schema_errors

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
ANY = ubl_imports.Options(supplier_ok=True)


@dataclass(frozen=True, slots=True)
class Two:
    """The same supplier twice: what one company exports, the other imports."""

    here: World
    there: World


def make_two(session: Session) -> Two:
    worlds = [make_world(session, slug=slug, currencies=CURRENCIES) for slug in ("aqui", "alla")]
    for world in worlds:
        company = session.get_one(Company, world.company_id)
        company.country, company.tax_id_kind, company.tax_id = "CO", "nit", SUPPLIER
        account = document_support.account_of(session, world.agent, world.accounts[0])
        fields = replace(accounts.fields_of(account), country="CO", tax_id="830.001.113-1")
        accounts.edit(session, world.agent, account_id=world.accounts[0], fields=fields, now=NOW)
    return Two(*worlds)


CURRENCIES = ("COP", "USD", "CLP", "KWD")
LINE = LineInput("Resma", Decimal("2"), Decimal("500.25"), Decimal(19))


@pytest.fixture
def two(database: sa.Engine) -> Two:
    with unit_of_work(bind=database) as session:
        return make_two(session)


def issued(
    session: Session,
    world: World,
    *,
    kind: Kind = Kind.INVOICE,
    currency: str = "COP",
    lines: tuple[LineInput, ...] = (LINE,),
    corrects_id: int | None = None,
) -> Document:
    draft = DraftInput(
        account_id=world.accounts[0],
        kind=kind,
        currency=currency,
        issued_on=date(2026, 2, 1),
        due_on=date(2026, 3, 3) if kind is not Kind.CREDIT_NOTE else None,
        lines=lines,
        concept="Útiles de febrero",
        reference="OC-77",
        corrects_id=corrects_id,
    )
    row = drafts.create(session, world.agent, draft=draft, now=NOW)
    return drafts.issue(session, world.agent, document_id=key(row), now=NOW)


def xml(session: Session, world: World, document_id: int) -> bytes:
    return document_xml.file(session, world.agent, document_id=document_id, now=NOW).content


def figures(session: Session, world: World, document_id: int) -> tuple[object, ...]:
    """Everything of a document that an accountant compares."""
    found = documents.detail(session, world.agent, document_id=document_id, now=NOW)
    return (
        (found.kind, found.number, found.currency, found.issued_on, found.due_on),
        (found.net_minor, found.total_minor, found.balance_minor),
        [
            (line.description, line.quantity, line.amount_minor, line.tax_rate)
            for line in found.lines
        ],
        found.taxes,
        (found.concept, found.reference),
    )


@pytest.mark.spec(48)
@pytest.mark.parametrize("currency", CURRENCIES)
def test_what_is_issued_here_exports_validates_and_comes_in_the_same(
    database: sa.Engine, two: Two, currency: str
) -> None:
    price = Decimal("500") if currency == "CLP" else Decimal("500.25")
    lines = (
        LineInput("Resma", Decimal("2.5"), price, Decimal(19)),
        LineInput("Sin IVA", Decimal("1"), Decimal("10"), None),
        LineInput("Otra tasa", Decimal("3"), Decimal("7"), Decimal(5)),
    )
    with unit_of_work(bind=database) as session:
        sold = issued(session, two.here, currency=currency, lines=lines)
        more = issued(
            session, two.here, kind=Kind.DEBIT_NOTE, corrects_id=sold.id, currency=currency
        )
        less = issued(
            session, two.here, kind=Kind.CREDIT_NOTE, corrects_id=sold.id, currency=currency
        )
        manual_payments.record(
            session,
            two.here.agent,
            account_id=two.here.accounts[0],
            currency=currency,
            amount_minor=100,
            lines=[(key(sold), 100)],
            method="cash",
            received_on=date(2026, 3, 1),
            client_key="paid-since",
            now=NOW,
        )
        for row in (sold, more, less):
            content = xml(session, two.here, key(row))
            assert schema_errors(content) == []
            result = ubl_imports.bring(
                session, two.there.agent, file_name="a.xml", content=content, now=NOW
            )
            assert result.warnings == ()
            there = figures(session, two.there, result.document_id)
            here = figures(session, two.here, key(row))
            paid = 100 if row is sold else 0
            net, total, balance = here[1]  # type: ignore[misc]
            assert there == (here[0], (net, total, balance + paid), *here[2:])
        notes = session.exec(
            select(Document.corrects_id).where(
                col(Document.company_id) == two.there.company_id,
                col(Document.kind) != Kind.INVOICE,
            )
        ).all()
        assert len(notes) == 2
        assert None not in notes
        assert checks.audit(session, two.there.system) == []


AMOUNTS = st.decimals(Decimal("0.01"), Decimal(10**6), places=2)
QUANTITIES = st.decimals(Decimal("0.000001"), Decimal(1000), places=6)
RATES = st.sampled_from([None, Decimal(5), Decimal("8"), Decimal("19"), Decimal("12.5")])
DISCOUNTS = st.decimals(Decimal(-(10**6)), Decimal("-0.01"), places=2)
TEXTS = st.one_of(
    st.just("Resma & más <1>"),
    st.text(
        st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co", "Z")), min_size=1, max_size=40
    ),
)


@given(
    lines=st.lists(
        st.builds(LineInput, TEXTS, QUANTITIES, AMOUNTS | DISCOUNTS, RATES),
        min_size=1,
        max_size=5,
    ),
    tax_id=st.sampled_from([SUPPLIER, ""]),
    kind=st.sampled_from([Kind.INVOICE, Kind.DEBIT_NOTE, Kind.CREDIT_NOTE]),
    currency=st.sampled_from(CURRENCIES),
)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_document_survives_the_way_out_and_in(
    database: sa.Engine,
    two: Two,
    lines: list[LineInput],
    kind: Kind,
    currency: str,
    tax_id: str,
) -> None:
    plain = [taxes.Line(line.quantity, line.unit_price, line.tax_rate) for line in lines]
    assume(taxes.totals(plain, currency_digits(currency)).total_minor >= 0)
    with unit_of_work(bind=database) as session:
        session.get_one(Company, two.here.company_id).tax_id = tax_id
        session.flush()
        row = issued(session, two.here, kind=kind, currency=currency, lines=tuple(lines))
        content = xml(session, two.here, key(row))
        assert schema_errors(content) == []
        result = ubl_imports.bring(
            session, two.there.agent, file_name="a.xml", content=content, now=NOW, options=ANY
        )
        assert result.warnings == ()
        here, there = (
            figures(session, two.here, key(row)),
            figures(session, two.there, result.document_id),
        )
        assert there == here


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_an_original_is_offered_byte_for_byte(database: sa.Engine, two: Two, file: object) -> None:
    content = real(file.name)  # type: ignore[attr-defined]
    with unit_of_work(bind=database) as session:
        result = ubl_imports.bring(
            session, two.here.agent, file_name="Ñandú.xml", content=content, now=NOW, options=ANY
        )
        found = document_xml.file(session, two.here.viewer, document_id=result.document_id, now=NOW)
        assert (found.content, found.name) == (content, "Ñandú.xml")


def test_the_customer_gets_the_original_and_not_the_warnings(database: sa.Engine, two: Two) -> None:
    cufe = "a" * 96
    uuid = f'<cbc:UUID schemeID="2" schemeName="CUFE-SHA384">{cufe}</cbc:UUID>'
    content = attached(invoice(payable="1200.00", uuid=uuid))
    with unit_of_work(bind=database) as session:
        result = ubl_imports.bring(
            session, two.here.agent, file_name="a.xml", content=content, now=NOW
        )
        document_id = result.document_id
        customer = two.here.customer
        assert (
            document_xml.file(session, customer, document_id=document_id, now=NOW).content
            == content
        )
        detail = documents.detail(session, customer, document_id=document_id, now=NOW)
        assert (detail.original.has_xml, detail.original.warnings) == (True, ())
        assert document_pdf.fiscal_url(detail).startswith("https://catalogo-vpfe-hab.dian.gov.co/")
        staff = documents.detail(session, two.here.viewer, document_id=document_id, now=NOW)
        assert [row["code"] for row in staff.original.warnings] == ["ubl_lines_differ"]
        for actor in (two.here.stranger, two.there.owner):
            with pytest.raises(NotFound):
                document_xml.file(session, actor, document_id=document_id, now=NOW)


def test_what_has_no_xml(database: sa.Engine, two: Two) -> None:
    world = two.here
    with unit_of_work(bind=database) as session:
        draft = DraftInput(world.accounts[0], Kind.INVOICE, "COP", date(2026, 2, 1), None, (LINE,))
        drafted = drafts.create(session, world.agent, draft=draft, now=NOW)
        voided = issued(session, world)
        drafts.void(session, world.owner, document_id=key(voided), reason="Error", now=NOW)
        advance = manual_payments.record_advance(
            session,
            world.agent,
            account_id=world.accounts[0],
            currency="COP",
            amount_minor=500,
            method="cash",
            received_on=date(2026, 3, 1),
            client_key="advance-1",
            concept="",
            now=NOW,
        )
        for row in (drafted, voided, advance):
            assert not document_originals.facts(session, world.agent, document_id=key(row)).has_xml
            with pytest.raises(NotFound):
                xml(session, world, key(row))


def test_a_lost_file_is_not_found(database: sa.Engine, two: Two) -> None:
    with unit_of_work(bind=database) as session:
        result = ubl_imports.bring(
            session, two.here.agent, file_name="a.xml", content=invoice(), now=NOW
        )
        stored_files.store().delete(session.exec(select(DocumentOriginal)).one().file_sha256)
        with pytest.raises(NotFound):
            xml(session, two.here, result.document_id)


def test_our_own_file_names_the_nit_as_colombia_writes_it(database: sa.Engine, two: Two) -> None:
    with unit_of_work(bind=database) as session:
        content = xml(session, two.here, key(issued(session, two.here)))
        assert b'<cbc:CompanyID schemeID="3" schemeName="31">900373115</cbc:CompanyID>' in content
        assert parse(content).customer.company_ids == ("830001113-1",)


def test_a_new_account_needs_no_tax_id(database: sa.Engine, two: Two) -> None:
    with unit_of_work(bind=database) as session:
        fields = AccountFields(name="Sin NIT", country="CO")
        account_id = accounts.create(session, two.here.agent, fields=fields, now=NOW)
        world = replace(two.here, accounts=(account_id, 0, 0))
        assert schema_errors(xml(session, two.here, key(issued(session, world)))) == []


@pytest.mark.parametrize("kind", [Kind.INVOICE, Kind.DEBIT_NOTE, Kind.CREDIT_NOTE])
def test_a_discount_line_of_a_company_without_tax_id_validates(
    database: sa.Engine, two: Two, kind: Kind
) -> None:
    lines = (LINE, LineInput("Descuento", Decimal(1), Decimal("-100.50"), Decimal(19)))
    with unit_of_work(bind=database) as session:
        session.get_one(Company, two.here.company_id).tax_id = ""
        content = xml(session, two.here, key(issued(session, two.here, kind=kind, lines=lines)))
        assert schema_errors(content) == []
        said = parse(content)
        assert said.supplier.company_ids == ()
        assert [line.line_extension_amount for line in said.lines] == [
            Decimal("1000.50"),
            Decimal("-100.50"),
        ]
