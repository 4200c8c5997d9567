"""What a kept import file would do: counts, how it was read, faults by line, its first rows."""

from typing import Any

import reflex as rx

from clientportal.domain.documents import Kind
from clientportal.ui import kit
from clientportal.ui.i18n import count, day, error_text, money, t, t_enum
from clientportal.ui.staff.common import StaffFrame
from clientportal.ui.staff.imports_state import ORDERS
from clientportal.ui.staff.imports_state import StaffImports as State


def counts_strip() -> rx.Component:
    def figure(name: str) -> rx.Component:
        return kit.stat(
            t(f"staff.imports.count_{name}"),
            rx.el.span(count(State.counts[name]), data_testid=f"import-{name}"),
        )

    return kit.stat_strip(
        figure("new"),
        rx.cond(State.kind == "documents", figure("accounts"), figure("changed")),
        figure("same"),
        figure("errors"),
    )


def read_as_card() -> rx.Component:
    """How the file is read: decided for the whole of it and shown; asked where it does not say."""
    orders = [(order, t(f"staff.imports.order_{order}")) for order in ORDERS]
    ambiguous = State.error == "date_format_ambiguous"
    dates = kit.select_field(
        "date_format",
        t("staff.imports.dates"),
        orders,
        value=State.date_format,
        on_change=State.choose_dates,
        help=rx.cond(ambiguous, t("staff.imports.dates_asked"), t("staff.imports.dates_help")),
        test_id="import-dates",
    )
    options = rx.foreach(StaffFrame.currencies, lambda code: rx.el.option(code, value=code))
    currency = rx.el.div(
        rx.el.label(t("staff.imports.currency"), html_for="f-currency", class_name="lb"),
        rx.el.div(
            rx.el.select(
                rx.el.option(t("staff.imports.currency_none"), value=""),
                options,
                id="f-currency",
                value=State.currency,
                on_change=State.choose_currency,
                data_testid="import-currency",
            ),
            kit.icon("chevron-down", 14),
            class_name="in",
        ),
        rx.el.div(t("staff.imports.currency_help"), class_name="hp"),
        class_name="f",
    )
    shown = (State.error == "") | ambiguous
    return rx.cond(
        shown,
        kit.card(
            rx.el.div(
                dates,
                rx.cond(State.asks_currency, currency),
                class_name="grid gap-4 md:grid-cols-2",
            ),
            rx.cond(
                State.ignored.length() > 0,
                rx.el.p(
                    t("staff.imports.ignored", names=State.ignored.join(", ")),
                    class_name="mt-3 text-sm text-ink-2",
                ),
            ),
            title=t("staff.imports.read_as"),
        ),
    )


def _fault_row(fault: Any) -> rx.Component:
    return kit.tr(
        kit.td(
            t("staff.imports.line", n=fault.count, lines=fault.lines),
            rx.cond(
                fault.column != "", rx.el.span(" · ", fault.column, class_name="only-s text-ink-2")
            ),
            area="name",
        ),
        kit.td(fault.column, drop=2),
        kit.td(error_text(fault.code, fault.params), area="extra"),
        key=fault.key,
        test_id="import-fault",
    )


def _fault_table(caption: Any, faults: Any) -> rx.Component:
    return kit.table(
        caption,
        head=[
            kit.th(t("staff.imports.col_line")),
            kit.th(t("staff.imports.col_column"), drop=2),
            kit.th(t("staff.imports.col_what")),
        ],
        body=rx.foreach(faults, _fault_row),
    )


def faults_section() -> rx.Component:
    return rx.el.section(
        kit.note(
            t("staff.imports.errors_text", n=State.counts["errors"]),
            tone="bad",
            role="alert",
            class_name="mb-3",
        ),
        _fault_table(t("staff.imports.errors"), State.faults),
        rx.el.div(
            kit.link_button(
                t("staff.imports.report"),
                href=State.report_href,
                external=True,
                icon="download",
                size="s",
                test_id="import-report",
            ),
            class_name="mt-2",
        ),
    )


def warnings_fold() -> rx.Component:
    return kit.details(
        t("staff.imports.warnings", n=State.warnings.length()),
        _fault_table(t("staff.imports.warnings_caption"), State.warnings),
        test_id="import-warnings",
    )


def rows_section() -> rx.Component:
    """The first lines as they will be."""
    documents = kit.table(
        t("staff.imports.rows"),
        head=[
            kit.th(t("staff.imports.col_document")),
            kit.th(t("staff.imports.col_account"), drop=1),
            kit.th(t("staff.imports.col_issued")),
            kit.th(t("staff.imports.col_due"), drop=1),
            kit.th(t("staff.imports.col_total"), num=True),
            kit.th(t("staff.imports.col_balance"), num=True),
            kit.th(t("staff.imports.col_action")),
        ],
        body=rx.foreach(State.rows, _document),
    )
    accounts = kit.table(
        t("staff.imports.rows"),
        head=[
            kit.th(
                rx.cond(
                    State.kind == "contacts",
                    t("staff.imports.col_contact"),
                    t("staff.imports.col_account"),
                )
            ),
            kit.th(t("staff.imports.col_action")),
        ],
        body=rx.foreach(State.rows, _account),
    )
    return kit.section(
        t("staff.imports.rows_first", n=State.rows.length()),
        rx.cond(State.kind == "documents", documents, accounts),
    )


def _action(row: Any) -> rx.Component:
    return rx.match(
        row.action,
        ("new", kit.state(t("staff.imports.action_new"), "good", "plus")),
        ("changed", kit.state(t("staff.imports.action_changed"), "info", "pen")),
        kit.state(t("staff.imports.action_same"), "", "check"),
    )


def _document(row: Any) -> rx.Component:
    settled = rx.cond(
        row.settled_on != "",
        t("staff.imports.settled", date=day(row.settled_on, "year")),
        rx.cond(row.disputed, t("state.disputed"), ""),
    )
    return kit.tr(
        kit.td(
            kit.row_name(
                row.number,
                rx.fragment(
                    t_enum("kind", row.kind, Kind), rx.el.span(" · ", row.name, class_name="only-s")
                ),
            ),
            area="name",
        ),
        kit.td(row.name, drop=1, class_name="cut max-w-[220px]"),
        kit.td(day(row.issued_on, "year"), class_name="whitespace-nowrap", area="when"),
        kit.td(
            rx.cond(row.due_on != "", day(row.due_on, "year"), "—"),
            drop=1,
            class_name="whitespace-nowrap",
        ),
        kit.td(money(row.total_minor, row.currency), num=True, area="figure"),
        kit.td(
            money(row.balance_minor, row.currency, zero="dash"),
            rx.el.span(settled, class_name="sub"),
            num=True,
        ),
        kit.td(_action(row), area="state"),
        key=row.line.to_string(),
        test_id="import-row",
    )


def _account(row: Any) -> rx.Component:
    return kit.tr(
        kit.td(kit.row_name(row.name, row.number), area="name"),
        kit.td(_action(row), area="state"),
        key=row.line.to_string(),
        test_id="import-row",
    )
