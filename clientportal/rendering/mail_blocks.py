"""The parts of an e-mail, each written once as HTML and once as text, so both say the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Heading:
    """The sentence that says what has happened."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph of plain text; `quiet` for what may be skipped."""

    text: str
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """The headline amount, its currency before it."""

    label: str
    currency: str
    figure: str


@dataclass(frozen=True, slots=True)
class Code:
    """A sign-in code, easy to read and to copy."""

    code: str


@dataclass(frozen=True, slots=True)
class Row:
    """Name at left, value at right, a quiet second line below the name."""

    name: str
    value: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """A list of rows; `total` is a final total and double-ruled (looks.md §1)."""

    rows: Sequence[Row]
    total: Row | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """What a person wrote, with their own line breaks."""

    text: str
    author: str


@dataclass(frozen=True, slots=True)
class Button:
    """The one main action."""

    text: str
    url: str


Block: TypeAlias = Heading | Paragraph | Figure | Code | Rows | Quote | Button

_LINE = "border-bottom:1px solid #e2e2de;"
_CELL = "padding:10px 0;font-size:15px;line-height:22px;vertical-align:top;"


def to_html(block: Block, accent: Mapping[str, str]) -> str:
    """Give a block as table rows of the frame; every value is escaped here and nowhere else."""
    return f'<tr><td style="padding:0 24px 16px">{_inner(block, accent)}</td></tr>'


def _inner(block: Block, accent: Mapping[str, str]) -> str:
    match block:
        case Heading(text):
            style = "margin:0;font-size:22px;line-height:28px;font-weight:600;color:#14242a"
            return f'<h1 class="ink" style="{style}">{escape(text)}</h1>'
        case Paragraph(text, quiet):
            colour, name, size = ("#606d71", "ink3", 14) if quiet else ("#14242a", "ink", 16)
            style = f"margin:0;font-size:{size}px;line-height:{size + 8}px;color:{colour}"
            return f'<p class="{name}" style="{style}">{_lines(text)}</p>'
        case Figure():
            return _figure(block)
        case Code(code):
            style = (
                "display:inline-block;padding:12px 20px;border:1px solid #cacdc8;"
                "border-radius:10px;"
                "font-size:32px;line-height:40px;font-weight:600;letter-spacing:6px;color:#14242a;"
                "font-variant-numeric:tabular-nums"
            )
            return f'<span class="ink edge" style="{style}">{escape(code)}</span>'
        case Rows():
            return _rows(block)
        case Quote():
            return _quote(block)
        case Button(text, url):
            return _button(text, url, accent)


def _lines(text: str) -> str:
    return "<br>".join(escape(line) for line in text.splitlines())


def _figure(block: Figure) -> str:
    return (
        f'<div class="ink2" style="font-size:14px;line-height:20px;color:#455459">'
        f"{escape(block.label)}</div>"
        '<div class="ink" style="font-size:32px;line-height:40px;font-weight:600;color:#14242a;'
        'white-space:nowrap;font-variant-numeric:tabular-nums">'
        '<span class="ink3" style="font-size:16px;font-weight:500;color:#606d71">'
        f"{escape(block.currency)}</span> {escape(block.figure)}</div>"
    )


def _row(row: Row, line: str, weight: int) -> str:
    detail = ""
    if row.detail:
        style = "font-size:13px;line-height:18px;font-weight:400;color:#606d71"
        detail = f'<br><span class="ink3" style="{style}">{escape(row.detail)}</span>'
    name = f'<td class="ink line" style="{_CELL}{line}font-weight:{weight};color:#14242a">'
    value = (
        f'<td class="ink line" align="right" style="{_CELL}{line}padding-left:16px;color:#14242a;'
        f'white-space:nowrap;font-weight:{weight};font-variant-numeric:tabular-nums">'
    )
    return f"<tr>{name}{escape(row.name)}{detail}</td>{value}{escape(row.value)}</td></tr>"


def _rows(block: Rows) -> str:
    body = "".join(_row(row, _LINE, 400) for row in block.rows)
    if block.total:
        name, value = escape(block.total.name), escape(block.total.value)
        body += (
            f'<tr><td class="ink" style="{_CELL}font-weight:600;color:#14242a">{name}</td>'
            f'<td align="right" style="{_CELL}padding-left:16px;white-space:nowrap">'
            '<span class="ink rule" style="display:inline-block;border-bottom:3px double #14242a;'
            "padding-bottom:2px;font-weight:600;color:#14242a;font-variant-numeric:tabular-nums"
            f'">{value}</span></td></tr>'
        )
    return (
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">'
        f"{body}</table>"
    )


def _quote(block: Quote) -> str:
    style = (
        "padding:14px 16px;border:1px solid #e2e2de;border-radius:10px;background:#f7f7f4;"
        "font-size:16px;line-height:24px;color:#14242a;overflow-wrap:anywhere"
    )
    below = "font-size:13px;line-height:18px;color:#606d71;margin-top:6px"
    author = f'<div class="ink3" style="{below}">{escape(block.author)}</div>'
    return f'<div class="ink well" style="{style}">{_lines(block.text)}</div>{author}'


def _button(text: str, url: str, accent: Mapping[str, str]) -> str:
    solid, label = accent["accent-solid"], accent["on-accent"]
    style = (
        f"display:inline-block;padding:12px 20px;border-radius:9px;background:{solid};"
        f"color:{label};font-size:16px;line-height:24px;font-weight:500;text-decoration:none"
    )
    return (
        '<table role="presentation" cellpadding="0" cellspacing="0" border="0"><tr>'
        f'<td class="solid" bgcolor="{solid}" style="border-radius:9px">'
        f'<a class="solid" href="{escape(url, quote=True)}" style="{style}">{escape(text)}</a>'
        "</td></tr></table>"
    )


def to_text(block: Block) -> str:
    """Give a block as plain text, with the same facts."""
    match block:
        case Heading(text) | Paragraph(text, _):
            return text
        case Figure(label, currency, figure):
            return f"{label}: {currency} {figure}"
        case Code(code):
            return code
        case Rows(rows, total):
            lines = [f"{r.name}: {r.value}" + (f" ({r.detail})" if r.detail else "") for r in rows]
            return "\n".join([*lines, f"{total.name}: {total.value}"] if total else lines)
        case Quote(text, author):
            return "\n".join(f"> {line}" for line in text.splitlines()) + f"\n{author}"
        case Button(text, url):
            return f"{text}: {url}"
