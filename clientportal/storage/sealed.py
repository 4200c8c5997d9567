"""Every text that is stored encrypted: one place to find them when the key is changed.

Without an actor: called by the operator's command alone.
"""

from collections.abc import Callable, Iterator

from sqlmodel import Session, col, select

from clientportal.storage.models import Company, Sender

Sealed = tuple[str, str, Callable[[str], None]]


def texts(session: Session) -> Iterator[Sealed]:
    """(`table:id`, the encrypted text, a function that writes another one in its place)."""
    for sender in session.exec(select(Sender).where(col(Sender.secrets) != "")).all():
        yield f"sender:{sender.id}", sender.secrets, _writer(session, sender, "secrets")
    for company in session.exec(select(Company).where(col(Company.fiscal_keys) != "")).all():
        yield f"company:{company.id}", company.fiscal_keys, _writer(session, company, "fiscal_keys")


def _writer(session: Session, row: Sender | Company, column: str) -> Callable[[str], None]:
    def write(text: str) -> None:
        setattr(row, column, text)
        session.add(row)

    return write
