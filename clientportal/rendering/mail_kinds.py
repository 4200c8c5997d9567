"""What each kind of e-mail says: its variables, its words and the order of its blocks."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from clientportal.rendering import formats
from clientportal.rendering.mail_blocks import (
    Block,
    Button,
    Code,
    Figure,
    Heading,
    Paragraph,
    Quote,
    Row,
    Rows,
)
from clientportal.rendering.plain import clean
from clientportal.rendering.texts import t


@dataclass(frozen=True, slots=True)
class Content:
    """One e-mail before it is set; `reason` says in the footer why somebody receives it."""

    subject: str
    preheader: str
    blocks: Sequence[Block]
    reason: str


class MailVariablesWrong(ValueError):
    """The variables do not fit the kind; the message names what is missing, unknown or unsafe."""


@dataclass(frozen=True, slots=True)
class Words:
    """The variables of one e-mail, and its words with them filled in.

    `shown`: every variable as one clean line.
    """

    kind: str
    lang: str
    values: Mapping[str, Any]
    shown: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        shown = {key: clean(str(value)) for key, value in self.values.items()}
        object.__setattr__(self, "shown", shown | {"company": self.company})

    def t(self, word: str, /, **extra: object) -> str:
        """Give a word of this kind with every variable filled in."""
        return t(f"mail.{self.kind}.{word}", self.lang, **(self.shown | extra))

    def common(self, word: str, /, **params: object) -> str:
        """Give a word that all kinds share."""
        return t(f"mail.common.{word}", self.lang, **params)

    def get(self, name: str) -> str:
        """Give a variable as one clean line, empty when it is not given."""
        return clean(str(self.values.get(name) or ""))

    @property
    def company(self) -> str:
        """Give the sender's name; the product's for mails of no company."""
        return self.get("company_name") or self.common("product")

    @property
    def greeting(self) -> Paragraph:
        """Give the first line."""
        name = self.get("contact_name")
        return Paragraph(self.common("greeting", name=name) if name else self.common("hello"))

    def money(self, minor: int) -> str:
        """Give an amount in the e-mail's currency."""
        return formats.money(minor, self.get("currency"), self.lang)

    def whole(self, minor: int) -> str:
        """Give an amount for the middle of a sentence, where a line must not part it."""
        return self.money(minor).replace(" ", formats.NBSP)

    def figure(self, label: str, minor: int) -> Figure:
        """Give the headline amount."""
        currency = self.get("currency")
        return Figure(self.t(label), currency, formats.figure(minor, currency, self.lang))

    def day(self, name: str) -> str:
        """Give a variable that is an ISO date."""
        return formats.date(dt.date.fromisoformat(self.values[name]), self.lang)

    def document(self, row: Mapping[str, Any]) -> str:
        """Give a document's kind and number."""
        return f"{t('pdf.kind.' + str(row['kind']), self.lang)} {clean(str(row['number']))}"


def _sign_in_code(words: Words) -> Content:
    code = words.get("code")
    blocks = (
        Heading(words.t("heading")),
        Paragraph(words.t("body")),
        Code(code),
        Paragraph(words.t("warning"), quiet=True),
    )
    return Content(words.t("subject"), words.t("preheader"), blocks, words.t("reason"))


def _documents(words: Words, *, balances: bool) -> list[Row]:
    rows = []
    for row in words.values["documents"]:
        left, detail = int(row.get("balance_minor", 0)), ""
        if balances:
            detail = words.t("left", left=words.whole(left)) if left else words.t("settled")
        rows.append(Row(words.document(row), words.money(int(row["amount_minor"])), detail))
    return rows


def _receipt(words: Words) -> Content:
    amount = int(words.values["amount_minor"])
    rows = _documents(words, balances=True)
    credit = int(words.values.get("credit_minor", 0))
    if credit:
        rows.append(Row(words.t("credit"), words.money(credit), words.t("credit_detail")))
    method = words.get("method")
    facts = [
        Row(words.t("number"), words.get("receipt_number")),
        Row(words.t("on"), words.day("paid_on")),
    ]
    facts += [Row(words.t("method_name"), method)] if method else []
    blocks: list[Block] = [
        words.greeting,
        Heading(words.t("heading")),
        words.figure("figure", amount),
        Rows(rows, Row(words.t("total"), words.money(amount))),
        Rows(facts),
    ]
    if "account_balance_minor" in words.values:
        rest = int(words.values["account_balance_minor"])
        blocks.append(
            Paragraph(words.t("rest", rest=words.whole(rest)) if rest else words.t("clear"))
        )
    blocks.append(Button(words.t("button"), words.get("link")))
    shown = words.money(amount)
    return Content(
        words.t("subject", amount=shown),
        words.t("preheader", amount=shown),
        blocks,
        words.t("reason"),
    )


