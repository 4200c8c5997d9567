"""E-mails: both languages, both parts, nothing of a variable is ever markup."""

import re
from collections.abc import Mapping
from html import unescape
from typing import Any

import pytest

from clientportal.rendering.mail import MailVariablesWrong, render
from clientportal.rendering.mail_kinds import KINDS

COMPANY = {
    "company_name": "Papelera del Valle S.A.S.",
    "company_accent": "#f2b705",
    "company_address": "Bogotá",
}
MONEY = {
    "receipt_number": "RC-7701",
    "amount_minor": 431850000,
    "currency": "COP",
    "link": "https://portal.example/portal/s1/documents/12?a=1&b=2",
    "documents": [
        {"kind": "invoice", "number": "FE-1", "amount_minor": 401850000, "balance_minor": 0},
        {"kind": "debit_note", "number": "ND-2", "amount_minor": 30000000, "balance_minor": 50},
    ],
}
PAID = {"paid_on": "2026-11-21", **MONEY}
VARIABLES: dict[str, dict[str, Any]] = {
    "sign_in_code": {"code": "482913", "minutes": 10},
    "receipt": {**COMPANY, **PAID, "contact_name": "Luisa", "account_balance_minor": 100},
    "payment_received": {**COMPANY, **PAID, "account_name": "Andina"},
    "comment": {
        **COMPANY,
        "author": "Luisa Pardo",
        "author_email": "luisa@andina.co",
        "account_name": "Andina",
        "document_kind": "invoice",
        "document_number": "FE-1",
        "text": "¿Quedó completa?\nFaltó una caja.",
        "link": "https://portal.example/x",
    },
    "comment_answer": {
        **COMPANY,
        "contact_name": "Luisa",
        "document_kind": "invoice",
        "document_number": "FE-1",
        "text": "Va mañana.\nCon la caja que faltó.",
        "link": "https://portal.example/x",
    },
    "fallback": {
        **COMPANY,
        "contact_name": "Luisa",
        "channel": "email",
        "document_kind": "invoice",
        "document_number": "FE-1",
        "amount_minor": 431850000,
        "currency": "COP",
        "due_on": "2026-12-01",
        "link": "https://portal.example",
    },
    "channel_test": {**COMPANY, "asked_by": "Carolina"},
    "payment_as_credit": {**COMPANY, **MONEY, "audience": "customer", "account_name": "Andina"},
    "payment_review": {
        **COMPANY,
        "account_name": "Andina",
        "cause": "amount",
        "amount_minor": 431850000,
        "currency": "COP",
        "expected_minor": 431850100,
        "expected_currency": "COP",
        "documents": [{"kind": "invoice", "number": "FE-1", "amount_minor": 431850100}],
        "link": "https://portal.example/staff/molino/billing/12",
    },
    "document": {
        **COMPANY,
        "wording": "due",
        "document_kind": "invoice",
        "document_number": "FE-1",
        "currency": "COP",
        "total_minor": 431850000,
        "balance_minor": 31850000,
        "issued_on": "2026-11-01",
        "due_on": "2026-11-21",
        "contact_name": "Luisa",
        "subject": "FE-1 · Andina",
        "message": "FE-1\nCOP 4.318.500",
        "link": "https://portal.example/d/~link~",
        "link_until": "2027-02-20",
        "attached": ["FE-1.pdf"],
    },
    "password_changed": {"contact_name": "Luisa", "email": "luisa@andina.co"},
    "access_granted": {**COMPANY, "email": "luisa@andina.co", "link": "https://portal.example/"},
}
HOSTILE = "<script>alert(1)</script>\"'&\r\nBcc: all@evil.example\x00 {code} $body"


def shown(html: str) -> str:
    """Give the words that a reader of the HTML part sees."""
    body = re.sub(r"<style>.*?</style>|<title>.*?</title>", "", html, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def words(text: str) -> set[str]:
    return set(re.findall(r"[\wáéíóúñ.@-]+", text))


def test_every_kind_is_tested() -> None:
    assert set(VARIABLES) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["es", "en"])
def test_both_parts_say_the_same(kind: str, language: str) -> None:
    mail = render(kind, language, VARIABLES[kind])
    assert f'<html lang="{language}"' in mail.html
    seen = shown(mail.html)
    for line in mail.text.splitlines():
        link = line.rpartition(": ")[2]
        if link.startswith("https://"):
            assert f'href="{link.replace("&", "&amp;")}"' in mail.html
            line = line.removesuffix(f": {link}")
        assert line == "-- " or words(line.strip(" >")) <= words(seen), line
    assert len(mail.html) < 102_000, "longer bodies are clipped"


