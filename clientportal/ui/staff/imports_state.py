"""State of the import screen: a kept file, what it would do, what is wrong with it, the result."""

from dataclasses import dataclass
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from clientportal.domain.errors import NotFound, PortalError
from clientportal.domain.import_file import CURRENCY_MISSING, FaultGroup
from clientportal.domain.imports import DateOrder
from clientportal.domain.permissions import Permission, may
from clientportal.services import import_files
from clientportal.services.import_files import Seen, SeenRow
from clientportal.ui.gate import staff
from clientportal.ui.session import page_actor, read, utc_now, write
from clientportal.ui.staff.common import enter, first, query_of
from clientportal.ui.staff.document_rows import row_id
from clientportal.ui.staff.forms import params_of
from clientportal.ui.values import url

ORDERS = tuple(order.value for order in DateOrder)
COUNTS = ("lines", "new", "changed", "same", "errors", "accounts")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with lines, or worth a look: code and values of its sentence.

    `count` is how many lines have it, `lines` the numbers of the first.
    """

    key: str
    lines: str
    count: int
    column: str
    code: str
    params: dict[str, str | int]


class StaffImports(rx.State):
    """One file between upload and import. `state` is "" (none), reading, uploaded or done."""

    loaded: bool = False
    kind: str = "documents"
    run: int = 0
    state: str = ""
    file_name: str = ""
    counts: dict[str, int] = {}
    rows: list[SeenRow] = []
    faults: list[Fault] = []
    warnings: list[Fault] = []
    ignored: list[str] = []
    date_format: str = ""
    currency: str = ""
    asks_currency: bool = False
    needs_currency: bool = False
    error: str = ""
    error_params: dict[str, str | int] = {}
    upload_href: str = ""
    report_href: str = ""
    sample_href: str = ""
    fresh_href: str = ""
    busy: bool = False

    @rx.event
    @staff(Permission.DOCUMENTS_READ)
    async def load(self) -> Any:
        """The run of the URL, or the form for a new file; others see that they may not import."""
        place = await enter(self)
        query = query_of(self)
        slug = place.company.slug
        self.upload_href = f"/imports/{slug}"
        self.error, self.error_params, self.busy = _error_of(query)
        self.state, self.run, self.counts, self.rows = "", 0, {}, []
        self.faults, self.warnings, self.ignored = [], [], []
        wanted = first(query, "kind", 20)
        self.kind = wanted if wanted in import_files.KINDS else import_files.KINDS[0]
        self._links(place.base, slug)
        self.loaded = True
        run = first(query, "run", 18)
        if run.isascii() and run.isdigit() and may(place.actor, Permission.DOCUMENTS_IMPORT):
            self.run, self.state = int(run), "reading"
            return StaffImports.look
        return None

    def _links(self, base: str, slug: str) -> None:
        self.sample_href = f"/files/imports/{slug}/sample-{self.kind}.csv"
        self.report_href = f"/files/imports/{slug}/{self.run}.csv"
        self.fresh_href = url(f"{base}/imports", {"kind": [self.kind]})

    @rx.event(background=True)
    @staff(Permission.DOCUMENTS_IMPORT)
    async def look(self) -> None:
        """Read the kept file against what is stored now; large ones take a while."""
        async with self:
            place, wanted = await enter(self), self.run
        try:
            seen = await read(import_files.look, place.actor, run_id=wanted, now=utc_now())
        except NotFound as error:
            async with self:
                self.state, self.run = "", 0
                self.error, self.error_params = error.error_code, {}
            return
        async with self:
            if self.run == wanted:
                self._show(seen)
                self._links(place.base, place.company.slug)

    def _show(self, seen: Seen) -> None:
        self.kind, self.state, self.file_name = seen.kind, seen.state, seen.file_name
        self.needs_currency = seen.currency_missing
        self.counts, self.rows, self.faults, self.warnings = {}, [], [], []
        if not seen.currency_first:  # else that is asked alone: the answer changes all of these
            self.counts = {name: int(seen.counts.get(name, 0)) for name in COUNTS}
            self.rows = list(seen.rows)
            self.faults = [fault_of(row) for row in seen.errors if row.code != CURRENCY_MISSING]
            self.warnings = [fault_of(row) for row in seen.warnings]
        self.ignored = [name[:60] for name in seen.ignored[:20]]
        self.date_format, self.currency = seen.date_format, seen.currency
        self.asks_currency = seen.currency_missing or seen.currency != ""
        self.error = seen.fault.error_code if seen.fault else ""
        self.error_params = params_of(seen.fault) if seen.fault else {}

    @rx.event
    @staff(Permission.DOCUMENTS_IMPORT)
    async def choose_dates(self, order: str) -> Any:
        """Read the dates of the file this way."""
        if order not in ORDERS:
            return None
        return await self._choose(date_format=order)

    @rx.event
    @staff(Permission.DOCUMENTS_IMPORT)
    async def choose_currency(self, code: str) -> Any:
        """The currency of every line that names none."""
        return await self._choose(currency=code[:3] if isinstance(code, str) else "")

    async def _choose(self, **chosen: str) -> Any:
        actor = await page_actor(self)
        await write(import_files.choose, actor, run_id=row_id(self.run), **chosen)
        self.state = "reading"
        return StaffImports.look

    @rx.event(background=True)
    @staff(Permission.DOCUMENTS_IMPORT)
    async def confirm(self) -> None:
        """Import the file: all of it or nothing. A second click finds it done."""
        async with self:
            actor, wanted = await page_actor(self), row_id(self.run)
            if self.busy:
                return
            self.busy, self.error = True, ""
        try:
            counts = await write(import_files.confirm, actor, run_id=wanted, now=utc_now())
        except PortalError as error:
            async with self:
                self.busy = False
                self.error, self.error_params = error.error_code, params_of(error)
            return
        except BaseException:
            async with self:
                self.busy = False
            raise
        async with self:
            self.busy, self.state = False, "done"
            self.counts = {name: int(counts.get(name, 0)) for name in COUNTS}

    @rx.event
    @staff(Permission.DOCUMENTS_READ)
    async def show_kind(self, kind: str) -> EventSpec | None:
        """Import documents, or accounts: it becomes part of the address."""
        if kind not in import_files.KINDS:
            return None
        return rx.redirect(url(self.router.url.path.rstrip("/"), {"kind": [kind]}))


def _error_of(query: dict[str, list[str]]) -> tuple[str, dict[str, str | int], bool]:
    """(code, numbers, not busy) of a refused upload: what the form's answer put into the URL."""
    code = first(query, "error", 60)
    known = code if code.isascii() and code.replace("_", "").isalnum() else ""
    most = first(query, "most", 12)
    return known, {"most": int(most)} if most.isascii() and most.isdigit() else {}, False


def fault_of(fault: FaultGroup) -> Fault:
    lines = ", ".join(str(line) for line in fault.lines)
    return Fault(
        key=f"{fault.code}-{fault.column[:60]}",
        lines=lines if fault.count == len(fault.lines) else f"{lines} …",
        count=fault.count,
        column=fault.column[:60],
        code=fault.code,
        params={
            name: value if isinstance(value, int) else value[:200]
            for name, value in fault.params.items()
        },
    )
