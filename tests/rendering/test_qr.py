"""QR codes hold the text they are made for."""

import xml.etree.ElementTree as ET

import pytest
import segno

from clientportal.rendering.qr import qr_png, qr_svg

LINK = "https://portal.example/d/ñ?a=1&b=<2>"


def test_svg_is_one_scalable_element_without_the_text() -> None:
    root = ET.fromstring(qr_svg(LINK))
    size = segno.make_qr(LINK, error="m").symbol_size(border=4)
    assert root.tag.endswith("svg")
    assert root.attrib["viewBox"] == f"0 0 {size[0]} {size[1]}"
    assert "width" not in root.attrib
    assert "portal" not in qr_svg(LINK)


def test_different_texts_give_different_codes() -> None:
    assert qr_svg(LINK) != qr_svg(LINK + "x")
    assert qr_svg(LINK, border=0) != qr_svg(LINK)


def test_png() -> None:
    assert qr_png(LINK).startswith(b"\x89PNG")
    assert len(qr_png(LINK, scale=20)) > len(qr_png(LINK, scale=2))


def test_too_much_text_is_an_error() -> None:
    with pytest.raises(ValueError, match="too large"):
        qr_svg("x" * 3000)
