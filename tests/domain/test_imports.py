"""Documents and accounts out of files as people have them."""

from datetime import date

import pytest

from clientportal.domain.documents import Kind
from clientportal.domain.imports import (
    DateFormatAmbiguous,
    DateOrder,
    DocumentRow,
    ParsedFile,
)
from tests.support.imports import HEADER, codes, one, read


def test_a_plain_row() -> None:
    found = read(f"{HEADER}\n007,C1,2026-01-05,2026-02-05,100.50\n")
    assert found.errors == found.warnings == ()
    assert found.rows == (
        DocumentRow(
            line=2,
            kind=Kind.INVOICE,
            number="007",
            account_code="C1",
            account_name=None,
            tax_id=None,
            country=None,
            country_known=False,
            currency="COP",
            issued_on=date(2026, 1, 5),
            due_on=date(2026, 2, 5),
            total_minor=10050,
            prepaid_minor=0,
            disputed=False,
            settled_on=None,
            description=None,
        ),
    )
    assert (found.delimiter, found.encoding, found.lines) == (",", "utf-8", 1)
    assert found.header["issued_on"] == "InvoiceDate"


SPANISH = (
    "Número de factura;Código cliente;Cliente;NIT;País;Moneda;Fecha de emisión;Vencimiento;"
    "Valor total;Saldo;En reclamo;Notas\n"
    "FE-1;C1;Ñandú y Cía.;900.123.456-7;co;clp;13/01/2026;28/02/2026;1.234;1.000;Sí;hola\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"])
def test_a_spanish_file_in_any_encoding(encoding: str) -> None:
    found = read(SPANISH.encode(encoding))
    assert found.errors == ()
    (row,) = found.rows
    assert (row.account_code, row.account_name, row.tax_id) == (
        "C1",
        "Ñandú y Cía.",
        "900.123.456-7",
    )
    assert (row.currency, row.total_minor, row.prepaid_minor) == ("CLP", 1234, 234)
    assert (row.issued_on, row.due_on) == (date(2026, 1, 13), date(2026, 2, 28))
    assert (row.country, row.country_known, row.disputed) == ("CO", True, True)
    assert (found.delimiter, found.date_order) == (";", DateOrder.DMY)
    expected = {"latin-1": "cp1252"}.get(encoding, encoding)
    assert found.encoding == expected


def test_decimal_comma_decides_for_the_column() -> None:
    text = HEADER.replace(",", ";") + "\n1;C;2026-01-05;;1.234\n2;C;2026-01-05;;55,90\n"
    found = read(text)
    assert found.decimal == ","
    assert [row.total_minor for row in found.rows] == [123400, 5590]
    assert found.rows[0].due_on == date(2026, 1, 5)


def test_an_unclear_amount_is_a_fault_until_the_mark_is_given() -> None:
    text = f"{HEADER}\n1,C,2026-01-05,,1.234\n2,C,2026-01-05,,10\n"
    found = read(text)
    assert codes(found) == [(2, "InvoiceAmount", "amount_ambiguous")]
    assert [row.number for row in found.rows] == ["2"]
    assert read(text, decimal=",").rows[0].total_minor == 123400


def dates(*values: str, order: DateOrder = DateOrder.AUTO) -> ParsedFile[DocumentRow]:
    rows = "".join(f"{n},C,{value},,1\n" for n, value in enumerate(values))
    return read(f"{HEADER}\n{rows}", date_order=order)


def test_one_date_decides_for_all() -> None:
    found = dates("1/2/2026", "3/4/2026", "1/13/2026")
    assert found.date_order is DateOrder.MDY
    assert found.rows[0].issued_on == date(2026, 1, 2)
    found = dates("1-2-26", "13-1-26")
    assert found.date_order is DateOrder.DMY
    assert found.rows[0].issued_on == date(2026, 2, 1)
    found = dates("2026-01-02T10:00:00Z", "2026/1/3")
    assert found.date_order is DateOrder.ISO
    assert [row.issued_on.day for row in found.rows] == [2, 3]


def test_no_evidence_asks() -> None:
    with pytest.raises(DateFormatAmbiguous) as asked:
        dates("1/2/2026", "3/4/2026")
    assert asked.value.params == {"samples": "1/2/2026, 3/4/2026"}
    assert dates("1/2/2026", order=DateOrder.DMY).rows[0].issued_on == date(2026, 2, 1)
    assert dates("3/3/2026").rows[0].issued_on == date(2026, 3, 3)


def test_dates_against_the_majority_are_faults() -> None:
    found = dates("1/13/2026", "1/14/2026", "15/1/2026", "1/2/2026", "31/31/2026", "soon")
    assert found.date_order is DateOrder.MDY
    assert [line for line, _, code in codes(found) if code == "date_invalid"] == [4, 6, 7]
    assert [row.issued_on.day for row in found.rows] == [13, 14, 2]
    with pytest.raises(DateFormatAmbiguous):
        dates("1/13/2026", "13/1/2026", "1/2/2026")


