"""Contacts out of a file: every row read, every fault named, nothing kept. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from clientportal.domain.delimited import Record, Table
from clientportal.domain.import_columns import DOCUMENT_HEADERS, EMAIL_HEADERS
from clientportal.domain.import_file import (
    MAX_CODE,
    MAX_NAME,
    Faulty,
    File,
    ImportOptions,
    ParsedFile,
)

CONTACT_HEADERS: Mapping[str, str] = {
    "name": "name contactname contact fullname nombre nombrecompleto nombrecontacto"
    " nombredelcontacto contacto persona",
    "position": "position jobtitle title role cargo puesto rol",
    "email": EMAIL_HEADERS + " email1 contactemail correo1 correoprincipal",
    "email_2": "email2 secondaryemail otheremail correo2 otrocorreo correoalterno correosecundario",
    "whatsapp": "whatsapp whatsappnumber numerowhatsapp numerodewhatsapp",
    "phone": "phone telephone mobile cell telefono celular movil telefonofijo",
    "language": "language lang idioma",
    "account_code": DOCUMENT_HEADERS["account_code"]
    + " accounts accountcodes clientes codigosclientes codigosdecliente code",
}
CONTACT_NEEDED = ("name",)
LONGEST_POSITION = 100
_BETWEEN = re.compile(r"[;,|]")


@dataclass(frozen=True, slots=True)
class ContactRow:
    """One good row. `addresses`: (field of the file, as written), e-mails first; `account_codes`
    may be several, parted by a comma, a semicolon or a bar."""

    line: int
    name: str
    position: str
    language: str
    addresses: tuple[tuple[str, str], ...]
    account_codes: tuple[str, ...]


ADDRESSES = ("email", "email_2", "whatsapp", "phone")


def parse_contacts(source: bytes | str | Table, options: ImportOptions) -> ParsedFile[ContactRow]:
    """Rows of contacts. Raises Invalid as File does."""
    file = File(source, CONTACT_HEADERS, CONTACT_NEEDED, options)
    rows: list[ContactRow] = []
    for record in file.records:
        before = len(file.errors)
        row = _contact(file, record)
        if row is not None and len(file.errors) == before:
            rows.append(row)
    return file.parsed(rows)


def _contact(file: File, record: Record) -> ContactRow | None:
    try:
        file.width(record)
    except Faulty:
        return None
    language = file.get(record, "language").lower()[:2]
    if language not in {"", "es", "en"}:
        file.fault(record, "language", "language_unknown", value=file.get(record, "language"))
    written = [(name, file.optional(record, name)) for name in ADDRESSES]
    codes = [code.strip() for code in _BETWEEN.split(file.get(record, "account_code"))]
    for code in codes:
        if len(code) > MAX_CODE:
            file.fault(record, "account_code", "too_long", longest=MAX_CODE)
    return ContactRow(
        line=record.line,
        name=file.required(record, "name", MAX_NAME),
        position=file.optional(record, "position", LONGEST_POSITION) or "",
        language=language,
        addresses=tuple((name, text) for name, text in written if text),
        account_codes=tuple(dict.fromkeys(code for code in codes if code)),
    )
