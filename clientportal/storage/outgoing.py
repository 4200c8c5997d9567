"""Statements of what is about to leave: candidates, batches and their members (DESIGN rule 9)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from clientportal.domain.delivery import MessageState
from clientportal.storage.base import UtcDateTime
from clientportal.storage.models import BatchState, Message, MessageBatch


class Candidate(NamedTuple):
    """What the body of a message is made from; one with a subject has its body already."""

    id: int
    kind: str
    channel: str
    language: str
    variables: dict[str, Any]
    subject: str
    company_id: int | None
    document_id: int | None


class Letter(NamedTuple):
    """What a call says of a message, and what is looked at before it is made."""

    id: int
    state: MessageState
    company_id: int | None
    channel: str
    campaign: str
    to_address: str
    to_norm: str
    to_name: str
    reply_to: str
    language: str
    link_seed: str
    subject: str
    html: str
    text: str
    template: str
    parameters: list[str] | None


class Called(NamedTuple):
    """A message of a call that was made: what its answer may change."""

    id: int
    state: MessageState
    kind: str
    company_id: int | None
    account_id: int | None
    document_id: int | None
    provider_id: str


_MESSAGE: sa.Table = Message.__table__  # type: ignore[attr-defined]
_FIXED = ("subject", "html", "text")
_FORM = ("template", "parameters")


def _select(row: type[Any]) -> Any:
    """The columns of a row: a hundred of them come in a tenth of the time of as many entities."""
    return sa.select(*(_MESSAGE.c[name] for name in row._fields)).order_by(_MESSAGE.c.id)


def _ready(lane: str) -> tuple[Any, ...]:
    return (
        _MESSAGE.c.sender_id == sa.bindparam("sender"),
        _MESSAGE.c.lane == lane,
        _MESSAGE.c.state == sa.literal_column("'planned'"),  # as the index says it
        sa.or_(_MESSAGE.c.check_at.is_(None), _MESSAGE.c.check_at <= sa.bindparam("at")),
    )


# Built once: a call has a dozen statements, and building them took longer than running them.
_LANES = ("now", "bulk")
_WITH_WORK = sa.select(
    *(sa.exists(sa.select(_MESSAGE.c.id).where(*_ready(lane))).label(lane) for lane in _LANES)
)
_CANDIDATES = {
    lane: _select(Candidate).where(*_ready(lane)).limit(sa.bindparam("most")) for lane in _LANES
}
_PLANNED = (
    _select(Letter)
    .where(
        _MESSAGE.c.id.in_(sa.bindparam("ids", expanding=True)),
        _MESSAGE.c.state == MessageState.PLANNED,
        _MESSAGE.c.lane == sa.bindparam("lane"),
    )
    .with_for_update()
)
_OF_BATCH = _MESSAGE.c.batch_id == sa.bindparam("batch")
_LETTERS = _select(Letter).where(_OF_BATCH)
_CALLED = _select(Called).where(_OF_BATCH).with_for_update()
_FIX = (
    sa.update(_MESSAGE)
    .where(_MESSAGE.c.id == sa.bindparam("fixed"))
    .values(
        state=MessageState.SENDING,
        state_at=sa.bindparam("at"),
        claimed_at=sa.bindparam("at"),
        check_at=None,
        batch_id=sa.bindparam("batch"),
        **{name: sa.bindparam(name) for name in _FIXED},
    )
)
_FIX_FORM = (
    sa.update(_MESSAGE)
    .where(_MESSAGE.c.id == sa.bindparam("fixed"))
    .values({name: sa.bindparam(name) for name in _FORM})
)
_SET_SENT = (
    sa.update(_MESSAGE)
    .where(_MESSAGE.c.id == sa.bindparam("taken"))
    .values(
        state=MessageState.SENT,
        state_at=sa.bindparam("at"),
        sent_at=sa.func.coalesce(_MESSAGE.c.sent_at, sa.bindparam("at", type_=UtcDateTime)),
        check_at=None,
        error="",
        provider_id=sa.bindparam("named"),
    )
)


def lanes(session: Session, sender_id: int, now: datetime) -> set[str]:
    """The lanes of a sender in which something could leave now."""
    found = session.connection().execute(_WITH_WORK, {"sender": sender_id, "at": now}).one()
    return {lane for lane, has_work in zip(_LANES, found, strict=True) if has_work}


def candidates(
    session: Session, sender_id: int, lane: str, now: datetime, limit: int
) -> Sequence[Candidate]:
    """Messages that could leave now, oldest first."""
    given = {"sender": sender_id, "at": now, "most": limit}
    return [Candidate._make(row) for row in session.connection().execute(_CANDIDATES[lane], given)]


def due_batch(session: Session, sender_id: int, now: datetime) -> MessageBatch | None:
    """A call whose outcome is to be found out by making it again; somebody's wait first."""
    statement = (
        select(MessageBatch)
        .where(
            col(MessageBatch.sender_id) == sender_id,
            col(MessageBatch.state) == BatchState.CALLING,
            col(MessageBatch.check_at) <= now,
        )
        .order_by(col(MessageBatch.lane).desc(), col(MessageBatch.id))
        .limit(1)
    )
    return session.exec(statement).first()


