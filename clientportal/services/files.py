"""Stored files: a company's logo for whoever may see the company, and the sweep of orphans."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from clientportal.domain.actors import Actor
from clientportal.domain.errors import NotFound
from clientportal.domain.permissions import Permission, require
from clientportal.storage import companies as storage
from clientportal.storage import files

ORPHAN_AGE = timedelta(days=1)
"""A file is written before its row: younger ones may still be waiting for it."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """Bytes to send, with the type that was sniffed when they came in."""

    content: bytes
    media_type: str
    sha256: str


def logo(session: Session, actor: Actor, *, company_id: int) -> StoredFile:
    """The logo of a company that the actor may see. Raises NotFound when there is none."""
    require(actor, Permission.COMPANY_READ)
    company = storage.visible(session, actor, company_id)
    if company is None or company.logo_sha256 is None:
        raise NotFound()
    try:
        content = files.store().get(company.logo_sha256)
    except FileNotFoundError as error:
        raise NotFound() from error
    return StoredFile(content, company.logo_media_type, company.logo_sha256)


def sweep(session: Session, *, now: datetime) -> int:
    """Delete stored files that no row names and that are older than a day; returns how many."""
    store = files.store()
    kept = files.referenced(session)
    orphans = [sha for sha in store.stored_before(now - ORPHAN_AGE) if sha not in kept]
    for sha in orphans:
        store.delete(sha)
    return len(orphans)
