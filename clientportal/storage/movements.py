"""Statements of the export of documents: what was applied to each, and when it was annulled."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col

from clientportal.domain.actors import Actor
from clientportal.domain.dates import local_date
from clientportal.domain.movements import Movement
from clientportal.storage.models import Allocation, Company, CreditReturn, Document
from clientportal.storage.scope import visible_to


def of_documents(
    session: Session, actor: Actor, ids: Collection[int]
) -> dict[int, Sequence[Movement]]:
    """Document id → what was applied to a payable one, or handed back of a credit, oldest first."""
    found: defaultdict[int, list[Movement]] = defaultdict(list)
    applied = (
        sa.select(
            col(Allocation.document_id),
            col(Allocation.allocated_on),
            col(Allocation.amount_minor),
            col(Document.kind),
            sa.func.coalesce(col(Document.number), ""),
        )
        .select_from(Allocation)
        .join(Document, col(Allocation.credit_id) == col(Document.id), isouter=True)
        .where(visible_to(actor, Allocation), col(Allocation.document_id).in_(ids))
        .order_by(col(Allocation.allocated_on), col(Allocation.id))
    )
    handed_back = (
        sa.select(
            col(CreditReturn.document_id),
            col(CreditReturn.returned_on),
            col(CreditReturn.amount_minor),
        )
        .where(visible_to(actor, CreditReturn), col(CreditReturn.document_id).in_(ids))
        .order_by(col(CreditReturn.returned_on), col(CreditReturn.id))
    )
    for statement in (applied, handed_back):
        for key, *movement in session.execute(statement):
            found[key].append(Movement(*movement))
    return dict(found)


def voided(session: Session, actor: Actor, ids: Collection[int]) -> dict[int, date]:
    """Document id → the day on which it was annulled, in its company's zone."""
    rows = (
        sa.select(col(Document.id), col(Document.voided_at), col(Company.time_zone))
        .join(Company, col(Company.id) == col(Document.company_id))
        .where(
            visible_to(actor, Document),
            col(Document.id).in_(ids),
            col(Document.voided_at).is_not(None),
        )
    )
    return {key: local_date(at, ZoneInfo(zone)) for key, at, zone in session.execute(rows)}
