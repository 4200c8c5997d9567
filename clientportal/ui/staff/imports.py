"""Staff: bring documents or accounts from a file – look first, then all of it or nothing."""

from typing import Any

import reflex as rx

from clientportal.domain.permissions import Permission
from clientportal.services.import_files import MOST_BYTES
from clientportal.ui import kit
from clientportal.ui.i18n import count, error_text, t
from clientportal.ui.pages import Page
from clientportal.ui.staff.common import ROOT, StaffFrame, allowed, role_note, staff_page
from clientportal.ui.staff.imports_columns import columns_card
from clientportal.ui.staff.imports_newest import newest_files
from clientportal.ui.staff.imports_preview import (
    counts_strip,
    faults_section,
    read_as_card,
    rows_section,
    warnings_fold,
)
from clientportal.ui.staff.imports_state import KINDS
from clientportal.ui.staff.imports_state import StaffImports as State
from clientportal.ui.staff.imports_ubl import results

ACTIONS = ("new", "changed", "same")
ACCEPT = (
    ".csv,.txt,.tsv,.xlsx,text/csv,text/plain,"
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)


def view() -> rx.Component:
    return staff_page(
        "billing",
        t("staff.imports.title"),
        role_note(Permission.DOCUMENTS_IMPORT),
        rx.cond(
            allowed(Permission.DOCUMENTS_IMPORT),
            rx.el.div(
                rx.match(
                    State.state,
                    ("reading", _reading()),
                    ("uploaded", _preview()),
                    ("importing", _importing()),
                    ("done", rx.cond(State.kind == "ubl", results(), _done())),
                    _start(),
                ),
                class_name="grid gap-5 max-w-[1080px]",
            ),
        ),
        tab_title=t("staff.imports.title"),
        loaded=State.loaded,
        placeholder=kit.skeleton_block(),
    )


def _error() -> rx.Component:
    return rx.cond(
        State.error != "",
        kit.note(
            error_text(State.error, State.error_params),
            tone="bad",
            role="alert",
            test_id="import-error",
        ),
    )


def _start() -> rx.Component:
    """Choose what, choose a file."""
    kinds = [(kind, t(f"staff.imports.kind_{kind}")) for kind in KINDS]
    form = kit.plain_form(
        rx.el.input(type="hidden", name="kind", value=State.kind),
        rx.cond(
            State.kind == "ubl",
            _drop(".xml,text/xml,application/xml", t("staff.imports.ubl_hint"), several=True),
            _drop(ACCEPT, t("staff.imports.file_hint")),
        ),
        rx.el.div(
            rx.cond(
                State.kind != "ubl",
                kit.link_button(
                    t("staff.imports.sample"),
                    href=State.sample_href,
                    external=True,
                    icon="download",
                ),
                rx.el.span(),
            ),
            kit.submit(
                rx.cond(
                    State.kind == "ubl", t("staff.imports.ubl_send"), t("staff.imports.preview")
                ),
                test_id="import-upload",
            ),
            class_name="flex flex-wrap justify-between gap-2",
        ),
        action=State.upload_href,
        enctype="multipart/form-data",
        class_name="grid gap-4",
    )
    help_key = rx.match(
        State.kind,
        *((kind, t(f"staff.imports.columns_{kind}")) for kind in KINDS),
        t("staff.imports.columns_documents"),
    )
    return rx.fragment(
        _error(),
        kit.card(
            rx.el.div(
                rx.el.div(
                    kit.segmented(
                        t("staff.imports.kind"),
                        kinds,
                        State.kind,
                        State.show_kind,
                        test_id="import-kind",
                    ),
                    class_name="min-w-0 overflow-x-auto",
                ),
                form,
                class_name="grid gap-4 min-w-0",
            )
        ),
        kit.card(
            rx.el.p(help_key),
            rx.cond(
                State.kind == "ubl",
                rx.el.p(t("staff.imports.ubl_promise"), class_name="mt-2 text-ink-2"),
                rx.el.p(t("staff.imports.promise"), class_name="mt-2 text-ink-2"),
            ),
            title=t("staff.imports.how"),
        ),
        newest_files(),
    )


def _drop(accept: str, hint: Any, *, several: bool = False) -> rx.Component:
    return kit.file_drop(
        "file",
        t("staff.imports.files") if several else t("staff.imports.file"),
        accept=accept,
        multiple=several,
        hint=hint,
        max_mb=MOST_BYTES // 1_000_000,
        required=True,
        test_id="import-file",
    )


