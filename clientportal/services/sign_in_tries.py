"""How often somebody may try to sign in; counted before a try is judged (DESIGN rule 4)."""

from datetime import datetime, timedelta

from sqlmodel import Session

from clientportal.domain.errors import TooMany
from clientportal.limits import network_of
from clientportal.storage import identity as store
from clientportal.storage.models import SignInTry

TRIES_PER_ADDRESS = 120
HOUR = timedelta(hours=1)


def normalise_email(text: str) -> str:
    return text.strip().casefold()[:254]


def count_address(session: Session, address: str, now: datetime) -> None:
    """Count a try of a network address. Raises TooMany after 120 per hour."""
    count(session, "address", network_of(address), TRIES_PER_ADDRESS, now)


def count(session: Session, kind: str, subject: str, most: int, now: datetime) -> None:
    """Count a try of a subject. Raises TooMany after `most` per hour."""
    if not subject:
        return
    store.lock_subject(session, f"{kind}:{subject}")
    if store.count_tries(session, kind, subject, now - HOUR) >= most:
        raise TooMany(code="too_many_tries", seconds=seconds(HOUR))
    session.add(SignInTry(kind=kind, subject=subject[:254], at=now))
    session.flush()


def seconds(span: timedelta) -> int:
    """Whole seconds of a waiting time, at least one."""
    return max(1, int(span.total_seconds()))
