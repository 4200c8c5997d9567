"""The settings of a company, one check per field: what a form sends is distrusted."""

import re
import zoneinfo
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache

from babel.core import get_global
from babel.numbers import list_currencies

from clientportal.domain.brand import accent_tokens
from clientportal.domain.errors import Invalid
from clientportal.rendering.texts import LANGUAGES
from clientportal.services import addresses, tax_ids
from clientportal.storage.models import Company

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_ACCENT = re.compile(r"#[0-9a-fA-F]{6}")
_RESERVED_SLUGS = frozenset({"new", "staff", "portal", "api", "files", "auth", "webhooks"})
MAX_CURRENCIES = 10
MAX_RATES = 20
_RATE = re.compile(r"[0-9]{1,3}(\.[0-9]{1,6})?")

Value = str | bool | list[str]


@cache
def currencies() -> frozenset[str]:
    """Every ISO 4217 code that the catalogue of the locale data knows."""
    return frozenset(list_currencies())


@cache
def time_zones() -> frozenset[str]:
    """Every zone of the tz database that is a place."""
    return frozenset(zone for zone in zoneinfo.available_timezones() if "/" in zone) | {"UTC"}


@cache
def countries() -> frozenset[str]:
    """ISO 3166-1 alpha-2 codes."""
    places = get_global("territory_zones")
    return frozenset(code for code in places if len(code) == 2 and code != "ZZ")


def country_of_zone(zone: str) -> str:
    """The country that a time zone lies in, empty for UTC and its like."""
    found = get_global("zone_territories").get(zone, "")
    return found if found in countries() else ""


def slug(value: str) -> str:
    """Raises Invalid("slug_invalid")."""
    value = value.strip().lower()
    if not 2 <= len(value) <= 60 or not _SLUG.fullmatch(value) or value in _RESERVED_SLUGS:
        raise Invalid(code="slug_invalid", field="slug")
    return value


def text(value: Value, field: str, *, longest: int, required: bool = True) -> str:
    """One line of text. Raises Invalid: "required" or "too_long" (longest)."""
    if not isinstance(value, str):
        raise Invalid(field=field)
    line = " ".join(value.split())
    if required and not line:
        raise Invalid(code="required", field=field)
    if len(line) > longest:
        raise Invalid(code="too_long", field=field, longest=longest)
    return line


def _flag(value: Value, field: str) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "on", "1"):
        return True
    if value in ("false", "off", "0", ""):
        return False
    raise Invalid(field=field)


def _chosen(value: Value, field: str, allowed: frozenset[str]) -> str:
    line = text(value, field, longest=60)
    if line not in allowed:
        raise Invalid(code="choice_invalid", field=field, value=line)
    return line


def currency_list(value: Value) -> list[str]:
    """Codes in the order given, each once; the first is the company's usual one.

    Raises Invalid: "required", "currency_unknown" (value) or "too_many_currencies" (most).
    """
    given = value.replace(",", " ").split() if isinstance(value, str) else value
    if not isinstance(given, list) or not given:
        raise Invalid(code="required", field="currencies")
    codes = list(dict.fromkeys(str(code).strip().upper() for code in given))
    for code in codes:
        if code not in currencies():
            raise Invalid(code="currency_unknown", field="currencies", value=code[:10])
    if len(codes) > MAX_CURRENCIES:
        raise Invalid(code="too_many_currencies", field="currencies", most=MAX_CURRENCIES)
    return codes


