"""Staff: the mails of a document – to whom each went, how far it came, and ending its link."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import reflex as rx

from clientportal.domain.permissions import Permission
from clientportal.services.document_deliveries import Dispatch, LinkState, Reach
from clientportal.ui import kit
from clientportal.ui.i18n import moment, t, t_enum
from clientportal.ui.staff.common import StaffFrame, needs
from clientportal.ui.staff.send_state import StaffSend

# How far a mail has come → (tone, icon), as looks.md §6 has delivery and "seen".
REACH: dict[str, tuple[str, str]] = {
    Reach.ON_ITS_WAY: ("", "clock"),
    Reach.SENT: ("info", "send"),
    Reach.OPENED: ("info", "send"),
    Reach.SEEN: ("info", "eye"),
    Reach.FAILED: ("bad", "mail-x"),
}


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """One mail; `first` begins a send. Times as ISO text."""

    link_id: int
    first: bool
    sent_at: str
    author: str
    name: str
    address: str
    reach: str
    reached_at: str
    error: str
    link: str


def delivery_lines(dispatches: Iterable[Dispatch]) -> list[DeliveryLine]:
    """The sends of a document as lines, newest first."""
    return [
        DeliveryLine(
            link_id=row.link_id,
            first=place == 0,
            sent_at=dispatch.at.isoformat(),
            author=dispatch.author,
            name=row.name,
            address=row.address,
            reach=row.reach.value,
            reached_at=row.at.isoformat(),
            error=row.error,
            link=row.link.value,
        )
        for dispatch in dispatches
        for place, row in enumerate(dispatch.deliveries)
    ]


def deliveries_card(state: Any) -> rx.Component:
    """`state` has `mails` (list[DeliveryLine]), `doc_id` and `can`."""
    again = rx.cond(
        state.can["send"],
        kit.text_button(
            t("staff.send.again"), on_click=StaffSend.start(state.doc_id), test_id="send-again"
        ),
    )
    return rx.cond(
        state.mails.length() > 0,
        kit.card(
            rx.el.ul(rx.foreach(state.mails, _line), class_name="text-sm"),
            title=t("staff.send.mails"),
            action=again,
            pad=False,
            test_id="document-mails",
        ),
    )


def _line(row: Any) -> rx.Component:
    head = rx.el.div(
        t("staff.send.sent_on", date=moment(row.sent_at, StaffFrame.zone)),
        rx.cond(row.author != "", rx.fragment(" · ", row.author)),
        class_name="text-ink-3 px-4 pt-3",
    )
    return rx.el.li(
        rx.cond(row.first, head),
        rx.el.div(
            rx.el.div(
                rx.el.span(row.name, class_name="font-medium"),
                kit.email_address(row.address, class_name="block text-ink-2"),
                kit.live(row.reach, _reach(row)),
                rx.cond(
                    row.link != LinkState.LIVE.value,
                    rx.el.span(
                        t_enum("staff.send.link", row.link, LinkState),
                        class_name="block text-ink-3",
                    ),
                ),
                class_name="min-w-0",
            ),
            rx.cond(row.link == LinkState.LIVE.value, _menu(row)),
            class_name="flex items-start justify-between gap-2 px-4 py-2",
        ),
        class_name="border-b border-line last:border-b-0",
        key=row.link_id.to_string(),
        data_testid="document-mail",
        data_reach=row.reach,
    )


def _reach(row: Any) -> rx.Component:
    """The word of how far it came, when, and why not further."""
    word = t_enum("staff.send.reach", row.reach, Reach)
    cases = [(code, kit.state(word, tone, icon)) for code, (tone, icon) in REACH.items()]
    return rx.el.div(
        rx.match(row.reach, *cases, rx.fragment()),
        rx.el.span(" ", moment(row.reached_at, StaffFrame.zone), class_name="text-ink-3"),
        rx.cond(row.error != "", rx.el.span(row.error, class_name="block text-bad")),
    )


def _menu(row: Any) -> rx.Component:
    revoke = kit.confirm(
        t("staff.send.revoke_title", name=row.name),
        t("staff.send.revoke_text"),
        t("staff.send.revoke"),
        StaffSend.revoke(row.link_id),
        trigger=kit.icon_button(
            "ban",
            t("staff.send.revoke_of", name=row.name),
            size="s",
            title=t("staff.send.revoke"),
            test_id="link-revoke",
        ),
    )
    return needs(Permission.DOCUMENTS_SEND, revoke)


def undelivered_note(state: Any) -> rx.Component:
    """The newest mail did not reach somebody: say so first, and offer the way out."""
    again = kit.text_button(
        t("staff.send.other_address"),
        on_click=StaffSend.start(state.doc_id),
        test_id="send-other-address",
    )
    return rx.cond(
        state.undelivered > 0,
        kit.note(
            t("staff.send.undelivered", n=state.undelivered),
            rx.cond(state.can["send"], rx.fragment(" ", again)),
            tone="bad",
            icon="mail-x",
            test_id="document-undelivered",
        ),
    )