def _payment_received(words: Words) -> Content:
    amount = int(words.values["amount_minor"])
    shown = words.money(amount)
    rows = _documents(words, balances=True)
    credit = int(words.values.get("credit_minor", 0))
    if credit:
        rows.append(Row(words.t("credit"), words.money(credit)))
    blocks = [
        Heading(words.t("heading")),
        words.figure("figure", amount),
        Rows(rows, Row(words.t("total"), shown)),
        Rows(
            [
                Row(words.t("number"), words.get("receipt_number")),
                Row(words.t("on"), words.day("paid_on")),
            ]
        ),
        Button(words.t("button"), words.get("link")),
    ]
    return Content(
        words.t("subject", amount=shown),
        words.t("preheader", amount=shown),
        blocks,
        words.t("reason"),
    )


def _comment(words: Words) -> Content:
    document = words.document(
        {"kind": words.values["document_kind"], "number": words.values["document_number"]}
    )
    email = words.get("author_email")
    author = f"{words.get('author')} <{email}>" if email else words.get("author")
    text = "\n".join(clean(line) for line in str(words.values["text"]).splitlines())
    blocks = (
        Heading(words.t("heading", document=document)),
        Quote(text, f"{author} · {words.get('account_name')}"),
        Button(words.t("button"), words.get("link")),
        Paragraph(words.t("reply"), quiet=True),
    )
    preheader = clean(text)[:120]
    return Content(words.t("subject", document=document), preheader, blocks, words.t("reason"))


def _comment_answer(words: Words) -> Content:
    document = words.document(
        {"kind": words.values["document_kind"], "number": words.values["document_number"]}
    )
    text = "\n".join(clean(line) for line in str(words.values["text"]).splitlines())
    blocks = (
        words.greeting,
        Heading(words.t("heading", document=document)),
        Quote(text, words.company),
        Button(words.t("button"), words.get("link")),
    )
    preheader = clean(text)[:120]
    return Content(words.t("subject", document=document), preheader, blocks, words.t("reason"))


def _payment_as_credit(words: Words) -> Content:
    side = words.get("audience")
    if side not in {"customer", "reviewed", "staff"}:
        raise MailVariablesWrong("audience is customer, reviewed or staff")
    amount = int(words.values["amount_minor"])
    shown = words.money(amount)
    rows = [
        Row(words.document(row), words.money(int(row["amount_minor"])))
        for row in words.values["documents"]
    ]
    blocks: list[Block] = [
        *([] if side == "staff" else [words.greeting]),
        Heading(words.t(f"{side}.heading", amount=shown)),
        words.figure("figure", amount),
        Paragraph(words.t(f"{side}.body")),
        *([Paragraph(words.t("attempted")), Rows(rows)] if rows else []),
        Rows([Row(words.t("number"), words.get("receipt_number"))]),
        Button(words.t("button"), words.get("link")),
    ]
    subject = words.t(f"{side}.subject", amount=shown)
    return Content(
        subject, words.t(f"{side}.preheader", amount=shown), blocks, words.t(f"{side}.reason")
    )


REVIEWS = frozenset({"reference", "environment", "currency", "amount", "reversed"})


def _payment_review(words: Words) -> Content:
    cause = words.get("cause")
    if cause not in REVIEWS:
        raise MailVariablesWrong("cause is one of " + ", ".join(sorted(REVIEWS)))
    amount = int(words.values["amount_minor"])
    expected = formats.money(
        int(words.values["expected_minor"]), words.get("expected_currency"), words.lang
    )
    rows = [Row(words.document(row), "") for row in words.values["documents"]]
    shown = words.money(amount)
    blocks: list[Block] = [
        Heading(words.t("heading")),
        words.figure("figure", amount),
        Paragraph(words.t(f"cause.{cause}", amount=words.whole(amount), expected=expected)),
        Paragraph(words.t("reversed" if cause == "reversed" else "body")),
        *([Paragraph(words.t("attempted")), Rows(rows)] if rows else []),
        Button(words.t("button"), words.get("link")),
    ]
    return Content(
        words.t("subject", amount=shown),
        words.t("preheader", amount=shown),
        blocks,
        words.t("reason"),
    )


def _access_granted(words: Words) -> Content:
    blocks = (
        words.greeting,
        Heading(words.t("heading")),
        Paragraph(words.t("body")),
        Button(words.t("button"), words.get("link")),
        Paragraph(words.t("how"), quiet=True),
    )
    return Content(words.t("subject"), words.t("preheader"), blocks, words.t("reason"))


def _channel_test(words: Words) -> Content:
    blocks = (Heading(words.t("heading")), Paragraph(words.t("body")))
    return Content(words.t("subject"), words.t("preheader"), blocks, words.t("reason"))


def _password_changed(words: Words) -> Content:
    blocks = (
        words.greeting,
        Heading(words.t("heading")),
        Paragraph(words.t("body")),
        Paragraph(words.t("warning")),
    )
    return Content(words.t("subject"), words.t("preheader"), blocks, words.t("reason"))


