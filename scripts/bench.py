"""Measures the budgets of the design as ratios against a floor taken in the same run.

usage: python scripts/bench.py [--documents 100000] [--only lists,search,socket,live,memory,bytes]
       [--kind sqlite|postgresql]
Prints one table per database and exits 1 when a budget is missed.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("CLIENTPORTAL_ENV", "production")
os.environ.setdefault("CLIENTPORTAL_SECRET_KEY", "only-for-benchmarks-" + "0" * 32)

from benchmarks import browser_bytes, lists, live_pages, sockets  # noqa: E402
from benchmarks.results import Results  # noqa: E402
from tests.support.databases import KINDS, fresh_database  # noqa: E402

SECTIONS = ("lists", "search", "socket", "live", "memory", "bytes")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--only", default=",".join(SECTIONS))
    parser.add_argument("--kind", choices=KINDS, action="append")
    arguments = parser.parse_args()
    wanted = set(arguments.only.split(","))
    results = Results(arguments.documents)
    for kind in arguments.kind or KINDS:
        with tempfile.TemporaryDirectory(prefix="clientportal-bench-") as folder:
            home = Path(folder)
            with fresh_database(kind, home) as url:
                _measure(kind, url, home, arguments.documents, wanted, results)
    return results.report()


def _measure(
    kind: str, url: str, home: Path, documents: int, wanted: set[str], results: Results
) -> None:
    os.environ["CLIENTPORTAL_DATABASE_URL"] = url
    os.environ["CLIENTPORTAL_DATA_DIR"] = str(home / "data")
    started = time.monotonic()
    lists.prepare(documents)
    results.note(kind, f"{documents} documents loaded in {time.monotonic() - started:.0f} s")
    if "lists" in wanted:
        lists.measure_lists(kind, results)
    if "search" in wanted:
        lists.measure_search(kind, results)
    if wanted & {"socket", "live", "memory"}:
        sockets.measure(kind, url, home, wanted, results)
    if "live" in wanted:
        live_pages.measure(kind, url, home, results)
    if "bytes" in wanted and kind == KINDS[0]:
        browser_bytes.measure(kind, url, home, results)
    lists.forget()


if __name__ == "__main__":
    sys.exit(main())
