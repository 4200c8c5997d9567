"""Staff: write a document by hand – for whom, when, lines with taxes, a total that follows."""

from typing import Any

import reflex as rx

from clientportal.domain.documents import PAYABLE
from clientportal.domain.permissions import Permission
from clientportal.ui import kit
from clientportal.ui.address import is_read
from clientportal.ui.documents.totals import totals
from clientportal.ui.i18n import error_text, money_text, t
from clientportal.ui.pages import Page
from clientportal.ui.staff.common import ROOT, StaffFrame, role_note, staff_page
from clientportal.ui.staff.document_edit_state import StaffDraft as State
from clientportal.ui.staff.draft_form import KINDS
from clientportal.ui.staff.draft_lines import lines_card
from clientportal.ui.staff.draft_template import template_choice
from clientportal.ui.staff.reminder_fields import YES, reminder_fields

FORM = "draft-form"


def view() -> rx.Component:
    title = rx.cond(State.doc_id > 0, t("staff.document.edit_title"), t("staff.document.new_title"))
    return staff_page(
        "billing",
        title,
        role_note(Permission.DOCUMENTS_EDIT),
        kit.form(
            rx.cond(State.errors["form"], kit.error_part(State.errors["form"], State.error_params)),
            template_choice(),
            _facts(),
            lines_card(State),
            rx.cond(_owes(), _reminders()),
            _foot(),
            on_submit=State.save,
            id=FORM,
            key=State.form_key,
            class_name="grid gap-5 max-w-[1080px]",
        ),
        tab_title=title,
        loaded=State.loaded & is_read(),
        placeholder=rx.fragment(kit.skeleton_block(), kit.skeleton_rows(4)),
    )


def _error(name: str) -> dict[str, Any]:
    return {"error": State.errors[name], "error_params": State.error_params}


def _owes() -> Any:
    """Whether the chosen kind is one that the customer pays."""
    return rx.match(State.kind, *[(kind.value, True) for kind in KINDS if kind in PAYABLE], False)


def _reminders() -> rx.Component:
    """What the reminders to come will follow, from the template or by hand (mission 154)."""
    return kit.card(
        reminder_fields(
            State,
            t("staff.document.reminders_help"),
            key=State.filled.to_string(),
            typed=State.set_fact,
            default_checked=State.reminds != "",
            on_change=lambda on: State.set_fact("reminds", rx.cond(on, YES, "")),
        ),
        title=t("staff.template.reminders"),
        test_id="draft-reminders",
    )


def _facts() -> rx.Component:
    """For whom, what, and when."""
    choices: Any = State.corrects
    corrects = kit.select_field(
        "corrects_id",
        t("staff.document.corrects_field"),
        choices,
        placeholder=t("staff.document.corrects_none"),
        default_value=State.corrects_id,
        optional=True,
        key=State.chosen_id,
        **_error("corrects_id"),
    )
    return kit.card(
        rx.el.div(
            rx.el.div(_account(), class_name="md:col-span-3"),
            kit.select_field(
                "kind",
                t("staff.document.kind"),
                [(kind.value, t(f"kind.{kind}")) for kind in KINDS],
                default_value=State.kind,
                on_change=State.set_kind,
                test_id="draft-kind",
                **_error("kind"),
            ),
            _currency(),
            rx.cond(State.kind != "invoice", corrects, rx.el.span(class_name="only-l")),
            kit.date_field(
                "issued_on",
                t("staff.document.issued_on"),
                default_value=State.issued_on,
                on_change=lambda text: State.set_fact("issued_on", text),
                test_id="draft-issued-on",
                **_error("issued_on"),
            ),
            rx.cond(
                _owes(),
                kit.date_field(
                    "due_on",
                    t("staff.document.due_on"),
                    default_value=State.due_on,
                    on_change=lambda text: State.set_fact("due_on", text),
                    key=State.filled.to_string(),
                    test_id="draft-due-on",
                    **_error("due_on"),
                ),
            ),
            kit.text_field(
                "reference",
                t("staff.document.reference"),
                default_value=State.reference,
                optional=True,
                max_length=100,
                **_error("reference"),
            ),
            rx.el.div(
                kit.text_field(
                    "concept",
                    t("staff.document.concept"),
                    default_value=State.concept,
                    on_change=lambda text: State.set_fact("concept", text).debounce(250),
                    key=State.filled.to_string(),
                    optional=True,
                    max_length=500,
                    **_error("concept"),
                ),
                class_name="md:col-span-3",
            ),
            class_name="grid gap-4 md:grid-cols-3 items-start",
        ),
        title=t("staff.document.for_whom"),
    )


