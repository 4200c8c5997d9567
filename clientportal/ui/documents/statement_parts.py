"""The statement of account on both faces: period, figures, ageing, and a line per movement."""

from collections.abc import Callable
from typing import Any

import reflex as rx

from clientportal.domain.documents import Kind
from clientportal.domain.periods import Preset
from clientportal.domain.statement import Movement
from clientportal.ui import kit
from clientportal.ui.i18n import day, decimals, money, money_text, t, t_enum


def tools(state: Any) -> rx.Component:
    """Presets and days of the period; each is part of the address."""
    chips = [
        kit.chip_link(
            t(f"statement.period.{preset}"),
            href=state.preset_href[preset.value],
            active=state.preset == preset.value,
            test_id=f"period-{preset.value}",
        )
        for preset in Preset
    ]
    return kit.filter_row(*chips, _days(state), result=_span(state), class_name="mb-3")


def _days(state: Any) -> rx.Component:
    """Two days of one's own."""
    trigger = rx.el.button(
        t("statement.period.own"),
        kit.icon("chevron-down", 14),
        type="button",
        class_name=rx.cond(state.preset == "", "chip on pr-2.5", "chip"),
        data_testid="period-own",
    )
    fields = [
        kit.date_field(
            name,
            t(f"statement.period.{name}"),
            default_value=state.days[name],
            key=state.days[name],
            max=state.days["today"],
            test_id=f"period-{name}",
        )
        for name in ("from", "to")
    ]
    return kit.popover(
        trigger,
        kit.form(
            *fields,
            kit.submit(t("statement.period.apply"), data_close="", test_id="period-apply"),
            on_submit=state.set_days,
            class_name="grid gap-3",
        ),
        label=t("statement.period.own"),
    )


def _span(state: Any) -> rx.Component:
    """The days that the statement covers."""
    since = rx.cond(
        state.days["from"] != "", day(state.days["from"], "year"), t("statement.period.beginning")
    )
    return kit.result_line(
        rx.el.span(since, " – ", day(state.days["to"], "year"), data_testid="statement-period")
    )


def file_links(state: Any) -> list[rx.Component]:
    """PDF and spreadsheet of the period; a period too long for paper says so in the PDF's place."""
    return [
        kit.link_button(
            t("statement.xlsx"),
            href=f"{state.file_href}.xlsx{state.file_query}",
            external=True,
            icon="download",
            test_id="statement-xlsx",
        ),
        rx.cond(
            state.on_paper,
            kit.link_button(
                t("statement.as_pdf"),
                href=f"{state.file_href}.pdf{state.file_query}",
                external=True,
                kind="main",
                icon="download",
                test_id="statement-pdf",
            ),
        ),
    ]


def body(state: Any, href: Callable[[Any], Any]) -> rx.Component:
    """Figures, ageing and lines; `href` gives the address of a document by its id."""
    too_long = kit.note(t("statement.too_long"), class_name="mb-3", test_id="statement-too-long")
    return rx.fragment(
        rx.cond(state.on_paper, rx.fragment(), too_long),
        rx.cond(
            state.tabs.length() > 0,
            rx.el.div(
                rx.cond(state.tabs.length() > 1, _currencies(state)),
                _figures(state),
                rx.cond(state.shown.owed_minor > 0, _ageing(state)),
                _table(state, href),
                class_name="grid grid-cols-[minmax(0,1fr)] gap-4",
            ),
            rx.cond(state.too_long, rx.fragment(), _nothing(state)),
        ),
    )


def _nothing(state: Any) -> rx.Component:
    everything = kit.link_button(
        t("statement.see_all"), href=state.preset_href[Preset.ALL.value], kind="main"
    )
    return kit.card(
        rx.cond(
            state.preset == Preset.ALL.value,
            kit.empty("first", t("statement.none"), t("statement.none_text")),
            kit.empty("filter", t("statement.none_here"), t("statement.empty"), everything),
        ),
        pad=False,
    )


def _currencies(state: Any) -> rx.Component:
    def one(tab: Any) -> rx.Component:
        return kit.chip_link(
            money_text(tab.closing_minor, tab.currency),
            href=tab.href,
            active=tab.currency == state.shown.currency,
            test_id="statement-currency",
        )

    return rx.el.nav(
        rx.foreach(state.tabs, one), aria_label=t("statement.currencies"), class_name="chips"
    )


