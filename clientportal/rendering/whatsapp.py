"""WhatsApp messages: a short text per kind, and the approved template that says the same.

Within 24 hours of the person's last message the text is sent; outside of them only a template that
WhatsApp has approved (contracts/messaging.md §3). Both come from one sentence of the catalogue:
its placeholders are the template's parameters, in the order of `TEMPLATES`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from clientportal.rendering.mail_kinds import MailVariablesWrong, Words
from clientportal.rendering.plain import clean
from clientportal.rendering.texts import entries, t
from clientportal.rendering.texts import language as known_language

PREFIX = "portal_"
"""How the names of templates begin, unless a company has named its own (`sender.options`)."""
TEMPLATES: dict[str, tuple[str, ...]] = {
    "document_due": ("name", "company", "document", "amount", "due_on", "link"),
    "document_open": ("name", "company", "document", "amount", "link"),
    "document_paid": ("name", "company", "document", "link"),
    "document_credit": ("name", "company", "document", "amount", "link"),
    "receipt": ("name", "company", "amount", "receipt", "link"),
    "credit": ("name", "company", "amount", "link"),
    "access_granted": ("name", "company", "link", "email"),
    "payment_received": ("account", "amount", "receipt", "link"),
    "credit_for_staff": ("account", "amount", "link"),
    "payment_review": ("account", "amount", "link"),
    "comment": ("author", "account", "document", "link"),
    "comment_answer": ("name", "company", "document", "link"),
    "fallback_due": ("name", "company", "channel", "document", "amount", "due_on", "link"),
    "fallback_document": ("name", "company", "channel", "document", "link"),
    "fallback": ("name", "company", "channel", "link"),
    "channel_test": ("company",),
}


@dataclass(frozen=True, slots=True)
class Short:
    """A message both ways: as `text`, or as the template `name` with its `parameters`."""

    name: str
    parameters: tuple[str, ...]
    text: str


def render(kind: str, language: str, variables: Mapping[str, Any]) -> Short:
    """The short form of a kind; variables as `rendering.mail.render` takes them.

    Raises MailVariablesWrong for a kind that WhatsApp does not carry, such as a sign-in code.
    """
    build = _KINDS.get(kind)
    if build is None:
        raise MailVariablesWrong(f"{kind} is not for WhatsApp")
    words = Words(kind, known_language(language), variables)
    name, values = build(words)
    shown = {part: clean(str(values[part])) or "–" for part in TEMPLATES[name]}
    text = t(f"mail.whatsapp.{name}", words.lang, **shown)
    return Short(name, tuple(shown.values()), text)


def body(name: str, language: str) -> str:
    """What a template is to be created with at WhatsApp: numbers in the parameters' place."""
    text = entries("mail", language)[f"mail.whatsapp.{name}"]
    for number, part in enumerate(TEMPLATES[name], 1):
        text = text.replace(f"{{{part}}}", f"{{{{{number}}}}}")
    return text


Built = tuple[str, dict[str, str]]


def _person(words: Words) -> dict[str, str]:
    return {
        "name": words.get("contact_name") or words.common("somebody"),
        "company": words.company,
        "link": words.get("link"),
    }


def _named(words: Words) -> str:
    """The document that a message is about."""
    row = {"kind": words.values["document_kind"], "number": words.values["document_number"]}
    return words.document(row)


def _amount(words: Words, name: str = "amount_minor") -> str:
    return words.money(int(words.values[name]))


def _document(words: Words) -> Built:
    wording = words.get("wording")
    said = _person(words) | {"document": _named(words)}
    if wording == "paid":
        return "document_paid", said
    if wording == "credit":
        return "document_credit", said | {"amount": _amount(words, "balance_minor")}
    said |= {"amount": _amount(words, "balance_minor")}
    if "due_on" not in words.values:
        return "document_open", said
    return "document_due", said | {"due_on": words.day("due_on")}


def _receipt(words: Words) -> Built:
    number = words.get("receipt_number")
    return "receipt", _person(words) | {"amount": _amount(words), "receipt": number}


def _credit(words: Words) -> Built:
    if words.get("audience") == "staff":
        return "credit_for_staff", _staff(words)
    return "credit", _person(words) | {"amount": _amount(words)}


def _staff(words: Words) -> dict[str, str]:
    return {
        "account": words.get("account_name"),
        "amount": _amount(words),
        "link": words.get("link"),
    }


def _access_granted(words: Words) -> Built:
    return "access_granted", _person(words) | {"email": words.get("email")}


def _payment_received(words: Words) -> Built:
    return "payment_received", _staff(words) | {"receipt": words.get("receipt_number")}


def _payment_review(words: Words) -> Built:
    return "payment_review", _staff(words)


def _comment(words: Words) -> Built:
    return "comment", {
        "author": words.get("author"),
        "account": words.get("account_name"),
        "document": _named(words),
        "link": words.get("link"),
    }


def _comment_answer(words: Words) -> Built:
    return "comment_answer", _person(words) | {"document": _named(words)}


def _fallback(words: Words) -> Built:
    channel = t(f"mail.fallback.channel.{words.get('channel')}", words.lang)
    said = _person(words) | {"channel": channel}
    if "document_number" not in words.values:
        return "fallback", said
    said |= {"document": _named(words)}
    if "due_on" not in words.values:
        return "fallback_document", said
    return "fallback_due", said | {"amount": _amount(words), "due_on": words.day("due_on")}


_KINDS: dict[str, Callable[[Words], Built]] = {
    "document": _document,
    "receipt": _receipt,
    "payment_as_credit": _credit,
    "access_granted": _access_granted,
    "payment_received": _payment_received,
    "payment_review": _payment_review,
    "comment": _comment,
    "comment_answer": _comment_answer,
    "fallback": _fallback,
    "channel_test": lambda words: ("channel_test", {"company": words.company}),
}
