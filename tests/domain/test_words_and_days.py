"""Search text, initials, numbers of documents, days and message keys."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientportal.domain import dates, message_keys, numbering, text
from clientportal.domain.errors import Invalid
from clientportal.domain.numbering import Series

BOGOTA = ZoneInfo("America/Bogota")


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("  Café\u00a0 ÑANDÚ  ", "cafe nandu"),
        ("Straße ﬁn Ⅳ", "strasse fin iv"),
        ("a\ue000b\uf8ffc", "abc"),
        ("a\x00b\u200bc", "abc"),
        ("I\u0307stanbul", "istanbul"),
        ("FE-0042", "fe-0042"),
    ],
)
def test_normalise(given_text: str, expected: str) -> None:
    assert text.normalise(given_text) == expected


@given(st.text())
def test_normalising_twice_changes_nothing(value: str) -> None:
    once = text.normalise(value)
    assert text.normalise(once) == once
    assert not any(0xE000 <= ord(char) <= 0xF8FF for char in once)


def test_search_words_need_three_letters() -> None:
    assert text.search_words("Núñez de FE-0042 la núñez") == ["fe-0042", "nunez"]
    assert text.search_words("de la") == []
    assert text.search_words("") == []
    assert len(text.search_words(" ".join(f"word{n}" for n in range(99)))) == 6


def test_search_text_joins_what_is_there() -> None:
    assert text.search_text(["FE-1", None, "", "Ñandú"]) == "fe-1 nandu"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Papelera del Valle", "PV"),
        ("ana", "A"),
        ("ana.ruiz@x.co", "AR"),
        ("Élan y Cía", "ÉC"),
        ("de la", "DL"),
        ("  ", "?"),
        ("ßeta", "SS"),
    ],
)
def test_initials(name: str, expected: str) -> None:
    assert text.initials(name) == expected


def test_slugs() -> None:
    assert text.slugify("Papelera del Valle S.A.S.") == "papelera-del-valle-s-a-s"
    assert text.slugify("¡Ñandú!") == "nandu"
    assert text.slugify("a" * 47 + " b") == "a" * 47
    assert text.slugify("漢字") == ""


def test_series() -> None:
    series = Series("FE-", 41, 6)
    numbering.check_series(series)
    assert series.take() == ("FE-000041", Series("FE-", 42, 6))
    assert Series("", 7).take()[0] == "7"
    assert numbering.format_number("A", 1234567, 3) == "A1234567"
    assert numbering.parse_number(" fe-000041 ", "FE-") == 41
    assert numbering.parse_number("NC-1", "FE-") is None
    assert numbering.parse_number("FE-1a", "FE-") is None
    assert numbering.parse_number("FE-", "FE-") is None


@pytest.mark.parametrize(
    ("series", "code"),
    [
        (Series("-A", 1), "series_prefix"),
        (Series("A" * 11, 1), "series_prefix"),
        (Series("A B", 1), "series_prefix"),
        (Series("<b>", 1), "series_prefix"),
        (Series("A", 0), "series_next"),
        (Series("A", 10**12), "series_next"),
        (Series("A", 1, 13), "series_padding"),
        (Series("A", 1, -1), "series_padding"),
    ],
)
def test_series_that_cannot_be(series: Series, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        numbering.check_series(series)
    assert refused.value.error_code == code


@given(st.from_regex(r"[A-Z]{0,3}-?", fullmatch=True), st.integers(1, 10**12), st.integers(0, 12))
def test_numbers_are_read_as_written(prefix: str, number: int, padding: int) -> None:
    written = numbering.format_number(prefix, number, padding)
    assert numbering.parse_number(written, prefix) == number


def test_overdue_begins_the_day_after() -> None:
    due = date(2026, 2, 28)
    days = [dates.overdue_days(due, due + timedelta(days=n)) for n in (-1, 0, 1, 31)]
    assert days == [0, 0, 1, 31]
    assert dates.overdue_days(None, due) == 0


def test_due_soon_is_today_and_seven_days() -> None:
    today = date(2026, 2, 28)
    found = [n for n in range(-3, 12) if dates.due_soon(today + timedelta(days=n), today)]
    assert found == list(range(8))
    assert not dates.due_soon(None, today)


def test_the_day_is_that_of_the_company() -> None:
    assert dates.local_date(datetime(2026, 1, 1, 4, 59, tzinfo=UTC), BOGOTA) == date(2025, 12, 31)
    assert dates.local_date(datetime(2026, 1, 1, 5, 0, tzinfo=UTC), BOGOTA) == date(2026, 1, 1)
    with pytest.raises(ValueError, match="zone"):
        dates.local_date(datetime(2026, 1, 1), BOGOTA)  # noqa: DTZ001


def test_months_end_where_the_next_begins() -> None:
    assert dates.months_back(date(2026, 3, 2), 4) == [
        (date(2026, 3, 1), date(2026, 3, 2)),
        (date(2026, 2, 1), date(2026, 2, 28)),
        (date(2026, 1, 1), date(2026, 1, 31)),
        (date(2025, 12, 1), date(2025, 12, 31)),
    ]


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_twelve_months_leave_no_day_out(today: date) -> None:
    months = dates.months_back(today, 12)
    days = [
        first + timedelta(days=n) for first, last in months for n in range((last - first).days + 1)
    ]
    assert len(set(days)) == len(days) == (today - months[-1][0]).days + 1
    assert {first.day for first, _ in months} == {1}
    assert {first.month for first, _ in months} == set(range(1, 13))


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (lambda: message_keys.receipt(7, " Ana@X.co "), "receipt:7:ana@x.co"),
        (lambda: message_keys.payment_received(7, "a@x.co"), "payment_received:7:a@x.co"),
        (lambda: message_keys.payment_credited(7, "a@x.co"), "payment_credited:7:a@x.co"),
        (lambda: message_keys.payment_review(7, "a@x.co"), "payment_review:7:a@x.co"),
        (lambda: message_keys.payment_reversed(7, "a@x.co"), "payment_reversed:7:a@x.co"),
        (lambda: message_keys.comment(3, "a@x.co"), "comment:3:a@x.co"),
        (lambda: message_keys.code(5), "code:5"),
        (
            lambda: message_keys.password(5, datetime(2026, 3, 2, 15, 0, 0, 7, tzinfo=UTC)),
            "password:5:2026-03-02T15:00:00.000007+00:00",
        ),
        (lambda: message_keys.invitation(9, 2), "invitation:9:2"),
        (lambda: message_keys.document(4, 1, "a@x.co"), "document:4:1:a@x.co"),
    ],
)
def test_message_keys_stay_as_they_are(key: Callable[[], str], expected: str) -> None:
    assert key() == expected
