"""Statements of account: the books of one account over a period, for the portal and for staff."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from clientportal.domain import periods
from clientportal.domain.actors import Actor
from clientportal.domain.periods import Period
from clientportal.domain.permissions import Permission, require
from clientportal.domain.statement import CurrencyStatement, statement
from clientportal.services import document_support as support
from clientportal.services import documents
from clientportal.services.documents import Party
from clientportal.storage import statements as storage

MOST_SHOWN = 20_000
"""Documents of a period that a page reads, again with each change: about a second of CPU."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement with its two parties. `today` and the days of the period are the company's.

    `too_long`: the period has more documents than were asked for, so nothing of it was read.
    """

    company: Party
    company_slug: str
    company_language: str
    company_accent: str
    company_logo_sha256: str | None
    account: Party
    today: date
    period: Period
    currencies: tuple[CurrencyStatement, ...]
    too_long: bool = False

    @property
    def lines(self) -> int:
        return sum(len(one.lines) for one in self.currencies)


def read(
    session: Session,
    actor: Actor,
    *,
    account_id: int,
    query: Mapping[str, Sequence[str]],
    now: datetime,
    most: int | None = None,
) -> Statement:
    """The statement of an account that the actor may see, over the period of an address.

    `query` is the hostile query of the address (see domain.periods). With `most` a period of more
    documents comes back empty and `too_long`. Raises NotFound.
    """
    require(actor, Permission.DOCUMENTS_READ)
    account = support.account_of(session, actor, account_id)
    company = support.company_of(session, actor, account.company_id)
    today = support.today_of(company, now)
    period = periods.parse(query, today)
    too_long = most is not None and storage.are_more_than(
        session, actor, account_id=account_id, period=period, most=most
    )
    currencies: tuple[CurrencyStatement, ...] = ()
    if not too_long:
        zone = ZoneInfo(company.time_zone)
        books = storage.books(session, actor, account_id=account_id, zone=zone, period=period)
        currencies = tuple(statement(books, period))
    return Statement(
        company=documents.company_party(company),
        company_slug=company.slug,
        company_language=company.language,
        company_accent=company.accent,
        company_logo_sha256=company.logo_sha256,
        account=documents.account_party(account),
        today=today,
        period=period,
        currencies=currencies,
        too_long=too_long,
    )
