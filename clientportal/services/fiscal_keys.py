"""The company's keys of fiscal codes: sealed at rest, shown masked, used where files come in.

`contracts/payments.md` section 7.2: the technical key goes into a CUFE, the PIN into a CUDE.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

import structlog
from sqlmodel import Session

from clientportal import live
from clientportal.domain.actors import Actor
from clientportal.domain.errors import Invalid, NotFound
from clientportal.domain.fiscal_code import FiscalKeys
from clientportal.domain.permissions import Permission
from clientportal.services import audit, credentials
from clientportal.services.guards import require_staff
from clientportal.storage import companies as storage
from clientportal.storage.models import Company

log = structlog.get_logger()

NAMES = ("technical_key", "pin")
LONGEST = 100


@dataclass(frozen=True, slots=True)
class ShownKeys:
    """What a page may show of each: "" for none, else dots and at most its last characters."""

    technical_key: str
    pin: str


def shown(session: Session, actor: Actor) -> ShownKeys:
    """The keys of the actor's company, masked."""
    staff = require_staff(actor, Permission.COMPANY_READ)
    company = storage.visible(session, staff, staff.company_id)
    if company is None:
        raise NotFound()
    keys = asdict(of_company(company))
    return ShownKeys(**{name: credentials.masked(keys[name]) for name in NAMES})


def change(session: Session, actor: Actor, *, keys: Mapping[str, str], now: datetime) -> None:
    """Keep those that are given; "" forgets one. What is not named stays.

    Raises Invalid("fiscal_key_invalid") for a name: spaces, what is no ASCII, over 100 characters.
    """
    staff = require_staff(actor, Permission.COMPANY_EDIT)
    company = storage.visible(session, staff, staff.company_id, lock=True)
    if company is None:
        raise NotFound()
    kept = asdict(of_company(company))
    named = [name for name in NAMES if name in keys]
    for name in named:
        kept[name] = _checked(name, keys[name])
    company.fiscal_keys = credentials.seal({name: key for name, key in kept.items() if key})
    session.add(company)
    session.flush()
    told = {f"fiscal_{name}": credentials.masked(kept[name]) for name in named}
    audit.record(
        session, staff, "company.edited", now=now, subject=("company", staff.company_id),
        changes=told,
    )  # fmt: skip
    live.changed(session, f"company:{staff.company_id}", staff.company_id)


def of_company(company: Company) -> FiscalKeys:
    """The keys themselves; none, told in the log, when they were sealed under a lost key."""
    try:
        found = credentials.opened(company.fiscal_keys)
    except credentials.Unreadable:
        log.warning("services.fiscal_keys.unreadable", company_id=company.id)
        return FiscalKeys()
    return FiscalKeys(**{name: found.get(name, "") for name in NAMES})


def _checked(name: str, text: str) -> str:
    key = text.strip()
    if len(key) > LONGEST or not key.isascii() or any(char.isspace() for char in key):
        raise Invalid(code="fiscal_key_invalid", field=name, longest=LONGEST)
    return key
