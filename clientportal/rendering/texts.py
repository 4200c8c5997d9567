"""The catalogue of words: one TOML file per face and language, complete or not loaded."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

FACES = ("shared", "public", "staff", "portal", "mail", "cli")
LANGUAGES = ("es", "en")
PSEUDO = "xx"
"""Test language: every text of the catalogue in brackets, so that a hard-coded word stands out."""

_DIR = Path(__file__).parent.parent / "texts"
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_FILLED = re.compile(r"\{(\w+)\}(\.?)")


def _flat(table: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    out: dict[str, str] = {}
    for name, value in table.items():
        key = f"{prefix}{name}"
        if isinstance(value, dict):
            out |= _flat(value, f"{key}.")
        elif isinstance(value, str):
            out[key] = value
        else:
            raise TypeError(f"{key}: a text is a string")
    return out


@cache
def entries(face: str, lang: str) -> dict[str, str]:
    """All texts of one face in one language, dotted key → text; empty without a file."""
    path = _DIR / f"{face}.{lang}.toml"
    return _flat(tomllib.loads(path.read_text("utf-8"))) if path.exists() else {}


@cache
def face_of() -> dict[str, str]:
    """Key → face over all faces; raises ValueError when two faces hold the same key."""
    out: dict[str, str] = {}
    for face in FACES:
        for key in {**entries(face, "es"), **entries(face, "en")}:
            if key in out:
                raise ValueError(f"{key} stands in {out[key]} and in {face}")
            out[key] = face
    return out


def placeholders(text: str) -> frozenset[str]:
    """Names of the `{name}` placeholders of a text."""
    return frozenset(_PLACEHOLDER.findall(text))


def is_plural(key: str) -> bool:
    """Whether the key has the forms `.one` and `.other` instead of a text of its own."""
    faces = face_of()
    return key not in faces and f"{key}.one" in faces and f"{key}.other" in faces


def forms(key: str) -> tuple[str, ...]:
    """The catalogue keys behind a key: itself or its plural forms; KeyError when unknown."""
    if key in face_of():
        return (key,)
    if is_plural(key):
        return (f"{key}.one", f"{key}.other")
    raise KeyError(key)


def require(key: str) -> str:
    """The face of a key that stands in every language; raises KeyError with what is missing."""
    found = forms(key)
    face = face_of()[found[-1]]
    for form in found:
        for lang in LANGUAGES:
            if form not in entries(face, lang):
                raise KeyError(f"{form} is missing in {face}.{lang}.toml")
    return face


def language(code: str | None, default: str = "es") -> str:
    """`es`, `en` or the pseudo language for any tag such as `en-US`; else the default."""
    if code in LANGUAGES:
        return code
    short = (code or "").lower().replace("_", "-").partition("-")[0]
    return short if short in (*LANGUAGES, PSEUDO) else default


def t(key: str, lang: str, **params: object) -> str:
    """The text of a key in a language with its placeholders filled.

    `n` chooses the plural form. Raises KeyError for an unknown key or a missing parameter.
    """
    code = language(lang)
    source = "es" if code == PSEUDO else code
    if is_plural(key):
        key = f"{key}.{'one' if params['n'] == 1 else 'other'}"
    text = entries(face_of()[key], source)[key]
    filled = _FILLED.sub(lambda match: _said(str(params[match[1]]), match[2]), text)
    return f"⟦{filled}⟧" if code == PSEUDO else filled


def _said(value: str, stop: str) -> str:
    """A name that ends with a full stop (S.A.S.) takes that of its sentence along."""
    return value if value.endswith(".") else value + stop


def error(code: str, lang: str, params: Mapping[str, object]) -> str:
    """The sentence of an error's code, or the bare facts where there is none."""
    try:
        return t(f"errors.{code}", lang, **params)
    except KeyError:
        return f"{code} {dict(params)}"


def wished(chosen: str, accepted: str, otherwise: str) -> str:
    """The language of a visitor: `chosen` (their cookie), then the first known one of `accepted`
    (Accept-Language), then `otherwise`. The pseudo language counts as chosen."""
    wishes = (wish.strip()[:2].lower() for wish in accepted.split(","))
    known = (wish for wish in wishes if wish in LANGUAGES)
    return chosen if chosen in (*LANGUAGES, PSEUDO) else next(known, otherwise)
