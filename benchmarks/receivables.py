"""The tray of receivables against its own bare statements: every filter in every order."""

from collections.abc import Iterator
from datetime import UTC, datetime

from benchmarks.lists import LIST_EXTRA_MS, LIST_RATIO, actors, compare
from benchmarks.results import Results
from clientportal.domain.actors import Actor
from clientportal.domain.receivables import Reach, ReceivableFilters, ReceivableSort, Situation
from clientportal.services import receivables
from clientportal.services.receivables import ReceivablePage
from clientportal.storage.session import unit_of_work


def page_of(actor: Actor, filters: ReceivableFilters, cursor: str | None = None) -> ReceivablePage:
    """One page by the service, in a transaction of its own."""
    with unit_of_work(read_only=True) as session:
        today = datetime.now(UTC).date()
        return receivables.listing(session, actor, filters=filters, today=today, cursor=cursor)


def cases() -> Iterator[tuple[str, ReceivableFilters]]:
    """Each filter, and two together, in every order."""
    for sort in ReceivableSort:
        yield f"no filter, by {sort}", ReceivableFilters(sort=sort)
        for situation in Situation:
            yield f"{situation}, by {sort}", ReceivableFilters(situations=(situation,), sort=sort)
        for reach in Reach:
            yield f"{reach}, by {sort}", ReceivableFilters(reach=(reach,), sort=sort)
        yield f"owing in USD, by {sort}", ReceivableFilters(owing=True, currency="USD", sort=sort)
        yield f"text, by {sort}", ReceivableFilters(text="c12", sort=sort)


def measure(kind: str, results: Results) -> None:
    """First and second page of every list, for the staff of the large company."""
    actor = actors()["company"]
    cells = []
    for label, filters in cases():
        cells.append(compare(label, lambda f=filters: page_of(actor, f)))
        if following := page_of(actor, filters).next:
            second = compare(
                f"{label}, second page", lambda f=filters, c=following: page_of(actor, f, c)
            )
            cells.append(second)
    missed = [cell for cell in cells if cell.over > 0]
    worst = max(cells, key=lambda cell: cell.over)
    slowest = max(cells, key=lambda cell: cell.taken)
    results.add(
        kind,
        f"receivables, {len(cells)} filters, orders and pages; {len(missed)} missed;"
        f" worst: {worst.label}; slowest: {slowest.label}, {slowest.taken:.1f} ms",
        worst.figure,
        f"≤ {LIST_RATIO:.0f}× + {LIST_EXTRA_MS:.0f} ms",
        not missed,
    )
