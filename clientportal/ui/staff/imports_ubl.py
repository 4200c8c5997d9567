"""What became of each UBL file: its document, or the reason of the refusal."""

from typing import Any

import reflex as rx

from clientportal.domain.documents import Kind
from clientportal.ui import kit
from clientportal.ui.i18n import face_error_text, money, t, t_enum
from clientportal.ui.staff.common import StaffFrame
from clientportal.ui.staff.imports_state import StaffImports as State


def results() -> rx.Component:
    def figure(name: str, label: str) -> rx.Component:
        return kit.stat(
            t(f"staff.imports.{label}"),
            rx.el.span(State.counts[name], data_testid=f"import-{name}"),
        )

    return rx.el.div(
        kit.stat_strip(
            figure("lines", "files"),
            figure("new", "count_new"),
            figure("same", "count_same"),
            figure("errors", "ubl_refused"),
        ),
        kit.table(
            t("staff.imports.ubl_results"),
            head=[
                kit.th(t("staff.imports.ubl_file")),
                kit.th(t("staff.imports.col_document")),
                kit.th(t("staff.imports.col_total"), num=True),
                kit.th(t("staff.imports.col_balance"), num=True, drop=1),
                kit.th(t("staff.imports.ubl_outcome")),
            ],
            body=rx.foreach(State.files, _row),
        ),
        rx.el.div(
            kit.link_button(t("staff.imports.other_file"), href=State.fresh_href),
            kit.link_button(
                t("staff.imports.see_documents"), href=f"{StaffFrame.base}/billing", kind="main"
            ),
            class_name="flex flex-wrap justify-end gap-2",
        ),
        class_name="grid gap-5",
        data_testid="import-done",
    )


def _row(line: Any, place: Any) -> rx.Component:
    taken = line.outcome != "refused"
    href = f"{StaffFrame.base}/billing/{line.document_id}"
    document = rx.cond(
        taken,
        kit.row_name(
            line.number,
            rx.fragment(t_enum("kind", line.kind, Kind), " · ", line.account),
            href=href,
        ),
        rx.el.span(face_error_text("staff", line.code, line.params), class_name="text-bad"),
    )
    return kit.tr(
        kit.td(line.name, area="name", class_name="break-all max-w-[260px]"),
        kit.td(document, area="extra"),
        kit.td(rx.cond(taken, money(line.total_minor, line.currency), ""), num=True, area="figure"),
        kit.td(
            rx.cond(taken, money(line.balance_minor, line.currency, zero="dash"), ""),
            num=True,
            drop=1,
        ),
        kit.td(
            _outcome(line),
            rx.cond(
                line.warnings > 0,
                rx.el.span(t("staff.imports.ubl_warnings", n=line.warnings), class_name="sub"),
                "",
            ),
            area="state",
        ),
        key=place,
        test_id="import-file-row",
    )


def _outcome(line: Any) -> rx.Component:
    return rx.match(
        line.outcome,
        ("new", kit.state(t("staff.imports.action_new"), "good", "plus")),
        ("attached", kit.state(t("staff.imports.ubl_attached"), "good", "check")),
        ("same", kit.state(t("staff.imports.action_same"), "", "check")),
        kit.state(t("staff.imports.ubl_refused_one"), "bad", "x"),
    )
