"""Who can sign in: users, their sessions, codes and counted tries."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from clientportal.storage.base import UtcDateTime


class User(SQLModel, table=True):
    """A sign-in identity: one e-mail, one set of credentials."""

    __tablename__ = "app_user"

    id: int | None = Field(default=None, primary_key=True)
    email: str = Field(max_length=254, unique=True)
    name: str = Field(max_length=200)
    password_hash: str | None = Field(default=None, max_length=255)
    language: str = Field(default="es", max_length=5)
    created_at: datetime = Field(sa_type=UtcDateTime)
    disabled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class UserSession(SQLModel, table=True):
    """One signed-in browser. Only the hash of its cookie is stored."""

    __tablename__ = "user_session"
    __table_args__ = (sa.Index(None, "user_id"),)

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="app_user.id")
    token_hash: str = Field(max_length=64, unique=True)
    kind: str = Field(max_length=12)  # member | customer: decides the sliding time
    opened_by: str = Field(default="", max_length=12)  # password | code | demo
    created_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    user_agent: str = Field(default="", max_length=300)
    address: str = Field(default="", max_length=64)


class SignInCode(SQLModel, table=True):
    """A six-digit code sent to an address; a row for unknown ones too, so that both look alike."""

    __tablename__ = "sign_in_code"
    __table_args__ = (sa.Index(None, "email", "created_at"),)

    id: int | None = Field(default=None, primary_key=True)
    email: str = Field(max_length=254)
    code_hash: str = Field(max_length=64)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    by_member: bool = Field(default=False)  # asked for by staff, from their own session
    tries: int = Field(default=0)
    consumed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SignInTry(SQLModel, table=True):
    """A counted attempt, so that limits hold over processes and restarts. Swept after a day."""

    __tablename__ = "sign_in_try"
    __table_args__ = (sa.Index(None, "kind", "subject", "at"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=20)  # password | code | address
    subject: str = Field(max_length=254)
    at: datetime = Field(sa_type=UtcDateTime)
