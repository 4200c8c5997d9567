"""Statements of campaigns: what became of their messages, pauses, messages that wait in one."""

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from clientportal.domain.actors import Actor, System
from clientportal.domain.delivery import MessageState
from clientportal.storage.models import CampaignPause, Message
from clientportal.storage.scope import visible_to
from clientportal.storage.session import is_sqlite

HELD = "held_"
"""Before the lane of a message that waits because its campaign is paused."""
MOST_SHOWN = 20


def counts(
    session: Session, system: System, campaign: str, since: datetime | None
) -> dict[MessageState, int]:
    """Messages of a campaign by state; only those claimed after `since`, when it is given."""
    state = col(Message.state)
    statement = select(state, sa.func.count()).where(*_of(system, campaign)).group_by(state)
    if since is not None:
        statement = statement.where(col(Message.claimed_at) > since)
    return {MessageState(found): int(number) for found, number in session.exec(statement)}


def last_resumed(session: Session, system: System, campaign: str) -> datetime | None:
    """When somebody last took the campaign up again."""
    statement = (
        select(col(CampaignPause.resumed_at))
        .where(
            visible_to(system, CampaignPause),
            col(CampaignPause.campaign) == campaign,
            col(CampaignPause.resumed_at).is_not(None),
        )
        .order_by(col(CampaignPause.id).desc())
        .limit(1)
    )
    return session.exec(statement).first()


def insert_standing(session: Session, pause: CampaignPause) -> int | None:
    """The id of the new pause; None when the campaign is paused already."""
    insert = sqlite.insert if is_sqlite(session) else postgresql.insert
    statement = (
        insert(CampaignPause)
        .values(**pause.model_dump(exclude={"id"}))
        .on_conflict_do_nothing(
            index_elements=["company_id", "campaign"], index_where=sa.text("resumed_at IS NULL")
        )
        .returning(col(CampaignPause.id))
    )
    return session.connection().execute(statement).scalar_one_or_none()


def standing(session: Session, actor: Actor) -> Sequence[CampaignPause]:
    """Campaigns of the company that are paused, the latest first."""
    statement = (
        select(CampaignPause)
        .where(visible_to(actor, CampaignPause), col(CampaignPause.resumed_at).is_(None))
        .order_by(col(CampaignPause.id).desc())
        .limit(MOST_SHOWN)
    )
    return session.exec(statement).all()


def paused_among(session: Session, pairs: Collection[tuple[int, str]]) -> set[tuple[int, str]]:
    """Those of (company, campaign) that are paused. For the sender, which serves many companies."""
    if not pairs:
        return set()
    statement = select(col(CampaignPause.company_id), col(CampaignPause.campaign)).where(
        col(CampaignPause.resumed_at).is_(None),
        col(CampaignPause.company_id).in_({company_id for company_id, _ in pairs}),
        col(CampaignPause.campaign).in_({campaign for _, campaign in pairs}),
    )
    return set(pairs) & {(company_id, campaign) for company_id, campaign in session.exec(statement)}


def pause_by_id(session: Session, actor: Actor, pause_id: int) -> CampaignPause | None:
    """A pause of the company, held until the end of the transaction."""
    statement = (
        select(CampaignPause)
        .where(visible_to(actor, CampaignPause), col(CampaignPause.id) == pause_id)
        .with_for_update()
    )
    return session.exec(statement.execution_options(populate_existing=True)).first()


def hold(session: Session, system: System, campaign: str) -> int:
    """Take what waits of a campaign out of its lane; how many there were."""
    statement = (
        sa.update(Message)
        .where(*_waiting(system, campaign), ~col(Message.lane).startswith(HELD, autoescape=True))
        .values(lane=sa.literal(HELD) + col(Message.lane), check_at=None)
    )
    return session.connection().execute(statement).rowcount


def hold_these(session: Session, message_ids: Collection[int]) -> None:
    """Take messages that their sender has locked out of its lanes."""
    statement = sa.update(Message).where(col(Message.id).in_(message_ids))
    session.connection().execute(
        statement.values(lane=sa.literal(HELD) + col(Message.lane), check_at=None)
    )


def let_go(session: Session, actor: Actor, campaign: str, now: datetime) -> set[int]:
    """Put what was held back into its lane; the senders that have work by it."""
    held = [*_waiting(actor, campaign), col(Message.lane).startswith(HELD, autoescape=True)]
    senders = select(col(Message.sender_id)).where(*held).distinct()
    found = {sender_id for sender_id in session.exec(senders) if sender_id is not None}
    session.connection().execute(
        sa.update(Message)
        .where(*held)
        .values(lane=sa.func.substr(col(Message.lane), len(HELD) + 1), check_at=now)
    )
    return found


def _of(actor: Actor, campaign: str) -> list[sa.ColumnElement[bool]]:
    # The index is partial: SQLite cannot tell from a parameter that it applies.
    return [
        visible_to(actor, Message),
        col(Message.campaign) == campaign,
        col(Message.campaign) != sa.literal_column("''"),
    ]


def _waiting(actor: Actor, campaign: str) -> list[sa.ColumnElement[bool]]:
    return [*_of(actor, campaign), col(Message.state) == MessageState.PLANNED]
