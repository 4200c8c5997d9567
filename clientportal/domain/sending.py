"""Rules of sending a document by e-mail: what may be written, what stands for a variable."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from clientportal.domain.documents import CREDIT, Kind
from clientportal.domain.errors import Invalid

LINK_LIFE = timedelta(days=90)
MOST_RECIPIENTS = 50
SUBJECT_LIMIT = 150
MESSAGE_LIMIT = 2_000
ATTACHED_LIMIT = 5_000_000
"""Bytes of a mail's files together; beyond it they are behind its link only. Mailboxes commonly
refuse mails of 10 MB, and a mail carries its files a third larger than they are."""
VARIABLES = ("number", "company", "account", "contact", "total", "balance", "due_date")
_VARIABLE = re.compile(r"\{\{\s*(\w{1,40})\s*\}\}")


class Wording(StrEnum):
    """What a mail says of its document: to pay, settled (never asked for again), or a credit."""

    DUE = "due"
    PAID = "paid"
    CREDIT = "credit"


def wording(kind: Kind, balance_minor: int) -> Wording:
    """The words for an issued document (mission 118, ambiguity i)."""
    if kind in CREDIT:
        return Wording.CREDIT
    return Wording.DUE if balance_minor > 0 else Wording.PAID


def subject(text: str, field: str) -> str:
    """A subject as it was written, on its one line.

    Raises Invalid: "required", "too_long", "not_one_line" for what could end a header (RFC 5322
    §2.2), "variable_unknown".
    """
    found = text.strip()
    if any(unicodedata.category(char) in {"Cc", "Zl", "Zp"} for char in found):
        raise Invalid(code="not_one_line", field=field)
    return _checked(found, field, SUBJECT_LIMIT)


def message(text: str, field: str) -> str:
    """A message as it was written: its line breaks stay, other control characters go.

    Raises Invalid: "required", "too_long", "variable_unknown".
    """
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = (char for char in plain if char == "\n" or unicodedata.category(char) != "Cc")
    return _checked("".join(kept).strip(), field, MESSAGE_LIMIT)


def _checked(text: str, field: str, most: int) -> str:
    if not text:
        raise Invalid(code="required", field=field)
    if len(text) > most:
        raise Invalid(code="too_long", field=field, longest=most)
    for name in _VARIABLE.findall(text):
        if name not in VARIABLES:
            raise Invalid(code="variable_unknown", field=field, name=name)
    return text


def fill(text: str, values: Mapping[str, str]) -> str:
    """`text` with its {{variables}}; what has no value stays as it is. A value is never read again
    for variables, so a customer's name cannot bring one in."""
    return _VARIABLE.sub(lambda match: values.get(match[1], match[0]), text)