@pytest.mark.parametrize("kind", KINDS)
def test_the_languages_differ(kind: str) -> None:
    spanish, english = (render(kind, lang, VARIABLES[kind]) for lang in ("es", "en"))
    own = "subject" in VARIABLES[kind]  # written by a person, in the recipient's language
    assert (spanish.subject == english.subject) is own
    assert spanish.text != english.text


def test_a_receipt_tells_what_was_paid_and_what_is_left() -> None:
    mail = render("receipt", "es", {**VARIABLES["receipt"], "credit_minor": 700})
    assert mail.subject == "Recibimos tu pago de COP 4.318.500"
    text = mail.text.replace("\xa0", " ")
    for expected in (
        "Hola, Luisa:",
        "Factura FE-1: COP 4.018.500 (Pagada por completo)",
        "Nota débito ND-2: COP 300.000 (Queda por pagar COP 0,50)",
        "Saldo a tu favor: COP 7",
        "Total pagado: COP 4.318.500",
        "Recibo: RC-7701",
        "Fecha: 21 de noviembre de 2026",
        "Tu saldo con Papelera del Valle S.A.S. después de este pago: COP 1.",
        "https://portal.example/portal/s1/documents/12?a=1&b=2",
    ):
        assert expected in text
    settled = render("receipt", "es", {**VARIABLES["receipt"], "account_balance_minor": 0})
    assert "Con este pago quedas al día." in settled.text


def test_late_success_is_told_to_both_sides_in_their_own_words() -> None:
    values = VARIABLES["payment_as_credit"]
    customer = render("payment_as_credit", "es", values)
    staff = render("payment_as_credit", "es", {**values, "audience": "staff"})
    assert customer.subject == "Tu pago de COP 4.318.500 quedó como saldo a favor"
    assert staff.subject == "Andina: COP 4.318.500 quedaron como saldo a favor"
    with pytest.raises(MailVariablesWrong):
        render("payment_as_credit", "es", {**values, "audience": "everybody"})


@pytest.mark.parametrize("kind", KINDS)
def test_no_variable_is_markup_or_a_header(kind: str) -> None:
    kept = {"link", "company_accent", "currency", "audience", "paid_on", "document_kind"}
    kept |= {"wording", "issued_on", "due_on", "link_until", "cause", "expected_currency"}
    kept |= {"channel"}
    values = {
        name: HOSTILE if isinstance(value, str) and name not in kept else value
        for name, value in VARIABLES[kind].items()
    }
    if "documents" in values:
        values["documents"] = [{**row, "number": HOSTILE} for row in values["documents"]]
    mail = render(kind, "es", values)
    assert "<script" not in mail.html
    assert not set(mail.subject) & set("\r\n\0")
    assert "\0" not in mail.text
    assert mail.html.count("<html") == 1
    names = {name for name, value in values.items() if value == HOSTILE}
    if names - {"company_address"}:
        assert "{code}" in mail.text


def test_a_subject_is_one_short_line() -> None:
    mail = render(
        "payment_received", "es", {**VARIABLES["payment_received"], "account_name": "a\n" * 400}
    )
    assert len(mail.subject) <= 150
    assert "\n" not in mail.subject


@pytest.mark.parametrize(
    "changes",
    [
        {"link": "javascript:alert(1)"},
        {"link": "https://a b"},
        {"company_logo_url": "data:image/png;base64,x"},
        {"unknown": "x"},
    ],
)
def test_unsafe_or_unknown_variables_are_refused(changes: Mapping[str, str]) -> None:
    with pytest.raises(MailVariablesWrong):
        render("access_granted", "es", {**VARIABLES["access_granted"], **changes})


def test_missing_variables_and_unknown_kinds_are_refused() -> None:
    with pytest.raises(MailVariablesWrong, match="link"):
        render("access_granted", "es", {"email": "a@b.co"})
    with pytest.raises(MailVariablesWrong, match="bogus"):
        render("bogus", "es", {})


def test_logo_accent_and_dark_mode() -> None:
    logo = "https://portal.example/files/logo.png"
    mail = render("access_granted", "es", {**VARIABLES["access_granted"], "company_logo_url": logo})
    assert f'src="{logo}"' in mail.html
    assert 'alt="Papelera del Valle S.A.S."' in mail.html
    assert 'bgcolor="#f2b705"' in mail.html
    assert '<meta name="color-scheme" content="light dark">' in mail.html
    first = mail.html.index("display:none")
    assert first < mail.html.index("<h1"), "the preview text comes first"
