"""Charts: bars of amounts in one currency, whose figures stand beside them as text.

The bars are decoration for the eye; label and figure are read, and each part of a chart of today
is one link to what is behind it.
"""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from clientportal.ui.i18n import Text, money, percent, t
from clientportal.ui.kit.controls import link
from clientportal.ui.kit.parts import Child, classes, given, maybe, when, with_id

AGE_KEYS = ("current", "d1_30", "d31_60", "d61_90", "d90")
"""Words of the five ages, in the order of domain.ageing.BUCKETS."""


def ageing_chart(
    parts: Sequence[Any], currency: Any, hrefs: Sequence[Any], *, marks: Sequence[Child] = ()
) -> rx.Component:
    """What is owed by days overdue: a bar and, below, each age with its figure as a link.

    `parts` have `amount_minor`, `count` and `share` (0 to 1); `hrefs` lead to their documents.
    `marks` are the figures drawn in another way, for instance marked when they change.
    """
    bar = [
        when(
            part.amount_minor > 0,
            link(
                href=hrefs[n],
                class_name=f"a{n}",
                style={"flexGrow": part.amount_minor},
                tab_index=-1,
            ),
            rx.fragment(),
        )
        for n, part in enumerate(parts)
    ]
    figures = marks or [money(part.amount_minor, currency) for part in parts]
    legend = [
        rx.el.li(
            rx.el.span(
                rx.el.span(class_name=f"key a{n}", aria_hidden=True),
                t(f"ageing.{AGE_KEYS[n]}"),
                class_name="lab",
            ),
            link(figures[n], href=hrefs[n], class_name="amt-l cover"),
            rx.el.span(
                t("ageing.documents", n=part.count),
                " · ",
                percent(part.share),
                class_name="meta",
            ),
        )
        for n, part in enumerate(parts)
    ]
    return rx.el.div(
        rx.el.div(*bar, class_name="age", aria_hidden=True),
        rx.el.ul(*legend, class_name="ages", aria_label=t("ageing.title")),
    )


def ageing_bar(parts: Sequence[Any], currency: Any) -> rx.Component:
    """Five amounts by days overdue on a day that has passed, so that no list can be behind them."""
    bar = [
        when(part > 0, rx.el.span(class_name=f"a{n}", style={"flexGrow": part}), rx.fragment())
        for n, part in enumerate(parts)
    ]
    legend = [
        rx.el.li(
            rx.el.span(
                rx.el.span(class_name=f"key a{n}", aria_hidden=True),
                t(f"ageing.{AGE_KEYS[n]}"),
                class_name="lab",
            ),
            rx.el.span(money(part, currency, zero="dash"), class_name="amt-l"),
            class_name="hover:!bg-transparent",
        )
        for n, part in enumerate(parts)
    ]
    return rx.el.div(
        rx.el.div(*bar, class_name="age", aria_hidden=True),
        rx.el.ul(*legend, class_name="ages", aria_label=t("ageing.title")),
    )


def bars(*rows: Child, label: Text, **props: Any) -> rx.Component:
    """Amounts under each other: `bar`s or a foreach of them. `label` says of what."""
    return rx.el.ul(*rows, aria_label=label, class_name="bars", **with_id(props))


def bar(
    label: Child,
    figure: Child,
    parts: Sequence[tuple[Any, str]],
    *,
    href: Any,
    meaning: Child = None,
    class_name: Any = "",
    **props: Any,
) -> rx.Component:
    """One amount: what it is, a bar, and its figure, which leads to what is behind it.

    `parts` are (share of the longest bar, 0 to 1; class of its ground). `label` and `meaning` may
    hold links of their own; the rest of the row belongs to `href`.
    """
    drawn = [
        rx.el.span(class_name=look, style={"width": f"calc(100% * {share})"})
        for share, look in parts
    ]
    return rx.el.li(
        rx.el.span(label, class_name="lab"),
        rx.el.span(*drawn, class_name="bar", aria_hidden=True),
        link(figure, href=href, class_name="amt-l cover"),
        *maybe(meaning, lambda text: rx.el.span(text, class_name="meta")),
        class_name=classes("two" if given(meaning) else "", class_name),
        **with_id(props),
    )
