"""A statement as a file: facts for its PDF, and its rows as a table. No cell starts a formula."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from clientportal.domain.actors import Actor
from clientportal.domain.errors import Invalid
from clientportal.domain.permissions import Permission, require
from clientportal.domain.statement import CurrencyStatement, Line
from clientportal.rendering.formats import currency_digits
from clientportal.rendering.spreadsheets import Cell, Format, Money, write
from clientportal.rendering.statement_pdf import AGE_WORDS, MOST_LINES, file_stem
from clientportal.rendering.texts import t
from clientportal.rendering.view import StatementView
from clientportal.services import papers, statements
from clientportal.services.exports import Written
from clientportal.services.statements import Statement

_COLUMNS = ("date", "kind", "number", "movement", "due_on", "currency", "charge", "credit",
            "balance")  # fmt: skip


class StatementTooLong(Invalid):
    """A PDF holds `most` movements, the period has `lines`; a spreadsheet holds them all."""

    code = "statement_too_long"


def view(
    session: Session,
    actor: Actor,
    *,
    account_id: int,
    query: Mapping[str, Sequence[str]],
    language: str,
    now: datetime,
) -> StatementView:
    """Facts for the renderer; `language` empty: the company's.

    Raises NotFound, StatementTooLong.
    """
    require(actor, Permission.DOCUMENTS_READ)
    found = statements.read(
        session,
        actor,
        account_id=account_id,
        query=query,
        now=now,
        most=statements.MOST_SHOWN,
    )
    if found.too_long:
        raise StatementTooLong(field="period", most=MOST_LINES, lines=f"> {statements.MOST_SHOWN}")
    if found.lines > MOST_LINES:
        raise StatementTooLong(field="period", most=MOST_LINES, lines=found.lines)
    lang = language or found.company_language
    return StatementView(
        language=lang,
        company=papers.party_view(found.company, lang),
        customer=papers.party_view(found.account, lang),
        account_code=found.account.code,
        since=found.period.since,
        until=found.period.until,
        made_on=found.today,
        currencies=found.currencies,
        logo=papers.logo(session, actor, found.company.id, found.company_logo_sha256),
        accent=found.company_accent,
        paper=papers.size(found.company.country),
    )


def table(
    session: Session,
    actor: Actor,
    *,
    account_id: int,
    query: Mapping[str, Sequence[str]],
    kind: Format,
    path: Path,
    language: str,
    now: datetime,
) -> Written:
    """Write the statement to `path`: every line, with the balances of both ends and the ageing.

    Raises NotFound.
    """
    require(actor, Permission.DOCUMENTS_READ)
    found = statements.read(session, actor, account_id=account_id, query=query, now=now)
    head = [t(f"statement.col_{column}", language) for column in _COLUMNS]
    write(path, kind, t("statement.title", language), head, _rows(found, language))
    name = file_stem(language, found.account.name, found.period.since, found.period.until)
    return Written(f"{name}.{kind.value}", found.lines)


def _rows(found: Statement, lang: str) -> Iterator[Sequence[Cell]]:
    for one in found.currencies:
        digits = currency_digits(one.currency)
        yield _end(t("statement.opening", lang), found.period.opens_on, one, one.opening_minor)
        for line in one.lines:
            yield _row(line, one.currency, digits, lang)
        yield _end(t("statement.closing", lang), found.period.until, one, one.closing_minor)
        for bucket, amount in one.ageing.items():
            words = t(f"ageing.{AGE_WORDS[bucket]}", lang)
            yield _end(words, None, one, amount)
        yield _end(t("statement.available", lang), None, one, one.available_minor)


def _end(words: str, on: Cell, one: CurrencyStatement, amount_minor: int) -> list[Cell]:
    """A row without a document: a balance with its name."""
    shown = Money(amount_minor, currency_digits(one.currency))
    return [on, None, None, words, None, one.currency, None, None, shown]


def _row(line: Line, currency: str, digits: int, lang: str) -> list[Cell]:
    charge, credit = max(0, line.change_minor), max(0, -line.change_minor)
    return [
        line.on,
        t(f"kind.{line.kind.value}", lang),
        line.number,
        t(f"statement.movement.{line.movement.value}", lang),
        line.due_on,
        currency,
        Money(charge, digits) if charge else None,
        Money(credit, digits) if credit else None,
        Money(line.balance_minor, digits),
    ]
