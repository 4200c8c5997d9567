"""State of the import screen: a kept file, what it would do, what is wrong with it, the result."""

from dataclasses import dataclass, replace
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from clientportal.domain import import_mapping
from clientportal.domain.errors import Invalid, NotFound
from clientportal.domain.import_file import CURRENCY_MISSING, FaultGroup
from clientportal.domain.import_mapping import Column
from clientportal.domain.imports import DateOrder
from clientportal.domain.permissions import Permission, may
from clientportal.services import import_files, ubl_uploads
from clientportal.services.import_base import SeenRow
from clientportal.services.import_kinds import file_kind
from clientportal.services.import_seen import Seen
from clientportal.services.ubl_uploads import UblLine
from clientportal.ui.gate import staff
from clientportal.ui.live_pages import watch
from clientportal.ui.session import page_actor, read, read_in, turn, utc_now, write
from clientportal.ui.staff.common import Place, enter, first, query_of
from clientportal.ui.staff.document_rows import row_id
from clientportal.ui.staff.forms import params_of
from clientportal.ui.values import url

ORDERS = tuple(order.value for order in DateOrder)
KINDS = (*import_files.KINDS, ubl_uploads.KIND)
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


@dataclass(frozen=True, slots=True)
class ColumnLine:
    """One column of the file, the field it feeds ("" = none) and what stands in it first."""

    place: int
    header: str
    field: str
    samples: str


@dataclass(frozen=True, slots=True)
class BroughtLine:
    """One file that somebody brought, and what became of it. `by` "" is the command line."""

    id: int
    kind: str
    name: str
    at: str
    by: str
    state: str
    more: int
    new: int
    changed: int
    errors: int
    href: str


