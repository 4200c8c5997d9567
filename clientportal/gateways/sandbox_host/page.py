"""The hosted checkout page: plain HTML, no script, phone first, Spanish and English."""

import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from html import escape
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from babel.dates import format_datetime
from babel.numbers import format_decimal, get_currency_precision

from clientportal.gateways.sandbox_host.behaviour import Behaviour
from clientportal.gateways.sandbox_host.store import Row

FOLDER = Path(__file__).parent
MOST_NOTICES = 20
"""Copies of a notification that a payer may ask for; the API, which takes a key, gives more."""
NUMBERS = {"notify": MOST_NOTICES, "delay_s": 5_000, "approve_after_s": 5_000}
"""Switches that are numbers, with the most that their fields take."""
CHECKS = (
    "out_of_order",
    "tampered",
    "wrong_amount",
    "wrong_currency",
    "unknown_reference",
    "other_environment",
)
_LOCALES = {"es": "es_CO", "en": "en_US"}


@cache
def _words() -> dict[str, dict[str, str]]:
    return tomllib.loads((FOLDER / "words.toml").read_text("utf-8"))


def words(language: str) -> Mapping[str, str]:
    """Give the words of a language; Spanish for one that we do not have."""
    return _words().get(language, _words()["es"])


def switches(form: Mapping[str, object], now: Behaviour) -> dict[str, object]:
    """Read the behaviour switches of the posted form; raises ValueError for what does not fit.

    A form without them (a bare outcome) leaves the charge as it is, which is `now`.
    """
    if "notify" not in form:
        return {}
    values: dict[str, object] = {name: bool(form.get(name)) for name in CHECKS}
    values["notify"] = int(str(form["notify"]))
    if values["notify"] > _most("notify", now):
        raise ValueError("behaviour.notify")
    for name in ("delay_s", "approve_after_s"):
        if name in form:
            values[name] = float(str(form[name]))
    values["query_fault"] = str(form.get("query_fault", ""))
    return values


def _most(name: str, now: Behaviour) -> float:
    """What the field of a number takes: its limit, or more that the shop itself has set."""
    return max(NUMBERS[name], getattr(now, name))


def back_url(charge: Row, outcome: str, payment: Row | None) -> str:
    """Give the shop's return URL with our hints, keeping what its query already holds."""
    parts = urlsplit(charge["return_url"])
    hints = {"charge": charge["id"], "reference": charge["reference"], "outcome": outcome}
    if payment:
        hints |= {"payment": payment["id"], "outcome": payment["status"]}
    query = [*parse_qsl(parts.query, keep_blank_values=True), *hints.items()]
    return urlunsplit(parts._replace(query=urlencode(query)))


def checkout(charge: Row, language: str, payment: Row | None, now: float) -> str:
    """Give the page of a charge: the choice of outcomes, or how it has already ended."""
    word = words(language)
    company = escape(charge["company_name"] or word["shop"])
    leave = escape(back_url(charge, "left", payment), quote=True)
    back = f'<a class="button" href="{leave}">{word["back"].format(company=company)}</a>'
    if payment:
        body = f'<p class="state">{word["done_" + payment["status"]]}</p>{back}'
    elif charge["expires_at"] is not None and charge["expires_at"] <= now:
        told = f'<p class="state">{word["expired"]}</p><p class="help">{word["expired_help"]}</p>'
        body = told + back
    else:
        body = _choices(charge, language)
    return _page(language, _slip(charge, language) + f'<div class="down">{body}</div></section>')


def not_found(language: str) -> str:
    """Give the page of a link that names no charge."""
    word = words(language)
    text = f'<h1 class="state">{word["unknown"]}</h1><p class="help">{word["unknown_help"]}</p>'
    return _page(language, f'<section class="slip"><div class="up">{text}</div></section>')


def _amount(charge: Row, language: str) -> str:
    digits = get_currency_precision(charge["currency"])
    whole = charge["amount_minor"] % 10**digits == 0 and charge["currency"] in {"COP", "CRC"}
    pattern = "#,##0" + ("" if whole or not digits else "." + "0" * digits)
    return format_decimal(
        f"{charge['amount_minor']}e-{digits}", pattern, locale=_LOCALES.get(language, "es_CO")
    )


def _slip(charge: Row, language: str) -> str:
    word = words(language)
    rows = [(word["reference"], charge["reference"]), (word["payer"], charge["payer_name"])]
    if charge["expires_at"] is not None:
        at = datetime.fromtimestamp(charge["expires_at"], UTC)
        shown = format_datetime(at, "d MMM y, HH:mm 'UTC'", locale=_LOCALES.get(language, "es_CO"))
        rows.append((word["expires"], shown))
    facts = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in rows if v)
    shop = escape(charge["company_name"] or word["shop"])
    currency = escape(charge["currency"])
    return (
        f'<section class="slip"><div class="up"><h1>{word["pay_to"]}'
        f' <b class="shop">{shop}</b></h1>'
        f'<p class="total" data-testid="sandbox-total"><small>{currency}</small>'
        f"{_amount(charge, language)}</p><dl>{facts}</dl></div><div class=tear></div>"
    )


def _choices(charge: Row, language: str) -> str:
    word = words(language)
    amount = f"{escape(charge['currency'])} {_amount(charge, language)}"
    buttons = "".join(
        f'<button class="{style}" name="outcome" value="{value}" data-testid="sandbox-{value}">'
        f"{word[value].format(amount=amount)}</button>"
        for value, style in (
            ("approve", "main"),
            ("decline", "no"),
            ("pending", ""),
            ("leave", "quiet"),
        )
    )
    return (
        f'<h2>{word["choose"]}</h2><form method="post" id="pay">{buttons}</form>'
        f"{_advanced(Behaviour.load(charge['behaviour']), word)}"
    )


def _advanced(behaviour: Behaviour, word: Mapping[str, str]) -> str:
    numbers = "".join(
        f'<label>{word[name]}<input type="number" form="pay" name="{name}" min="0"'
        f' max="{_most(name, behaviour):g}" value="{getattr(behaviour, name):g}"'
        f' inputmode="numeric"></label>'
        for name in NUMBERS
    )
    checks = "".join(
        f'<label>{word[name]}<input type="checkbox" form="pay" name="{name}" value="1"'
        f"{' checked' if getattr(behaviour, name) else ''}></label>"
        for name in CHECKS
    )
    faults = "".join(
        f'<option value="{value}"{" selected" if value == behaviour.query_fault else ""}>'
        f"{word['fault_' + (value or 'none')]}</option>"
        for value in ("", "error", "timeout")
    )
    return (
        f"<details><summary>{word['advanced']}</summary><p>{word['advanced_help']}</p>"
        f'<div class="switches">{numbers}<label>{word["query_fault"]}'
        f'<select form="pay" name="query_fault">{faults}</select></label>{checks}</div></details>'
    )


def _page(language: str, body: str) -> str:
    word = words(language)
    other = "en" if language == "es" else "es"
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta name="robots" content="noindex"><title>{word["title"]}</title>'
        '<link rel="icon" href="data:,"><link rel="stylesheet" href="../checkout.css"></head><body>'
        f'<p class="test">{word["test"]}</p><main>'
        f'<a class="lang" href="?lang={other}" lang="{other}">{word["language"]}</a>'
        f"{body}</main></body></html>"
    )