def _reading() -> rx.Component:
    return kit.card(
        rx.el.div(
            kit.spinner(),
            t("staff.imports.reading"),
            class_name="flex items-center gap-3",
            role="status",
        )
    )


def _importing() -> rx.Component:
    """How far it is, for whoever opens the page."""
    said = rx.cond(
        State.total > 0,
        t(
            "staff.imports.progress",
            done=count(State.progress),
            total=count(State.total),
        ),
        t("staff.imports.checking"),
    )
    return kit.card(
        rx.el.div(
            rx.el.div(kit.spinner(), said, class_name="flex items-center gap-3", role="status"),
            kit.progress(State.progress, State.total, t("staff.imports.importing")),
            rx.el.p(t("staff.imports.goes_on"), class_name="text-sm text-ink-2"),
            class_name="grid gap-4",
        ),
        title=State.file_name,
        test_id="import-progress",
    )


def _preview() -> rx.Component:
    """What the file would do."""
    return rx.el.div(
        rx.el.h2(State.file_name, class_name="h2 break-all"),
        rx.cond(State.error != "header_missing", _error()),  # the card below says it by its fields
        rx.cond(State.counts["lines"] > 0, counts_strip()),
        rx.cond(State.columns.length() > 0, columns_card()),
        rx.cond(
            State.needs_currency,
            kit.note(t("staff.imports.currency_asked"), tone="warn", test_id="import-ask-currency"),
        ),
        rx.cond(State.kind == "documents", read_as_card()),
        rx.cond(State.faults.length() > 0, faults_section()),
        rx.cond(State.warnings.length() > 0, warnings_fold()),
        rx.cond(State.rows.length() > 0, rows_section()),
        _decide(),
        class_name="grid gap-5",
        data_testid="import-preview",
    )


def _decide() -> rx.Component:
    """Import, or the reason why there is nothing to import."""
    work = State.counts["new"] + State.counts["changed"]
    clean = (State.error == "") & (State.counts["errors"] == 0) & ~State.columns_changed
    act = kit.button(
        rx.match(
            State.kind,
            ("accounts", t("staff.imports.confirm_accounts", n=work)),
            ("contacts", t("staff.imports.confirm_contacts", n=work)),
            t("staff.imports.confirm_documents", n=work),
        ),
        kind="main",
        on_click=State.confirm,
        test_id="import-confirm",
    )
    nothing = kit.note(t("staff.imports.nothing_new"), tone="good", test_id="import-nothing")
    return rx.fragment(
        rx.cond(clean & (work == 0) & (State.counts["lines"] > 0), nothing),
        rx.el.div(
            kit.link_button(t("staff.imports.other_file"), href=State.fresh_href),
            rx.cond(clean & (work > 0), act),
            class_name="flex flex-wrap justify-end gap-2",
        ),
    )


def _done() -> rx.Component:
    """What was done."""
    work = State.counts["new"] + State.counts["changed"]
    title = rx.cond(
        State.kind == "accounts",
        t("staff.imports.done_accounts", n=work),
        rx.cond(
            State.kind == "contacts",
            t("staff.imports.done_contacts", n=work),
            t("staff.imports.done_documents", n=State.counts["new"]),
        ),
    )
    left_out = kit.note(
        t("staff.imports.left_out", n=State.counts["errors"]),
        " ",
        kit.text_link(t("staff.imports.report"), href=State.report_href, external=True),
        tone="warn",
        test_id="import-left-out",
    )
    return kit.card(
        rx.cond(State.counts["errors"] > 0, left_out),
        kit.empty(
            "done",
            title,
            rx.cond(
                State.counts["same"] > 0,
                t("staff.imports.done_text", n=State.counts["same"]),
                t("staff.imports.done_quiet"),
            ),
            kit.link_button(t("staff.imports.other_file"), href=State.fresh_href),
            rx.match(
                State.kind,
                ("accounts", _see("accounts", "accounts")),
                ("contacts", _see("contacts", "contacts")),
                _see("documents", "billing"),
            ),
            test_id="import-done",
        ),
    )


def _see(what: str, page: str) -> rx.Component:
    return kit.link_button(
        t(f"staff.imports.see_{what}"), href=f"{StaffFrame.base}/{page}", kind="main"
    )


PAGE = Page(
    route=f"{ROOT}/imports",
    view=view,
    title_key="staff.imports.title",
    face="staff",
    on_load=(State.load,),
)
