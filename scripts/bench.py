"""Measures the budgets of the design as ratios against a floor taken in the same run.

usage: python scripts/bench.py [--documents 100000]
       [--only lists,receivables,search,handlers,socket,live,memory,bytes,imports,delivery]
       [--kind sqlite|postgresql] [--on URL] [--rows 100000] [--messages 100000]
`--on` measures on a database that is kept (filled at the first run), so that a million documents
are loaded once; without it every kind gets a fresh one.
`--rows` are those of the imported workbook, `--messages` those of the campaign. Prints
a table and exits 1 when a budget is missed.
What each row means stands in docs/benchmarks.md.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("CLIENTPORTAL_ENV", "production")
os.environ.setdefault("CLIENTPORTAL_SECRET_KEY", "only-for-benchmarks-" + "0" * 32)

from sqlalchemy import make_url  # noqa: E402

from benchmarks import (  # noqa: E402
    browser_bytes,
    delivery,
    handlers,
    imports,
    lists,
    live_pages,
    memory,
    receivables,
    searching,
    sockets,
)
from benchmarks.results import Results  # noqa: E402
from tests.support.databases import KINDS, fresh_database  # noqa: E402

SECTIONS = (
    "lists",
    "receivables",
    "search",
    "handlers",
    "socket",
    "live",
    "memory",
    "bytes",
    "imports",
    "delivery",
)

SAME_ON_ALL = {("bytes", kind) for kind in KINDS[1:]}
"""What a browser loads does not depend on the database."""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--rows", type=int, default=imports.ROWS)
    parser.add_argument("--messages", type=int, default=delivery.MESSAGES)
    parser.add_argument("--only", default=",".join(SECTIONS))
    parser.add_argument("--kind", choices=KINDS, action="append")
    parser.add_argument("--on", action="append", metavar="URL", default=[])
    arguments = parser.parse_args()
    wanted = set(arguments.only.split(","))
    if unknown := wanted - set(SECTIONS):
        parser.error(f"--only knows {', '.join(SECTIONS)}; not {', '.join(sorted(unknown))}")
    results = Results(arguments.documents)
    for url in arguments.on:
        with tempfile.TemporaryDirectory(prefix="clientportal-bench-") as folder:
            _migrate(url)
            kind = make_url(url).get_backend_name()
            _measure(kind, url, Path(folder), arguments, wanted, results)
    for kind in arguments.kind or (() if arguments.on else KINDS):
        with tempfile.TemporaryDirectory(prefix="clientportal-bench-") as folder:
            home = Path(folder)
            with fresh_database(kind, home) as url:
                _measure(kind, url, home, arguments, wanted, results)
    return results.report()


def _migrate(url: str) -> None:
    environment = os.environ | {"CLIENTPORTAL_DATABASE_URL": url}
    command = [sys.executable, "-m", "clientportal", "migrate"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


def _measure(
    kind: str,
    url: str,
    home: Path,
    arguments: argparse.Namespace,
    wanted: set[str],
    results: Results,
) -> None:
    os.environ["CLIENTPORTAL_DATABASE_URL"] = url
    os.environ["CLIENTPORTAL_DATA_DIR"] = str(home / "data")
    documents = arguments.documents
    started = time.monotonic()
    lists.prepare(documents)
    results.note(kind, f"{documents} documents loaded in {time.monotonic() - started:.0f} s")
    sections: dict[str, Callable[[], None]] = {
        "lists": lambda: lists.measure_lists(kind, results),
        "receivables": lambda: receivables.measure(kind, results),
        "search": lambda: searching.measure(kind, results),
        "handlers": lambda: handlers.measure(kind, url, home, results),
        "socket": lambda: sockets.measure(kind, url, home, results),
        "live": lambda: live_pages.measure(kind, url, home, results),
        "memory": lambda: memory.measure(kind, url, home, results),
        "bytes": lambda: browser_bytes.measure(kind, url, home, results),
        "imports": lambda: imports.measure(kind, url, home, results, arguments.rows),
        "delivery": lambda: delivery.measure(kind, url, home, results, arguments.messages),
    }
    for name, measure in sections.items():
        if name in wanted and (name, kind) not in SAME_ON_ALL:
            started = time.monotonic()
            try:
                measure()
            except Exception as error:
                # One section that breaks down must not take the figures of the others with it.
                traceback.print_exc()
                results.add(kind, f"{name} came to its end", repr(error)[:200], "yes", good=False)
            results.note(kind, f"{name} measured in {time.monotonic() - started:.0f} s")
    lists.forget()


if __name__ == "__main__":
    sys.exit(main())
