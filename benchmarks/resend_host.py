"""The Resend simulator as a process of its own, light enough for a hundred thousand messages.

usage: python -m benchmarks.resend_host RATE LOST LOG
It prints its address, answers calls at RATE a second at most, loses the share LOST of its answers
after it took the mails, and writes one line per call to LOG: time, new or again, recipients.
"""

import json
import random
import sys
import time
from pathlib import Path
from typing import Any

from tests.support.simulators import Reply, ResendHost, serving


class Chance(list[Any]):
    """Faults without end: now and then an answer is lost."""

    def __init__(self, share: float) -> None:
        self.share, self.random = share, random.Random(5)

    def __bool__(self) -> bool:
        return True

    def pop(self, _place: Any = 0) -> str | None:
        return "lose" if self.random.random() < self.share else None


class Host(ResendHost):
    """Keeps addresses instead of mails, and writes down every call."""

    def __init__(self, rate: int, lost: float, log: Path) -> None:
        super().__init__(rate=rate, faults=Chance(lost))
        self.log = log.open("w", buffering=1)
        self.count = 0
        self.tokens, self.refilled = float(rate), time.monotonic()

    def _is_too_fast(self) -> bool:
        now = time.monotonic()
        filled = self.tokens + (now - self.refilled) * self.rate
        self.tokens, self.refilled = min(filled, float(self.rate)), now
        if self.tokens < 1:
            return True
        self.tokens -= 1
        return False

    def answer(self, method: str, path: str, headers: dict[str, str], body: Any) -> Reply:
        self.requests.clear()
        known = headers.get("idempotency-key", "") in self.keys
        reply = super().answer(method, path, headers, body)
        if reply[0] == 200:
            mails = body if isinstance(body, list) else [body]
            to = [mail["to"][0].rpartition("<")[2].rstrip(">") for mail in mails]
            said = ["again" if known else "new", *([] if known else to)]
            self.log.write(f"{time.time():.4f} {' '.join(said)}\n")
        else:
            self.log.write(f"{time.time():.4f} refused {reply[0]}\n")
        return reply

    def _store(self, taken: list[dict[str, Any]], mail: dict[str, Any]) -> str:  # noqa: ARG002
        self.count += 1
        return f"mail-{self.count}"


def main() -> None:
    rate, lost, log = int(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3])
    host = Host(rate, lost, log)
    with serving(host):
        sys.stdout.write(json.dumps({"url": host.url}) + "\n")
        sys.stdout.flush()
        sys.stdin.read()  # until whoever started it is gone


if __name__ == "__main__":
    main()
