"""What services of documents share: finding, locking, checking, telling everybody."""

from collections.abc import Collection
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from clientportal import live
from clientportal.domain import dates
from clientportal.domain.actors import Actor
from clientportal.domain.document_filters import MAX_ID
from clientportal.domain.documents import CREDIT, DocumentBeingPaid, Kind
from clientportal.domain.errors import Invalid, NotFound
from clientportal.domain.text import search_text
from clientportal.services import audit
from clientportal.storage import companies as company_storage
from clientportal.storage import documents as storage
from clientportal.storage.models import Account, Company, Document

NORM_LENGTH = 1500
_LONGEST = {"concept": 500, "reference": 100, "description": 500, "reason": 500}


class DateInFuture(Invalid):
    """Money that has not been received and documents of tomorrow cannot be recorded."""

    code = "date_in_future"


class CurrencyNotUsed(Invalid):
    """Not one of the company's currencies; `currency` is the code."""

    code = "currency_not_used"


class OtherAccount(Invalid):
    """Documents of different accounts cannot be settled with each other."""

    code = "other_account"


def is_id(number: int) -> bool:
    """Whether a number from outside can be an id at all; PostgreSQL refuses larger ones loudly."""
    return 0 < number <= MAX_ID


def found(session: Session, actor: Actor, document_id: int) -> Document:
    """The document, if the actor may see it. Raises NotFound."""
    document = storage.get(session, actor, document_id) if is_id(document_id) else None
    if document is None:
        raise NotFound()
    return document


def locked(session: Session, actor: Actor, ids: Collection[int]) -> dict[int, Document]:
    """All documents of `ids` by id, locked in ascending order. Raises NotFound for any missing."""
    documents = storage.locked(session, actor, sorted(key for key in set(ids) if is_id(key)))
    if set(documents) != set(ids):
        raise NotFound()
    return documents


def company_of(session: Session, actor: Actor, company_id: int) -> Company:
    """Raises NotFound."""
    company = company_storage.visible(session, actor, company_id)
    if company is None:
        raise NotFound()
    return company


def account_of(session: Session, actor: Actor, account_id: int) -> Account:
    """Raises NotFound."""
    account = storage.account(session, actor, account_id) if is_id(account_id) else None
    if account is None:
        raise NotFound()
    return account


def today_of(company: Company, now: datetime) -> date:
    """The company's calendar day."""
    return dates.local_date(now, ZoneInfo(company.time_zone))


def check_currency(company: Company, currency: str) -> None:
    """Raises CurrencyNotUsed."""
    if currency not in company.currencies:
        raise CurrencyNotUsed(field="currency", currency=currency[:3])


def check_not_future(day: date, today: date, field: str) -> None:
    """Raises DateInFuture."""
    if day > today:
        raise DateInFuture(field=field, value=day.isoformat())


def check_not_being_paid(session: Session, company_id: int, ids: Collection[int]) -> None:
    """Raises DocumentBeingPaid when an open payment attempt holds one of the documents."""
    if storage.being_paid(session, company_id, ids):
        raise DocumentBeingPaid()


def same_account(documents: Collection[Document], account_id: int) -> None:
    """Raises OtherAccount."""
    if any(document.account_id != account_id for document in documents):
        raise OtherAccount()


def describe(document: Document, account: Account) -> None:
    """Write the text by which the document is searched: its own and its account's."""
    parts = (
        document.number,
        account.name,
        account.code,
        account.tax_id,
        document.concept,
        document.reference,
    )
    document.norm = search_text(parts)[:NORM_LENGTH]


def due_of(document: Document) -> date | None:
    """The due date to show: credit kinds have none."""
    return None if document.kind in CREDIT else document.due_on


def tell(session: Session, *documents: Document) -> None:
    """Collect the live topics of changed documents: their company, account and themselves."""
    for document in documents:
        key = storage.identity(document)
        live.changed(session, f"company:{document.company_id}", key)
        live.changed(session, f"account:{document.account_id}", key)
        live.changed(session, f"document:{key}", key)


def audited(
    session: Session, actor: Actor, action: str, document: Document, now: datetime, **more: object
) -> None:
    """Enter what happened to a document into the trail with its kind and number; JSON-safe."""
    audit.record(
        session,
        actor,
        action,
        now=now,
        company_id=document.company_id,
        account_id=document.account_id,
        subject=("document", storage.identity(document)),
        kind=document.kind.value,
        number=document.number or "",
        **more,
    )


def key_of(kind: Kind) -> str:
    """The noun of a kind in audit actions."""
    return kind.value


def check_text(text: str, field: str, *, required: bool = False) -> str:
    """The text without its outer blanks. Raises Invalid("required" | "too_long")."""
    clean = text.strip()
    if required and not clean:
        raise Invalid(code="required", field=field)
    if len(clean) > _LONGEST[field]:
        raise Invalid(code="too_long", field=field, longest=_LONGEST[field])
    return clean
