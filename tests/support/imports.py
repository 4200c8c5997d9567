"""Files of documents as a person has them, read by the rules of the domain."""

from typing import Any

from clientportal.domain.imports import DocumentRow, ImportOptions, ParsedFile, parse_documents

OPTIONS = ImportOptions(
    currencies={"COP": 2, "CLP": 0, "USD": 2}, currency="COP", countries=frozenset({"CO", "MX"})
)
HEADER = "number,customerID,InvoiceDate,DueDate,InvoiceAmount"


def read(text: str | bytes, **changes: Any) -> ParsedFile[DocumentRow]:
    """The file's rows; `changes` are fields of the options."""
    known = {name: getattr(OPTIONS, name) for name in ImportOptions.__dataclass_fields__}
    return parse_documents(text, ImportOptions(**{**known, **changes}))


def one(extra_header: str, extra: str, **changes: Any) -> ParsedFile[DocumentRow]:
    """A file of one good row with one more column."""
    text = f"{HEADER},{extra_header}\nF1,C1,2026-01-05,2026-02-05,100,{extra}\n"
    return read(text, **changes)


def codes(found: ParsedFile[DocumentRow]) -> list[tuple[int, str, str]]:
    return [(error.line, error.column, error.code) for error in found.errors]
