"""The list of receivables as a file: every row that the list shows, with its filters and order."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlmodel import Session

from clientportal.domain.actors import Actor
from clientportal.domain.permissions import Permission
from clientportal.domain.receivables import ReceivableFilters
from clientportal.rendering.formats import currency_digits
from clientportal.rendering.spreadsheets import Cell, Format, Money
from clientportal.rendering.texts import t
from clientportal.services import document_support as support
from clientportal.services import receivables
from clientportal.services.exports import Written, write_list
from clientportal.services.guards import require_staff
from clientportal.services.receivables import ReceivableRow

PAGE = 500
_COLUMNS = ("code", "name", "tax_id", "tags", "situation", "late_days", "in_dispute", "oldest_due")
_LAST = ("contacted", "channel", "reach", "alerts", "addresses")


def receivable_list(
    session: Session,
    actor: Actor,
    *,
    filters: ReceivableFilters,
    kind: Format,
    path: Path,
    language: str,
    now: datetime,
) -> Written:
    """Write the accounts of the tray to `path`; what is owed and credit stand by currency.

    The day of the last contact is that of the company's zone.
    """
    staff = require_staff(actor, Permission.ACCOUNTS_READ)
    company = support.company_of(session, staff, staff.company_id)
    zone, today = ZoneInfo(company.time_zone), support.today_of(company, now)
    used, _ = receivables.choices(session, staff)
    currencies = list(dict.fromkeys([*company.currencies, *used]))
    head = [t(f"export.{name}", language) for name in _COLUMNS]
    for currency in currencies:
        head += [f"{t(f'export.{figure}', language)} {currency}" for figure in ("owed", "credit")]
    head += [t(f"export.{name}", language) for name in _LAST]

    def every() -> Iterator[ReceivableRow]:
        cursor: str | None = None
        while True:
            page = receivables.listing(
                session, staff, filters=filters, today=today, cursor=cursor, limit=PAGE
            )
            yield from page.rows
            if (cursor := page.next) is None:
                return

    rows = (_cells(row, currencies, zone, language) for row in every())
    return write_list(t("export.receivables", language), head, rows, kind, path, now)


def _cells(
    row: ReceivableRow, currencies: Sequence[str], zone: ZoneInfo, language: str
) -> list[Cell]:
    balances = {balance.currency: balance for balance in row.balances}
    cells: list[Cell] = [
        row.code,
        row.name,
        row.tax_id,
        ", ".join(row.tags),
        t(f"export.situation_is.{row.situation.value}", language),
        row.days_late or None,
        row.disputed or None,
        row.oldest_due,
    ]
    for currency in currencies:
        found, digits = balances.get(currency), currency_digits(currency)
        cells.append(Money(found.owed_minor, digits) if found else None)
        cells.append(Money(found.credit_minor, digits) if found else None)
    cells += [
        row.contacted_at.astimezone(zone).date() if row.contacted_at else None,
        t(f"export.channel_is.{row.channel}", language) if row.channel else "",
        t(f"export.reach_is.{row.reach.segment.value}", language),
        row.reach.alerted,
        row.reach.addresses,
    ]
    return cells
