"""Parts of a page: heads, cards, notes, empty and loading states, steps, timelines, figures."""

from collections.abc import Sequence
from typing import Any, Literal

import reflex as rx

from clientportal.ui.i18n import Text, error_text, t
from clientportal.ui.kit.controls import button, text_button
from clientportal.ui.kit.icons import icon as draw
from clientportal.ui.kit.parts import Child, classes, given, maybe, when, with_id

Tone = Literal["", "good", "info", "warn", "hot", "bad", "accent"]
NOTE_ICONS = {"info": "clock", "good": "ok", "warn": "warn", "bad": "err", "": "note"}
EMPTY_ICONS = {
    "first": "form",
    "filter": "search",
    "done": "ok",
    "denied": "lock",
    "error": "reload",
}


class _Closable(rx.Component):
    library = "$/kit/feedback.js"
    tag = "Closable"

    label: rx.Var[str]


def page_head(title: Child, *actions: Child) -> rx.Component:
    """Title of a portal page with at most two actions at its right."""
    return rx.el.div(
        rx.el.h1(title, class_name="h1"),
        rx.el.div(*actions, class_name="flex gap-2 items-center"),
        class_name="flex flex-wrap items-center justify-between gap-2 mb-3",
    )


def section(title: Text, *children: Child, action: Child = None, **props: Any) -> rx.Component:
    """A titled part of a page."""
    head = rx.el.div(
        rx.el.h2(title, class_name="h2"), *maybe(action, lambda a: a), class_name="sec"
    )
    return rx.el.section(head, *children, **with_id(props))


def card(
    *children: Child,
    title: Text | None = None,
    action: Child = None,
    pad: bool = True,
    class_name: Any = "",
    **props: Any,
) -> rx.Component:
    """A box with a hairline; with `title` it has a head."""
    head: list[rx.Component] = []
    if given(title):
        head = [
            rx.el.div(
                rx.el.h2(title, class_name="h3"), *maybe(action, lambda a: a), class_name="hd"
            )
        ]
    body = rx.el.div(*children, class_name="pad") if pad else rx.fragment(*children)
    return rx.el.section(*head, body, class_name=classes("card", class_name), **with_id(props))


def note(
    *children: Child,
    tone: Literal["", "info", "good", "warn", "bad"] = "",
    title: Text | None = None,
    icon: str | None = None,
    closable_key: str | None = None,
    class_name: Any = "",
    **props: Any,
) -> rx.Component:
    """A notice in the page; with `closable_key` it can be closed for this visit."""
    inside = [
        draw(icon or NOTE_ICONS[tone]),
        rx.el.div(
            *maybe(title, lambda text: rx.fragment(rx.el.b(text), " ")),
            *children,
            class_name="grow",
        ),
    ]
    look = classes("note", tone, class_name)
    if closable_key:
        return _Closable.create(
            *inside, id=closable_key, label=t("common.close"), class_name=look, **with_id(props)
        )
    return rx.el.div(*inside, class_name=look, **with_id(props))


def empty(
    reason: Literal["first", "filter", "done", "denied", "error"],
    title: Text,
    text: Child,
    *actions: Child,
    **props: Any,
) -> rx.Component:
    """Nothing to show, and why: never used, nothing matches, all done, not allowed, failed."""
    return rx.el.div(
        draw(EMPTY_ICONS[reason], 24),
        rx.el.div(title, class_name="h3"),
        rx.el.p(text),
        *([rx.el.div(*actions)] if actions else []),
        class_name=classes("empty", props.pop("class_name", "")),
        **with_id({"test_id": f"empty-{reason}"} | props),
    )


def error_part(code: Any, params: Any = None, on_retry: Any = None) -> rx.Component:
    """Something failed here: what happened, and a way to try again; old data stays beside it."""
    retry = [" ", text_button(t("common.retry"), on_click=on_retry)] if on_retry is not None else []
    return note(error_text(code, params), *retry, tone="bad", role="alert", test_id="error-part")


def skeleton(width: str = "100%", height: str = "12px") -> rx.Component:
    """One grey bar, in the geometry of what is coming."""
    return rx.el.span(class_name="sk", style={"width": width, "height": height})


def _waiting(*children: Child, class_name: str) -> rx.Component:
    said = rx.el.span(t("common.loading"), class_name="vh")
    return rx.el.div(said, *children, class_name=f"late {class_name}", aria_busy=True)


