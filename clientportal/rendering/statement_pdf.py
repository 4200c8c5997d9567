"""Statements of account as PDF (or PNG pages): what the template shows, as finished text."""

from datetime import date
from typing import Any

from clientportal.domain.ageing import BUCKETS
from clientportal.domain.documents import PAYABLE
from clientportal.domain.statement import CurrencyStatement, Line, Movement
from clientportal.rendering import formats, typesetting
from clientportal.rendering.plain import clean
from clientportal.rendering.texts import t
from clientportal.rendering.typesetting import typeset
from clientportal.rendering.view import StatementView

TEMPLATE = "statement.typ"
MOST_LINES = 1_000
"""Movements of one PDF: setting so many takes 0.7 s and some 200 MB (measured, typesetting)."""
AGE_WORDS = dict(zip(BUCKETS, ("current", "d1_30", "d31_60", "d61_90", "d90"), strict=True))
"""Bucket → the key of its word below `ageing.`."""


def render_pdf(view: StatementView) -> bytes:
    """The PDF of a statement. Takes up to a second of CPU: call it in a thread."""
    [pdf] = typeset(TEMPLATE, _data(view), "pdf", _lines(view))
    return pdf


def render_png(view: StatementView, ppi: float = 96) -> list[bytes]:
    """The pages of the same PDF as PNG images."""
    return typeset(TEMPLATE, _data(view), "png", _lines(view), ppi)


def file_name(view: StatementView) -> str:
    """A name for the download: `Estado de cuenta Tienda Sol 2026-01-01 2026-03-31.pdf`."""
    return f"{file_stem(view.language, view.customer.name, view.since, view.until)}.pdf"


def file_stem(lang: str, name: str, since: date | None, until: date) -> str:
    """The name of a statement's file without its extension, safe on every system."""
    days = f"{since.isoformat()} {until.isoformat()}" if since else until.isoformat()
    words = f"{t('statement.title', lang)} {name[:60]} {days}"
    return typesetting.safe_name(words).removesuffix(".pdf")


def period_words(since: date | None, until: date, lang: str) -> str:
    """The days of a period in words."""
    end = formats.date(until, lang, "medium")
    if since is None:
        return t("statement.pdf.until", lang, date=end)
    return f"{formats.date(since, lang, 'medium')} – {end}"


def _lines(view: StatementView) -> int:
    return sum(len(one.lines) for one in view.currencies)


def _data(view: StatementView) -> dict[str, Any]:
    lang = view.language
    title = t("statement.title", lang)
    names = ("col_date", "col_document", "col_charge", "col_credit", "col_balance", "empty")
    facts = [
        (t("pdf.account_code", lang), view.account_code),
        (t("statement.pdf.made_on", lang), formats.date(view.made_on, lang, "medium")),
    ]
    return {
        "paper": view.paper,
        "language": lang,
        "accent": typesetting.accent(view.accent),
        "title": clean(f"{title} · {view.customer.name}"),
        "kind": title,
        "period": period_words(view.since, view.until, lang),
        "stamp": "",
        "company": typesetting.party(view.company),
        "customer": typesetting.party(view.customer),
        "logo": typesetting.logo(view.logo),
        "facts": [[clean(name), clean(value)] for name, value in facts if value],
        "headlines": [_headline(view, one) for one in view.currencies],
        "currencies": [_currency(view, one) for one in view.currencies],
        "words": {name: t(f"statement.{name}", lang) for name in names}
        | {
            "to": t("pdf.to", lang),
            "page": t("pdf.page", lang, page="{page}", pages="{pages}"),
            "ageing": t(
                "statement.pdf.ageing", lang, date=formats.date(view.until, lang, "medium")
            ),
        },
    }


def _headline(view: StatementView, one: CurrencyStatement) -> dict[str, str]:
    lang = view.language
    label = "owed" if one.closing_minor >= 0 else "in_favour"
    until = formats.date(view.until, lang, "medium")
    return {
        "label": t(f"statement.pdf.{label}", lang, date=until),
        "currency": one.currency,
        "figure": formats.figure(abs(one.closing_minor), one.currency, lang),
        "detail": _closing_detail(one, lang) if one.available_minor and one.owed_minor else "",
    }


def _closing_detail(one: CurrencyStatement, lang: str) -> str:
    owed = formats.figure(one.owed_minor, one.currency, lang)
    credit = formats.figure(one.available_minor, one.currency, lang)
    return t("statement.made_of", lang, owed=owed, credit=credit)


def _currency(view: StatementView, one: CurrencyStatement) -> dict[str, Any]:
    lang, decimals = view.language, _decimals(one)

    def shown(minor: int) -> str:
        return formats.figure(minor, one.currency, lang, decimals)

    opens = view.since is not None
    ages = [
        [t(f"ageing.{AGE_WORDS[bucket]}", lang), shown(minor) if minor else "—", minor]
        for bucket, minor in one.ageing.items()
    ]
    notes = []
    if one.disputed_minor:
        notes.append(t("statement.disputed", lang, amount=shown(one.disputed_minor)))
    return {
        "currency": one.currency,
        "opening": [t("statement.opening", lang), shown(one.opening_minor)] if opens else [],
        "lines": [_line(line, shown, lang) for line in one.lines],
        "charges": [t("statement.charges", lang), shown(one.charges_minor)],
        "credits": [t("statement.credits", lang), shown(one.credits_minor)],
        "closing": [t("statement.closing", lang), shown(one.closing_minor)],
        "ageing": ages if one.owed_minor else [],
        "notes": notes,
    }


def _decimals(one: CurrencyStatement) -> int:
    amounts = (one.opening_minor, one.owed_minor, one.available_minor, *one.ageing.values())
    amounts += tuple(line.change_minor for line in one.lines)
    return formats.decimals_of(amounts, one.currency)


def _line(line: Line, shown: Any, lang: str) -> list[str]:
    """Day, document, what happened to it, charge, credit, balance."""
    return [
        formats.date(line.on, lang, "medium"),
        clean(f"{t(f'kind.{line.kind}', lang)} {line.number}"),
        detail_of(line, lang),
        shown(line.change_minor) if line.change_minor > 0 else "",
        shown(-line.change_minor) if line.change_minor < 0 else "",
        shown(line.balance_minor),
    ]


def detail_of(line: Line, lang: str) -> str:
    """What a line tells beside its document: when an invoice falls due, or what happened."""
    if line.movement is not Movement.ISSUED:
        return t(f"statement.movement.{line.movement}", lang)
    if line.kind not in PAYABLE or line.due_on is None:
        return ""
    return t("statement.due", lang, date=formats.date(line.due_on, lang, "medium"))
