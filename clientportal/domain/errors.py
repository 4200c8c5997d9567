"""Errors are facts: a code, an HTTP status and parameters; words come from the catalogue."""

from typing import ClassVar


class PortalError(Exception):
    """Base of every refusal that a person may see.

    `code` is the catalogue key below `errors.`; `params` are JSON-safe values for its placeholders;
    `field` names the form field that it belongs to, if any.
    """

    code: ClassVar[str] = "unexpected"
    status: ClassVar[int] = 400

    def __init__(
        self, *, code: str | None = None, field: str | None = None, **params: object
    ) -> None:
        self.error_code = code or self.code
        self.field = field
        self.params = params
        super().__init__(self.error_code)


class NotSignedIn(PortalError):
    """Nobody is signed in, or the session has ended."""

    code = "not_signed_in"
    status = 401


class NotAllowed(PortalError):
    """The actor's role does not hold the permission."""

    code = "not_allowed"
    status = 403


class NotFound(PortalError):
    """The object does not exist, or the actor may not know that it does."""

    code = "not_found"
    status = 404


class Gone(PortalError):
    """It was there for whoever asks, and is not any more; `code` says why."""

    code = "gone"
    status = 410


class Invalid(PortalError):
    """A value that cannot be accepted; give `field` and a code of its own."""

    code = "invalid"
    status = 422


class Conflict(PortalError):
    """The object has moved on since the person looked at it."""

    code = "conflict"
    status = 409


class TooMany(PortalError):
    """A limit was reached; `seconds` says when to try again."""

    code = "too_many"
    status = 429
