"""Columns of an import: known headers in Spanish and English, dates and words of whole columns."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum

from clientportal.domain.documents import Kind
from clientportal.domain.errors import Invalid
from clientportal.domain.text import normalise


class DateOrder(StrEnum):
    """How the dates of a file are written."""

    AUTO = "auto"
    DMY = "dmy"
    MDY = "mdy"
    ISO = "iso"


class DateFormatAmbiguous(Invalid):
    """Nothing in the file says whether the day or the month comes first; `samples` shows some."""

    code = "date_format_ambiguous"


EMAIL_HEADERS = "email customeremail correo correoelectronico"
DOCUMENT_HEADERS: Mapping[str, str] = {
    "kind": "kind type documenttype doctype tipo tipodocumento tipodedocumento clase",
    "number": "number invoicenumber invoiceno documentnumber invoice numero numerofactura"
    " numerodefactura numerodedocumento numerodocumento nofactura factura folio comprobante",
    "account_code": "customerid customercode customer accountcode account clientid clientcode"
    " codigocliente codigodelcliente codigodecliente cliente codigo idcliente",
    "account_name": "customername accountname clientname name nombre nombrecliente"
    " nombredelcliente razonsocial cliente customer",
    "tax_id": "taxid vat vatnumber taxnumber nit rfc ruc rut cuit cedula identificacion"
    " numerodeidentificacion",
    "country": "countrycode country pais codigopais codigodelpais codigodepais",
    "currency": "currency currencycode moneda divisa",
    "issued_on": "invoicedate issuedate issuedon issued date documentdate fecha fechaemision"
    " fechadeemision fechafactura fechadefactura emision fechadocumento",
    "due_on": "duedate dueon due vencimiento fechavencimiento fechadevencimiento vence",
    "total": "invoiceamount amount total totalamount grandtotal importe monto valor valortotal"
    " importetotal montototal valorfactura",
    "paid": "paid amountpaid paidamount prepaid pagado abonado abono valorpagado",
    "balance": "balance outstanding amountdue openamount saldo saldopendiente pendiente",
    "disputed": "disputed dispute indispute reclamo enreclamo disputa endisputa",
    "settled_on": "settleddate settledon paiddate paidon paymentdate fechapago fechadepago"
    " pagadoel",
    "description": "description notes memo concept descripcion concepto observaciones nota notas",
    "movements": "paymentsandcreditsapplied pagosycreditosaplicados",
    "voided_on": "voidedon anuladoel",
}
ACCOUNT_HEADERS: Mapping[str, str] = {
    "code": DOCUMENT_HEADERS["account_code"] + " code id",
    "name": DOCUMENT_HEADERS["account_name"],
    "kind": "kind type tipo clase relacion",
    "tax_id": DOCUMENT_HEADERS["tax_id"],
    "country": DOCUMENT_HEADERS["country"],
    "email": EMAIL_HEADERS + " contactemail",
    "phone": "phone telephone mobile cell telefono celular movil whatsapp",
    "address": "address street streetaddress direccion domicilio calle",
    "city": "city town ciudad municipio localidad",
    "contact_name": "contact contactname contacto nombrecontacto nombredelcontacto",
    "language": "language lang idioma",
}
IGNORED_HEADERS = frozenset({"paperlessdate", "paperlessbill", "daystosettle", "dayslate"})
"""Columns of known exports that say nothing about the document."""

KIND_WORDS: Mapping[Kind, str] = {
    Kind.INVOICE: "invoice salesinvoice factura facturadeventa facturaelectronica fv fe inv",
    Kind.DEBIT_NOTE: "debitnote notadebito notadedebito nd dn",
    Kind.CREDIT_NOTE: "creditnote notacredito notadecredito nc cn",
    Kind.ADVANCE: "advance advancepayment prepayment anticipo adelanto",
    Kind.CASH_RECEIPT: "cashreceipt receipt recibo recibodecaja rc",
}
RELATION_WORDS: Mapping[str, frozenset[str]] = {
    "customer": frozenset({"", "customer", "client", "cliente", "c"}),
    "supplier": frozenset({"supplier", "vendor", "proveedor", "p"}),
    "both": frozenset({"both", "ambos", "clienteyproveedor", "customerandsupplier"}),
}
_YES = frozenset({"yes", "y", "true", "1", "x", "si", "s", "verdadero"})
_NO = frozenset({"", "no", "n", "false", "0", "falso"})
_ISO = re.compile(
    r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})(?:[T ][0-9:.]+(?:Z|[+-][0-9:]+)?)?"
)
_DATE = re.compile(
    r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})(?: [0-9:]+(?: ?[AaPp]\.? ?[Mm]\.?)?)?"
)


_EXAMPLES = {
    "number": "invoiceNumber",
    "account_code": "customerID",
    "issued_on": "InvoiceDate",
    "total": "InvoiceAmount",
}


def missing_headers(fields: Iterable[str]) -> str:
    """For each field a header that would be understood, to be named in the fault."""
    return ", ".join(_EXAMPLES.get(field, field) for field in fields)


def plain(word: str) -> str:
    """A header or code word for comparison: no case, accents, spaces or signs."""
    return re.sub(r"[^a-z0-9]", "", normalise(word))


def map_header(
    header: Sequence[str], known: Mapping[str, str], asked: Mapping[str, str]
) -> tuple[dict[str, int], list[str]]:
    """Field -> column, and the headers that no field uses.

    `asked` (field -> header text) wins over the known synonyms; among synonyms the earlier of the
    list wins. Raises Invalid("header_unknown") when an asked header is absent, and
    Invalid("header_twice") when the same header stands twice.
    """
    columns: dict[str, int] = {}
    for column, text in enumerate(header):
        word = plain(text)
        if word and word in columns:
            raise Invalid(code="header_twice", field="file", header=text)
        columns[word] = column
    fields: dict[str, int] = {}
    for field, text in asked.items():
        if field not in known or plain(text) not in columns:
            raise Invalid(code="header_unknown", field="mapping", header=text)
        fields[field] = columns[plain(text)]
    for field, synonyms in known.items():
        free = (word for word in synonyms.split() if columns.get(word, -1) >= 0)
        column = next((columns[w] for w in free if columns[w] not in fields.values()), None)
        if field not in fields and column is not None:
            fields[field] = column
    return fields, unused(header, fields)


def unused(header: Sequence[str], fields: Mapping[str, int]) -> list[str]:
    """The headers that no field uses, but for those that are known to say nothing."""
    return [
        text
        for column, text in enumerate(header)
        if text and column not in fields.values() and plain(text) not in IGNORED_HEADERS
    ]


def decide_dates(values: Iterable[str], asked: DateOrder) -> DateOrder:
    """How the dates of a whole column (or of all date columns of a file) are written.

    Evidence is any part above 12. Dates that contradict the majority become errors of their rows.
    Raises DateFormatAmbiguous when there is no evidence, or as much for one order as for the other.
    """
    if asked is not DateOrder.AUTO:
        return asked
    votes = {DateOrder.DMY: 0, DateOrder.MDY: 0}
    unclear: list[str] = []
    for value in values:
        found = _DATE.fullmatch(value)
        if found is None:
            continue
        first, second = int(found[1]), int(found[3])
        if first > 12 >= second:
            votes[DateOrder.DMY] += 1
        elif second > 12 >= first:
            votes[DateOrder.MDY] += 1
        elif first != second:
            unclear.append(value)
    if votes[DateOrder.DMY] == votes[DateOrder.MDY] and (unclear or votes[DateOrder.DMY]):
        raise DateFormatAmbiguous(field="date_format", samples=", ".join(sorted(set(unclear))[:3]))
    if not any(votes.values()):
        return DateOrder.ISO
    return max(votes, key=lambda order: votes[order])


def parse_date(value: str, order: DateOrder) -> date | None:
    """The date, or None if it is none in this order. ISO dates are read in every order, a time
    after the date is ignored, years of two figures are 2000 to 2099."""
    if found := _ISO.fullmatch(value):
        year, month, day = found[1], found[2], found[3]
    elif found := _DATE.fullmatch(value):
        if order is DateOrder.ISO and found[1] != found[3]:
            return None
        month, day = (found[1], found[3]) if order is DateOrder.MDY else (found[3], found[1])
        year = found[4] if len(found[4]) == 4 else f"20{found[4]}"
    else:
        return None
    try:
        parsed = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return parsed if 1900 <= parsed.year <= 2199 else None


def day_of_serial(value: str) -> date | None:
    """The day that a workbook counts from 1899-12-30, when a date lost its format and is a number.

    None outside 1954 to 2099: such a number is no date.
    """
    whole = value.partition(".")[0]
    if not whole.isdigit() or not 20_000 <= int(whole) <= 73_050:
        return None
    return date(1899, 12, 30) + timedelta(days=int(whole))


def parse_kind(value: str) -> Kind | None:
    """The document kind that a word or abbreviation of either language names."""
    word = plain(value)
    return next((kind for kind, words in KIND_WORDS.items() if word in words.split()), None)


def parse_yes(value: str) -> bool | None:
    """True for yes, sí, 1, x …; False for no, 0 and empty; None for anything else."""
    word = plain(value)
    if word in _YES:
        return True
    return False if word in _NO and bool(word) == bool(value) else None


def parse_relation(value: str) -> str | None:
    """customer (also when empty), supplier or both; None for anything else."""
    word = plain(value)
    for relation, words in RELATION_WORDS.items():
        if word in words:
            return relation
    return None
