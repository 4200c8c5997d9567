"""Documents sent by e-mail: what was sent, to whom, by which link it opens, with which files."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from clientportal.storage.base import UtcDateTime, same_company


class DocumentSend(SQLModel, table=True):
    """One press of *Send*. `attempt` counts the sends of a document: sending again is a new one."""

    __tablename__ = "document_send"
    __table_args__ = (
        sa.UniqueConstraint("company_id", "id"),
        sa.UniqueConstraint("document_id", "attempt"),
        *same_company("document", "document_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    company_id: int
    document_id: int
    attempt: int
    author: str = Field(default="", max_length=200)
    created_at: datetime = Field(sa_type=UtcDateTime)


class DocumentLink(SQLModel, table=True):
    """The link of one recipient of a send: opens that document alone, until a day or revocation.

    Only the hash of its token is stored. `opened_at`: some program loaded the page, as scanners of
    mail do; `seen_at`: a person read it. Each is the first time.
    """

    __tablename__ = "document_link"
    __table_args__ = (
        sa.UniqueConstraint("token_hash"),
        sa.UniqueConstraint("message_id"),
        sa.Index(None, "document_id", "send_id"),
        *same_company("document", "document_id"),
        *same_company("document_send", "send_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    company_id: int
    document_id: int
    send_id: int
    message_id: int = Field(foreign_key="message.id")
    to_address: str = Field(max_length=254)
    to_norm: str = Field(max_length=254)
    to_name: str = Field(default="", max_length=200)
    token_hash: str = Field(max_length=64)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    opened_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    seen_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class MessageFile(SQLModel, table=True):
    """A file attached to a message, frozen with its body; the bytes are in the file store."""

    __tablename__ = "message_file"
    __table_args__ = (sa.UniqueConstraint("message_id", "position"),)

    id: int | None = Field(default=None, primary_key=True)
    message_id: int = Field(foreign_key="message.id")
    position: int
    name: str = Field(max_length=200)
    media_type: str = Field(max_length=60)
    file_sha256: str = Field(max_length=64, index=True)
    size: int
