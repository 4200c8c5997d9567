"""UBL files in: each one a document of its own, kept byte for byte; twice changes nothing."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from clientportal.domain import fiscal_code
from clientportal.domain.actors import Actor, Member, System
from clientportal.domain.documents import PAYABLE, Kind, Lifecycle
from clientportal.domain.errors import Conflict, Invalid
from clientportal.domain.fiscal_code import FiscalCheck, FiscalKeys
from clientportal.domain.permissions import Permission
from clientportal.domain.ubl import UblDocument
from clientportal.domain.ubl_figures import Figures, UblWarning, Words, figures, stored_warnings
from clientportal.rendering import texts
from clientportal.rendering.formats import currency_digits
from clientportal.rendering.ubl import reading
from clientportal.services import audit, company_fields, fiscal_keys, ubl_customers, ubl_write
from clientportal.services import document_support as support
from clientportal.services.guards import require_staff
from clientportal.storage import documents as document_storage
from clientportal.storage import files, series
from clientportal.storage import originals as storage
from clientportal.storage.models import Account, Company, Document, DocumentOriginal


@dataclass(frozen=True, slots=True)
class Options:
    """What the person decides.

    `supplier_ok`: take the file although its supplier is not the company by tax id.
    `fiscal_key`: the technical key (of notes: the PIN) by which a CUFE or CUDE is computed again,
    instead of those of the company's settings.
    """

    supplier_ok: bool = False
    fiscal_key: str = ""


@dataclass(frozen=True, slots=True)
class UblResult:
    """What a file did. `outcome`: new, same (nothing changed) or attached (to a document that was
    here without its original). Amounts in minor units of `currency`."""

    outcome: str
    document_id: int
    kind: Kind
    number: str
    account_code: str
    account_name: str
    currency: str
    issued_on: date
    total_minor: int
    balance_minor: int
    warnings: tuple[UblWarning, ...] = ()


@dataclass(frozen=True, slots=True)
class _File:
    """A file that was read and judged, on its way into the ledger."""

    name: str
    content: bytes
    said: UblDocument
    figures: Figures
    warnings: tuple[UblWarning, ...]
    check: FiscalCheck | None


def bring(
    session: Session,
    actor: Actor,
    *,
    file_name: str,
    content: bytes,
    now: datetime,
    options: Options = Options(),
) -> UblResult:
    """Import one UBL file. It sends no message to anybody.

    Raises Invalid for what is wrong with the file (`reading.parse`, "ubl_supplier" (supplier,
    tax_id), "currency_unknown", "amount_too_large"), and Conflict for a number that is taken by
    something else ("import_changed", "import_void").
    """
    staff = require_staff(actor, Permission.DOCUMENTS_IMPORT)
    company = support.company_of(session, staff, staff.company_id)
    series.lock(session, staff.company_id, Kind.INVOICE)  # imports of a company never overlap
    known = storage.by_sha256(session, staff, hashlib.sha256(content).hexdigest())
    if known is not None:
        return _same(session, staff, known.document_id)
    file = _read(company, file_name, content, options)
    customer = ubl_customers.find(session, staff, file.said.customer, company)
    taken = _taken(session, staff, file)
    if taken is not None:
        return _attach(session, staff, file, taken, customer.account, now)
    account = customer.account or ubl_customers.create(
        session, staff, file.said.customer, company, now
    )
    ubl_customers.remember_address(session, account, file.said.customer)
    document = ubl_write.document(session, account, file.said, file.figures, now)
    warnings = (*file.warnings, *customer.warnings, *_corrected(session, staff, document, file))
    _keep(session, document, file, warnings, now)
    _found_by(session, staff, document)
    _record(session, staff, "document.imported", document, file, now)
    return _result("new", document, account, warnings)


def _read(company: Company, file_name: str, content: bytes, options: Options) -> _File:
    said = reading.parse(content)
    if said.currency not in company_fields.currencies():
        raise Invalid(code="currency_unknown", field="file", value=said.currency)
    if not options.supplier_ok and not ubl_customers.is_company(said.supplier, company):
        shown = ", ".join(said.supplier.company_ids)[:100]
        raise Invalid(
            code="ubl_supplier",
            field="file",
            supplier=said.supplier.name[:100],
            tax_id=shown or "–",
        )
    words = Words(*(texts.t(f"staff.ubl.{key}", company.language) for key in _WORDS))
    found = figures(said, currency_digits(said.currency), words)
    given = options.fiscal_key
    keys = FiscalKeys(given, given) if given else fiscal_keys.of_company(company)
    check = fiscal_code.check(said, keys)
    warnings = [*found.warnings, *_of_the_code(said, check)]
    if said.currency not in company.currencies:
        warnings.append(UblWarning("ubl_currency_not_used", {"currency": said.currency}))
    name = file_name.replace("\\", "/").rpartition("/")[2]
    name = "".join(char for char in name if char.isprintable()).strip()[:200]
    return _File(name, content, said, found, tuple(warnings), check)


_WORDS = ("allowance", "charge", "rounding")


def _of_the_code(said: UblDocument, check: FiscalCheck | None) -> list[UblWarning]:
    """A CUFE or CUDE that is none, or not the one that the figures give with the key."""
    if check in {FiscalCheck.INVALID, FiscalCheck.DIFFERS}:
        return [UblWarning(f"ubl_fiscal_code_{check}", {"number": said.id})]
    return []


def _same(session: Session, staff: Member | System, document_id: int) -> UblResult:
    document = support.found(session, staff, document_id)
    return _result("same", document, support.account_of(session, staff, document.account_id), ())


def _taken(session: Session, staff: Member | System, file: _File) -> Document | None:
    found = storage.documents_by_number(session, staff, [file.figures.kind], file.said.id)
    return found[0] if found else None


def _attach(
    session: Session,
    staff: Member | System,
    file: _File,
    document: Document,
    customer: Account | None,
    now: datetime,
) -> UblResult:
    """A document with this number is here: with the same figures it gains its original, if it has
    none; with others the file is refused. Raises Conflict."""
    account = support.account_of(session, staff, document.account_id)
    _refuse_differences(file, document, account, customer)
    key = document_storage.identity(document)
    if storage.of_document(session, staff, key) is not None:
        return _result("same", document, account, ())
    document = support.locked(session, staff, [key])[key]
    document.fiscal_code = document.fiscal_code or ubl_write.fiscal_code_of(file.said)
    ubl_customers.remember_address(session, account, file.said.customer)
    # Its lines are those of the house: what the file's lines add up to concerns nobody here.
    warnings = tuple(warning for warning in file.warnings if warning.code != "ubl_lines_differ")
    _keep(session, document, file, warnings, now, difference_minor=0)
    _record(session, staff, "document.original_attached", document, file, now)
    return _result("attached", document, account, warnings)


def _refuse_differences(
    file: _File, document: Document, account: Account, customer: Account | None
) -> None:
    number = document.number or ""
    if document.lifecycle is Lifecycle.VOID:
        raise Conflict(code="import_void", field="ID", number=number)
    pairs: dict[str, tuple[object, object]] = {
        "PayableAmount": (document.total_minor, file.figures.total_minor),
        "DocumentCurrencyCode": (document.currency, file.said.currency),
        "IssueDate": (document.issued_on, file.said.issue_date),
    }
    if file.said.due_date is not None:
        pairs["DueDate"] = (document.due_on, file.figures.due_on)
    if customer is not None:
        pairs["AccountingCustomerParty"] = (account.code, customer.code)
    elif account.tax_id_norm and file.said.customer.company_ids:
        pairs["AccountingCustomerParty"] = (account.code, file.said.customer.name)
    for element, (stored, said) in pairs.items():
        if stored != said:
            raise Conflict(code="import_changed", field=element, number=number, stored=str(stored))


def _corrected(
    session: Session, staff: Member | System, document: Document, file: _File
) -> Sequence[UblWarning]:
    """Link a note to the document that it refers to; what is not here yet is told."""
    numbers = file.said.corrects
    if document.kind not in {Kind.CREDIT_NOTE, Kind.DEBIT_NOTE} or not numbers:
        return ()
    found = storage.corrected(session, staff, document.account_id, numbers)
    if found is None or found.id == document.id:
        return (UblWarning("ubl_corrected_missing", {"number": numbers[0]}),)
    document.corrects_id = found.id
    return ()


def _found_by(session: Session, staff: Member | System, document: Document) -> None:
    """Notes that came before the document that they correct find it now."""
    if document.kind not in PAYABLE:
        return
    number = document.number or ""
    for note, original in storage.waiting(session, staff, document.account_id, number):
        if note.id == document.id:
            continue
        note.corrects_id = document.id
        original.warnings = [
            row for row in original.warnings if row.get("code") != "ubl_corrected_missing"
        ]
        session.add_all([note, original])
        support.tell(session, note)
    session.flush()


def _keep(
    session: Session,
    document: Document,
    file: _File,
    warnings: Sequence[UblWarning],
    now: datetime,
    *,
    difference_minor: int | None = None,
) -> None:
    """The bytes into the file store, then the row that names them."""
    noted = file.figures.difference_minor if difference_minor is None else difference_minor
    storage.add(
        session,
        DocumentOriginal(
            company_id=document.company_id,
            document_id=document_storage.identity(document),
            file_sha256=files.store().put(file.content),
            file_name=file.name,
            root_kind=file.said.kind,
            corrects=list(file.said.corrects),
            fiscal_check=file.check or FiscalCheck.UNCHECKED,
            fiscal_url=fiscal_code.verification_url(file.said),
            difference_minor=noted,
            warnings=stored_warnings(warnings),
            created_at=now,
        ),
    )


def _record(
    session: Session,
    staff: Member | System,
    action: str,
    document: Document,
    file: _File,
    now: datetime,
) -> None:
    support.tell(session, document)
    audit.record(
        session,
        staff,
        action,
        now=now,
        account_id=document.account_id,
        subject=("document", document_storage.identity(document)),
        kind=document.kind.value,
        number=document.number or "",
        currency=document.currency,
        total_minor=document.total_minor,
        file=file.name,
    )


def _result(
    outcome: str, document: Document, account: Account, warnings: Sequence[UblWarning]
) -> UblResult:
    return UblResult(
        outcome=outcome,
        document_id=document_storage.identity(document),
        kind=document.kind,
        number=document.number or "",
        account_code=account.code,
        account_name=account.name,
        currency=document.currency,
        issued_on=document.issued_on,
        total_minor=document.total_minor,
        balance_minor=document.balance_minor,
        warnings=tuple(warnings),
    )