def _document(words: Words) -> Content:
    """A document that staff send, in words that fit what is owed (mission 118, ambiguity i)."""
    wording = words.get("wording")
    if wording not in {"due", "paid", "credit"}:
        raise MailVariablesWrong("wording is due, paid or credit")
    name = words.document(
        {"kind": words.values["document_kind"], "number": words.values["document_number"]}
    )
    total, left = int(words.values["total_minor"]), int(words.values["balance_minor"])
    text = "\n".join(clean(line) for line in str(words.values["message"]).splitlines())
    facts = [Row(words.t("issued_on"), words.day("issued_on"))]
    if wording == "due":
        headline = words.figure("to_pay", left)
        if "due_on" in words.values:
            facts.append(Row(words.t("due_on"), words.day("due_on")))
        if left < total:
            facts.append(Row(words.t("total"), words.money(total)))
            facts.append(Row(words.t("paid_part"), words.money(total - left)))
    else:
        headline = words.figure("total", total)
        state = words.t("settled") if wording == "paid" else words.money(left)
        facts.append(Row(words.t("state" if wording == "paid" else "available"), state))
    blocks: list[Block] = [
        words.greeting,
        Heading(words.t("heading", document=name)),
        Paragraph(text),
        headline,
        Rows(facts),
        Button(words.t(f"button_{'pay' if wording == 'due' else 'see'}"), words.get("link")),
        Paragraph(_along(words), quiet=True),
    ]
    return Content(words.get("subject"), clean(text)[:120], blocks, words.t("reason"))


def _along(words: Words) -> str:
    """Which files are attached, and until when the link works."""
    attached = [clean(str(name)) for name in words.values.get("attached", ())]
    until = words.t("link_until", date=words.day("link_until"))
    files = words.t("files_attached", files=", ".join(attached)) if attached else ""
    return f"{files or words.t('files_behind')} {until}"


def _fallback(words: Words) -> Content:
    """The short standard text of the fallback channel (contract §9, §12)."""
    if words.get("channel") not in {"email", "whatsapp"}:
        raise MailVariablesWrong("channel is email or whatsapp")
    channel = t(f"mail.fallback.channel.{words.get('channel')}", words.lang)
    named = "document_number" in words.values
    rows: list[Row] = []
    if named:
        document = words.document(
            {"kind": words.values["document_kind"], "number": words.values["document_number"]}
        )
        owed = words.money(int(words.values["amount_minor"])) if "due_on" in words.values else ""
        rows.append(Row(document, owed))
        if "due_on" in words.values:
            rows.append(Row(words.t("due_on"), words.day("due_on")))
    blocks: list[Block] = [
        words.greeting,
        Heading(words.t("heading")),
        Paragraph(words.t("body", channel=channel)),
        *([Rows(rows)] if rows else []),
        Button(words.t("button"), words.get("link")),
    ]
    preheader = words.t("body", channel=channel)
    return Content(words.t("subject"), preheader, blocks, words.t("reason"))


COMMON = frozenset({"company_name", "company_accent", "company_logo_url", "company_address"})
KINDS: dict[str, tuple[frozenset[str], frozenset[str], Callable[[Words], Content]]] = {
    "sign_in_code": (frozenset({"code", "minutes"}), frozenset(), _sign_in_code),
    "receipt": (
        frozenset({"receipt_number", "paid_on", "amount_minor", "currency", "documents", "link"}),
        frozenset({"contact_name", "method", "credit_minor", "account_balance_minor"}),
        _receipt,
    ),
    "payment_received": (
        frozenset(
            {"account_name", "receipt_number", "paid_on", "amount_minor", "currency", "documents"}
            | {"link"}
        ),
        frozenset({"credit_minor"}),
        _payment_received,
    ),
    "comment": (
        frozenset({"author", "account_name", "document_kind", "document_number", "text", "link"}),
        frozenset({"author_email"}),
        _comment,
    ),
    "comment_answer": (
        frozenset({"document_kind", "document_number", "text", "link"}),
        frozenset({"contact_name"}),
        _comment_answer,
    ),
    "payment_as_credit": (
        frozenset(
            {"audience", "account_name", "receipt_number", "amount_minor", "currency"}
            | {"documents", "link"}
        ),
        frozenset({"contact_name"}),
        _payment_as_credit,
    ),
    "payment_review": (
        frozenset(
            {"account_name", "cause", "amount_minor", "currency", "expected_minor"}
            | {"expected_currency", "documents", "link"}
        ),
        frozenset(),
        _payment_review,
    ),
    "document": (
        frozenset(
            {"wording", "document_kind", "document_number", "currency", "total_minor"}
            | {"balance_minor", "issued_on", "subject", "message", "link", "link_until"}
        ),
        frozenset({"contact_name", "due_on", "attached", "with_pdf", "with_xml"}),
        _document,
    ),
    "fallback": (
        frozenset({"channel", "link"}),
        frozenset(
            {"contact_name", "document_kind", "document_number", "amount_minor", "currency"}
            | {"due_on"}
        ),
        _fallback,
    ),
    "channel_test": (frozenset({"asked_by"}), frozenset(), _channel_test),
    "password_changed": (frozenset({"email"}), frozenset({"contact_name"}), _password_changed),
    "access_granted": (frozenset({"email", "link"}), frozenset({"contact_name"}), _access_granted),
}
