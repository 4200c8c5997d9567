"""Documents as PDF (or PNG pages): what the template shows, as finished text."""

from typing import Any

from clientportal.domain.documents import PAYABLE, Kind, Lifecycle
from clientportal.rendering import formats, typesetting
from clientportal.rendering.plain import clean
from clientportal.rendering.qr import qr_svg
from clientportal.rendering.texts import t
from clientportal.rendering.typesetting import typeset
from clientportal.rendering.view import AllocationView, DocumentView, LineView

TEMPLATE = "document.typ"
UNIT_LIMIT = 12
"""A longer unit stands in the second line, or its column would take the width of the text."""
QR_LIMIT = 600
"""Characters of a link that still scan from paper at this size."""
_MASCULINE = frozenset({Kind.ADVANCE, Kind.CASH_RECEIPT})
_GENDERED = frozenset({"void", "partly_applied", "applied"})


def render_pdf(view: DocumentView) -> bytes:
    """Give the PDF of a document. Takes 50-700 ms of CPU: call it in a thread."""
    [pdf] = typeset(TEMPLATE, _data(view), "pdf", len(view.lines))
    return pdf


def render_png(view: DocumentView, ppi: float = 96) -> list[bytes]:
    """Give the pages of the same PDF as PNG images."""
    return typeset(TEMPLATE, _data(view), "png", len(view.lines), ppi)


def file_name(view: DocumentView) -> str:
    """Give a name for the download, safe on every system: `Factura FE-20844.pdf`."""
    words = t("pdf.file", view.language, kind=_kind(view), number=_number(view))
    return typesetting.safe_name(words)


def _kind(view: DocumentView) -> str:
    return t(f"pdf.kind.{view.kind}", view.language)


def _number(view: DocumentView) -> str:
    return view.number or t("pdf.draft", view.language)


def _gender(view: DocumentView, key: str) -> str:
    return f"{key}_m" if view.kind in _MASCULINE else key


def _data(view: DocumentView) -> dict[str, Any]:
    """Everything that the template shows, as finished text."""
    decimals = _decimals(view)
    stamp = {Lifecycle.DRAFT: "draft", Lifecycle.VOID: _gender(view, "void")}.get(view.lifecycle)
    link = view.fiscal_url or view.portal_url
    return {
        "paper": view.paper,
        "language": view.language,
        "accent": typesetting.accent(view.accent),
        "title": clean(f"{_kind(view)} {_number(view)}"),
        "kind": _kind(view),
        "number": clean(_number(view)),
        "stamp": t(f"pdf.{stamp}", view.language) if stamp else "",
        "company": typesetting.party(view.company),
        "customer": typesetting.party(view.customer),
        "logo": typesetting.logo(view.logo),
        "facts": [[clean(name), clean(value)] for name, value in _facts(view)],
        "headline": _headline(view),
        "lines": [_line(view, line, decimals) for line in view.lines],
        "totals": _totals(view, decimals),
        "allocations": [_allocation(view, row, decimals) for row in view.allocations],
        "notes": [clean(part) for part in view.notes.splitlines() if clean(part)],
        "fiscal": [clean(view.fiscal_label), clean(view.fiscal_code)],
        "link": clean(link),
        "qr": qr_svg(clean(link), border=0) if 0 < len(link) <= QR_LIMIT else "",
        "words": _words(view),
    }


def _decimals(view: DocumentView) -> int:
    amounts = (view.total_minor, view.balance_minor, view.subtotal_minor)
    amounts += tuple(line.amount_minor for line in view.lines)
    amounts += tuple(minor for tax in view.taxes for minor in (tax.base_minor, tax.amount_minor))
    amounts += tuple(row.amount_minor for row in view.allocations)
    return formats.decimals_of(amounts, view.currency)


def _facts(view: DocumentView) -> list[tuple[str, str]]:
    lang = view.language
    dates = [(_gender(view, "issued_on"), view.issued_on), ("due_on", view.due_on)]
    rows = [(name, formats.date(day, lang, "medium")) for name, day in dates if day]
    rows += [
        ("account_code", view.account_code),
        ("method", view.method),
        ("payment_reference", view.payment_reference),
        ("concerns", view.concerns),
        ("reason", view.reason),
    ]
    return [(t(f"pdf.{name}", lang), value) for name, value in rows if value]


