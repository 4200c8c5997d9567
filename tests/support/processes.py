"""Other processes of the same installation, for what only two processes can show."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def python(code: str, *arguments: str) -> "subprocess.Popen[str]":
    """A process that runs `code` with this test's settings; input and output are pipes."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env=os.environ.copy(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def eventually(question: Callable[[], bool], seconds: float = 15) -> bool:
    """Ask until the answer is yes or the time is over; gives the last answer."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if question():
            return True
        time.sleep(0.05)
    return question()
