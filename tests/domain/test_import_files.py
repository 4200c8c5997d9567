"""Files of every sort on their way in: headers, limits, broken ones; accounts."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientportal.domain.errors import Invalid, PortalError
from clientportal.domain.imports import (
    Limits,
    parse_accounts,
    parse_documents,
)
from tests.support.imports import HEADER, OPTIONS, codes, one, read


def test_a_formula_is_data() -> None:
    text = f'{HEADER},name\n=1+1,@SUM(A1),2026-01-05,,1,"=HYPERLINK(""http://x"")"\n'
    (row,) = read(text).rows
    assert (row.number, row.account_code) == ("=1+1", "@SUM(A1)")
    assert row.account_name == '=HYPERLINK("http://x")'


def test_lines_are_those_of_the_file() -> None:
    text = f'{HEADER},notes\r\n\r\n1,C,2026-01-05,,1,"two\r\nlines"\r\n2,C,bad,,1,\r\n'
    found = read(text)
    assert found.rows[0].line == 3
    assert found.rows[0].description == "two lines"
    assert codes(found) == [(5, "InvoiceDate", "date_invalid")]


def test_own_headers_by_mapping() -> None:
    text = "a,b,c,d\n1,C,2026-01-05,5\n"
    mapping = {"number": "A", "account_code": "b", "issued_on": "c", "total": "d"}
    assert read(text, mapping=mapping).rows[0].total_minor == 500
    found = one("Color", "rojo")
    assert found.ignored == ("Color",)
    assert one("Correo", "ana@x.example").ignored == ("Correo",)  # an address belongs to a person
    with pytest.raises(Invalid) as refused:
        read(text, mapping={**mapping, "due_on": "z"})
    assert refused.value.params == {"header": "z"}


@pytest.mark.parametrize(
    ("raw", "changes", "code"),
    [
        (b"", {}, "file_empty"),
        (HEADER.encode(), {}, "file_empty"),
        (b"PK\x03\x04\x00", {}, "file_not_text"),
        (b"%PDF-1.7", {}, "file_not_text"),
        (b"a\x00b", {}, "file_not_text"),
        (b"\xff\xfe\x00", {}, "file_not_text"),
        (b"number,total\n1,2\n", {}, "header_missing"),
        (b"number,Number\n1,2\n", {}, "header_twice"),
        (f'{HEADER}\n"1,C\n'.encode(), {}, "file_broken"),
        (f"{HEADER}\n{'1' * 4001},C,,,\n".encode(), {}, "cell_too_long"),
        (HEADER.encode(), {"limits": Limits(size=10)}, "file_too_large"),
        (f"{HEADER}\n1\n2\n3\n".encode(), {"limits": Limits(rows=2)}, "too_many_rows"),
        (f"{HEADER}\n1\n".encode(), {"limits": Limits(columns=3)}, "too_many_columns"),
        (f"{HEADER}\n1,C,,,1\n".encode(), {"limits": Limits(cells=7)}, "too_many_cells"),
        # Nothing but empty lines and cells: ten seconds of work that no sheet can ask for.
        (f"{HEADER}\n".encode() + b"\n" * 1_100_000, {}, "too_many_rows"),
        (f"{HEADER}\n".encode() + b"," * 20_000, {}, "too_many_columns"),
    ],
)
def test_faults_of_the_whole_file(raw: bytes, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(raw, **changes)
    assert refused.value.error_code == code


def test_a_missing_column_is_named_as_it_could_be_called() -> None:
    with pytest.raises(Invalid) as refused:
        read("number,total\n1,2\n")
    assert refused.value.params == {"columns": "customerID, InvoiceDate"}


def test_rows_up_to_the_limit_are_taken() -> None:
    text = f"{HEADER}\n1,C,2026-01-05,,1\n2,C,2026-01-05,,1\n"
    assert len(read(text, limits=Limits(rows=2)).rows) == 2


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(raw: bytes) -> None:
    for read_file in (parse_documents, parse_accounts):
        with suppress(PortalError):  # any other error fails
            found = read_file(HEADER.encode() + b"\n" + raw, OPTIONS)
            assert len(found.rows) <= found.lines


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        found = read(f"{HEADER}\n{text}\n1,C,2026-01-05,,1")
    except PortalError:
        return
    assert len(found.rows) + len({error.line for error in found.errors}) == found.lines


def test_accounts() -> None:
    text = (
        "Código\tRazón social\tTipo\tNIT\tPaís\tCorreo\tCelular\tDirección\tCiudad\tContacto"
        "\tIdioma\n"
        "C1\tPapelera\tproveedor\t900\tco\ta@x.co\t300 123\tCalle 1\tCali\tAna\tEspañol\n"
        "C2\t\t\t\t\t\t\t\t\t\t\n"
        "C1\tOtra\tambos\t\t\t\t\t\t\t\t\n"
        "C4\tX\tamigo\t\t\t\t\t\t\t\tfr\n"
    )
    found = parse_accounts(text.encode("cp1252"), OPTIONS)
    assert [(e.line, e.column, e.code) for e in found.errors] == [
        (4, "Código", "duplicate_in_file"),
        (5, "Tipo", "relation_unknown"),
        (5, "Idioma", "language_unknown"),
    ]
    first, second = found.rows
    assert (first.code, first.name, first.kind, first.country) == (
        "C1",
        "Papelera",
        "supplier",
        "CO",
    )
    assert (first.email, first.phone, first.contact_name, first.language) == (
        "a@x.co",
        "300 123",
        "Ana",
        "es",
    )
    assert (second.name, second.kind, second.language) == ("C2", "customer", None)
    with pytest.raises(Invalid):
        parse_accounts("name\nx\n", OPTIONS)
