"""Keys that make a message unique: the same cause to the same person is one row, so one message.

Built here alone and tested literally: changing one would send again what was already sent.
"""

from datetime import datetime


def _to(address: str) -> str:
    return address.strip().casefold()


def receipt(payment_id: int, to: str) -> str:
    """The customer's receipt of a booked payment."""
    return f"receipt:{payment_id}:{_to(to)}"


def payment_received(payment_id: int, to: str) -> str:
    """What the staff get when a payment is booked."""
    return f"payment_received:{payment_id}:{_to(to)}"


def payment_credited(payment_id: int, to: str) -> str:
    """Told to both sides: money came that no invoice could take, so it is credit."""
    return f"payment_credited:{payment_id}:{_to(to)}"


def payment_review(payment_id: int, to: str) -> str:
    """Told to the staff: a payment does not match its attempt and waits for them."""
    return f"payment_review:{payment_id}:{_to(to)}"


def payment_reversed(payment_id: int, to: str) -> str:
    """Told to the staff: the bank took a payment back."""
    return f"payment_reversed:{payment_id}:{_to(to)}"


def comment(comment_id: int, to: str) -> str:
    """A comment on a document: a customer's to the company's reply address, or an answer of staff
    to a customer."""
    return f"comment:{comment_id}:{_to(to)}"


def code(code_id: int) -> str:
    """A six-digit sign-in code."""
    return f"code:{code_id}"


def password(user_id: int, at: datetime) -> str:
    """Told to a person whose password was set or changed at that moment."""
    return f"password:{user_id}:{at.isoformat()}"


def invitation(access_id: int, attempt: int) -> str:
    """An invitation to the portal; sending it again on purpose raises `attempt`."""
    return f"invitation:{access_id}:{attempt}"


def document(document_id: int, attempt: int, to: str) -> str:
    """A document sent by e-mail; sending it again on purpose raises `attempt`."""
    return f"document:{document_id}:{attempt}:{_to(to)}"


def fallback(message_id: int) -> str:
    """What a person is told by another address when a message did not reach them: once."""
    return f"fallback:{message_id}"


def as_template(message_id: int) -> str:
    """The same message as a template, because the window for its text had closed: once."""
    return f"as_template:{message_id}"


def channel_test(company_id: int, channel: str, at: datetime) -> str:
    """A message by which a company tries a channel, asked for at that moment."""
    return f"channel_test:{company_id}:{channel}:{at.isoformat()}"