def skeleton_rows(rows: int = 8) -> rx.Component:
    """Grey table rows; appear after 200 ms."""
    widths = ("46%", "62%", "38%", "54%")
    lines = [
        rx.el.div(
            skeleton(widths[n % 4]),
            rx.el.span(class_name="grow"),
            skeleton("72px"),
            class_name="flex items-center gap-4 px-4 h-[var(--row)] border-b border-line",
        )
        for n in range(rows)
    ]
    return _waiting(*lines, class_name="tbl")


def skeleton_block() -> rx.Component:
    """A grey card: a line, a figure, two lines; appears after 200 ms."""
    bars = [("90px", "12px"), ("220px", "30px"), ("80%", "12px"), ("60%", "12px")]
    return _waiting(
        *[skeleton(*bar) for bar in bars], class_name="card pad grid gap-3 justify-items-start"
    )


def loading(waiting: Any, placeholder: Child, *children: Child) -> rx.Component:
    """The placeholder while waiting for the first data; later reads keep the old data."""
    return when(waiting, placeholder, rx.fragment(*children))


def steps(words: Sequence[Text], current: Any, *, label: Text | None = None) -> rx.Component:
    """Where one is in a wizard: `current` counts from 0."""

    def step(n: int, word: Text) -> rx.Component:
        here = when(current == n, "step", "false")
        done = when(current > n, "done", "")
        return rx.el.li(word, aria_current=here, class_name=classes(done))

    return rx.el.ol(
        *[step(n, word) for n, word in enumerate(words)],
        class_name="steps", aria_label=label or t("common.steps"),
    )  # fmt: skip


def timeline(*items: Child, class_name: Any = "", **props: Any) -> rx.Component:
    """What happened, newest first: `timeline_item`s or a foreach of them."""
    return rx.el.ol(*items, class_name=classes("tl", "text-sm", class_name), **with_id(props))


def timeline_item(
    icon: Any, strong: Text, rest: Child = None, meta: Child = None, *fix: Child, tone: Any = ""
) -> rx.Component:
    """One event: bold verb, the rest, when and who; a failed one offers its fix."""
    coloured = f"c-{tone}" if given(tone) else ""
    return rx.el.li(
        rx.el.span(draw(icon, 14), class_name=classes("dot", coloured)),
        rx.el.b(strong),
        *maybe(rest, lambda text: rx.fragment(" ", text)),
        *[rx.fragment(" ", part) for part in fix],
        *maybe(meta, lambda text: rx.el.span(text, class_name="meta")),
    )


def chat_bubble(
    text: Child, *, mine: Any = False, note: Any = False, meta: Sequence[Child] = ()
) -> rx.Component:
    """One message of a thread; internal notes have their own ground."""
    return rx.el.div(
        rx.el.div(text, class_name="bub"),
        rx.el.div(*meta, class_name="meta"),
        class_name=classes("msg", when(mine, "me"), when(note, "nt")),
    )


def stat_strip(*stats: Child) -> rx.Component:
    """Figures side by side in one card."""
    return rx.el.dl(*stats, class_name="stats")


def stat(label: Text, figure: Child, meaning: Child = None) -> rx.Component:
    """One figure of a `stat_strip` with a line of meaning."""
    return rx.el.div(
        rx.el.dt(label),
        rx.el.dd(figure, class_name="fig-m fig n"),
        *maybe(meaning, lambda text: rx.el.dd(text)),
    )


def progress(value: Any, total: Any, label: Text, *, failed: Any = 0) -> rx.Component:
    """How far a job is; the numbers stand in words beside it."""
    share = {"width": f"calc(100% * {value} / max(1, {total}))"}
    lost = {"width": f"calc(100% * {failed} / max(1, {total}))"}
    return rx.el.div(
        rx.el.span(style=share), rx.el.span(style=lost, class_name="bad"),
        role="progressbar", aria_label=label, aria_valuemin=0, aria_valuemax=total,
        aria_valuenow=value, class_name="pg",
    )  # fmt: skip


def details(summary: Child, *children: Child, class_name: Any = "", **props: Any) -> rx.Component:
    """A part that unfolds."""
    return rx.el.details(
        rx.el.summary(draw("chevron-right", 14), summary),
        *children,
        class_name=classes("fold", class_name),
        **with_id(props),
    )


def pairs(*lines: Child) -> rx.Component:
    """Facts as label and value; `pair`s."""
    return rx.el.dl(*lines, class_name="pair")


def pair(label: Text, *value: Child) -> rx.Component:
    """One fact."""
    return rx.el.div(rx.el.dt(label), rx.el.dd(*value))


def retry_button(on_click: Any) -> rx.Component:
    """Try again."""
    return button(t("common.retry"), icon="reload", size="s", on_click=on_click)
