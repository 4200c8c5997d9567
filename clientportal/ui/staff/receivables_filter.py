"""The filter of receivables: groups of choices, confirmed with one button (mission 99)."""

from typing import Any

import reflex as rx

from clientportal.domain.receivables import Reach, Situation
from clientportal.ui import kit
from clientportal.ui.i18n import t, t_enum
from clientportal.ui.kit.fields import Option
from clientportal.ui.staff.receivables_state import FREE, GROUPS, ReceivablesState

# Attributes of a state are Vars while a page is drawn; their annotations say otherwise.
State: Any = ReceivablesState


def filter_drawer() -> rx.Component:
    """The button and, behind it, every group; nothing changes before "Apply"."""
    trigger = kit.button(
        t("staff.receivables.filter"),
        rx.cond(State.chips.length() > 0, kit.counter(State.chips.length(), "accent"), ""),
        icon="filter",
        test_id="filter-all",
    )
    form = kit.form(
        _group("contact", "staff.receivables.reach"),
        _group("situation", "staff.receivables.pick"),
        _fieldset("owing", _box("owing", "1", t("staff.receivables.only_owing"))),
        rx.cond(
            State.currencies.length() > 1,
            _choice("currency", State.currency, State.currencies),
            rx.fragment(),
        ),
        rx.cond(State.tags.length() > 0, _choice("tag", State.tag, State.tags), rx.fragment()),
        rx.el.div(
            kit.close_button(),
            kit.submit(t("staff.billing.apply"), data_close="", test_id="filter-apply"),
            class_name="flex flex-wrap justify-end gap-2",
        ),
        on_submit=State.apply,
        key=State.export_query,
        class_name="grid gap-5",
    )
    return kit.drawer(t("staff.receivables.filter"), form, trigger=trigger, test_id="filter-drawer")


def filter_chips() -> rx.Component:
    """What is filtered by, each with a way to drop it."""

    def chip(one: Any) -> rx.Component:
        word: Any = rx.match(
            one.group,
            ("contact", t_enum("staff.receivables.reach", one.value, Reach)),
            ("situation", t_enum("staff.receivables.pick", one.value, Situation)),
            ("owing", t("staff.receivables.only_owing")),
            one.value,
        )
        label = t_enum("staff.receivables.group", one.group, (*GROUPS, *FREE))
        return kit.filter_chip(one.group, label, word, State.drop(one.group, one.value))

    return rx.fragment(rx.foreach(State.chips, chip))


def _group(name: str, words: str) -> rx.Component:
    return _fieldset(name, *(_box(name, code, t(f"{words}.{code}")) for code in GROUPS[name]))


def _fieldset(name: str, *boxes: Any) -> rx.Component:
    legend = rx.el.legend(t(f"staff.receivables.group.{name}"), class_name="font-medium mb-2")
    return rx.el.fieldset(legend, *boxes, class_name="grid gap-2", data_testid=f"group-{name}")


def _box(group: str, code: str, words: Any) -> rx.Component:
    name = f"{group}-{code}"
    return kit.checkbox(
        words,
        name=name,
        value="yes",
        default_checked=State.ticked.contains(name),
        test_id=f"filter-{name}",
    )


def _choice(name: str, chosen: Any, values: Any) -> rx.Component:
    options = rx.Var(
        f"{values!s}.map((v) => ({{value: v, label: v}}))",
        _var_type=list[Option],
        _var_data=values._get_all_var_data(),
    )
    return kit.select_field(
        name,
        t(f"staff.receivables.group.{name}"),
        options,
        placeholder=t("staff.receivables.any"),
        default_value=chosen,
        test_id=f"filter-{name}",
    )
