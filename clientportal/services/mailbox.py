"""The local mailbox: every rendered mail, for `/outbox` alone, which production has not."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from clientportal.channels.base import Attached
from clientportal.domain.delivery import MessageState
from clientportal.services import secret_links
from clientportal.storage import files
from clientportal.storage import messages as store
from clientportal.storage import sending as file_store
from clientportal.storage.models import Message

MOST_LISTED = 200


@dataclass(frozen=True, slots=True)
class PostFile:
    """A file attached to a mail; `position` counts from 1, `size` in bytes."""

    position: int
    name: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Post:
    """A mail, whole; its files only where one mail is asked for."""

    id: int
    to_address: str
    to_name: str
    reply_to: str
    language: str
    subject: str
    html: str
    text: str
    state: MessageState
    error: str
    created_at: datetime
    files: tuple[PostFile, ...] = ()


def mailbox(session: Session, *, address: str = "", limit: int = MOST_LISTED) -> list[Post]:
    """Every mail that was rendered, newest first, whose address contains `address`."""
    found = store.mailbox(session, address.strip().casefold(), limit)
    return [_post(message) for message in found]


def post(session: Session, message_id: int) -> Post | None:
    """One mail; None when there is none or it was not rendered yet."""
    row = store.get(session, message_id)
    if row is None or row.channel != "email" or not row.subject:
        return None
    attached = tuple(
        PostFile(file.position, file.name, file.media_type, file.size)
        for file in file_store.files_of(session, [message_id])
    )
    return replace(_post(row), files=attached)


def post_file(session: Session, message_id: int, position: int) -> Attached | None:
    """A file attached to a mail; None when there is none."""
    for file in file_store.files_of(session, [message_id]):
        if file.position == position:
            return Attached(file.name, file.media_type, files.store().get(file.file_sha256))
    return None


def _post(row: Message) -> Post:
    return Post(
        id=row.id or 0,
        to_address=row.to_address,
        to_name=row.to_name,
        reply_to=row.reply_to,
        language=row.language,
        subject=row.subject,
        html=secret_links.filled(row.html, row.link_seed),
        text=secret_links.filled(row.text, row.link_seed),
        state=row.state,
        error=row.error,
        created_at=row.created_at,
    )
