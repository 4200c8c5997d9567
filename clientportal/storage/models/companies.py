"""The tenant: company, its members and its number series."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from clientportal.domain.actors import Role
from clientportal.domain.documents import Kind
from clientportal.storage.base import UtcDateTime, enum_type


class Company(SQLModel, table=True):
    """The issuer of documents."""

    __tablename__ = "company"

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(max_length=60, unique=True)
    name: str = Field(max_length=200)
    country: str = Field(default="CO", max_length=2)
    tax_id_kind: str = Field(default="", max_length=20)
    tax_id: str = Field(default="", max_length=40)
    logo_sha256: str | None = Field(default=None, max_length=64)
    logo_media_type: str = Field(default="", max_length=60)
    accent: str = Field(default="#0f5f68", max_length=7)
    accent_tokens: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    time_zone: str = Field(default="America/Bogota", max_length=60)
    language: str = Field(default="es", max_length=5)
    currencies: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    tax_rates: list[str] = Field(default_factory=list, sa_type=sa.JSON)  # percent; [] means any
    reply_email: str = Field(default="", max_length=254)
    allow_partial_payment: bool = Field(default=False)
    is_test: bool = Field(default=False)
    fallback_channel: bool = Field(
        default=False
    )  # after a failed delivery, by the last that worked
    fiscal_keys: str = Field(default="", sa_type=sa.Text)  # sealed by services.credentials
    version: int = Field(default=1)  # counts edits: a form that saw an older one is refused
    created_at: datetime = Field(sa_type=UtcDateTime)


class CompanyMember(SQLModel, table=True):
    """A user's place in a company's staff."""

    __tablename__ = "company_member"
    __table_args__ = (
        sa.UniqueConstraint("company_id", "user_id"),
        sa.Index(None, "user_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    company_id: int = Field(foreign_key="company.id")
    user_id: int = Field(foreign_key="app_user.id")
    role: Role = Field(sa_type=enum_type(Role))
    created_at: datetime = Field(sa_type=UtcDateTime)


class NumberSeries(SQLModel, table=True):
    """The next number of one kind of document. Its row is locked by the issuing transaction."""

    __tablename__ = "number_series"
    __table_args__ = (sa.UniqueConstraint("company_id", "kind"),)

    id: int | None = Field(default=None, primary_key=True)
    company_id: int = Field(foreign_key="company.id")
    kind: Kind = Field(sa_type=enum_type(Kind))
    prefix: str = Field(default="", max_length=12)
    next_number: int = Field(default=1)
    padding: int = Field(default=0)
