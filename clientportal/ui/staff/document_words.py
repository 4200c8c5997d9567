"""Words about documents: payment methods, and mails that did not arrive."""

from typing import Any

import reflex as rx

from clientportal.domain.documents import Lifecycle
from clientportal.services.document_lists import DocumentRow
from clientportal.ui import kit
from clientportal.ui.i18n import t

BY_HAND = ("transfer", "cash", "card", "check", "other")
METHODS = (*BY_HAND, "sandbox", "sandbox_card")
"""Codes with words of their own; what came with an import is shown as it came."""


def method_text(code: Any) -> rx.Var[str]:
    """The word for how money arrived."""
    return rx.match(code, *[(name, t(f"staff.method.{name}")) for name in METHODS], code)


def method_options() -> list[tuple[str, rx.Var[str]]]:
    """How money can have arrived outside the portal, for a select."""
    return [(name, t(f"staff.method.{name}")) for name in BY_HAND]


MAIL = {
    "failed": ("bad", "mail-x"),
    "seen": ("info", "eye"),
    "sent": ("info", "send"),
}
"""How far the mails of a document have come, as codes of `mail_of`."""


def mail_of(row: DocumentRow) -> str:
    """What a list says of a document's mails beside its badge, "" for nothing.

    That the newest did not reach somebody comes first; sent and seen stand here when the badge has
    something more urgent to say.
    """
    if row.undelivered:
        return "failed"
    if row.status.lifecycle is not Lifecycle.ISSUED or row.badge.code in MAIL:
        return ""
    return "seen" if row.status.seen else "sent" if row.status.sent else ""


def mail_state(code: Any) -> rx.Component:
    """A code of `mail_of` as a second line below the badge."""
    cases = [
        (name, kit.state(t(f"staff.send.mail.{name}"), tone, icon, class_name="text-xs"))
        for name, (tone, icon) in MAIL.items()
    ]
    return rx.cond(
        code != "",
        rx.el.div(rx.match(code, *cases, rx.fragment()), data_testid="row-mail", data_mail=code),
    )
