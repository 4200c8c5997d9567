"""The electronic original of a document: the file that the company's ERP issued."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from clientportal.domain.documents import Kind
from clientportal.domain.fiscal_code import FiscalCheck
from clientportal.storage.base import UtcDateTime, enum_type, same_company


class DocumentOriginal(SQLModel, table=True):
    """A UBL file, kept byte for byte in the file store, and what it said beyond the document.

    `root_kind` is the kind of the file's root element: a negative invoice became a credit note.
    `corrects` are the numbers that a note refers to, also before that document is here.
    `difference_minor` is what the document's net has over the sum of its lines.
    """

    __tablename__ = "document_original"
    __table_args__ = (
        sa.UniqueConstraint("document_id"),
        sa.UniqueConstraint("company_id", "file_sha256"),
        *same_company("document", "document_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    company_id: int
    document_id: int
    file_sha256: str = Field(max_length=64)
    file_name: str = Field(default="", max_length=200)
    root_kind: Kind = Field(sa_type=enum_type(Kind))
    corrects: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    fiscal_check: FiscalCheck = Field(default=FiscalCheck.UNCHECKED, sa_type=enum_type(FiscalCheck))
    fiscal_url: str = Field(default="", max_length=250)
    difference_minor: int = Field(default=0, sa_type=sa.BigInteger)
    warnings: list[dict[str, Any]] = Field(default_factory=list, sa_type=sa.JSON)
    created_at: datetime = Field(sa_type=UtcDateTime)
