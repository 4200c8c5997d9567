"""The last files that a company brought: when, by whom, what became of them."""

from typing import Any

import reflex as rx

from clientportal.ui import kit
from clientportal.ui.i18n import count, moment, t
from clientportal.ui.staff.common import StaffFrame
from clientportal.ui.staff.imports_state import KINDS
from clientportal.ui.staff.imports_state import StaffImports as State


def newest_files() -> rx.Component:
    """Nothing while nobody has brought a file."""
    table = kit.table(
        t("staff.imports.newest"),
        head=[
            kit.th(t("staff.imports.file")),
            kit.th(t("staff.imports.newest_when"), drop=1),
            kit.th(t("staff.imports.count_new"), num=True, drop=1),
            kit.th(t("staff.imports.count_changed"), num=True, drop=1),
            kit.th(t("staff.imports.count_errors"), num=True, drop=1),
            kit.th(t("staff.imports.newest_state")),
        ],
        body=rx.foreach(State.newest, _row),
        test_id="imports-newest",
    )
    return rx.cond(
        State.newest.length() > 0, kit.section(t("staff.imports.newest"), table), rx.fragment()
    )


def _row(file: Any) -> rx.Component:
    kind = rx.match(
        file.kind, *((kind, t(f"staff.imports.kind_{kind}")) for kind in KINDS[1:]),
        t("staff.imports.kind_documents"),
    )  # fmt: skip
    who = rx.cond(file.by != "", file.by, t("staff.imports.newest_command"))
    when = rx.fragment(moment(file.at, StaffFrame.zone), " · ", who)
    about = rx.fragment(
        kind, rx.cond(file.more > 0, t("staff.imports.newest_more", n=file.more), "")
    )
    return kit.tr(
        kit.td(kit.row_name(file.name, about, href=file.href), area="name", class_name="break-all"),
        kit.td(when, area="extra", drop=1),
        kit.td(_figure(file, file.new), num=True, drop=1),
        kit.td(_figure(file, file.changed), num=True, drop=1),
        kit.td(_figure(file, file.errors), num=True, drop=1),
        kit.td(_state(file), area="state"),
        key=file.id,
        test_id="import-run",
    )


def _figure(file: Any, value: Any) -> rx.Component:
    """A file that nobody confirmed has done nothing yet."""
    return rx.cond(file.state == "uploaded", "—", count(value))


def _state(file: Any) -> rx.Component:
    left_out = rx.cond(
        file.kind == "ubl", t("staff.imports.ubl_refused"), t("staff.imports.count_errors")
    )
    said = rx.cond(
        file.errors > 0,
        kit.state(left_out, "warn", "warn", detail=count(file.errors)),
        kit.state(t("staff.imports.newest_done"), "good", "check"),
    )
    return rx.match(
        file.state,
        ("uploaded", kit.state(t("staff.imports.newest_waits"), "", "clock")),
        ("importing", kit.state(t("staff.imports.importing"), "info", "clock")),
        said,
    )
