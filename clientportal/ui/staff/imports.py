"""Staff: bring documents or accounts from a file – look first, then all of it or nothing."""

import reflex as rx

from clientportal.domain.permissions import Permission
from clientportal.services.import_files import KINDS, MOST_BYTES
from clientportal.ui import kit
from clientportal.ui.i18n import error_text, t
from clientportal.ui.pages import Page
from clientportal.ui.staff.common import ROOT, StaffFrame, allowed, role_note, staff_page
from clientportal.ui.staff.imports_preview import (
    counts_strip,
    faults_section,
    read_as_card,
    rows_section,
    warnings_fold,
)
from clientportal.ui.staff.imports_state import StaffImports as State

ACTIONS = ("new", "changed", "same")
ACCEPT = ".csv,.txt,.tsv,text/csv,text/plain"


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
                    ("done", _done()),
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
        kit.file_drop(
            "file",
            t("staff.imports.file"),
            accept=ACCEPT,
            hint=t("staff.imports.file_hint"),
            max_mb=MOST_BYTES // 1_000_000,
            required=True,
            test_id="import-file",
        ),
        rx.el.div(
            kit.link_button(
                t("staff.imports.sample"), href=State.sample_href, external=True, icon="download"
            ),
            kit.submit(t("staff.imports.preview"), test_id="import-upload"),
            class_name="flex flex-wrap justify-between gap-2",
        ),
        action=State.upload_href,
        enctype="multipart/form-data",
        class_name="grid gap-4",
    )
    help_key = rx.cond(
        State.kind == "accounts",
        t("staff.imports.columns_accounts"),
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
                    )
                ),
                form,
                class_name="grid gap-4",
            )
        ),
        kit.card(
            rx.el.p(help_key),
            rx.el.p(t("staff.imports.promise"), class_name="mt-2 text-ink-2"),
            title=t("staff.imports.how"),
        ),
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


def _preview() -> rx.Component:
    """What the file would do."""
    return rx.el.div(
        rx.el.h2(State.file_name, class_name="h2 break-all"),
        _error(),
        rx.cond(State.counts["lines"] > 0, counts_strip()),
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
    clean = (State.error == "") & (State.counts["errors"] == 0)
    act = kit.button(
        rx.cond(
            State.kind == "accounts",
            t("staff.imports.confirm_accounts", n=work),
            t("staff.imports.confirm_documents", n=work),
        ),
        kind="main",
        busy=State.busy,
        busy_text=t("staff.imports.importing"),
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
    accounts = State.kind == "accounts"
    title = rx.cond(
        accounts,
        t("staff.imports.done_accounts", n=State.counts["new"] + State.counts["changed"]),
        t("staff.imports.done_documents", n=State.counts["new"]),
    )
    return kit.card(
        kit.empty(
            "done",
            title,
            rx.cond(
                State.counts["same"] > 0,
                t("staff.imports.done_text", n=State.counts["same"]),
                t("staff.imports.done_quiet"),
            ),
            kit.link_button(t("staff.imports.other_file"), href=State.fresh_href),
            rx.cond(
                accounts,
                kit.link_button(
                    t("staff.imports.see_accounts"), href=f"{StaffFrame.base}/accounts", kind="main"
                ),
                kit.link_button(
                    t("staff.imports.see_documents"), href=f"{StaffFrame.base}/billing", kind="main"
                ),
            ),
            test_id="import-done",
        )
    )


PAGE = Page(
    route=f"{ROOT}/imports",
    view=view,
    title_key="staff.imports.title",
    face="staff",
    on_load=(State.load,),
)