def _currency() -> rx.Component:
    options = rx.foreach(StaffFrame.currencies, lambda code: rx.el.option(code, value=code))
    field = rx.el.select(
        options,
        name="currency",
        id="f-currency",
        default_value=State.currency,
        on_change=State.set_currency,
        key=State.filled.to_string(),
        data_testid="draft-currency",
    )
    return rx.el.div(
        rx.el.label(t("staff.document.currency"), html_for="f-currency", class_name="lb"),
        rx.el.div(field, kit.icon("chevron-down", 14), class_name="in"),
        rx.cond(
            State.errors["currency"],
            rx.el.div(
                error_text(State.errors["currency"], State.error_params),
                class_name="hp bad",
                role="alert",
            ),
        ),
        class_name="f",
    )


def _account() -> rx.Component:
    """The account that was chosen, or the search for one."""
    chosen = rx.el.div(
        rx.el.span(t("staff.document.account"), class_name="lb"),
        rx.el.div(
            rx.el.b(State.account, data_testid="draft-account"),
            kit.text_button(
                t("staff.document.change"),
                on_click=State.choose_account(0),
                test_id="draft-change",
            ),
            class_name="flex flex-wrap items-center gap-3 min-h-8",
        ),
        class_name="f",
    )
    search = rx.el.div(
        kit.text_field(
            "account_search",
            t("staff.document.account"),
            icon="search",
            help=t("staff.document.account_help"),
            auto_complete="off",
            on_change=State.find_account.debounce(250),
            test_id="draft-account-search",
            **_error("account_id"),
        ),
        rx.cond(
            State.hits.length() > 0,
            rx.el.ul(
                rx.foreach(State.hits, _hit),
                class_name="mt-1 border border-line rounded-md divide-y divide-line",
            ),
            rx.cond(
                State.searched,
                rx.el.p(t("staff.document.no_account"), class_name="text-sm text-ink-2 mt-1"),
            ),
        ),
    )
    return kit.found(rx.cond(State.chosen_id > 0, chosen, search), chosen=State.chosen_id)


def _hit(hit: Any) -> rx.Component:
    return rx.el.li(
        rx.el.button(
            rx.el.span(hit.name, class_name="font-medium cut"),
            rx.el.span(hit.detail, class_name="text-sm text-ink-3 whitespace-nowrap"),
            type="button",
            on_click=State.choose_account(hit.id),
            class_name="flex justify-between gap-3 w-full px-3 py-2 text-left hover:bg-hover",
            data_testid="draft-account-hit",
        ),
        key=hit.id.to_string(),
    )


def _foot() -> rx.Component:
    """The totals as the service will write them, and the two ways to keep the document."""
    keep = kit.submit(
        t("staff.document.save_draft"),
        kind="plain",
        on_click=State.intend("draft"),
        test_id="draft-save",
    )
    send = kit.submit(
        t("staff.send.issue_and_send_on"),
        kind="plain",
        icon="send",
        on_click=State.intend("send"),
        test_id="draft-send",
    )
    issue = kit.dialog(
        t("staff.document.issue_title"),
        rx.el.p(
            t(
                "staff.document.issue_text",
                account=rx.cond(State.account != "", State.account, "—"),
                amount=money_text(State.total_minor, State.currency),
            )
        ),
        trigger=kit.button(t("staff.document.save_issue"), kind="main", test_id="draft-issue"),
        actions=[
            kit.close_button(),
            kit.submit(
                t("staff.document.issue"),
                form=FORM,
                on_click=State.intend("issue"),
                data_close="",
                test_id="draft-issue-confirm",
            ),
        ],
    )
    return rx.el.div(
        rx.el.div(totals(State, test_id="draft-total"), class_name="md:ml-auto md:w-[320px]"),
        rx.el.div(
            kit.link_button(t("common.cancel"), href=f"{StaffFrame.base}/billing", kind="ghost"),
            keep,
            send,
            issue,
            class_name="flex flex-wrap justify-end gap-2",
        ),
        class_name="grid gap-4",
    )


PAGES = (
    Page(
        route=f"{ROOT}/billing/new",
        view=view,
        title_key="staff.document.new_title",
        face="staff",
        on_load=(State.load,),
    ),
    Page(
        route=f"{ROOT}/billing/[document_id]/edit",
        view=view,
        title_key="staff.document.edit_title",
        face="staff",
        on_load=(State.load,),
    ),
)
