"""Statements about the columns that a company remembers of its import files."""

from collections.abc import Iterable

from sqlmodel import Session, col, select

from clientportal.domain.actors import Actor
from clientportal.storage.models import ImportMapping
from clientportal.storage.scope import visible_to


def by_header(session: Session, actor: Actor, kind: str, header_key: str) -> ImportMapping | None:
    statement = select(ImportMapping).where(
        visible_to(actor, ImportMapping),
        col(ImportMapping.kind) == kind,
        col(ImportMapping.header_key) == header_key,
    )
    return session.exec(statement).first()


def by_name(session: Session, actor: Actor, kind: str, name: str) -> ImportMapping | None:
    statement = select(ImportMapping).where(
        visible_to(actor, ImportMapping),
        col(ImportMapping.kind) == kind,
        col(ImportMapping.name) == name,
    )
    return session.exec(statement).first()


def names(session: Session, actor: Actor, kind: str) -> Iterable[str]:
    statement = select(col(ImportMapping.name)).where(
        visible_to(actor, ImportMapping), col(ImportMapping.kind) == kind
    )
    return session.exec(statement)


def save(session: Session, mapping: ImportMapping) -> None:
    session.add(mapping)
    session.flush()


def delete(session: Session, mapping: ImportMapping) -> None:
    session.delete(mapping)
    session.flush()
