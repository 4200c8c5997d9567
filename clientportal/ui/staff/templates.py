"""Staff: the templates that invoices are written from, and what can be done with each."""

from typing import Any

import reflex as rx

from clientportal.domain.permissions import Permission
from clientportal.ui import kit
from clientportal.ui.documents.list_parts import export_menu
from clientportal.ui.i18n import decimals, money, t
from clientportal.ui.pages import Page
from clientportal.ui.staff.common import ROOT, StaffFrame, needs, role_note, staff_page
from clientportal.ui.staff.template_edit_state import StaffTemplate as State

BASE = f"{StaffFrame.base}/billing/templates"


def view() -> rx.Component:
    return staff_page(
        "billing",
        t("staff.template.title"),
        role_note(Permission.DOCUMENTS_EDIT),
        kit.tabs(
            t("staff.template.title"),
            kit.tab(t("staff.template.in_use"), href=BASE, active=~State.of_archived),
            kit.tab(
                t("staff.template.archived"), href=f"{BASE}?archived=1", active=State.of_archived
            ),
            class_name="mb-4",
        ),
        kit.tab_panel(rx.cond(State.rows.length() > 0, _table(), _empty())),
        tab_title=t("staff.template.title"),
        loaded=State.listed,
        actions=[
            _new(),
            export_menu(
                rx.cond(State.of_archived, "?archived=1", ""), StaffFrame.base, what="templates"
            ),
        ],
        keys={"n": "click:[data-key=new]"},
        key_labels={"n": t("staff.template.new")},
    )


def _new() -> rx.Component:
    return needs(
        Permission.DOCUMENTS_EDIT,
        kit.link_button(
            t("staff.template.new"),
            href=f"{BASE}/new",
            kind="main",
            icon="plus",
            data_key="new",
            test_id="template-new",
        ),
    )


def _empty() -> rx.Component:
    first = kit.empty("first", t("staff.template.none"), t("staff.template.none_text"))
    nothing = kit.empty(
        "done", t("staff.template.none_archived"), t("staff.template.none_archived_text")
    )
    return kit.card(rx.cond(State.of_archived, nothing, first), pad=False)


def _table() -> rx.Component:
    return kit.table(
        t("staff.template.title"),
        head=[
            kit.th(t("staff.template.name")),
            kit.th(t("staff.billing.col_state")),
            kit.th(t("staff.template.terms")),
            kit.th(t("staff.template.reminders"), drop=1),
            kit.th(t("staff.template.total"), num=True),
            kit.th(t("staff.billing.col_actions"), hidden_label=True),
        ],
        body=rx.foreach(State.rows, _row),
    )


def _row(row: Any) -> rx.Component:
    terms = rx.cond(row.due_days >= 0, t("staff.template.due_in", n=row.due_days), "—")
    about = rx.fragment(
        rx.cond(row.lines > 1, t("staff.template.lines", n=row.lines), row.about),
        rx.cond(row.due_days >= 0, rx.el.span(" · ", terms, class_name="only-s")),
    )
    wrong = kit.state(t("staff.template.wrong"), "warn", "warn")
    reminds = t("staff.template.every", days=row.reminder_days, n=row.reminder_count)
    return kit.tr(
        kit.td(
            kit.row_name(row.name, about, href=f"{BASE}/{row.id}"),
            area="name",
        ),
        kit.td(rx.cond(row.wrong, rx.el.span(wrong, data_testid="template-wrong")), area="state"),
        kit.td(terms),
        kit.td(rx.cond(row.reminds, reminds, t("staff.template.no_reminders")), drop=1),
        kit.td(
            money(
                row.total_minor,
                row.currency,
                decimals=decimals(State.rows, "total_minor", "currency"),
            ),
            area="figure",
            num=True,
        ),
        # Not the area of actions: on a phone as well there is no other way to these.
        kit.td(_actions(row), area="when", class_name="w-[1%] md:py-0"),
        test_id="template-row",
        key=row.id.to_string(),
    )


def _actions(row: Any) -> rx.Component:
    use = kit.menu_item(
        t("staff.template.use_it"),
        href=f"{StaffFrame.base}/billing/new?template={row.id}",
        icon="doc",
        test_id="template-use",
    )
    archive = kit.menu_item(
        t("staff.template.archive"),
        icon="trash",
        on_click=State.archive(row.id),
        test_id="template-archive",
    )
    restore = kit.menu_item(
        t("staff.template.restore"),
        icon="reload",
        on_click=State.restore(row.id),
        test_id="template-restore",
    )
    copy = kit.menu_item(
        t("staff.template.duplicate"),
        icon="copy",
        on_click=State.duplicate(row.id),
        test_id="template-duplicate",
    )
    return needs(
        Permission.DOCUMENTS_EDIT,
        kit.actions_menu(
            t("lists.actions_of", name=row.name),
            rx.cond(State.of_archived, restore, use),
            copy,
            rx.cond(State.of_archived, rx.fragment(), archive),
        ),
    )


PAGE = Page(
    route=f"{ROOT}/billing/templates",
    view=view,
    title_key="staff.template.title",
    face="staff",
    on_load=(State.load_list,),
)
