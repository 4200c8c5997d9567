"""E-mails in the recipient's language: a list of blocks per kind, rendered as HTML and as text."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from html import escape
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import urlsplit

from clientportal.domain import brand
from clientportal.rendering.mail_blocks import to_html, to_text
from clientportal.rendering.mail_kinds import COMMON, KINDS, Content, MailVariablesWrong, Words
from clientportal.rendering.plain import clean
from clientportal.rendering.texts import language as known_language

HOUSE_ACCENT = "#0f5f68"
SUBJECT_LIMIT = 150
_PADDING = "&#847;&zwnj;&nbsp;" * 40
_TEMPLATE = Path(__file__).parent / "templates" / "mail.html"


@dataclass(frozen=True, slots=True)
class Mail:
    """A finished e-mail. `subject` is one line without control characters."""

    subject: str
    html: str
    text: str


def render(kind: str, language: str, variables: Mapping[str, Any]) -> Mail:
    """Give the e-mail of a kind; variables are JSON-safe (minor units, ISO dates, URLs).

    Raises MailVariablesWrong for an unknown kind, a missing or unknown variable, a link that is
    not http(s). Every value is text, never markup.
    """
    if kind not in KINDS:
        raise MailVariablesWrong(f"kind {kind}")
    needed, optional, build = KINDS[kind]
    missing, unknown = needed - variables.keys(), variables.keys() - needed - optional - COMMON
    if missing or unknown:
        raise MailVariablesWrong(f"{kind}: missing {sorted(missing)}, unknown {sorted(unknown)}")
    for name in ("link", "company_logo_url"):
        _check_url(str(variables.get(name) or "https://"), name)
    lang = known_language(language)
    words = Words(kind, lang, variables)
    return _assemble(build(words), words)


def _check_url(url: str, name: str) -> None:
    if urlsplit(url).scheme not in {"http", "https"} or "".join(url.split()) != url:
        raise MailVariablesWrong(f"{name} is no http(s) address")


def _assemble(content: Content, words: Words) -> Mail:
    company = words.company
    accents = _accents(words.get("company_accent") or HOUSE_ACCENT)
    subject = _one_line(content.subject)
    address = words.get("company_address")
    footer = [content.reason, " · ".join(part for part in (company, address) if part)]
    page = _template().substitute(
        language=words.lang,
        subject=escape(subject),
        preheader=escape(content.preheader),
        padding=_PADDING,
        dark_solid=accents["dark"]["accent-solid"],
        dark_label=accents["dark"]["on-accent"],
        brand=_brand(company, words.get("company_logo_url"), accents["light"]),
        body="\n".join(to_html(block, accents["light"]) for block in content.blocks),
        footer="<br>".join(escape(line) for line in footer),
    )
    parts = [company, *(to_text(block) for block in content.blocks), "-- \n" + "\n".join(footer)]
    return Mail(subject, page, "\n\n".join(parts) + "\n")


@lru_cache(maxsize=500)
def _accents(colour: str) -> dict[brand.Theme, dict[str, str]]:
    """A company's colours: searching for their contrast costs more than all else in a mail."""
    return brand.accent_tokens(colour)


def _one_line(text: str) -> str:
    line = clean(text)
    return line if len(line) <= SUBJECT_LIMIT else f"{line[: SUBJECT_LIMIT - 1]}…"


@cache
def _template() -> Template:
    return Template(_TEMPLATE.read_text("utf-8"))


def _brand(company: str, logo_url: str, accent: Mapping[str, str]) -> str:
    name = escape(company, quote=True)
    if logo_url:
        return (
            f'<img class="halo" src="{escape(logo_url, quote=True)}" alt="{name}" height="36"'
            ' style="display:block;width:auto;height:auto;max-height:36px;max-width:240px;border:0;'
            "font-size:16px;"
            'font-weight:600;color:#14242a">'
        )
    return (
        f'<span class="ink mark" style="display:inline-block;font-size:16px;line-height:24px;'
        f'font-weight:600;color:#14242a;border-bottom:2px solid {accent["accent-solid"]}">'
        f"{name}</span>"
    )
