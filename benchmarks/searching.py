"""Search as people do it: the staff's palette and list, and the portal's list of a customer."""

import statistics
from collections.abc import Callable

from benchmarks.lists import actors, page_of, several
from benchmarks.results import Results
from clientportal.domain.actors import Actor, Customer
from clientportal.services import bench_data, search
from clientportal.services.document_lists import PAGE_SIZE
from clientportal.storage.session import unit_of_work

HIT_MS, NONE_MS = 50.0, 150.0
RUNS = 25
PORTAL_PAGE = 25
QUERIES = {
    "one word": "carpetas",
    "two words": "resmas toner",
    "common": bench_data.WORDS[0],
    "rare": bench_data.RARE,
    "none": "zzzqqqxxx",
}


def measure(kind: str, results: Results) -> None:
    """p95 of each scope, place and query."""
    for scope, actor in actors().items():
        for place, ask in _places(actor).items():
            for name, words in QUERIES.items():
                hits = ask(words)
                times = several(lambda ask=ask, words=words: ask(words), RUNS)
                p95 = statistics.quantiles(times, n=20)[18]
                limit = HIT_MS if hits else NONE_MS
                results.add(
                    kind,
                    f"search, scope {scope}, {place}, {name} ({hits} shown)",
                    f"p95 {p95:.1f} ms",
                    f"≤ {limit:.0f} ms",
                    p95 <= limit,
                )


def _places(actor: Actor) -> dict[str, Callable[[str], int]]:
    """Where this actor searches; each gives how many rows it shows."""

    def palette(words: str) -> int:
        with unit_of_work(read_only=True) as session:
            return len(search.find(session, actor, query=words).hits)

    def listed(words: str) -> int:
        limit = PORTAL_PAGE if isinstance(actor, Customer) else PAGE_SIZE
        return len(page_of(actor, {"q": [words]}, limit=limit).rows)

    if isinstance(actor, Customer):
        return {"portal list": listed}
    return {"palette": palette, "staff list": listed}
