"""UBL files in: to the last figure, twice the same, by whose tax id, and refused for a reason."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal.domain import fiscal_code
from clientportal.domain.actors import Member
from clientportal.domain.documents import Kind, Settlement
from clientportal.domain.errors import Invalid, NotAllowed, PortalError
from clientportal.rendering.ubl.reading import parse
from clientportal.services import (
    accounts,
    audit,
    checks,
    companies,
    documents,
    drafts,
    files,
    imports,
    search,
    ubl_imports,
)
from clientportal.services.accounts import AccountFields
from clientportal.services.ubl_imports import Options, UblResult
from clientportal.storage import files as stored_files
from clientportal.storage.models import (
    Account,
    Allocation,
    AuditEntry,
    Change,
    Company,
    CreditReturn,
    Document,
    DocumentLine,
    DocumentOriginal,
    DocumentSource,
    DocumentTax,
    Message,
)
from clientportal.storage.session import unit_of_work
from tests.support.ledger import World, key, make_world
from tests.support.ubl import CUSTOMER, FILES, SUPPLIER, attached, invoice, party, real

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
ANY = Options(supplier_ok=True)
OURS = Options()


@dataclass(frozen=True, slots=True)
class Desk:
    """A company with a tax id, and how its agent brings files in."""

    database: sa.Engine
    world: World

    def bring(
        self, content: bytes, options: Options = OURS, actor: Member | None = None
    ) -> UblResult:
        with unit_of_work(bind=self.database) as session:
            return ubl_imports.bring(
                session,
                actor or self.world.agent,
                file_name="C:\\facturas\\FE-1.xml",
                content=content,
                now=NOW,
                options=options,
            )

    def refusal(self, content: bytes, options: Options = OURS) -> PortalError:
        """The refusal of a file, which changed nothing."""
        before = self.contents()
        with pytest.raises(PortalError) as refused:
            self.bring(content, options)
        assert self.contents() == before
        return refused.value

    def contents(self) -> dict[str, list[tuple[object, ...]]]:
        """Every row that an import could write."""
        tables = (
            *(Account, Document, DocumentLine, DocumentTax, DocumentOriginal),
            *(Allocation, CreditReturn, AuditEntry, Change, Message),
        )
        with unit_of_work(bind=self.database, read_only=True) as session:
            return {
                table.__name__: [tuple(row) for row in session.execute(sa.select(_rows(table)))]
                for table in tables
            }

    def sound(self) -> None:
        with unit_of_work(bind=self.database, read_only=True) as session:
            assert checks.audit(session, self.world.system) == []
            assert session.scalar(sa.select(sa.func.count()).select_from(Message)) == 0


def _rows(table: type) -> sa.Table:
    found = sa.inspect(table).local_table
    assert isinstance(found, sa.Table)
    return found


@pytest.fixture
def desk(database: sa.Engine) -> Desk:
    with unit_of_work(bind=database) as session:
        world = make_world(session)
        company = session.get_one(Company, world.company_id)
        company.country, company.tax_id_kind, company.tax_id = "CO", "nit", SUPPLIER
        session.add(company)
    return Desk(database, world)


def document_of(session: Session, number: str, kind: Kind) -> Document:
    return session.exec(
        select(Document).where(col(Document.number) == number, col(Document.kind) == kind)
    ).one()


def codes(result: UblResult) -> list[str]:
    return [warning.code for warning in result.warnings]


# (kind, number, currency, total, balance, due, customer, lines, warnings), read from the files.
BY_HAND = {
    "UBL-DebitNote-2.1-Example.xml": (
        (Kind.DEBIT_NOTE, "TOSL108", "EUR", 172_900, 72_900, date(2009, 12, 15)),
        ("The buyercompany inc.", "BE", "BE54321", 6, 3),
    ),
    "UBL-Invoice-2.1-Example-Trivial.xml": (
        (Kind.INVOICE, "123", "CAD", 10_000, 10_000, date(2011, 9, 22)),
        ("North American Veeblefetzer", "CO", "", 1, 0),
    ),
    "peppol-base-creditnote-correction.xml": (
        (Kind.CREDIT_NOTE, "Snippet1", "EUR", 165_625, 165_625, date(2017, 11, 13)),
        ("Buyer Official Name", "SE", "SE4598375937", 3, 1),
    ),
    "peppol-base-example.xml": (
        (Kind.INVOICE, "Snippet1", "EUR", 165_625, 165_625, date(2017, 12, 1)),
        ("Buyer Official Name", "SE", "SE4598375937", 3, 1),
    ),
    "peppol-vat-category-E.xml": (
        (Kind.INVOICE, "Vat-Z", "GBP", 120_000, 120_000, date(2018, 8, 30)),
        ("The Buyercompany", "DK", "", 1, 1),
    ),
}


@pytest.mark.spec(48)
def test_every_real_file_comes_in_to_the_last_figure_and_twice_changes_nothing(desk: Desk) -> None:
    results = {file.name: desk.bring(file.read_bytes(), ANY) for file in FILES}
    assert set(results) == set(BY_HAND)
    with unit_of_work(bind=desk.database, read_only=True) as session:
        for name, (head, (customer, country, tax_id, lines, taxes)) in BY_HAND.items():
            assert results[name].outcome == "new"
            row = session.get_one(Document, results[name].document_id)
            assert (row.kind, row.number, row.currency, row.total_minor) == head[:4]
            assert (row.balance_minor, row.due_on) == head[4:]
            assert row.source is DocumentSource.UBL
            account = session.get_one(Account, row.account_id)
            assert (account.name, account.country, account.tax_id) == (customer, country, tax_id)
            assert account.tags == ["por revisar"]
            detail = documents.detail(session, desk.world.agent, document_id=key(row), now=NOW)
            assert (len(detail.lines), len(detail.taxes)) == (lines, taxes)
            original = session.exec(
                select(DocumentOriginal).where(col(DocumentOriginal.document_id) == row.id)
            ).one()
            assert stored_files.store().get(original.file_sha256) == real(name)
        assert session.scalar(sa.select(sa.func.count()).select_from(Account)) == 3 + 4
    desk.sound()
    before = desk.contents()
    assert {desk.bring(file.read_bytes(), ANY).outcome for file in FILES} == {"same"}
    assert desk.contents() == before


def test_what_was_prepaid_is_an_allocation_of_the_issue_date(desk: Desk) -> None:
    result = desk.bring(real("UBL-DebitNote-2.1-Example.xml"), ANY)
    with unit_of_work(bind=desk.database, read_only=True) as session:
        [row] = session.exec(
            select(Allocation).where(col(Allocation.document_id) == result.document_id)
        ).all()
        assert (row.credit_id, row.amount_minor) == (None, 100_000)
        assert row.allocated_on == date(2009, 12, 15)
        detail = documents.detail(
            session, desk.world.agent, document_id=result.document_id, now=NOW
        )
        assert (detail.paid_minor, detail.balance_minor) == (100_000, 72_900)
        assert detail.status.settlement is Settlement.PARTLY_PAID


def test_what_was_returned_of_a_credit_note_before(desk: Desk) -> None:
    result = desk.bring(invoice(root="CreditNote", payable="190.00", prepaid="1000.00"))
    assert (result.total_minor, result.balance_minor) == (119_000, 19_000)
    desk.sound()


@pytest.mark.parametrize("wrap", [bytes, attached], ids=["bare", "attached"])
def test_a_file_of_ours_for_a_known_customer(desk: Desk, wrap: type[bytes]) -> None:
    with unit_of_work(bind=desk.database) as session:
        fields = AccountFields(name="El Molino", country="CO", tax_id=CUSTOMER)
        account_id = accounts.create(session, desk.world.agent, fields=fields, now=NOW)
    content = wrap(invoice(customer=party("830001113", "Otro nombre", "7300010")))
    result = desk.bring(content)
    assert (result.outcome, result.account_name, codes(result)) == ("new", "El Molino", [])
    assert (result.total_minor, result.balance_minor) == (119_000, 119_000)
    with unit_of_work(bind=desk.database, read_only=True) as session:
        assert session.get_one(Account, account_id).endpoint_id == "0088:7300010"
        document = session.get_one(Document, result.document_id)
        assert document.account_id == account_id
        assert document.fiscal_code == ""
        [event] = audit.timeline(session, desk.world.agent, actions=["document.imported"])
        assert (event.data["number"], event.data["file"]) == ("FE-1", "FE-1.xml")
        hits = search.find(session, desk.world.agent, query="molino FE-1").hits
        assert [hit.kind for hit in hits] == ["document"]
    desk.sound()


def test_the_customer_by_endpoint_then_by_the_name_that_waits_for_a_check(desk: Desk) -> None:
    first = desk.bring(invoice("FE-1", customer=party(CUSTOMER, "Con NIT", "7300010")))
    second = desk.bring(invoice("FE-2", customer=party("", "Sin NIT", "7300010")))
    assert second.account_code == first.account_code
    third = desk.bring(invoice("FE-3", customer=party("", "Solo nombre")))
    fourth = desk.bring(invoice("FE-4", customer=party("", "Solo nombre")))
    assert third.account_code == fourth.account_code != first.account_code
    with unit_of_work(bind=desk.database) as session:  # once it is checked, it is somebody
        row = session.exec(select(Account).where(col(Account.name) == "Solo nombre")).one()
        row.tags = []
        session.add(row)
    fifth = desk.bring(invoice("FE-5", customer=party("", "Solo nombre")))
    assert fifth.account_code != fourth.account_code
    # another tax id behind a known address is another customer
    sixth = desk.bring(invoice("FE-6", customer=party("860.002.964-4", "Otro", "7300010")))
    assert sixth.account_code != first.account_code
    desk.sound()


def test_the_same_digits_in_another_country_are_another_customer(desk: Desk) -> None:
    here = desk.bring(invoice("FE-1", customer=party("12345678", "Aquí", country="CO")))
    there = desk.bring(invoice("FE-2", customer=party("12345678", "Allá", country="DK")))
    assert here.account_code != there.account_code
    prefixed = desk.bring(invoice("FE-3", customer=party("SE4598375937", "Sueca", country="SE")))
    again = desk.bring(invoice("FE-4", customer=party("SE4598375937", "Sueca", country="NO")))
    assert prefixed.account_code == again.account_code


def test_of_two_customers_with_one_tax_id_the_oldest_and_it_is_told(desk: Desk) -> None:
    with unit_of_work(bind=desk.database) as session:
        for code in ("primero", "segundo"):
            fields = AccountFields(name=code, code=code, country="CO", tax_id=CUSTOMER)
            accounts.create(session, desk.world.agent, fields=fields, now=NOW)
    result = desk.bring(invoice())
    assert (result.account_code, codes(result)) == ("primero", ["ubl_customer_ambiguous"])


@pytest.mark.parametrize("order", [("invoice", "note"), ("note", "invoice")])
def test_a_note_finds_the_document_that_it_corrects_in_either_order(
    desk: Desk, order: tuple[str, str]
) -> None:
    reference = (
        "<cac:DiscrepancyResponse><cbc:ReferenceID>FE-1</cbc:ReferenceID>"
        "</cac:DiscrepancyResponse><cac:BillingReference><cac:InvoiceDocumentReference>"
        "<cbc:ID>FE-1</cbc:ID></cac:InvoiceDocumentReference></cac:BillingReference>"
    )
    contents = {
        "invoice": invoice("FE-1"),
        "note": invoice("NC-1", root="CreditNote", references=reference),
    }
    results = {name: desk.bring(contents[name]) for name in order}
    missing = [] if order[0] == "invoice" else ["ubl_corrected_missing"]
    assert codes(results["note"]) == missing
    with unit_of_work(bind=desk.database, read_only=True) as session:
        note = document_of(session, "NC-1", Kind.CREDIT_NOTE)
        corrected = document_of(session, "FE-1", Kind.INVOICE)
        assert note.corrects_id == corrected.id
        # as with notes by hand, credit is applied by a person and not by the file
        assert (note.balance_minor, corrected.balance_minor) == (119_000, 119_000)
        kept = session.exec(select(DocumentOriginal)).all()
        assert all(row.warnings == [] for row in kept)
    desk.sound()


def test_a_note_does_not_correct_the_document_of_another_customer(desk: Desk) -> None:
    desk.bring(invoice("FE-1", customer=party("", "Otra")))
    reference = (
        "<cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>FE-1</cbc:ID>"
        "</cac:InvoiceDocumentReference></cac:BillingReference>"
    )
    result = desk.bring(invoice("NC-1", root="CreditNote", references=reference))
    assert codes(result) == ["ubl_corrected_missing"]


def test_a_negative_invoice_becomes_credit_and_says_what_it_was(desk: Desk) -> None:
    content = invoice(payable="-1190.00", line="-1000.00", tax="-190.00")
    result = desk.bring(content)
    assert (result.kind, result.total_minor) == (Kind.CREDIT_NOTE, 119_000)
    assert codes(result) == ["ubl_negative_invoice"]
    with unit_of_work(bind=desk.database, read_only=True) as session:
        row = session.exec(select(DocumentOriginal)).one()
        assert (row.root_kind, row.warnings[0]["number"]) == (Kind.INVOICE, "FE-1")
    assert desk.bring(content).outcome == "same"
    desk.sound()


def test_a_difference_to_the_lines_is_a_warning_on_the_document(desk: Desk) -> None:
    result = desk.bring(invoice(payable="1200.00"))
    assert (result.balance_minor, codes(result)) == (120_000, ["ubl_lines_differ"])
    with unit_of_work(bind=desk.database, read_only=True) as session:
        row = session.exec(select(DocumentOriginal)).one()
        assert row.difference_minor == 1_000
        assert row.warnings == [
            {"code": "ubl_lines_differ", "lines_minor": 119_000, "total_minor": 120_000}
        ]
    desk.sound()


def test_the_audit_still_finds_lines_that_moved_since(desk: Desk) -> None:
    desk.bring(invoice(payable="1200.00"))
    with unit_of_work(bind=desk.database) as session:
        session.execute(sa.update(DocumentLine).values(amount_minor=99_999))
    with unit_of_work(bind=desk.database, read_only=True) as session:
        [found] = checks.audit(session, desk.world.system)
        assert (found.code, found.expected, found.found) == ("net", "100999", "101000")


def test_a_supplier_that_is_not_ours_is_refused_unless_said_otherwise(desk: Desk) -> None:
    foreign = invoice(supplier=party("860.002.964-4", "Ajena SA"))
    refused = desk.refusal(foreign)
    assert refused.error_code == "ubl_supplier"
    assert refused.params == {"supplier": "Ajena SA", "tax_id": "860.002.964-4"}
    assert desk.bring(foreign, ANY).outcome == "new"
    for own in ("900373115", "900373115-3", "9003731153", "900.373.115"):
        number = f"FE-{own}"
        assert desk.bring(invoice(number, supplier=party(own, "Nosotros"))).outcome == "new"
    assert desk.refusal(invoice(supplier=party("", "Sin NIT"))).error_code == "ubl_supplier"


def test_a_company_without_a_tax_id_recognises_nobody(desk: Desk) -> None:
    with unit_of_work(bind=desk.database) as session:
        session.get_one(Company, desk.world.company_id).tax_id = ""
    assert desk.refusal(invoice()).error_code == "ubl_supplier"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "xml_empty"),
        (b"x" * 11_000_000, "file_too_large"),
        (b"<Order/>", "ubl_root"),
        (invoice()[:-100], "xml_broken"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]>' + invoice()[39:], "xml_document_type"),
        (invoice(line_currency="USD"), "ubl_currencies"),
        (invoice(currency="QQQ"), "currency_unknown"),
        (invoice(payable="99999999999999999"), "amount_too_large"),
    ],
)
def test_a_faulty_file_changes_nothing(desk: Desk, content: bytes, code: str) -> None:
    assert desk.refusal(content).error_code == code
    assert not list(stored_files.store().stored_before(datetime(2999, 1, 1, tzinfo=UTC)))


def test_other_bytes_with_the_same_figures_are_the_same_document(desk: Desk) -> None:
    content = invoice()
    desk.bring(content)
    before = desk.contents()
    assert desk.bring(content.replace(b"\n", b"\n\n")).outcome == "same"
    assert desk.contents() == before


@pytest.mark.parametrize(
    ("changed", "element"),
    [
        ({"payable": "1191.00"}, "PayableAmount"),
        ({"currency": "USD"}, "DocumentCurrencyCode"),
        ({"issued": "2026-02-02"}, "IssueDate"),
        ({"due": "2026-03-04"}, "DueDate"),
        ({"customer": party("860.002.964-4", "Otro")}, "AccountingCustomerParty"),
    ],
)
def test_a_number_with_other_figures_is_refused(
    desk: Desk, changed: dict[str, str], element: str
) -> None:
    desk.bring(invoice())
    refused = desk.refusal(invoice(**changed))
    assert (refused.error_code, refused.field) == ("import_changed", element)
    assert refused.params["number"] == "FE-1"


def test_a_void_document_is_not_brought_back(desk: Desk) -> None:
    result = desk.bring(invoice())
    with unit_of_work(bind=desk.database) as session:
        drafts.void(
            session, desk.world.owner, document_id=result.document_id, reason="Error", now=NOW
        )
    assert desk.refusal(invoice(payable="1.00")).error_code == "import_void"
    assert desk.bring(invoice()).outcome == "same"


def test_the_original_joins_a_document_that_a_spreadsheet_brought(desk: Desk) -> None:
    csv = (
        "tipo,numero,codigo_cliente,cliente,moneda,fecha_emision,vencimiento,total\n"
        "factura,FE-1,C-1,Cliente,COP,2026-02-01,2026-03-03,1190.00\n"
    )
    with unit_of_work(bind=desk.database) as session:
        imports.run(session, desk.world.agent, kind="documents", content=csv.encode(), now=NOW)
    cufe = "b" * 96
    uuid = f'<cbc:UUID schemeID="1" schemeName="CUFE-SHA384">{cufe}</cbc:UUID>'
    result = desk.bring(invoice(uuid=uuid))
    assert (result.outcome, result.account_code) == ("attached", "C-1")
    with unit_of_work(bind=desk.database, read_only=True) as session:
        document = document_of(session, "FE-1", Kind.INVOICE)
        assert (document.fiscal_code, document.source) == (cufe, DocumentSource.IMPORT)
        original = session.exec(select(DocumentOriginal)).one()
        assert original.fiscal_url.endswith(cufe)
        [event] = audit.timeline(session, desk.world.agent, actions=["document.original_attached"])
        assert event.subject_id == document.id
    assert desk.bring(invoice(uuid=uuid)).outcome == "same"
    desk.sound()


def test_the_fiscal_code_is_kept_and_computed_again(desk: Desk) -> None:
    time = "<cbc:IssueTime>10:53:10-05:00</cbc:IssueTime>"
    uuid = '<cbc:UUID schemeID="1" schemeName="CUFE-SHA384">{}</cbc:UUID>'
    blank = parse(invoice(uuid=uuid.format("0" * 96), time=time))
    facts = fiscal_code.facts_of(blank)
    assert facts is not None
    assert (facts.supplier_nit, facts.customer_id) == ("900373115", "830001113")
    cufe = fiscal_code.compute(facts, "clave")
    right = desk.bring(invoice(uuid=uuid.format(cufe), time=time), Options(fiscal_key="clave"))
    assert codes(right) == []
    with unit_of_work(bind=desk.database, read_only=True) as session:
        detail = documents.detail(session, desk.world.agent, document_id=right.document_id, now=NOW)
        assert detail.fiscal_code == cufe
    wrong = desk.bring(
        invoice("FE-2", uuid=uuid.format(cufe), time=time), Options(fiscal_key="clave")
    )
    assert codes(wrong) == ["ubl_fiscal_code_differs"]
    unchecked = desk.bring(invoice("FE-3", uuid=uuid.format(cufe), time=time))
    assert codes(unchecked) == []
    shapeless = desk.bring(invoice("FE-4", uuid=uuid.format("abc"), time=time))
    assert codes(shapeless) == ["ubl_fiscal_code_invalid"]
    elsewhere = desk.bring(invoice("FE-5", uuid="<cbc:UUID>urn:uuid:1</cbc:UUID>"))
    assert codes(elsewhere) == []


def test_a_currency_that_the_company_does_not_use_comes_in_and_is_told(desk: Desk) -> None:
    result = desk.bring(invoice(currency="EUR"))
    assert (result.currency, codes(result)) == ("EUR", ["ubl_currency_not_used"])


def test_two_tabs_bring_the_same_file_at_once(desk: Desk) -> None:
    barrier = threading.Barrier(2)

    def one(_: int) -> str:
        barrier.wait()
        return desk.bring(invoice()).outcome

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(one, range(2))) == ["new", "same"]
    with unit_of_work(bind=desk.database, read_only=True) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(DocumentOriginal)) == 1
    desk.sound()


def test_the_sweep_of_files_spares_originals(desk: Desk) -> None:
    desk.bring(invoice())
    orphan = stored_files.store().put(b"orphan")
    with unit_of_work(bind=desk.database, read_only=True) as session:
        assert files.sweep(session, now=datetime(2999, 1, 1, tzinfo=UTC)) == 1
        kept = session.exec(select(DocumentOriginal)).one().file_sha256
    assert not stored_files.store().exists(orphan)
    assert stored_files.store().exists(kept)


def test_who_may_not(desk: Desk) -> None:
    with pytest.raises(NotAllowed):
        desk.bring(invoice(), actor=desk.world.viewer)
    with unit_of_work(bind=desk.database) as session:
        other = make_world(session, slug="otra")
    with pytest.raises(Invalid):  # the other company is not the supplier, and sees nothing of ours
        desk.bring(invoice(), actor=other.agent)
    desk.bring(invoice())
    with unit_of_work(bind=desk.database, read_only=True) as session:
        assert companies.visible(session, other.agent)
        with pytest.raises(PortalError):
            documents.detail(session, other.agent, document_id=1, now=NOW)