def _figures(state: Any) -> rx.Component:
    now = state.shown
    currency = now.currency
    opening = rx.cond(
        state.opens,
        t("statement.on_eve", date=day(state.days["from"], "year")),
        t("statement.from_beginning"),
    )
    made_of = t(
        "statement.made_of",
        owed=money_text(now.owed_minor, currency),
        credit=money_text(now.available_minor, currency),
    )
    shown = day(state.days["to"], "year")
    meaning = rx.cond(
        (now.owed_minor > 0) & (now.available_minor > 0),
        made_of,
        rx.cond(
            now.closing_minor < 0,
            t("statement.in_favour", date=shown),
            t("statement.on_day", date=shown),
        ),
    )
    return rx.el.div(
        kit.stat_strip(
            kit.stat(
                t("statement.opening"),
                rx.el.span(money(now.opening_minor, currency), data_testid="statement-opening"),
                opening,
            ),
            kit.stat(t("statement.charges"), money(now.charges_minor, currency, zero="dash")),
            kit.stat(t("statement.credits"), money(now.credits_minor, currency, zero="dash")),
            kit.stat(
                t("statement.closing"),
                kit.live(
                    now.closing_minor,
                    rx.el.span(money(now.closing_minor, currency), data_testid="statement-closing"),
                    say=t("statement.changed"),
                ),
                meaning,
            ),
        ),
        class_name="min-w-0 max-[640px]:[&_.stats]:grid-cols-1",
    )


def _ageing(state: Any) -> rx.Component:
    now = state.shown
    contested = t("statement.disputed", amount=money_text(now.disputed_minor, now.currency))
    return kit.card(
        kit.ageing_bar([now.ageing[place] for place in range(5)], now.currency),
        rx.cond(
            now.disputed_minor > 0,
            rx.el.p(contested, class_name="text-sm text-ink-2 mt-2"),
        ),
        title=t("statement.ageing", date=day(state.days["to"], "year")),
        test_id="statement-ageing",
    )


def _table(state: Any, href: Callable[[Any], Any]) -> rx.Component:
    def line(row: Any) -> rx.Component:
        return _line(row, state, href(row.document_id))

    first = rx.cond(state.leaf.first > 0, t("statement.carried"), t("statement.opening"))
    lead = _end(first, state.leaf.before_minor, state, "statement-before")
    last = _end(t("statement.closing"), state.shown.closing_minor, state, "statement-after")
    return kit.table(
        t("statement.caption", n=state.leaf.count),
        head=[
            kit.th(t("statement.col_document")),
            kit.th(t("statement.col_date")),
            kit.th(t("statement.col_charge"), num=True),
            kit.th(t("statement.col_credit"), num=True),
            kit.th(t("statement.balance_in", currency=state.shown.currency), num=True),
        ],
        body=rx.fragment(
            rx.cond(state.opens | (state.leaf.first > 0), lead),
            rx.foreach(state.lines, line),
            rx.cond(state.leaf.next == "", last),
        ),
        foot=rx.cond(
            (state.leaf.previous != "") | (state.leaf.next != ""),
            kit.pager(
                t(
                    "statement.shown",
                    first=state.leaf.first + 1,
                    last=state.leaf.first + state.lines.length(),
                    n=state.leaf.count,
                ),
                previous=state.leaf.previous,
                next=state.leaf.next,
                has_previous=state.leaf.previous != "",
                has_next=state.leaf.next != "",
            ),
        ),
    )


def _end(words: Any, minor: Any, state: Any, test_id: str) -> rx.Component:
    """A balance that is no document's."""
    shown = decimals(state.lines, "balance_minor", "currency")
    return kit.tr(
        kit.td(rx.el.span(words, class_name="font-medium"), area="name"),
        kit.td(),
        kit.td(num=True),
        kit.td(num=True),
        kit.td(
            money(
                minor, state.shown.currency, code=False, decimals=shown, class_name="font-semibold"
            ),
            num=True,
            area="figure",
        ),
        test_id=test_id,
    )


def _line(row: Any, state: Any, href: Any) -> rx.Component:
    def figure(field: str) -> rx.Component:
        shown = decimals(state.lines, field, "currency")
        return money(row[field], state.shown.currency, zero="dash", code=False, decimals=shown)

    what = rx.cond(
        row.movement != Movement.ISSUED.value,
        t_enum("statement.movement", row.movement, Movement),
        rx.cond(row.due_on != "", t("statement.due", date=day(row.due_on)), ""),
    )
    name = rx.fragment(
        t_enum("kind", row.kind, Kind),
        " ",
        rx.el.span(row.number, class_name="whitespace-nowrap"),
    )
    return kit.tr(
        kit.td(
            kit.row_name(name, what, href=href),
            area="name",
            class_name="max-md:[&_.nm]:whitespace-normal",
        ),
        kit.td(_change(row, state), area="figure", class_name="only-s"),
        kit.td(day(row.on, "year"), area="state", class_name="whitespace-nowrap text-ink-2"),
        kit.td(figure("charge_minor"), num=True),
        kit.td(figure("credit_minor"), num=True),
        kit.td(
            rx.el.span(t("statement.col_balance"), " ", class_name="only-s"),
            figure("balance_minor"),
            num=True,
            area="when",
        ),
        test_id="statement-line",
        data_number=row.number,
        key=row.id,
    )


def _change(row: Any, state: Any) -> rx.Component:
    """On a phone card: what the line added or took away, with its sign."""
    change = row.charge_minor - row.credit_minor
    return rx.cond(change != 0, money(change, state.shown.currency, sign=True, code=False))
