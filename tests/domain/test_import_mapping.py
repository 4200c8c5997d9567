"""Which column feeds which field: guessed by the header, or as a person said it before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientportal.domain import import_mapping
from clientportal.domain.errors import Invalid
from clientportal.domain.import_columns import DOCUMENT_HEADERS
from clientportal.domain.import_mapping import Column
from clientportal.domain.imports import DOCUMENT_NEEDED
from tests.support.imports import read

HEADER = ("Número", "Cliente", "Fecha de emisión", "Valor total", "Color")
FIELDS = ("number", "account_code", "issued_on", "total", "")


def test_headers_are_understood_in_both_languages() -> None:
    assert import_mapping.guess(HEADER, DOCUMENT_HEADERS)[:3] == FIELDS[:3]
    english = ("Invoice No.", "Customer code", "Issue date", "Amount", "Notes")
    assert import_mapping.guess(english, DOCUMENT_HEADERS) == (*FIELDS[:4], "description")


def test_a_header_that_stands_twice_is_nobodys_guess() -> None:
    fields = import_mapping.guess(("number", "total", "Total"), DOCUMENT_HEADERS)
    assert fields == ("number", "", "")
    assert import_mapping.missing(fields, DOCUMENT_NEEDED) == ("account_code", "issued_on", "total")


def test_columns_that_are_said_win_over_every_synonym() -> None:
    text = "number,total,total\nF1,2026-01-05,7\n"
    with pytest.raises(Invalid) as refused:
        read(text)
    assert refused.value.error_code == "header_twice"
    found = read("a,number,total,total\nC1,F1,2026-01-05,7\n",
                 columns=("account_code", "number", "issued_on", "total"))  # fmt: skip
    (row,) = found.rows
    assert (row.account_code, row.number, row.total_minor) == ("C1", "F1", 700)


def test_a_required_field_without_a_column_is_named() -> None:
    with pytest.raises(Invalid) as refused:
        read("a,b\n1,2\n", columns=("number", ""))
    assert refused.value.params == {"columns": "customerID, InvoiceDate, InvoiceAmount"}


def test_saved_columns_suit_the_same_header_by_place_and_another_by_name() -> None:
    saved = [Column(text, field) for text, field in zip(HEADER, FIELDS, strict=True)]
    saved[4] = Column("Color", "description")
    same = ("NUMERO", " cliente", "fecha de emision", "VALOR TOTAL", "color")
    wanted = (*FIELDS[:4], "description")
    assert import_mapping.suit(saved, same, DOCUMENT_HEADERS) == wanted
    other = ("Color", "Moneda", "Cliente", "Número", "Observaciones")
    assert import_mapping.suit(saved, other, DOCUMENT_HEADERS) == (
        "description", "currency", "account_code", "number", "",
    )  # fmt: skip


def test_a_field_that_is_none_is_left_aside_and_two_columns_refused() -> None:
    saved = [Column("a", "secret"), Column("b", "number")]
    assert import_mapping.suit(saved, ("a", "b"), DOCUMENT_HEADERS) == ("", "number")
    for fields, code in ((["secret"], "choice_invalid"), (["total", "total"], "column_twice")):
        with pytest.raises(Invalid) as refused:
            import_mapping.check(fields, DOCUMENT_HEADERS)
        assert refused.value.error_code == code
    assert import_mapping.check(["", "total", ""], DOCUMENT_HEADERS) == ("", "total", "")


@given(st.lists(st.text(max_size=8), max_size=12), st.lists(st.text(max_size=8), max_size=12))
def test_no_header_breaks_it_and_no_field_is_fed_twice(a: list[str], b: list[str]) -> None:
    first = import_mapping.guess(a, DOCUMENT_HEADERS)
    assert len(first) == len(a)
    saved = [Column(text, field) for text, field in zip(a, first, strict=True)]
    found = import_mapping.suit(saved, b, DOCUMENT_HEADERS)
    assert len(found) == len(b)
    used = [field for field in found if field]
    assert len(used) == len(set(used))
    assert import_mapping.suit(saved, a, DOCUMENT_HEADERS) == first
