"""Tax identifications by country, checked with python-stdnum (issue item 4)."""

import re
import string
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from stdnum import get_cc_module
from stdnum.exceptions import InvalidChecksum, InvalidFormat, InvalidLength, ValidationError

from clientportal.domain.errors import Invalid

KINDS: dict[str, tuple[str, ...]] = {
    "AR": ("cuit", "dni"),
    "BO": ("nit",),
    "BR": ("cnpj", "cpf"),
    "CL": ("rut",),
    "CO": ("nit", "cc", "ce"),
    "CR": ("cpj", "cpf"),
    "DO": ("rnc", "cedula"),
    "EC": ("ruc", "ci"),
    "ES": ("nif",),
    "GT": ("nit",),
    "MX": ("rfc",),
    "PE": ("ruc", "dni"),
    "PY": ("ruc",),
    "SV": ("nit",),
    "US": ("ein",),
    "UY": ("rut",),
    "VE": ("rif",),
}
"""Kinds that a country knows, its usual one first."""

OTHER = ("passport", "other")
"""Kinds that every country accepts and that no algorithm can check."""

_UNCHECKED = frozenset({("CO", "cc"), ("CO", "ce"), ("PE", "dni"), ("BO", "nit")})
_SEPARATORS = re.compile(r"[\s.,\-/_]+")
_PLAIN = re.compile(r"[0-9A-Z&Ñ]{4,30}")
_DIGITS = string.digits
_ALPHABET = string.digits + string.ascii_uppercase


@dataclass(frozen=True, slots=True)
class TaxId:
    """A checked identification: `text` as people write it, `norm` to compare."""

    kind: str
    text: str
    norm: str


NO_TAX_ID = TaxId("", "", "")


def kinds_of(country: str) -> tuple[str, ...]:
    """The kinds to offer for a country (ISO 3166-1 alpha-2, or a text that is none)."""
    return (*KINDS.get(country, ()), *OTHER)


def label(kind: str) -> str:
    """A kind as it is written on paper; these names are the same in every language."""
    return "ID" if kind in OTHER else kind.upper()


def check(country: str, kind: str, text: str, *, field: str = "tax_id") -> TaxId:
    """Check and normalise an identification; an empty text is no identification.

    An empty kind means the country's usual one. Raises Invalid: "tax_id_kind", "tax_id_length"
    (kind), "tax_id_format" (kind), "tax_id_digit" (kind, expected) or "tax_id_wrong" (kind).
    """
    text = text.strip()
    if not text:
        return NO_TAX_ID
    kind = kind or KINDS.get(country, ("other",))[0]
    if kind not in kinds_of(country):
        raise Invalid(code="tax_id_kind", field="tax_id_kind", kind=label(kind), country=country)
    module = _module(country, kind)
    norm = _SEPARATORS.sub("", text).upper()
    if module is None:
        if not _PLAIN.fullmatch(norm):
            raise Invalid(code="tax_id_format", field=field, kind=label(kind))
        return TaxId(kind, text, norm)
    _refuse_missing_digit(country, kind, text, norm, field)
    norm = _validated(module, kind, norm, field)
    return TaxId(kind, _written(module, norm), norm)


def guess(country: str, text: str, *, field: str = "tax_id") -> TaxId:
    """Check an identification of unknown kind (a file): the usual kind first, then others.

    A written check digit, or digits that only a company can have, are held to the usual kind.
    Raises Invalid as `check` does for that one.
    """
    try:
        return check(country, "", text, field=field)
    except Invalid:
        norm = _SEPARATORS.sub("", text)
        company = "-" in text or (country == "CO" and len(norm) >= 9 and norm[0] in "89")
        personal = [kind for kind in KINDS.get(country, ())[1:] if kind != "ce"]
        if company or not personal or not norm.isdigit():
            raise
        return check(country, personal[0], text, field=field)


def comparable(country: str, text: str) -> frozenset[str]:
    """Every form under which an identification out of a file may be stored, to look it up.

    With and without the country in front, and a Colombian NIT with its check digit.
    """
    plain = _SEPARATORS.sub("", text).upper()
    if not plain:
        return frozenset()
    found = {plain}
    if country and plain.startswith(country) and len(plain) > len(country) + 3:
        found.add(plain[len(country) :])
    if country == "CO" and re.fullmatch("[0-9]{9}", plain):
        nit = _module("CO", "nit")
        found.add(f"{plain}{nit.calc_check_digit(plain)}")
    with suppress(Invalid):
        found.add(guess(country, text).norm)
    return frozenset(found)


def _module(country: str, kind: str) -> Any:
    if kind in OTHER or (country, kind) in _UNCHECKED:
        return None
    return get_cc_module(country, kind)


def _refuse_missing_digit(country: str, kind: str, text: str, norm: str, field: str) -> None:
    # A Colombian company has nine digits and a tenth to check; people often leave the tenth out,
    # and nine digits would be read as eight and a wrong check digit.
    if (country, kind) != ("CO", "nit") or "-" in text:
        return
    if len(norm) == 9 and norm.isdigit() and norm[0] in "89":
        module = _module(country, kind)
        assert module is not None
        expected = module.calc_check_digit(norm)
        raise Invalid(code="tax_id_digit_missing", field=field, kind=label(kind), expected=expected)


def _validated(module: Any, kind: str, norm: str, field: str) -> str:
    try:
        return str(module.validate(norm))
    except InvalidChecksum as error:
        expected = _expected(module, norm)
        if expected is None:
            raise Invalid(code="tax_id_wrong", field=field, kind=label(kind)) from error
        raise Invalid(
            code="tax_id_digit", field=field, kind=label(kind), expected=expected
        ) from error
    except InvalidLength as error:
        raise Invalid(code="tax_id_length", field=field, kind=label(kind)) from error
    except InvalidFormat as error:
        raise Invalid(code="tax_id_format", field=field, kind=label(kind)) from error
    except ValidationError as error:
        raise Invalid(code="tax_id_wrong", field=field, kind=label(kind)) from error


def _expected(module: Any, norm: str) -> str | None:
    """The check character (or two digits) that would make the number right, if exactly one does."""
    endings: tuple[Iterable[str], ...] = (
        _ALPHABET,
        (a + b for a in _DIGITS for b in _DIGITS),
    )
    for candidates in endings:
        fitting = [end for end in candidates if module.is_valid(norm[: -len(end)] + end)]
        if len(fitting) == 1:
            return fitting[0]
    return None


def _written(module: Any, norm: str) -> str:
    write = getattr(module, "format", None)
    return str(write(norm)) if write else norm
