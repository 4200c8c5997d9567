"""WhatsApp: each kind as a short text and as the template that says the same, in both languages."""

import re
from typing import Any

import pytest

from clientportal.rendering import whatsapp
from clientportal.rendering.mail import MailVariablesWrong
from clientportal.rendering.mail_kinds import KINDS
from clientportal.rendering.whatsapp import TEMPLATES, body, render
from tests.rendering.test_mail import VARIABLES
from tests.support.databases import ROOT

NOT_CARRIED = {"sign_in_code", "password_changed"}
DOCUMENT = VARIABLES["document"]
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "document_due": ("document", DOCUMENT | {"due_on": "2026-12-01"}),
    "document_open": ("document", {k: v for k, v in DOCUMENT.items() if k != "due_on"}),
    "document_paid": ("document", DOCUMENT | {"wording": "paid"}),
    "document_credit": ("document", DOCUMENT | {"wording": "credit"}),
    "receipt": ("receipt", VARIABLES["receipt"]),
    "credit": ("payment_as_credit", VARIABLES["payment_as_credit"]),
    "credit_for_staff": (
        "payment_as_credit", VARIABLES["payment_as_credit"] | {"audience": "staff"},
    ),
    "access_granted": ("access_granted", VARIABLES["access_granted"]),
    "payment_received": ("payment_received", VARIABLES["payment_received"]),
    "payment_review": ("payment_review", VARIABLES["payment_review"]),
    "comment": ("comment", VARIABLES["comment"]),
    "comment_answer": ("comment_answer", VARIABLES["comment_answer"]),
    "fallback_due": ("fallback", VARIABLES["fallback"]),
    "fallback_document": (
        "fallback", {k: v for k, v in VARIABLES["fallback"].items() if k != "due_on"},
    ),
    "fallback": (
        "fallback", {"channel": "whatsapp", "link": "https://p.example", "company_name": "M"},
    ),
    "channel_test": ("channel_test", {"company_name": "Molino", "asked_by": "Ana"}),
}  # fmt: skip


def test_every_kind_and_every_template_is_tried() -> None:
    assert set(CASES) == set(TEMPLATES)
    assert set(KINDS) - NOT_CARRIED <= {kind for kind, _ in CASES.values()}


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("name", CASES)
def test_text_and_template_say_the_same(name: str, language: str) -> None:
    short = render(CASES[name][0], language, CASES[name][1])
    assert short.name == name
    filled = body(name, language)
    for number, parameter in enumerate(short.parameters, 1):
        assert f"{{{{{number}}}}}" in filled
        filled = filled.replace(f"{{{{{number}}}}}", parameter)
    assert filled == short.text
    assert "{" not in short.text


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_is_as_whatsapp_takes_it(name: str, language: str) -> None:
    """No parameter at either end, none missing, each once; at most 80 words (contract §9)."""
    text = body(name, language)
    found = re.findall(r"\{\{(\d+)\}\}", text)
    assert sorted(map(int, found)) == list(range(1, len(TEMPLATES[name]) + 1))
    assert not text.startswith("{{")
    assert not text.endswith("}}")
    assert len(text.split()) <= 80
    assert len(text) <= 1024


def test_a_parameter_has_neither_breaks_nor_is_it_empty() -> None:
    said = VARIABLES["comment"] | {"author": "Luz\n\tMarín    Gil", "account_name": " \u202e "}
    short = render("comment", "es", said)
    assert short.parameters[:2] == ("Luz Marín Gil", "–")


@pytest.mark.parametrize("kind", [*sorted(NOT_CARRIED), "unknown"])
def test_codes_do_not_go_by_whatsapp(kind: str) -> None:
    with pytest.raises(MailVariablesWrong):
        render(kind, "es", {"code": "482913", "minutes": 10, "email": "a@b.example"})


def test_the_manual_names_every_template_with_its_text() -> None:
    manual = (ROOT / "docs" / "whatsapp.md").read_text("utf-8")
    for name in TEMPLATES:
        for language in ("es", "en"):
            line = f"| `{whatsapp.PREFIX}{name}` | {language} | {body(name, language)} |"
            assert line in manual, line
