"""Kept files brought in as a job does it, and what an import has written, by natural keys."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clientportal.domain.actors import Actor, Member
from clientportal.services import import_files, import_steps
from clientportal.services.import_seen import Seen
from clientportal.storage import search
from clientportal.storage.models import Document, ImportRun
from clientportal.storage.search_index import SearchKind
from clientportal.storage.session import unit_of_work


def nothing() -> None:
    """No pause between two slices."""


def import_now(
    engine: sa.Engine,
    actor: Actor,
    run_id: int,
    now: datetime,
    pause: Callable[[], None] = nothing,
) -> Seen:
    """Confirm a kept file and do what its job would do; how it stands then."""
    with unit_of_work(bind=engine) as session:
        import_files.confirm(session, actor, run_id=run_id, now=now)
    work(engine, run_id, now, pause)
    with unit_of_work(bind=engine, read_only=True) as session:
        return import_files.follow(session, actor, run_id=run_id)


def work(
    engine: sa.Engine, run_id: int, now: datetime, pause: Callable[[], None] = nothing
) -> None:
    """Do what the job of the run's present attempt would do."""
    with unit_of_work(bind=engine, read_only=True) as session:
        attempt = session.get_one(ImportRun, run_id).attempt
    units: Any = partial(unit_of_work, bind=engine)
    import_steps.advance(units, run_id, attempt, clock=lambda: now, pause=pause)


_WRITTEN = {
    "documents": """
        SELECT d.kind, d.number, a.code, d.issued_on, d.due_on, d.currency, d.total_minor,
               d.balance_minor, d.settlement, d.settled_on, d.disputed, d.norm
        FROM document d JOIN account a ON a.id = d.account_id
        WHERE d.company_id = :company ORDER BY 1, 2""",
    "accounts": "SELECT code, name, country, norm FROM account WHERE company_id = :company"
    " ORDER BY code",
    "allocations": """
        SELECT d.kind, d.number, c.number, x.currency, x.amount_minor, x.allocated_on
        FROM allocation x JOIN document d ON d.id = x.document_id
        LEFT JOIN document c ON c.id = x.credit_id
        WHERE x.company_id = :company ORDER BY 1, 2, 3""",
    "payments": """
        SELECT p.gateway, p.amount_minor, p.state, p.received_at, r.number
        FROM payment p JOIN document r ON r.id = p.receipt_id
        WHERE p.company_id = :company ORDER BY 5""",
    "disputes": """
        SELECT d.number, x.opened_on, x.closed_on
        FROM dispute x JOIN document d ON d.id = x.document_id
        WHERE x.company_id = :company ORDER BY 1""",
    "people": """
        SELECT c.name, c.norm, p.channel, p.address_norm FROM contact c
        LEFT JOIN contact_point p ON p.contact_id = c.id
        WHERE c.company_id = :company ORDER BY 1, 3, 4""",
}


def written(session: Session, actor: Member, word: str) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that imports have written for a company, without the numbers that a database
    gives its rows, and the documents whose index entry holds `word`."""
    found = {
        name: [tuple(row) for row in session.execute(sa.text(sql), {"company": actor.company_id})]
        for name, sql in _WRITTEN.items()
    }
    ids = search.index_ids(session, actor, SearchKind.DOCUMENT, [word], None)
    numbers = sa.select(Document.kind, Document.number).where(col(Document.id).in_(ids))
    return found | {"search": sorted(tuple(row) for row in session.execute(numbers))}