class StaffImports(rx.State):
    """One file between upload and import, or the last ones that the company brought. `state` is ""
    (none), reading, uploaded, importing or done; while it is importing, `progress` of `total` rows
    are in."""

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
    columns: list[ColumnLine] = []
    columns_changed: bool = False
    missing: list[str] = []
    mapping: str = ""
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
    progress: int = 0
    total: int = 0
    files: list[UblLine] = []
    newest: list[BroughtLine] = []
    _looks: int = 0

    @rx.event
    @staff(Permission.DOCUMENTS_READ)
    async def load(self) -> Any:
        """The run of the URL, or the form for a new file; others see that they may not import."""
        place = await enter(self)
        query = query_of(self)
        slug = place.company.slug
        self.upload_href = f"/imports/{slug}"
        self.error, self.error_params = _error_of(query)
        self.state, self.run, self.counts, self.rows = "", 0, {}, []
        self.faults, self.warnings, self.ignored = [], [], []
        self.columns, self.missing, self.columns_changed = [], [], False
        wanted = first(query, "kind", 20)
        self.kind = wanted if wanted in KINDS else KINDS[0]
        self._links(place.base, slug)
        await self._list(place)
        self.loaded = True
        run = first(query, "run", 18)
        if run.isascii() and run.isdigit() and may(place.actor, Permission.DOCUMENTS_IMPORT):
            self.run, self.state = int(run), "reading"
            watch(self, [f"import:{self.run}"], StaffImports.refresh)
            return StaffImports.look
        watch(self, [f"imports:{place.company.id}"], StaffImports.refresh)
        return None

    async def _list(self, place: Place) -> None:
        """The last files, for those who may import."""
        found: list[import_files.Brought] = []
        if may(place.actor, Permission.DOCUMENTS_IMPORT):
            found = await read(import_files.newest, place.actor)
        self.newest = [_brought(file, place.base) for file in found]

    @rx.event
    @staff(Permission.DOCUMENTS_READ)
    async def refresh(self) -> Any:
        """The file of the page went on; one that came back is looked at again. Without a file the
        last ones are listed anew."""
        place = await enter(self)
        if not self.run:
            await self._list(place)
            return None
        if not may(place.actor, Permission.DOCUMENTS_IMPORT):
            return None
        seen = await read(import_files.follow, place.actor, run_id=self.run)
        if seen.state != "uploaded":
            self._show(seen)
        elif self.state == "importing":
            self.state = "reading"
            return StaffImports.look
        return None

    def _links(self, base: str, slug: str) -> None:
        self.sample_href = f"/files/imports/{slug}/sample-{self.kind}.csv"
        self.report_href = f"/files/imports/{slug}/{self.run}.csv"
        self.fresh_href = url(f"{base}/imports", {"kind": [self.kind]})

    @rx.event(background=True)
    @staff(Permission.DOCUMENTS_IMPORT)
    async def look(self) -> None:
        """Read the kept file against what is stored now; large ones take a while.

        A person's looks follow one another, and of those of a tab only the last is worth its time.
        """
        async with self:
            place, wanted = await enter(self), self.run
            self._looks += 1
            mine = self._looks
        async with turn(place.actor.user_id):
            async with self:
                if self._looks != mine:
                    return
            found = await _seen(place, wanted)
        async with self:
            if (self.run, self._looks) != (wanted, mine):
                return
            if isinstance(found, NotFound):
                self.state, self.run = "", 0
                self.error, self.error_params = found.error_code, {}
                return
            self._show(found)
            self._links(place.base, place.company.slug)

    def _show(self, seen: Seen) -> None:
        self.kind, self.state, self.file_name = seen.kind, seen.state, seen.file_name
        self.progress, self.total = seen.progress, seen.total
        self.files = list(seen.files)
        self.needs_currency = seen.currency_missing
        self.counts, self.rows, self.faults, self.warnings = {}, [], [], []
        if not seen.currency_first:  # else that is asked alone: the answer changes all of these
            self.counts = {name: int(seen.counts.get(name, 0)) for name in COUNTS}
            self.rows = list(seen.rows)
            self.faults = [fault_of(row) for row in seen.errors if row.code != CURRENCY_MISSING]
            self.warnings = [fault_of(row) for row in seen.warnings]
        self.ignored = [name[:60] for name in seen.ignored[:20]]
        self.columns = [
            ColumnLine(place, column.header, column.field, " · ".join(column.samples))
            for place, column in enumerate(seen.columns)
        ]
        self.missing, self.mapping = list(seen.missing), seen.mapping
        self.columns_changed = False
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

    @rx.event
    @staff(Permission.DOCUMENTS_IMPORT)
    async def choose_column(self, place: int, field: str) -> None:
        """Feed a field from this column; another one that fed it is left aside. Not yet read."""
        known = file_kind(self.kind).headers if self.kind in import_files.KINDS else {}
        if field not in ("", *known) or not isinstance(place, int) or not known:
            return
        self.columns = [
            replace(column, field=field)
            if column.place == place
            else replace(column, field="")
            if field and column.field == field
            else column
            for column in self.columns
        ]
        fed = [column.field for column in self.columns]
        self.missing = list(import_mapping.missing(fed, file_kind(self.kind).needed))
        self.columns_changed = True

    @rx.event
    @staff(Permission.DOCUMENTS_IMPORT)
    async def apply_columns(self) -> Any:
        """Read the file by the chosen columns, and remember them for the next one like it."""
        actor = await page_actor(self)
        await write(
            import_files.choose_columns,
            actor,
            run_id=row_id(self.run),
            columns=[Column(column.header, column.field) for column in self.columns],
            now=utc_now(),
        )
        self.state = "reading"
        return StaffImports.look

    async def _choose(self, **chosen: str) -> Any:
        actor = await page_actor(self)
        await write(import_files.choose, actor, run_id=row_id(self.run), **chosen)
        self.state = "reading"
        return StaffImports.look

    @rx.event
    @staff(Permission.DOCUMENTS_IMPORT)
    async def confirm(self) -> None:
        """Have the file imported: all of it or nothing. A second click finds it under way."""
        actor, wanted = await page_actor(self), row_id(self.run)
        fields = [column.field for column in self.columns] or None
        self.error = ""
        try:
            await write(import_files.confirm, actor, run_id=wanted, now=utc_now(), columns=fields)
        except Invalid as error:
            self.error, self.error_params = error.error_code, params_of(error)
            return
        self._show(await read(import_files.follow, actor, run_id=wanted))

    @rx.event
    @staff(Permission.DOCUMENTS_READ)
    async def show_kind(self, kind: str) -> EventSpec | None:
        """Import documents, or accounts: it becomes part of the address."""
        if kind not in KINDS:
            return None
        return rx.redirect(url(self.router.url.path.rstrip("/"), {"kind": [kind]}))


async def _seen(place: Place, run_id: int) -> Seen | NotFound:
    """A kept file read against what is stored now; what says that it is gone is an answer too."""
    look = import_files.look
    try:
        return await read_in("import", look, place.actor, run_id=run_id, now=utc_now())
    except NotFound as error:
        return error


def _brought(file: import_files.Brought, base: str) -> BroughtLine:
    return BroughtLine(
        id=file.run_id,
        kind=file.kind if file.kind in KINDS else KINDS[0],
        name=file.file_name[:120],
        at=file.at.isoformat(),
        by=file.by,
        state=file.state,
        more=file.files - 1,
        new=int(file.counts.get("new", 0)),
        changed=int(file.counts.get("changed", 0)),
        errors=int(file.counts.get("errors", 0)),
        href=url(f"{base}/imports", {"run": [str(file.run_id)]}),
    )


def _error_of(query: dict[str, list[str]]) -> tuple[str, dict[str, str | int]]:
    """(code, numbers) of a refused upload: what the form's answer put into the URL."""
    code = first(query, "error", 60)
    known = code if code.isascii() and code.replace("_", "").isalnum() else ""
    most = first(query, "most", 12)
    return known, {"most": int(most)} if most.isascii() and most.isdigit() else {}


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