def tax_rates(value: Value) -> list[str]:
    """The rates that the company charges, in percent as plain text, each once, highest first.

    Written with semicolons or spaces between them, because a comma may be the decimal mark. Nothing
    means that any rate may be written. Raises Invalid: "tax_rates_invalid" (value) or
    "too_many_rates" (most).
    """
    given = re.split(r"[;\s]+|,(?=\s|$)", value) if isinstance(value, str) else value
    if not isinstance(given, list):
        raise Invalid(field="tax_rates")
    found: set[Decimal] = set()
    for part in given:
        plain = part.strip().removesuffix("%").replace(",", ".")
        if not plain:
            continue
        if not _RATE.fullmatch(plain) or Decimal(plain) > 100:
            raise Invalid(code="tax_rates_invalid", field="tax_rates", value=part[:20])
        found.add(Decimal(plain))
    if len(found) > MAX_RATES:
        raise Invalid(code="too_many_rates", field="tax_rates", most=MAX_RATES)
    return [f"{rate.normalize():f}" for rate in sorted(found, reverse=True)]


def _name(company: Company, value: Value) -> None:
    company.name = text(value, "name", longest=200)


def _country(company: Company, value: Value) -> None:
    company.country = _chosen(value, "country", countries())


def _tax_id(company: Company, value: Value) -> None:
    checked = tax_ids.check(
        company.country, company.tax_id_kind, text(value, "tax_id", longest=40, required=False)
    )
    company.tax_id_kind, company.tax_id = checked.kind, checked.text


def _tax_id_kind(company: Company, value: Value) -> None:
    allowed = frozenset(tax_ids.kinds_of(company.country))
    company.tax_id_kind = _chosen(value, "tax_id_kind", allowed) if value else ""


def _accent(company: Company, value: Value) -> None:
    if not isinstance(value, str) or not _ACCENT.fullmatch(value.strip()):
        raise Invalid(code="accent_invalid", field="accent")
    company.accent = value.strip().lower()
    company.accent_tokens = {**accent_tokens(company.accent)}


def _time_zone(company: Company, value: Value) -> None:
    company.time_zone = _chosen(value, "time_zone", time_zones())


def _language(company: Company, value: Value) -> None:
    company.language = _chosen(value, "language", frozenset(LANGUAGES))


def _currencies(company: Company, value: Value) -> None:
    company.currencies = currency_list(value)


def _tax_rates(company: Company, value: Value) -> None:
    company.tax_rates = tax_rates(value)


def _reply_email(company: Company, value: Value) -> None:
    line = text(value, "reply_email", longest=254, required=False)
    company.reply_email = addresses.email(line, field="reply_email") if line else ""


def _allow_partial_payment(company: Company, value: Value) -> None:
    company.allow_partial_payment = _flag(value, "allow_partial_payment")


def _is_test(company: Company, value: Value) -> None:
    company.is_test = _flag(value, "is_test")


def _fallback_channel(company: Company, value: Value) -> None:
    company.fallback_channel = _flag(value, "fallback_channel")


FIELDS: Mapping[str, Callable[[Company, Value], None]] = {
    "name": _name,
    "country": _country,
    "tax_id_kind": _tax_id_kind,
    "tax_id": _tax_id,
    "accent": _accent,
    "time_zone": _time_zone,
    "language": _language,
    "currencies": _currencies,
    "tax_rates": _tax_rates,
    "reply_email": _reply_email,
    "allow_partial_payment": _allow_partial_payment,
    "is_test": _is_test,
    "fallback_channel": _fallback_channel,
}
"""Fields in the order in which they are applied: a tax identification is checked by its country."""


def apply(company: Company, changes: Mapping[str, Value]) -> list[str]:
    """Check and set the given fields; returns the names whose value changed.

    A new country or kind checks the identification that stands, so no wrong one stays. Raises
    Invalid with the field's name, "unknown_field" for a name that is none.
    """
    for name in changes:
        if name not in FIELDS:
            raise Invalid(code="unknown_field", field=name)
    wanted = dict(changes)
    if {"country", "tax_id_kind"} & set(wanted):
        wanted.setdefault("tax_id", company.tax_id)
        if "tax_id_kind" not in wanted and wanted.get("country") != company.country:
            wanted["tax_id_kind"] = ""
    before = {name: getattr(company, name) for name in FIELDS}
    for name, setter in FIELDS.items():
        if name in wanted:
            setter(company, wanted[name])
    return [name for name, value in before.items() if getattr(company, name) != value]
