"""Tables that turn into cards on a phone, sorting, paging, filters, tabs."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import reflex as rx

from clientportal.ui.i18n import Text, t
from clientportal.ui.kit.controls import button, icon_button, link, link_button
from clientportal.ui.kit.fields import Options
from clientportal.ui.kit.icons import icon as draw
from clientportal.ui.kit.parts import Child, classes, given, maybe, nothing, when, with_id

Area = Literal["check", "name", "figure", "state", "when", "actions", "extra"]


def _cell(num: bool, area: Area | None, drop: int, class_name: Any) -> list[Any]:
    return classes(
        "num" if num else "", f"c-{area}" if area else "", f"drop{drop}" if drop else "", class_name
    )


def table(
    caption: Text,
    *,
    head: Sequence[Child],
    body: Child,
    busy: Any = False,
    cards: bool = True,
    foot: Child = None,
    class_name: Any = "",
    **props: Any,
) -> rx.Component:
    """A table card. `head` holds `th`, `body` rows of `tr` (or a foreach), `foot` e.g. a `pager`.

    With `cards` the same markup is a list of cards on a phone, placed by the areas of its cells.
    """
    return rx.el.div(
        rx.el.table(
            rx.el.caption(caption),
            rx.el.thead(rx.el.tr(*head, role="row"), role="rowgroup"),
            rx.el.tbody(body, role="rowgroup"),
            role="table",
            class_name=classes("t", "cards" if cards else ""),
        ),
        *([foot] if given(foot) else []),
        class_name=classes("tbl", class_name),
        aria_busy=busy,
        **with_id(props),
    )


def th(
    label: Text,
    *,
    href: Any = None,
    on_click: Any = None,
    sorted: Any = "none",
    num: bool = False,
    area: Area | None = None,
    drop: int = 0,
    hidden_label: bool = False,
    class_name: Any = "",
) -> rx.Component:
    """A column head. With `href` or `on_click` it sorts; `sorted`: ascending, descending, none."""
    attributes: dict[str, Any] = {}
    inner: Child = rx.el.span(label, class_name="vh") if hidden_label else label
    if href is not None or on_click is not None:
        attributes["aria_sort"] = sorted
        arrow = when(
            sorted == "none",
            rx.el.span(draw("sort-down"), data_idle=""),
            draw(when(sorted == "descending", "sort-down", "sort-up")),
        )
        inner = (
            link(label, arrow, href=href)
            if href is not None
            else rx.el.button(label, arrow, type="button", on_click=on_click)
        )
    return rx.el.th(
        inner, scope="col", role="columnheader", class_name=_cell(num, area, drop, class_name),
        **attributes,
    )  # fmt: skip


def head_check(check: rx.Component) -> rx.Component:
    """The head cell of `check_all`."""
    return rx.el.th(check, scope="col", role="columnheader", class_name="c-check")


def tr(*cells: Child, selected: Any = None, **props: Any) -> rx.Component:
    """A row; its `row_name(href=…)` makes the whole row a link. j and k walk over rows."""
    if selected is not None:
        props["aria_selected"] = when(selected, "true", "false")
    return rx.el.tr(*cells, role="row", data_row="", **with_id(props))


def td(
    *children: Child,
    area: Area | None = None,
    num: bool = False,
    drop: int = 0,
    class_name: Any = "",
    **props: Any,
) -> rx.Component:
    """A cell. `area` is its place on a phone card (none: not shown there).

    The area `actions` is shown there when a control of it has the class `on-card`.
    """
    return rx.el.td(
        *children, role="cell", class_name=_cell(num, area, drop, class_name), **with_id(props)
    )


def instead(drop: int, *children: Child) -> rx.Component:
    """A quiet line in another cell while the columns with this `drop` have no room (no card)."""
    return rx.el.span(*children, class_name=f"sub in{drop}")


def row_name(first: Child, second: Child = None, *, href: Any = None, **props: Any) -> rx.Component:
    """The name of a row with a quiet second line; with `href` the link of the whole row."""
    name = (
        link(first, href=href, class_name="nm", **props)
        if href is not None
        else rx.el.span(first, class_name="nm", **with_id(props))
    )
    return rx.fragment(name, *maybe(second, lambda text: rx.el.span(text, class_name="sub")))


def pager(
    summary: Child,
    *,
    previous: Any = None,
    next: Any = None,
    on_previous: Any = None,
    on_next: Any = None,
    has_previous: Any = True,
    has_next: Any = True,
) -> rx.Component:
    """Keyset paging: what is shown, back and forth; by links (`previous`, `next`) or handlers."""

    def step(label: Text, flag: Any, href: Any, handler: Any, name: str) -> rx.Component:
        dead = button(label, size="s", disabled=True)
        live = (
            link_button(label, href=href, size="s", test_id=name)
            if href is not None
            else button(label, size="s", on_click=handler, test_id=name)
        )
        return when(flag, live, dead)

    return rx.el.div(
        rx.el.span(summary),
        rx.el.nav(
            step(t("lists.previous"), has_previous, previous, on_previous, "page-previous"),
            step(t("lists.next"), has_next, next, on_next, "page-next"),
            aria_label=t("lists.pages"),
            class_name="flex gap-2",
        ),
        class_name="foot",
    )


def bulk_bar(summary: Child, *actions: Child, on_clear: Any = None) -> rx.Component:
    """What can be done with the ticked rows; stays at the bottom."""
    closing = [icon_button("x", t("lists.clear"), on_click=on_clear)] if on_clear else []
    return rx.el.div(
        rx.el.span(summary, class_name="whitespace-nowrap"), *actions, *closing,
        role="region", aria_label=t("lists.bulk"), class_name="bulk",
    )  # fmt: skip


def filter_row(
    *chips: Child, search: Child = None, result: Child = None, class_name: Any = "", **props: Any
) -> rx.Component:
    """Search, chips, result; on a phone the chips are one line that scrolls inside itself."""
    return rx.el.div(
        *maybe(search, lambda field: field),
        rx.el.div(*chips, class_name="chips line"),
        *maybe(result, lambda line: line),
        class_name=classes("filters", class_name),
        **with_id(props),
    )


def result_line(*children: Child) -> rx.Component:
    """Count and sum of the filtered set, at the right."""
    return rx.el.div(*children, class_name="result", role="status")


class _Filter(rx.Component):
    library = "$/kit/lists.js"
    tag = "Filter"

    name: rx.Var[str]
    label: rx.Var[str]
    options: rx.Var[list[dict[str, str]]]
    selected: rx.Var[list[str]]
    multiple: rx.Var[bool]
    usual: rx.Var[str]
    on_apply: Annotated[rx.EventHandler, rx.event.passthrough_event_spec(list[str])]


def filter_popover(
    name: str,
    label: Text,
    options: Options,
    selected: Any,
    on_apply: Any,
    *,
    multiple: bool = True,
    usual: str = "",
) -> rx.Component:
    """A chip that opens its choices; each tick calls `on_apply` with the list of chosen values.

    `usual` is the choice that stands when nothing was chosen: there is nothing to drop then.
    Test ids: `filter-{name}` and `filter-{name}-{value}`.
    """
    listed: Any = options
    if not isinstance(options, rx.Var):
        listed = [{"value": value, "label": text} for value, text in options]
    return _Filter.create(
        name=name, label=label, options=listed, selected=selected, multiple=multiple,
        usual=usual, on_apply=on_apply,
    )  # fmt: skip


def filter_chip(name: str, label: Text, value: Text, on_clear: Any) -> rx.Component:
    """An active filter that is not a list of choices (search, a range): `Key: value ×`."""
    return rx.el.span(
        rx.el.span(label, ": ", class_name="k"),
        value,
        rx.el.button(
            draw("x", 14), type="button", class_name="x", on_click=on_clear,
            aria_label=t("lists.drop_filter", name=label), data_testid=f"filter-{name}-clear",
        ),
        class_name="chip on",
    )  # fmt: skip


def chip_link(text: Text, *, href: Any, active: Any = False, **props: Any) -> rx.Component:
    """One of several views of a page, each with an address of its own."""
    return link(
        text, href=href, class_name=when(active, "chip on pr-2.5", "chip"),
        aria_current=when(active, "true", "false"), **props,
    )  # fmt: skip


class _Live(rx.Component):
    library = "$/kit/lists.js"
    tag = "Live"

    value: rx.Var[Any]
    say: rx.Var[str]


def live(value: Any, *children: Child, say: Text | None = None) -> rx.Component:
    """Marks its content when `value` changes by itself; `say` goes to the live region."""
    extra = {"say": say} if given(say) else {}
    return _Live.create(*(children or (nothing(),)), value=value, **extra)


class _NewBar(rx.Component):
    library = "$/kit/lists.js"
    tag = "NewBar"

    n: rx.Var[int]
    on_show: Annotated[rx.EventHandler, rx.event.no_args_event_spec]


def new_bar(n: Any, on_show: Any) -> rx.Component:
    """New rows wait behind this bar instead of pushing what is being read.

    While the page is at its top and nothing of a list has focus or is ticked, nobody is reading:
    then `on_show` is called by itself.
    """
    return _NewBar.create(n=n, on_show=on_show)
