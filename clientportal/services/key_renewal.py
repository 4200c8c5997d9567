"""Changing our key: everything that is encrypted at rest, written anew under the present one."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlmodel import Session

from clientportal.services import credentials
from clientportal.services.credentials import Unreadable
from clientportal.storage import sealed as storage


@dataclass(frozen=True, slots=True)
class Renewal:
    """How many texts were written anew, and which no key of ours opens (`table:id`)."""

    renewed: int
    unreadable: tuple[str, ...]


def renew(session: Session) -> Renewal:
    """Renew the secrets of senders and the fiscal keys of companies, in the caller's transaction.

    For the operator, who has the keys: no actor. What cannot be read stays as it is and is named.
    """
    count = 0
    unreadable: list[str] = []
    for name, sealed, write in storage.texts(session):
        try:
            _renew_one(sealed, write)
            count += 1
        except Unreadable:
            unreadable.append(name)
    return Renewal(count, tuple(unreadable))


def _renew_one(sealed: str, write: Callable[[str], None]) -> None:
    write(credentials.renewed(sealed))
