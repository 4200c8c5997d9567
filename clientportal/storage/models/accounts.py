"""Clients of a company: accounts, contacts, addresses, access switches, customer spaces."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from clientportal.domain.contactability import Segment
from clientportal.storage.base import UtcDateTime, enum_type, same_company


class AccountKind(StrEnum):
    CUSTOMER = "customer"
    SUPPLIER = "supplier"
    BOTH = "both"


class Channel(StrEnum):
    EMAIL = "email"
    WHATSAPP = "whatsapp"
    PHONE = "phone"


class Account(SQLModel, table=True):
    """A client of one company."""

    __tablename__ = "account"
    __table_args__ = (
        sa.UniqueConstraint("company_id", "id"),
        sa.UniqueConstraint("company_id", "code"),
        sa.Index(None, "company_id", "name", "id"),
        sa.Index(None, "country", "tax_id_norm"),
        sa.Index(None, "company_id", "endpoint_id"),
        sa.Index(None, "company_id", "segment", "name", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    company_id: int = Field(foreign_key="company.id")
    code: str = Field(max_length=60)
    name: str = Field(max_length=200)
    kind: AccountKind = Field(default=AccountKind.CUSTOMER, sa_type=enum_type(AccountKind))
    country: str = Field(default="", max_length=20)
    tax_id_kind: str = Field(default="", max_length=20)
    tax_id: str = Field(default="", max_length=40)
    tax_id_norm: str = Field(default="", max_length=40)
    endpoint_id: str = Field(default="", max_length=100)  # its address in UBL files, scheme:id
    street: str = Field(default="", max_length=200)
    city: str = Field(default="", max_length=100)
    region: str = Field(default="", max_length=100)
    postal_code: str = Field(default="", max_length=20)
    tags: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    norm: str = Field(default="", max_length=1000)
    segment: Segment = Field(default=Segment.NO_DATA, sa_type=enum_type(Segment))
    version: int = Field(default=1)  # counts edits: a form that saw an older one is refused
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class Contact(SQLModel, table=True):
    """A person, linked to one or several accounts of one company."""

    __tablename__ = "contact"
    __table_args__ = (
        sa.UniqueConstraint("company_id", "id"),
        sa.Index(None, "company_id", "name", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    company_id: int = Field(foreign_key="company.id")
    name: str = Field(max_length=200)
    position: str = Field(default="", max_length=100)
    language: str = Field(default="", max_length=5)  # empty: the company's
    norm: str = Field(default="", max_length=1000)
    version: int = Field(default=1)  # counts edits: a form that saw an older one is refused
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class AccountContact(SQLModel, table=True):
    """The link between a contact and an account."""

    __tablename__ = "account_contact"
    __table_args__ = (
        sa.UniqueConstraint("account_id", "contact_id"),
        sa.Index(None, "contact_id"),
        *same_company("account", "account_id"),
        *same_company("contact", "contact_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    company_id: int
    account_id: int
    contact_id: int


class ContactPoint(SQLModel, table=True):
    """One address of a contact on one channel."""

    __tablename__ = "contact_point"
    __table_args__ = (
        sa.UniqueConstraint("contact_id", "channel", "address_norm"),
        sa.Index(None, "company_id", "channel", "address_norm"),
        *same_company("contact", "contact_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    company_id: int
    contact_id: int
    channel: Channel = Field(sa_type=enum_type(Channel))
    address: str = Field(max_length=254)
    address_norm: str = Field(max_length=254)
    label: str = Field(default="", max_length=60)


class Access(SQLModel, table=True):
    """The switches of (account, contact, e-mail). Its key is never changed, only its switches."""

    __tablename__ = "access"
    __table_args__ = (
        sa.UniqueConstraint("account_id", "contact_id", "email"),
        sa.Index(None, "email", "login"),
        sa.Index(None, "user_id", "login"),
        *same_company("account", "account_id"),
        *same_company("contact", "contact_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    company_id: int
    account_id: int
    contact_id: int
    email: str = Field(max_length=254)
    login: bool = Field(default=False)
    notify: bool = Field(default=True)
    muted: list[str] = Field(default_factory=list, sa_type=sa.JSON)  # kinds of news left out
    email_sync: bool = Field(default=False)
    user_id: int | None = Field(default=None, foreign_key="app_user.id")
    login_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    accepted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Space(SQLModel, table=True):
    """A customer space of one user: the accounts that are the same real customer."""

    __tablename__ = "space"
    __table_args__ = (sa.UniqueConstraint("user_id", "key"),)

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="app_user.id")
    key: str = Field(max_length=12, unique=True)  # the URL segment: selects, never grants
    created_at: datetime = Field(sa_type=UtcDateTime)


class SpaceAccount(SQLModel, table=True):
    """Which space an account stands in for a user; `pinned` when joined or split by hand."""

    __tablename__ = "space_account"
    __table_args__ = (
        sa.UniqueConstraint("user_id", "account_id"),
        sa.Index(None, "space_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="app_user.id")
    space_id: int = Field(foreign_key="space.id")
    account_id: int = Field(foreign_key="account.id")
    pinned: bool = Field(default=False)