@pytest.mark.parametrize(
    ("value", "order"),
    [
        ("30/02/2026", DateOrder.DMY),
        ("13/1/2026", DateOrder.MDY),
        ("1/2/2026", DateOrder.ISO),
        ("2026-13-01", DateOrder.ISO),
        ("1/2-2026", DateOrder.DMY),
        ("01/01/0026", DateOrder.DMY),
        ("43831", DateOrder.AUTO),
    ],
)
def test_what_is_no_date(value: str, order: DateOrder) -> None:
    found = dates(value, order=order)
    assert codes(found) == [(2, "InvoiceDate", "date_invalid")]
    assert found.errors[0].params == {"value": value}


@pytest.mark.parametrize(
    ("header", "cell", "code"),
    [
        ("currency", "XXX", "currency_unknown"),
        ("kind", "pagaré", "kind_unknown"),
        ("Disputed", "maybe", "yes_or_no"),
        ("SettledDate", "ayer", "date_invalid"),
        ("SettledDate", "2026-03-02", "date_in_future"),
        ("paid", "100.01", "paid_outside_total"),
        ("paid", "-1", "paid_outside_total"),
        ("balance", "-1", "paid_outside_total"),
        ("paid", "x", "amount_invalid"),
        ("name", "x" * 201, "too_long"),
    ],
)
def test_faults_of_one_cell(header: str, cell: str, code: str) -> None:
    found = one(header, cell, today=date(2026, 3, 1))
    assert [error.code for error in found.errors] == [code]
    assert found.rows == ()


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (",C,2026-01-05,,1", [("number", "required")]),
        ("1,,2026-01-05,,1", [("customerID", "required")]),
        ("1,C,,,", [("InvoiceDate", "required"), ("InvoiceAmount", "required")]),
        ("1,C,2026-01-05,,-1", [("InvoiceAmount", "amount_negative")]),
        ("1,C,2026-01-05,,USD 1", [("InvoiceAmount", "amount_currency")]),
        ("1,C,2026-01-05,,1.005", [("InvoiceAmount", "amount_ambiguous")]),
        ("1,C,2026-01-05,,1,", [("", "columns_count")]),
        ("1,C", [("", "columns_count")]),
        ("x" * 65 + ",C,2026-01-05,,1", [("number", "too_long")]),
    ],
)
def test_faults_of_a_row(row: str, expected: list[tuple[str, str]]) -> None:
    found = read(f"{HEADER}\n{row}\n")
    assert [(error.column, error.code) for error in found.errors] == expected
    assert {error.line for error in found.errors} == {2}
    assert found.rows == ()


def test_a_missing_currency_asks_for_one() -> None:
    found = read(f"{HEADER}\n1,C,2026-01-05,,1\n", currency=None)
    assert codes(found) == [(2, "", "currency_missing")]


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("Factura", Kind.INVOICE),
        ("Nota débito", Kind.DEBIT_NOTE),
        ("NOTA DE CRÉDITO", Kind.CREDIT_NOTE),
        ("anticipo", Kind.ADVANCE),
        ("cash_receipt", Kind.CASH_RECEIPT),
        ("", Kind.INVOICE),
    ],
)
def test_kinds_by_their_words(word: str, kind: Kind) -> None:
    assert one("tipo", word).rows[0].kind is kind


def test_credit_may_be_written_negative_and_is_never_settled() -> None:
    text = "kind,number,customerID,date,total,duedate\nNC,1,C,2026-01-05,-50,2026-02-01\n"
    (row,) = read(text).rows
    assert (row.total_minor, row.due_on) == (5000, None)
    found = one("kind,SettledDate", "NC,2026-02-01")
    assert [error.code for error in found.errors] == ["settled_credit"]
    assert [error.code for error in one("kind,paid", "NC,5").errors] == ["settled_credit"]


def test_a_settled_row_is_not_prepaid_too() -> None:
    (row,) = one("SettledDate,balance", "2026-02-01,0").rows
    assert (row.settled_on, row.prepaid_minor) == (date(2026, 2, 1), 0)


def test_warnings_are_gathered_per_value() -> None:
    rows = "".join(
        f"{n},C,2026-01-05,2026-01-01,1,{country},2026-01-04\n"
        for n, country in enumerate(["391", "391", "co", "406"])
    )
    found = read(f"{HEADER},countryCode,SettledDate\n{rows}")
    assert found.errors == ()
    assert [(w.code, w.line, w.params) for w in found.warnings] == [
        ("settled_before_issue", 2, {"value": "", "rows": 4}),
        ("country_kept", 2, {"value": "391", "rows": 2}),
        ("due_before_issue", 2, {"value": "", "rows": 4}),
        ("country_kept", 5, {"value": "406", "rows": 1}),
    ]
    assert [(row.country, row.country_known) for row in found.rows] == [
        ("391", False),
        ("391", False),
        ("CO", True),
        ("406", False),
    ]


def test_the_same_number_twice_is_a_fault_of_the_second() -> None:
    text = f"{HEADER},kind\n1,C,2026-01-05,,1,FV\n1,D,2026-01-06,,2,FV\n1,C,2026-01-05,,1,NC\n"
    found = read(text)
    assert [(e.line, e.code, e.params) for e in found.errors] == [
        (3, "duplicate_in_file", {"value": "1", "first": 2})
    ]
    assert [row.line for row in found.rows] == [2, 4]
