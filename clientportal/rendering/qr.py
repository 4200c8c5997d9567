"""QR codes as SVG or PNG; dark modules only, with the quiet zone that scanners need."""

import io

import segno


def _code(text: str) -> segno.QRCode:
    # Level M survives a crumpled print; boost_error stays on, it costs no size.
    return segno.make_qr(text, error="m")


def qr_svg(text: str, border: int = 4) -> str:
    """Give an SVG element that scales to its box, with `border` modules of quiet zone.

    Raises ValueError (DataOverflowError) for more than 2,331 bytes.
    """
    out = io.BytesIO()
    _code(text).save(out, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=border)
    return out.getvalue().decode()


def qr_png(text: str, scale: int = 8) -> bytes:
    """Give a PNG on white, `scale` pixels per module. Raises ValueError for too much text."""
    out = io.BytesIO()
    _code(text).save(out, kind="png", scale=scale, light="white", border=4)
    return out.getvalue()
