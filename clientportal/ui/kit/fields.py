"""Form fields: label, help, error by code, locked and inherited values; forms of both kinds."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, TypedDict

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML

from clientportal.ui.i18n import Text, error_text, t
from clientportal.ui.kit.icons import icon as draw
from clientportal.ui.kit.parts import Child, classes, given, maybe, when, with_id


class Option(TypedDict):
    """One choice of a select or a filter."""

    value: str
    label: str


Options = Sequence[tuple[str, Any]] | rx.Var[Any]


class PlainForm(BaseHTML):
    """A form that the browser itself sends; `rx.el.form` would stop the native POST."""

    tag = "form"

    action: rx.Var[str]
    method: rx.Var[str]
    enc_type: rx.Var[str]
    auto_complete: rx.Var[str]


class _Amount(rx.Component):
    library = "$/kit/fields.js"
    tag = "AmountInput"

    name: rx.Var[str]
    currency: rx.Var[str]
    default_minor: rx.Var[int]
    on_change: Annotated[rx.EventHandler, rx.event.passthrough_event_spec(str)]


class _FileDrop(rx.Component):
    library = "$/kit/fields.js"
    tag = "FileDrop"

    name: rx.Var[str]
    accept: rx.Var[str]
    multiple: rx.Var[bool]
    max_mb: rx.Var[int]
    hint: rx.Var[str]
    on_pick: Annotated[rx.EventHandler, rx.event.passthrough_event_spec(list[str])]


class _Found(rx.Component):
    library = "$/kit/fields.js"
    tag = "Found"

    chosen: rx.Var[int]


def found(*children: Child, chosen: Any, **props: Any) -> rx.Component:
    """A search field with its hits (buttons of a list), or what was chosen, for the keyboard too.

    `chosen` is its id, 0 while there is none.
    """
    return _Found.create(*children, chosen=chosen, **props)


def plain_form(
    *children: Child, action: Any, method: str = "post", enctype: str | None = None, **props: Any
) -> rx.Component:
    """A native form: full page load, cookies, no socket."""
    if enctype:
        props["enc_type"] = enctype
    return PlainForm.create(*children, action=action, method=method, **with_id(props))


def form(*children: Child, on_submit: Any, **props: Any) -> rx.Component:
    """A form over the socket: the handler gets a dict of the named fields."""
    return rx.el.form(*children, on_submit=on_submit, no_validate=True, **with_id(props))


class _Guard(rx.Component):
    library = "$/kit/guard.js"
    tag = "Guard"

    form: rx.Var[str]
    saved: rx.Var[int]
    failed: rx.Var[int]


def unsaved_guard(form_id: str, *, saved: Any, failed: Any) -> rx.Component:
    """Asks before changes of the form are left behind, inside the app and on closing the tab.

    `saved` and `failed` count the answers to its saves: kept, or refused.
    """
    return _Guard.create(form=form_id, saved=saved, failed=failed)


def _field_id(name: str, given_id: str | None) -> str:
    return given_id or f"f-{name}"


class _Frame:
    """Options that every field takes, taken out of its props."""

    def __init__(self, name: str, label: Text, props: dict[str, Any]) -> None:
        self.id = _field_id(name, props.pop("id", None))
        self.label = label
        self.help = props.pop("help", None)
        self.error = props.pop("error", "")
        self.error_params = props.pop("error_params", None)
        self.optional = props.pop("optional", False)
        self.locked = props.pop("locked", None)
        self.inherited = props.pop("inherited", None)
        self.hidden_label = props.pop("hidden_label", False)
        self.class_name = props.pop("class_name", "")

    def control(self, props: dict[str, Any]) -> dict[str, Any]:
        """Props of the control itself: id, name for ears, state."""
        noted = given(self.help) or given(self.inherited) or given(self.locked)
        parts = [("h", noted), ("e", given(self.error))]
        described = [f"{self.id}-{part}" for part, on in parts if on]
        if described:
            props["aria_describedby"] = " ".join(described)
        if given(self.error):
            props["aria_invalid"] = when(self.error, "true", "false")
        if given(self.locked):
            props["read_only"] = True
        if props.get("auto_focus"):
            props["data_first"] = ""  # where a drawer begins; React itself keeps no attribute
        return {"id": self.id, **with_id(props)}

    def _lines(self) -> list[rx.Component]:
        note = [*maybe(self.help, lambda text: rx.el.span(text)),
                *maybe(self.inherited, lambda text: rx.el.span(t("fields.inherited", source=text))),
                *maybe(self.locked, lambda text: rx.el.span(text))]  # fmt: skip
        lines: list[rx.Component] = (
            [rx.el.div(*note, id=f"{self.id}-h", class_name="hp")] if note else []
        )
        if given(self.error):
            said = rx.el.div(
                draw("err", 14),
                rx.el.span(error_text(self.error, self.error_params)),
                id=f"{self.id}-e",
                class_name="hp bad",
                role="alert",
            )
            lines.append(when(self.error, said, rx.fragment()))
        return lines

    def wrap(self, inner: Sequence[Child], look: str = "") -> rx.Component:
        """Label, box, help and error around a control."""
        mark = [rx.el.span(t("fields.optional"))] if self.optional else []
        closing = [draw("lock")] if given(self.locked) else []
        hidden = "vh" if self.hidden_label else "lb"
        return rx.el.div(
            rx.el.label(self.label, *mark, html_for=self.id, class_name=hidden),
            rx.el.div(*inner, *closing, class_name=classes("in", look)),
            *self._lines(),
            class_name=classes(
                "f", when(self.error, "is-bad"), "is-off" if given(self.locked) else "",
                self.class_name,
            ),
        )  # fmt: skip


def text_field(name: str, label: Text, *, icon: Any = None, **props: Any) -> rx.Component:
    """One line of text. Also takes help, error, error_params, optional, locked, inherited."""
    frame = _Frame(name, label, props)
    attributes: dict[str, Any] = {"type": "text", **frame.control(props)}
    control = rx.el.input(name=name, **attributes)
    return frame.wrap([*maybe(icon, draw), control])


def password_field(name: str, label: Text, **props: Any) -> rx.Component:
    """A password; `auto_complete` is current-password unless given."""
    return text_field(
        name, label, **{"type": "password", "auto_complete": "current-password"} | props
    )


def date_field(name: str, label: Text, **props: Any) -> rx.Component:
    """A calendar day (ISO date goes to the server)."""
    return text_field(name, label, type="date", **props)


def code_field(name: str, label: Text, digits: int = 6, **props: Any) -> rx.Component:
    """A one-time code: digits only, offered by the keyboard of a phone."""
    frame = _Frame(name, label, props)
    control = rx.el.input(
        name=name, type="text", input_mode="numeric", auto_complete="one-time-code",
        pattern=rf"[0-9 ]{{{digits},{digits + 1}}}", max_length=digits + 1, **frame.control(props),
    )  # fmt: skip
    return frame.wrap([control], "code")


def textarea_field(name: str, label: Text, **props: Any) -> rx.Component:
    """Several lines of text; grows with what is written."""
    frame = _Frame(name, label, props)
    return frame.wrap([rx.el.textarea(name=name, **frame.control(props))])


def search_field(
    label: Text, *, name: str = "q", key_hint: str = "/", class_name: Any = "", **props: Any
) -> rx.Component:
    """Search in a list; its label is read out and shown as the placeholder."""
    props.setdefault("test_id", "search")
    hint = [rx.el.kbd(key_hint, class_name="kbd", aria_hidden=True)] if key_hint else []
    return rx.el.label(
        draw("search"),
        rx.el.input(
            name=name, type="search", aria_label=label, placeholder=label, **with_id(props)
        ),
        *hint,
        class_name=classes("in", class_name),
    )


def amount_field(
    name: str, label: Text, currency: Any, *, default_minor: Any = None, **props: Any
) -> rx.Component:
    """Money: code before, figures right, formatted on leaving.

    The plain number (`1234.50`) is sent under `name`, or the text itself when it is ambiguous.
    """
    frame = _Frame(name, label, props)
    if default_minor is not None:
        props["default_minor"] = default_minor
    control = _Amount.create(name=name, currency=currency, **frame.control(props))
    code = rx.el.span(currency, class_name="cur")
    return frame.wrap([code, control], "amount")


def _option(option: Any) -> rx.Component:
    return rx.el.option(option["label"], value=option["value"])


def options_of(options: Options) -> list[rx.Component] | rx.Component:
    """Option elements from pairs or from a Var of `Option`."""
    if isinstance(options, rx.Var):
        return rx.foreach(options, _option)
    return [rx.el.option(label, value=value) for value, label in options]


def select_field(
    name: str, label: Text, options: Options, *, placeholder: Text | None = None, **props: Any
) -> rx.Component:
    """A native list of choices; `placeholder` is the empty first one."""
    frame = _Frame(name, label, props)
    made = options_of(options)
    choices = made if isinstance(made, list) else [made]
    first = [rx.el.option(placeholder, value="")] if given(placeholder) else []
    control = rx.el.select(*first, *choices, name=name, **frame.control(props))
    return frame.wrap([control, draw("chevron-down", 14)])


def file_drop(
    name: str,
    label: Text,
    *,
    accept: str,
    multiple: bool = False,
    hint: Text | None = None,
    max_mb: int | None = None,
    **props: Any,
) -> rx.Component:
    """A file field one can also drop on; the `plain_form` around it sends the files."""
    optional: Mapping[str, Any] = {
        key: value for key, value in (("hint", hint), ("max_mb", max_mb)) if value is not None
    }
    field_id = _field_id(name, props.pop("id", None))
    return rx.el.div(
        rx.el.span(label, class_name="lb"),
        _FileDrop.create(
            name=name, id=field_id, accept=accept, multiple=multiple, **optional, **with_id(props)
        ),
        class_name="f",
    )
