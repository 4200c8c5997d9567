"""Collects measurements and prints them as a table."""

import sys
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Row:
    """One measured figure and its budget; `good` None where there is only a figure."""

    kind: str
    what: str
    figure: str
    budget: str
    good: bool | None


@dataclass(slots=True)
class Results:
    documents: int
    rows: list[Row] = field(default_factory=list)

    def add(self, kind: str, what: str, figure: str, budget: str, good: bool) -> None:
        self.rows.append(Row(kind, what, figure, budget, good))
        self._say(self.rows[-1])

    def note(self, kind: str, what: str) -> None:
        self.rows.append(Row(kind, what, "", "", None))
        self._say(self.rows[-1])

    def _say(self, row: Row) -> None:
        mark = {True: "ok  ", False: "MISS", None: "    "}[row.good]
        told = f": {row.figure} ({row.budget})" if row.figure else ""
        sys.stdout.write(f"  {mark} {row.kind:<10} {row.what}{told}\n")
        sys.stdout.flush()

    def report(self) -> int:
        """Print the table and the names of missed budgets; 1 when there is one."""
        out = ["", "| database | what | measured | budget | |", "|---|---|---|---|---|"]
        for row in self.rows:
            mark = {True: "ok", False: "**missed**", None: ""}[row.good]
            out.append(f"| {row.kind} | {row.what} | {row.figure} | {row.budget} | {mark} |")
        judged = [row for row in self.rows if row.good is not None]
        missed = [f"{row.kind}: {row.what}" for row in judged if not row.good]
        names = ": " + "; ".join(missed) if missed else ""
        out += ["", f"{len(missed)} of {len(judged)} budgets missed{names}"]
        sys.stdout.write("\n".join(out) + "\n")
        return int(bool(missed))
