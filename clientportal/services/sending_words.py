"""What the mail of a document says: its facts, its variables, and the words it begins with."""

from collections.abc import Mapping
from dataclasses import dataclass

from clientportal.domain import sending as rules
from clientportal.domain.sending import Wording
from clientportal.rendering import formats
from clientportal.rendering.texts import t
from clientportal.services import document_support as support
from clientportal.storage.models import Account, Company, Document


@dataclass(frozen=True, slots=True)
class Words:
    """Subject and message in one language; {{variables}} stand for what is not known yet."""

    subject: str
    message: str


def checked(words: Mapping[str, Words], lang: str) -> Words:
    """The words of one language. Raises what `domain.sending` raises, for `subject_{lang}` and
    `message_{lang}`."""
    given = words.get(lang, Words("", ""))
    return Words(
        rules.subject(given.subject, f"subject_{lang}"),
        rules.message(given.message, f"message_{lang}"),
    )


def facts(document: Document, company: Company) -> dict[str, object]:
    """What every mail of one send says of its document."""
    said: dict[str, object] = {
        "company_name": company.name,
        "company_accent": company.accent,
        "wording": rules.wording(document.kind, document.balance_minor).value,
        "document_kind": document.kind.value,
        "document_number": document.number or "",
        "currency": document.currency,
        "total_minor": document.total_minor,
        "balance_minor": document.balance_minor,
        "issued_on": document.issued_on.isoformat(),
    }
    due_on = support.due_of(document)
    if due_on is not None:
        said["due_on"] = due_on.isoformat()
    return said


def values(document: Document, company: Company, account: Account, lang: str) -> dict[str, str]:
    """What stands for the variables, in the recipient's language; a draft has no number yet."""
    due_on = support.due_of(document)
    found = {
        "company": company.name,
        "account": account.name,
        "total": formats.money(document.total_minor, document.currency, lang),
        "balance": formats.money(document.balance_minor, document.currency, lang),
        "due_date": formats.date(due_on, lang) if due_on else "",
    }
    return found | ({"number": document.number} if document.number else {})


def default(
    document: Document, company: Company, account: Account, wording: Wording, lang: str
) -> Words:
    known = {name: f"{{{{{name}}}}}" for name in rules.VARIABLES}
    known |= values(document, company, account, lang)
    known["kind"] = t(f"pdf.kind.{document.kind.value}", lang)
    known["kind_inside"] = t(f"mail.document.inside.{document.kind.value}", lang)
    key = f"mail.document.{wording.value}"
    return Words(t(f"{key}.subject", lang, **known), t(f"{key}.message", lang, **known))
