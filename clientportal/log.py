"""Logging: one line per fact, a request id on each; JSON in production, readable in development.

Libraries write whole events, headers and traces, so every text is searched for secrets and cut
before it is written, and a line that a stranger can provoke at will is not written at will.
"""

import logging
import re
import secrets
import sys
import threading
from typing import Any

import structlog
from structlog.contextvars import bind_contextvars, clear_contextvars, merge_contextvars
from structlog.types import EventDict

from clientportal.limits import Limiter
from clientportal.settings import Settings

# Values under these names never reach a log, whoever passes them (DESIGN §8).
_SECRET_NAMES = frozenset({"token", "code", "password", "cookie", "authorization", "secret"})

HIDDEN = "hidden"
MOST_TEXT = 2_000
MOST_TRACE = 8_000
_SEARCHED = 20_000
"""Characters that are looked at: what lies behind them is cut anyway."""

_SECRETS = (
    # A header or field in the repr or the JSON of a mapping, escaped or not.
    re.compile(
        r"""(\\{0,3}["'](?:set-)?(?:cookie|authorization|password|secret|token|code)\\{0,3}["']\s*:\s*)"""
        r"""(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\s,}\]]+)""",
        re.IGNORECASE,
    ),
    re.compile(r"""([?&](?:token|code|password|secret)=)[^&\s"']+""", re.IGNORECASE),
    re.compile(r"""(\bsession=)[\w-]{8,}"""),
    # The token of a link, in an address of ours or quoted in a parameter.
    re.compile(r"""((?:/|%2F)(?:d|u|invite|pay)(?:/|%2F))[\w-]{20,}""", re.IGNORECASE),
    # A tab's token is a UUID; it stands in the socket's address and in names of tasks.
    re.compile(r"()\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"),
)

# Warnings and errors of one place in the code: a burst, then one a second.
BURST_PER_PLACE = 50
RATE_PER_PLACE = 1.0


def new_request_id() -> str:
    """A fresh id: 12 hex digits."""
    return secrets.token_hex(6)


def begin_request(request_id: str, **facts: object) -> None:
    """Start the log context of one request, event or job."""
    clear_contextvars()
    bind_contextvars(request_id=request_id, **facts)


def _hide_secrets(_logger: Any, _method: str, event: EventDict) -> EventDict:
    for name in _SECRET_NAMES & event.keys():
        event[name] = "hidden"
    return event


def _bounded(text: str, most: int) -> str:
    """The text without secrets, at most so long: its beginning and its end."""
    text = text if len(text) <= _SEARCHED else text[: _SEARCHED // 2] + text[-_SEARCHED // 2 :]
    for pattern in _SECRETS:
        text = pattern.sub(rf"\1{HIDDEN}", text)
    half = most // 2
    return text if len(text) <= most else f"{text[:half]} … {text[-half:]}"


_CONTAINERS: tuple[type[Any], ...] = (dict, list, tuple, bytes)


def _bound_texts(_logger: Any, _method: str, event: EventDict) -> EventDict:
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = _bounded(value, MOST_TRACE if name == "exception" else MOST_TEXT)
        elif isinstance(value, _CONTAINERS):
            event[name] = _bounded(repr(value), MOST_TEXT)
    return event


class Damper(logging.Filter):
    """Lets a burst of warnings and errors of one place pass, then one a second.

    A stranger can send malformed frames as fast as the edge lets them in; each would be a trace.
    The next line of the place says in `suppressed` how many were left out.
    """

    def __init__(self) -> None:
        super().__init__()
        self._limiter = Limiter(RATE_PER_PLACE, BURST_PER_PLACE, keys_kept=2_000)
        self._left_out: dict[str, int] = {}
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is written."""
        if record.levelno < logging.WARNING:
            return True
        kind = record.exc_info[0] if record.exc_info else None
        place = f"{record.name}:{record.pathname}:{record.lineno}:{kind}"
        with self._lock:
            if not self._limiter.allows(place):
                self._left_out[place] = self._left_out.get(place, 0) + 1
                return False
            left_out = self._left_out.pop(place, 0)
        if left_out:
            record.suppressed = left_out
        return True


def configure(settings: Settings) -> None:
    """Send every logger of the process (ours, the framework's, the server's) through one format."""
    shared: list[Any] = [
        merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
        _hide_secrets,
    ]
    # Plain traces: the pretty ones print local variables, cookies among them, and are slow.
    last: list[Any] = [structlog.processors.format_exc_info, _bound_texts]
    last.append(
        structlog.processors.JSONRenderer()
        if settings.is_production
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    handler.addFilter(Damper())
    # What is logged by structlog itself takes the same way, or it would be written as it stands.
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    for own in ("engineio.server", "socketio.server"):
        # With a level of its own it adds no handler of its own, past all of the above.
        logging.getLogger(own).setLevel(logging.WARNING)
        logging.getLogger(own).handlers.clear()
    root.setLevel(settings.log_level)
    for noisy in ("httpx", "httpcore", "engineio", "socketio", "urllib3", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # Below an error it tells of every socket and of whatever a stranger sends.
    logging.getLogger("uvicorn").setLevel(logging.ERROR)