def next_look(session: Session, sender_id: int) -> datetime | None:
    """When the earliest open call of a sender is looked at again."""
    statement = select(sa.func.min(col(MessageBatch.check_at))).where(
        col(MessageBatch.sender_id) == sender_id, col(MessageBatch.state) == BatchState.CALLING
    )
    return session.exec(statement).one()


def batch(session: Session, batch_id: int) -> MessageBatch | None:
    return session.get(MessageBatch, batch_id)


def locked_batch(session: Session, batch_id: int) -> MessageBatch | None:
    statement = select(MessageBatch).where(col(MessageBatch.id) == batch_id).with_for_update()
    return session.exec(statement.execution_options(populate_existing=True)).first()


def members(session: Session, batch_id: int) -> Sequence[Message]:
    """The messages of a batch in their order, as the database has them."""
    statement = select(Message).where(col(Message.batch_id) == batch_id).order_by(col(Message.id))
    return session.exec(statement.execution_options(populate_existing=True)).all()


def locked(session: Session, message_ids: Collection[int]) -> Sequence[Message]:
    """Messages as they are now, held until the end of the transaction, in order."""
    statement = (
        select(Message).where(col(Message.id).in_(message_ids)).order_by(col(Message.id))
    ).with_for_update()
    return session.exec(statement.execution_options(populate_existing=True)).all()


def planned_of(session: Session, message_ids: Collection[int], lane: str) -> list[Letter]:
    """Those messages that still wait in the lane, held until the end of the transaction."""
    given = {"ids": list(message_ids), "lane": lane}
    return [Letter._make(row) for row in session.connection().execute(_PLANNED, given)]


def letters_of(session: Session, batch_id: int) -> list[Letter]:
    """The messages of a call in their order, as they were fixed."""
    return [
        Letter._make(row) for row in session.connection().execute(_LETTERS, {"batch": batch_id})
    ]


def called(session: Session, batch_id: int) -> list[Called]:
    """The messages of a call in their order, held until the end of the transaction."""
    return [Called._make(row) for row in session.connection().execute(_CALLED, {"batch": batch_id})]


def fix(session: Session, letters: Sequence[Letter], batch_id: int, now: datetime) -> None:
    """Make messages the members of a call, with their bodies."""
    values = {"at": now, "batch": batch_id}
    connection = session.connection()
    connection.execute(_FIX, [values | _values(letter, _FIXED) for letter in letters])
    if formed := [_values(letter, _FORM) for letter in letters if letter.template]:
        connection.execute(_FIX_FORM, formed)


def _values(letter: Letter, names: tuple[str, ...]) -> dict[str, Any]:
    return {"fixed": letter.id, **{name: getattr(letter, name) for name in names}}


def set_sent(session: Session, provider_ids: Mapping[int, str], now: datetime) -> None:
    """Messages, by id, that the provider took under ids of its own."""
    rows = [{"taken": key, "named": named, "at": now} for key, named in provider_ids.items()]
    session.connection().execute(_SET_SENT, rows)


def add_batch(session: Session, batch: MessageBatch) -> int:
    session.add(batch)
    session.flush()
    assert batch.id is not None
    return batch.id


def of_providers(
    session: Session, named: Collection[tuple[int, str]]
) -> dict[tuple[int, str], Message]:
    """Messages by (sender, its provider's id), held until the end, in order and without bodies."""
    if not named:
        return {}
    statement = (
        select(Message)
        .where(
            col(Message.provider_id).in_({provider_id for _, provider_id in named}),
            col(Message.sender_id).in_({sender_id for sender_id, _ in named}),
        )
        .order_by(col(Message.id))
        .options(defer(Message.html), defer(Message.text))  # type: ignore[arg-type]
        .with_for_update()
    )
    rows = session.exec(statement.execution_options(populate_existing=True)).all()
    return {(row.sender_id or 0, row.provider_id): row for row in reversed(rows)}


def of_sender(
    session: Session, sender_id: int, *, provider_id: str, message_id: int | None
) -> Message | None:
    """A message that left by this sender, held until the end: by its provider's id, else ours."""
    for known in (
        (col(Message.provider_id) == provider_id) if provider_id else None,
        (col(Message.id) == message_id) if message_id is not None else None,
    ):
        if known is None:
            continue
        statement = select(Message).where(known, col(Message.sender_id) == sender_id).limit(1)
        found = session.exec(statement.with_for_update()).first()
        if found is not None:
            return found
    return None
