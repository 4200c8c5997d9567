"""The command line in a process that ends itself with SIGKILL at a named point of an import.

`python -m tests.support.killed serve` with TEST_KILL_AT (after CLIENTPORTAL_) = point or point:n,
n counting from 0. TEST_SLICE is the number of rows of a slice, TEST_LATE the seconds after which
nobody's run is taken up anew. Nothing of the product knows of it.
"""

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

POINTS = ("reading", "checking", "inside", "after", "file", "noted")
"""reading: the file is read; checking: it is compared whole; inside:n: the slice n is written and
not committed; after:n: it is committed; file:n: the UBL file n is written and not committed;
noted:n: it is committed."""


def environment(at: str, *, slice_rows: int = 400, late: int = 90) -> dict[str, str]:
    """The settings by their short names, to be given to a process."""
    return {"TEST_KILL_AT": at, "TEST_SLICE": str(slice_rows), "TEST_LATE": str(late)}


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dying(real: Callable[..., Any], nth: int) -> Callable[..., Any]:
    """The function, which the process does not outlive when it is called for the nth time."""
    calls = 0

    def function(*given: Any, **named: Any) -> Any:
        nonlocal calls
        found = real(*given, **named)
        if calls == nth:
            die()
        calls += 1
        return found

    return function


def arm() -> None:
    """Put the point of the environment into the modules of the import."""
    from clientportal.services import import_steps, ubl_imports, ubl_uploads

    late = timedelta(seconds=int(os.environ.get("CLIENTPORTAL_TEST_LATE", "90")))
    for module in (import_steps, ubl_uploads):
        module.LATE = late
    import_steps.SLICE = int(os.environ.get("CLIENTPORTAL_TEST_SLICE", "400"))
    point, _, text = os.environ.get("CLIENTPORTAL_TEST_KILL_AT", "").partition(":")
    nth = int(text or 0)
    if point == "checking":
        kind_of = import_steps.file_kind

        def file_kind(name: str) -> Any:
            kind = kind_of(name)
            return replace(kind, compare=dying(kind.compare, 0))

        import_steps.file_kind = file_kind
        return
    places: dict[str, tuple[Any, str]] = {
        "reading": (import_steps, "read_as"),
        "inside": (import_steps, "_store"),
        "after": (import_steps, "_step"),
        "file": (ubl_imports, "bring"),
        "noted": (ubl_uploads, "_one"),
    }
    if point:
        module, name = places[point]
        setattr(module, name, dying(getattr(module, name), nth))


def main() -> None:
    from clientportal import cli

    arm()
    sys.exit(cli.main(sys.argv[1:]))


if __name__ == "__main__":
    main()
