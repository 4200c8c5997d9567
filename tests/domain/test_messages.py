"""What may stand in a header, and the pauses between attempts."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientportal.domain import messages as rules
from clientportal.domain.errors import Invalid


@pytest.mark.parametrize(
    "address",
    [
        "alicia@papelera.example",
        "  alicia@papelera.example ",
        "a.b+facturas@sub.papelera.com.co",
        "josé@correo.example",
        "x@xn--caf-dma.example",
        "ñandú@niño.example",
    ],
)
def test_a_plain_address_is_taken_as_it_is(address: str) -> None:
    assert rules.address(address) == address.strip()


@pytest.mark.parametrize(
    "address",
    [
        "",
        "alicia",
        "alicia@papelera",
        "@papelera.example",
        "alicia@papelera.example\nBcc: mallory@evil.example",
        "alicia@papelera.example\r\n\r\nbody",
        "alicia@papelera.example, mallory@evil.example",
        "alicia@papelera.example;mallory@evil.example",
        "Alicia <alicia@papelera.example>",
        '"a b"@papelera.example',
        "alicia@@papelera.example",
        "alicia@papelera..example",
        ".alicia@papelera.example",
        "ali..cia@papelera.example",
        "alicia@[127.0.0.1]",
        "alicia\x00@papelera.example",
        f"{'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.example",
    ],
)
def test_anything_else_is_refused(address: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.address(address)
    assert refused.value.error_code == "email_invalid"


@given(st.text())
def test_what_passes_cannot_end_a_header_or_add_a_recipient(text: str) -> None:
    try:
        found = rules.address(f"alicia{text}@papelera.example")
    except Invalid:
        return
    assert len(found.split()) == 1
    assert not set(found) & set("\r\n\x00,;:<>\"'\\()") - {"'"}
    assert found.count("@") == 1


@given(st.text(max_size=400))
def test_a_header_is_one_short_line(text: str) -> None:
    found = rules.header(text, 300)
    assert len(found.splitlines()) <= 1
    assert len(found) <= 300
    assert rules.header(found, 300) == found.strip()


def test_pauses_grow_from_a_minute_to_four_hours() -> None:
    pauses = [rules.pause(attempt) for attempt in range(rules.MOST_ATTEMPTS)]
    assert pauses[:3] == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == timedelta(hours=4)
