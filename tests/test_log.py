"""What reaches the log: no secret, no flood, whatever a library or a stranger writes."""

import io
import json
import logging
import time
from collections.abc import Iterator

import pytest
import socketio
import structlog

from clientportal import log
from clientportal.settings import Settings

COOKIE = "EnszT1zFJWGNreun7Opyl_NQmcHeHB9DGt4BCJP8Hmo"
TOKEN = "c18229bf-b9c4-4b08-a02a-09331d84ffae"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the process writes with the configuration of production."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    log.configure(Settings(env="production"))
    output = io.StringIO()
    handler = root.handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(output)
    yield output
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize(
    "text",
    [
        f"Event(name='x', router_data={{'headers': {{'cookie': 'a=b; session={COOKIE}'}}}})",
        f'{{"cookie": "session={COOKIE}", "password": "{COOKIE}"}}',
        f"headers [(b'cookie', b'__Host-session={COOKIE}')]",
        f"payload={{'code': '{COOKIE}', 'token': \"{COOKIE}\"}}",
        f"GET /_event/?EIO=4&token={COOKIE} 101",
        f'escaped {{\\"authorization\\": \\"{COOKIE}\\"}}',
    ],
)
def test_no_secret_in_a_sentence_or_a_trace(written: io.StringIO, text: str) -> None:
    logging.getLogger("library").error(text)
    try:
        raise ValueError(text)
    except ValueError:
        logging.getLogger("library").exception("failed")
    assert "failed" in written.getvalue()
    assert COOKIE not in written.getvalue()


def test_no_token_of_a_tab(written: io.StringIO) -> None:
    logging.getLogger("library").warning("Attempting to send to client %r", TOKEN)
    logging.getLogger("library").warning("x", extra={"headers": {"cookie": COOKIE}, "t": (TOKEN,)})
    assert "Attempting" in written.getvalue()
    assert TOKEN not in written.getvalue()
    assert COOKIE not in written.getvalue()


@pytest.mark.parametrize(
    "text",
    [f"GET /d/{'x' * 43}/document.pdf 200", f"next=%2Fd%2F{'x' * 43}", f"/u/{'x' * 43}?a=1"],
)
def test_no_token_of_a_link(written: io.StringIO, text: str) -> None:
    logging.getLogger("edge").warning(text)
    structlog.get_logger("edge").info("asked", path=text)
    assert "x" * 20 not in written.getvalue()


def test_a_line_is_bounded_and_stays_one_line(written: io.StringIO) -> None:
    logging.getLogger("library").error("begin\n%s\nend", "x" * 900_000)
    lines = written.getvalue().splitlines()
    assert len(lines) == 1
    assert len(lines[0]) < log.MOST_TEXT + 500
    event = json.loads(lines[0])["event"]
    assert event.startswith("begin")
    assert event.endswith("end")


def test_what_a_stranger_repeats_is_written_only_so_often(written: io.StringIO) -> None:
    for number in range(1_000):
        logging.getLogger("library").error("malformed frame %d", number)
    logging.getLogger("library").error("another place")
    lines = written.getvalue().splitlines()
    assert log.BURST_PER_PLACE <= len(lines) <= log.BURST_PER_PLACE + 10
    assert "another place" in lines[-1]


def test_what_structlog_itself_is_given_takes_the_same_way(written: io.StringIO) -> None:
    structlog.get_logger("jobs").info("engine.started", token=TOKEN, cookie=COOKIE, executor="a")
    line = json.loads(written.getvalue())
    assert (line["event"], line["executor"], line["level"]) == ("engine.started", "a", "info")
    assert TOKEN not in written.getvalue()
    assert COOKIE not in written.getvalue()


def test_the_library_of_the_sockets_writes_nothing_past_it(
    written: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    """It would give itself a handler, whose traces nobody searches, cuts or counts."""
    socketio.AsyncServer(async_mode="asgi")
    for name in ("engineio.server", "socketio.server"):
        assert logging.getLogger(name).handlers == []
        logging.getLogger(name).error("handler failed: session=%s", COOKIE)
    assert len(written.getvalue().splitlines()) == 2
    assert COOKIE not in written.getvalue()
    assert capfd.readouterr().err == ""


def test_how_many_lines_were_left_out_is_told() -> None:
    damper = log.Damper()
    clock = [0.0]
    damper._limiter.clock = lambda: clock[0]

    def record() -> logging.LogRecord:
        return logging.LogRecord("library", logging.ERROR, "a.py", 7, "m", (), None)

    passed = [damper.filter(record()) for _ in range(log.BURST_PER_PLACE + 4)]
    assert passed.count(False) == 4
    clock[0] = 2.0
    late = record()
    assert damper.filter(late)
    assert late.__dict__["suppressed"] == 4
    assert damper.filter(logging.LogRecord("x", logging.INFO, "a.py", 7, "m", (), None))


def test_hostile_text_costs_no_time(written: io.StringIO) -> None:
    started = time.process_time()
    for text in ("\\" * 900_000, '"code":\'' * 100_000, "'token'" + " " * 900_000):
        logging.getLogger("library").error("%s", text)
    assert time.process_time() - started < 1
    assert len(written.getvalue().splitlines()) == 3