def _headline(view: DocumentView) -> dict[str, str]:
    """The figure that the reader looks for first: what is owed, or what is still available."""
    lang, owed = view.language, view.balance_minor
    if view.kind in PAYABLE:
        label = "to_pay" if owed else "settled"
        shown = owed or view.total_minor
    else:
        label = "received" if view.kind is Kind.CASH_RECEIPT else "total"
        shown = view.total_minor
    detail = ""
    if view.kind in PAYABLE and owed and view.due_on:
        word = "overdue" if view.due_on < view.as_of else "due"
        detail = t(f"pdf.{word}", lang, date=formats.date(view.due_on, lang))
    return {
        "label": t(f"pdf.{label}", lang),
        "currency": view.currency,
        "figure": formats.figure(shown, view.currency, lang),
        "detail": detail,
        "status": _status(view),
        "tone": view.badge.tone if view.badge else "plain",
    }


def _status(view: DocumentView) -> str:
    if view.badge is None:
        return ""
    code = view.badge.code
    word = t(f"pdf.status.{_gender(view, code) if code in _GENDERED else code}", view.language)
    percent = view.badge.params.get("percent")
    gap = formats.NBSP if view.language == "es" else ""
    return f"{word} · {percent}{gap}%" if percent else word


def _line(view: DocumentView, line: LineView, decimals: int) -> dict[str, str]:
    lang = view.language
    unit, detail = clean(line.unit), clean(line.detail)
    if len(unit) > UNIT_LIMIT:
        unit, detail = "", f"{unit} · {detail}".strip(" ·")
    return {
        "description": clean(line.description),
        "detail": detail,
        "quantity": f"{formats.quantity(line.quantity, lang)} {unit}".strip(),
        "unit_price": formats.unit_price(line.unit_price, view.currency, lang),
        "tax": "" if line.tax_rate is None else formats.percent(line.tax_rate, lang),
        "amount": formats.figure(line.amount_minor, view.currency, lang, decimals),
    }


def _totals(view: DocumentView, decimals: int) -> dict[str, Any]:
    lang, currency = view.language, view.currency

    def shown(minor: int) -> str:
        return formats.figure(minor, currency, lang, decimals)

    before = [(t("pdf.subtotal", lang), shown(view.subtotal_minor))] if view.lines else []
    for tax in view.taxes:
        rate = formats.percent(tax.rate, lang)
        base = shown(tax.base_minor)
        name = t("pdf.tax_line", lang, name=clean(tax.name), rate=rate, base=base)
        before.append((name, shown(tax.amount_minor)))
    used = view.total_minor - view.balance_minor
    payable = view.kind in PAYABLE
    after: list[tuple[str, str]] = []
    if view.lifecycle is Lifecycle.ISSUED and (used or not payable):
        rest = f"{t('pdf.balance' if payable else 'pdf.available', lang)} "
        rest += t("pdf.as_of", lang, date=formats.date(view.as_of, lang, "medium"))
        after = [
            (t("pdf.paid" if payable else "pdf.applied", lang), shown(used)),
            (rest, shown(view.balance_minor)),
        ]
    return {
        "before": before,
        "label": t("pdf.received" if view.kind is Kind.CASH_RECEIPT else "pdf.total", lang),
        "currency": currency,
        "total": shown(view.total_minor),
        "after": after,
    }


def _allocation(view: DocumentView, row: AllocationView, decimals: int) -> list[str]:
    lang = view.language
    return [
        clean(f"{t(f'pdf.kind.{row.kind}', lang)} {row.number}"),
        formats.date(row.on, lang, "medium"),
        formats.figure(row.amount_minor, view.currency, lang, decimals),
    ]


def _words(view: DocumentView) -> dict[str, str]:
    lang = view.language
    names = ("to", "description", "quantity", "unit_price", "tax", "amount", "document", "date")
    words = {name: t(f"pdf.{name}", lang) for name in (*names, "notes")}
    payable = view.kind in PAYABLE
    words["allocations"] = t(f"pdf.allocations_{'in' if payable else 'out'}", lang)
    words["page"] = t("pdf.page", lang, page="{page}", pages="{pages}")
    link = "verify" if view.fiscal_url else "online"
    words["link_help"] = t(f"pdf.{link}_help", lang)
    pays = link == "online" and payable and view.balance_minor > 0
    words["link"] = t("pdf.online_pay" if pays else f"pdf.{link}", lang)
    return words
