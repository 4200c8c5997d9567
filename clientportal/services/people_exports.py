"""The lists of accounts and contacts as files, every row that the list shows; they import again."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from clientportal.domain.account_filters import AccountFilters
from clientportal.domain.actors import Actor
from clientportal.domain.permissions import Permission
from clientportal.rendering.formats import currency_digits
from clientportal.rendering.spreadsheets import Cell, Format, Money
from clientportal.rendering.texts import t
from clientportal.services import account_views, contact_views
from clientportal.services import document_support as support
from clientportal.services.account_views import AccountRow
from clientportal.services.contact_views import ContactRow
from clientportal.services.exports import Written, write_list
from clientportal.services.guards import require_staff
from clientportal.storage import document_lists as list_storage
from clientportal.storage.models import Channel

PAGE = 500
EMAILS = 2
"""E-mails of a person that get a column of their own, as the import reads them."""


def accounts(
    session: Session,
    actor: Actor,
    *,
    filters: AccountFilters,
    kind: Format,
    path: Path,
    language: str,
    now: datetime,
) -> Written:
    """Write the accounts of a list to `path`, with what each owes and its credit by currency."""
    staff = require_staff(actor, Permission.ACCOUNTS_READ)
    company = support.company_of(session, staff, staff.company_id)
    names = ("code", "name", "kind", "tax_id", "country", "city", "tags", "people")
    head = [t(f"export.{name}", language) for name in names]
    # The company's, and those of documents that came from elsewhere: a debt is never left out.
    used = list_storage.currencies(session, staff)
    currencies = list(dict.fromkeys([*company.currencies, *used]))
    for currency in currencies:
        head += [f"{t(f'export.{figure}', language)} {currency}" for figure in ("owed", "credit")]
    today = support.today_of(company, now)

    def every() -> Iterator[AccountRow]:
        cursor: str | None = None
        while True:
            page = account_views.listing(
                session, staff, filters=filters, today=today, cursor=cursor, limit=PAGE
            )
            yield from page.rows
            if (cursor := page.next) is None:
                return

    rows = (_account(row, currencies, language) for row in every())
    return write_list(t("export.accounts", language), head, rows, kind, path, now)


def _account(row: AccountRow, currencies: Sequence[str], language: str) -> list[Cell]:
    balances = {balance.currency: balance for balance in row.balances}
    cells: list[Cell] = [
        row.code,
        row.name,
        t(f"export.is_{row.kind.value}", language),
        row.tax_id,
        row.country,
        row.city,
        ", ".join(row.tags),
        row.contacts,
    ]
    for currency in currencies:
        found, digits = balances.get(currency), currency_digits(currency)
        cells.append(Money(found.owed_minor, digits) if found else None)
        cells.append(Money(found.credit_minor, digits) if found else None)
    return cells


def contacts(
    session: Session,
    actor: Actor,
    *,
    text: str,
    kind: Format,
    path: Path,
    language: str,
    now: datetime,
) -> Written:
    """Write the people of a list to `path`, with addresses and the codes of their accounts."""
    staff = require_staff(actor, Permission.ACCOUNTS_READ)
    names = ("name", "position", "email", "email_2", "whatsapp", "phone", "language", "accounts_of")
    head = [t(f"export.{name}", language) for name in names]

    def every() -> Iterator[ContactRow]:
        cursor: str | None = None
        while True:
            page = contact_views.listing(session, staff, text=text, cursor=cursor, limit=PAGE)
            yield from page.rows
            if (cursor := page.next) is None:
                return

    rows = (_contact(row) for row in every())
    return write_list(t("export.contacts", language), head, rows, kind, path, now)


def _contact(row: ContactRow) -> list[Cell]:
    def held(channel: Channel) -> list[str]:
        return [point.address for point in row.points if point.channel is channel]

    emails = [*held(Channel.EMAIL), *[""] * EMAILS][:EMAILS]
    numbers = [next(iter(held(channel)), "") for channel in (Channel.WHATSAPP, Channel.PHONE)]
    codes = ", ".join(account.code for account in row.accounts)
    return [row.name, row.position, *emails, *numbers, row.language, codes]
