"""States in icon, word and tone; counters, avatars, company marks."""

from typing import Any, Literal

import reflex as rx

from clientportal.ui.i18n import Text, t_enum
from clientportal.ui.kit.icons import icon as draw
from clientportal.ui.kit.parts import classes, given, maybe, when, with_id

Tone = Literal["", "plain", "good", "info", "warn", "hot", "bad", "accent", "void"]

DELIVERY: dict[str, tuple[Tone, str]] = {
    "scheduled": ("", "clock"),
    "sent": ("", "check"),
    "delivered": ("", "checks"),
    "read": ("info", "checks"),
    "failed": ("bad", "mail-x"),
}
CONTACT: dict[str, tuple[Tone, str]] = {
    "fine": ("good", "check"),
    "mail_bounces": ("warn", "mail-x"),
    "no_whatsapp": ("warn", "wa"),
    "unreachable": ("bad", "ban"),
}
ACCESS = ("on", "pending", "none")


class _StateBadge(rx.Component):
    library = "$/kit/lists.js"
    tag = "StateBadge"

    badge: rx.Var[Any]
    currency: rx.Var[str]
    boxed: rx.Var[bool]
    long: rx.Var[bool]


def state_badge(
    badge: Any, *, currency: Any = "", boxed: bool = False, long: bool = False, **props: Any
) -> rx.Component:
    """The badge of a document: a Var of {code, tone, icon, params}.

    Boxed only in headers and slips; `long` says "hace 12 días" instead of "12 d". `currency` is
    for credit kinds, whose detail is an amount.
    """
    return _StateBadge.create(
        badge=badge, currency=currency, boxed=boxed, long=long, **with_id(props)
    )


def state(
    word: Text,
    tone: Any = "",
    icon: Any = None,
    detail: Text | None = None,
    *,
    boxed: bool = False,
    class_name: Any = "",
    **props: Any,
) -> rx.Component:
    """Any other state: icon, word (500) and detail (400) in its tone."""
    toned = f"st-{tone}" if given(tone) else ""
    return rx.el.span(
        *maybe(icon, lambda name: draw(name, 14)),
        rx.el.span(rx.el.b(word), *maybe(detail, lambda text: rx.el.small(" ", text))),
        class_name=classes("st", toned, "bx" if boxed else "", class_name),
        **with_id(props),
    )


def _mapped(
    table: dict[str, tuple[Tone, str]], prefix: str, code: Any, detail: Any
) -> rx.Component:
    if not isinstance(code, rx.Var):
        tone, name = table[code]
        return state(t_enum(prefix, code, table), tone, name, detail)
    cases = [(key, state(t_enum(prefix, code, table), tone, name, detail))
             for key, (tone, name) in table.items()]  # fmt: skip
    return rx.fragment(rx.match(code, *cases, rx.fragment()))


def delivery_state(code: Any, reason: Text | None = None) -> rx.Component:
    """Where a message is: scheduled, sent, delivered, read, failed (with its reason)."""
    return _mapped(DELIVERY, "delivery", code, reason)


def contact_state(code: Any, detail: Text | None = None) -> rx.Component:
    """Whether a contact can be reached: fine, mail_bounces, no_whatsapp, unreachable."""
    return _mapped(CONTACT, "contact_state", code, detail)


def access_state(code: Any) -> rx.Component:
    """Access to the portal: on, pending (invited), none."""
    word = rx.el.b(t_enum("access", code, ACCESS))
    pip = rx.el.span(class_name=classes("pip", when(code == "none", "none")))
    waiting = when(code == "pending", draw("clock", 14), rx.fragment())
    return rx.el.span(pip, waiting, word, class_name="st")


def counter(n: Any, tone: Literal["", "accent", "bad"] = "") -> rx.Component:
    """A small number beside a word."""
    return rx.el.span(n, class_name=classes("ct", tone))


class _EmailAddress(rx.Component):
    library = "$/kit/text.js"
    tag = "EmailAddress"

    address: rx.Var[Any]


def email_address(address: Any, **props: Any) -> rx.Component:
    """An e-mail address that is never cut and breaks after its @ and dots."""
    return _EmailAddress.create(address=address, **with_id(props))


class _Initials(rx.Component):
    library = "$/kit/text.js"
    tag = "Initials"

    name: rx.Var[Any]


def avatar(name: Any, size: Literal["s", "m", "l"] = "m") -> rx.Component:
    """A person: initials in a circle."""
    return _Initials.create(name=name, class_name=f"av {'' if size == 'm' else size}")


def company_mark(
    name: Any, size: Literal["s", "m", "l"] = "m", *, accent: bool = False
) -> rx.Component:
    """A company: initials in a square."""
    return _Initials.create(
        name=name, class_name=f"av sq {'' if size == 'm' else size} {'accent' if accent else ''}"
    )
