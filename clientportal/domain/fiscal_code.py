"""CUFE and CUDE, the fiscal codes of Colombia (anexo técnico 1.9, §11.2.1 and §11.4.1)."""

import hashlib
import re
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal, localcontext
from enum import StrEnum

from clientportal.domain.ubl import UblDocument

_CODE = re.compile(r"[0-9a-f]{96}", re.IGNORECASE)
_VERIFY = {
    "1": "https://catalogo-vpfe.dian.gov.co/document/searchqr?documentkey=",
    "2": "https://catalogo-vpfe-hab.dian.gov.co/document/searchqr?documentkey=",
}
_QR_ADDRESS = re.compile(
    r"https://catalogo-vpfe(?:-hab)?\.dian\.gov\.co/[A-Za-z0-9/?=&_.\-]{1,180}", re.IGNORECASE
)
_TAXES = ("01", "04", "03")


class FiscalCheck(StrEnum):
    """What came of computing the code of a file again. `unchecked`: no key, or figures missing."""

    MATCHES = "matches"
    DIFFERS = "differs"
    INVALID = "invalid"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class FiscalKeys:
    """By what codes are computed: the CUFE by the technical key of the numbering range, the CUDE
    of notes by the PIN of the software. "" for one that is not known."""

    technical_key: str = ""
    pin: str = ""


@dataclass(frozen=True, slots=True)
class FiscalFacts:
    """What goes into the digest. `taxes`: scheme (01 IVA, 04 INC, 03 ICA) → amount.

    `time` as in the file, with its offset; the two NIT without check digit or punctuation.
    """

    number: str
    issue_date: date
    time: str
    line_extension_amount: Decimal
    taxes: dict[str, Decimal]
    payable_amount: Decimal
    supplier_nit: str
    customer_id: str
    environment: str


def is_code(text: str) -> bool:
    """Whether a text has the form of a CUFE or CUDE: a SHA-384 digest in hexadecimal."""
    return _CODE.fullmatch(text) is not None


def compute(facts: FiscalFacts, key: str) -> str:
    """The code in hexadecimal.

    `key`: of a CUFE the technical key of the numbering range, of a CUDE the PIN of the software.
    """
    parts = [facts.number, facts.issue_date.isoformat(), facts.time]
    parts.append(_amount(facts.line_extension_amount))
    for scheme in _TAXES:
        parts += [scheme, _amount(facts.taxes.get(scheme, Decimal(0)))]
    parts += [_amount(facts.payable_amount), facts.supplier_nit, facts.customer_id]
    parts += [key, facts.environment]
    return hashlib.sha384("".join(parts).encode()).hexdigest()


def check(document: UblDocument, keys: FiscalKeys) -> FiscalCheck | None:
    """Whether the code of a file is the one that its figures give; None for a file without one."""
    scheme = document.uuid_scheme[:4]
    if scheme not in {"CUFE", "CUDE"}:
        return None
    if not is_code(document.uuid):
        return FiscalCheck.INVALID
    key = keys.technical_key if scheme == "CUFE" else keys.pin
    facts = facts_of(document) if key else None
    if facts is None:
        return FiscalCheck.UNCHECKED
    same = compute(facts, key) == document.uuid.lower()
    return FiscalCheck.MATCHES if same else FiscalCheck.DIFFERS


def facts_of(document: UblDocument) -> FiscalFacts | None:
    """The facts of a document that carries a code; None when it lacks one of them."""
    known = document.supplier.company_ids and document.customer.company_ids
    if not (known and document.issue_time and document.environment):
        return None
    taxes: dict[str, Decimal] = {}
    for subtotal in document.tax_subtotals:
        taxes[subtotal.scheme_id] = taxes.get(subtotal.scheme_id, Decimal(0)) + subtotal.tax_amount
    lines = document.line_extension_amount
    return FiscalFacts(
        number=document.id,
        issue_date=document.issue_date,
        time=document.issue_time,
        line_extension_amount=document.payable_amount if lines is None else lines,
        taxes=taxes,
        payable_amount=document.payable_amount,
        supplier_nit=_plain(document.supplier.company_ids[0]),
        customer_id=_plain(document.customer.company_ids[0]),
        environment=document.environment,
    )


def verification_url(document: UblDocument) -> str:
    """Where the tax authority shows the document: the QR's own address, else one by its code."""
    found = _QR_ADDRESS.search(document.qr_code)
    if found:
        return found[0]
    base = _VERIFY.get(document.environment)
    return f"{base}{document.uuid}" if base and is_code(document.uuid) else ""


def _plain(company_id: str) -> str:
    """An identification without its check digit and punctuation."""
    return re.sub("[^0-9A-Za-z]", "", company_id.partition("-")[0])


def _amount(value: Decimal) -> str:
    with localcontext(prec=60):
        return f"{value.quantize(Decimal('0.01'), rounding=ROUND_DOWN):f}"
