"""The audit trail on staff pages: events as codes, drawn as words in the reader's language."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import reflex as rx

from clientportal.domain.documents import Kind
from clientportal.services.audit import Event
from clientportal.ui import kit
from clientportal.ui.i18n import moment, money, t, t_enum
from clientportal.ui.staff.palette import href_of

# Action (dots as underscores) → (icon, tone); every one has its words below `staff.event`.
ACTIONS: dict[str, tuple[str, str]] = {
    "access_accepted": ("ok", "good"),
    "access_login_off": ("lock", ""),
    "access_login_on": ("send", "info"),
    "account_created": ("plus", ""),
    "alert_removed": ("ok", "good"),
    "alert_set": ("warn", "bad"),
    "campaign_paused": ("warn", "warn"),
    "campaign_resumed": ("send", ""),
    "messages_said_arrived": ("ok", ""),
    "messages_sent_again": ("send", ""),
    "sender_edited": ("gear", ""),
    "sender_forgotten": ("trash", ""),
    "sender_paused": ("warn", "warn"),
    "template_refused": ("warn", "bad"),
    "sender_resumed": ("send", ""),
    "sender_tried": ("send", ""),
    "sender_turned_off": ("ban", ""),
    "sender_turned_on": ("ok", "good"),
    "account_edited": ("pen", ""),
    "accounts_imported": ("upload", ""),
    "contacts_imported": ("upload", ""),
    "advance_issued": ("cash", "good"),
    "allocation_reversed": ("undo", ""),
    "company_created": ("plus", ""),
    "company_edited": ("gear", ""),
    "contact_created": ("user", ""),
    "contact_edited": ("pen", ""),
    "contact_linked": ("link", ""),
    "contact_unlinked": ("x", ""),
    "contact_point_added": ("plus", ""),
    "contact_point_removed": ("minus", ""),
    "credit_applied": ("half", "info"),
    "credit_returned": ("undo", ""),
    "document_commented": ("chat", "info"),
    "document_discarded": ("trash", ""),
    "document_dispute_closed": ("flag", "good"),
    "document_disputed": ("flag", "hot"),
    "document_drafted": ("dash", ""),
    "document_edited": ("pen", ""),
    "document_imported": ("upload", ""),
    "document_issued": ("doc", ""),
    "document_link_revoked": ("ban", ""),
    "document_not_delivered": ("mail-x", "bad"),
    "document_original_attached": ("upload", ""),
    "document_seen": ("eye", "info"),
    "document_reminders_changed": ("clock", ""),
    "document_sent": ("send", "info"),
    "document_voided": ("ban", ""),
    "documents_imported": ("upload", ""),
    "member_added": ("user", ""),
    "member_removed": ("x", ""),
    "member_role_changed": ("user", ""),
    "number_series_edited": ("gear", ""),
    "payment_attempt_released": ("undo", ""),
    "payment_expired": ("clock", ""),
    "payment_failed": ("err", "bad"),
    "payment_pending": ("clock", "info"),
    "payment_review": ("warn", "warn"),
    "payment_review_accepted": ("ok", "good"),
    "payment_review_dismissed": ("ban", ""),
    "payment_started": ("clock", "info"),
    "payment_succeeded": ("ok", "good"),
    "receipt_issued": ("receipt", "good"),
    "other": ("note", ""),
}
NO_NAMES: Mapping[int, str] = MappingProxyType({})
ACTORS = ("member", "customer", "system", "nobody")


@dataclass(frozen=True, slots=True)
class EventLine:
    """One event for the browser. `detail` is data (a number, a name, an address), never words."""

    id: int
    at: str
    actor: str
    actor_kind: str
    action: str
    icon: str
    tone: str
    kind: str
    detail: str
    href: str
    amount_minor: int
    currency: str
    account: str
    account_href: str


def lines_of(
    events: Iterable[Event], base: str, accounts: Mapping[int, str] = NO_NAMES
) -> list[EventLine]:
    """Events as lines with links below `base` (/staff/{slug}).

    `accounts` names the accounts of events of many; the page of one account needs none.
    """
    return [_line(event, base, accounts.get(event.account_id or 0, "")) for event in events]


def _line(event: Event, base: str, account: str) -> EventLine:
    action = event.action.replace(".", "_")
    action = action if action in ACTIONS else "other"
    icon, tone = ACTIONS[action]
    data = event.data
    kind = str(data.get("kind", ""))
    linked = event.subject_kind in ("document", "contact") and event.subject_id is not None
    detail = _detail(data)
    return EventLine(
        id=event.id,
        at=event.at.isoformat(),
        actor=event.actor_name,
        actor_kind=event.actor_kind if event.actor_kind in ACTORS else "nobody",
        action=action,
        icon=icon,
        tone=tone,
        kind=kind if kind in set(Kind) else "",
        detail="" if account and detail == account and not linked else detail,
        href=href_of(base, event.subject_kind, event.subject_id or 0) if linked else "",
        amount_minor=_minor(data),
        currency=str(data.get("currency", ""))[:3],
        account=account,
        account_href=href_of(base, "account", event.account_id or 0) if account else "",
    )


def _detail(data: dict[str, Any]) -> str:
    for name in ("number", "email", "address", "name", "file_name"):
        if data.get(name):
            return str(data[name])[:120]
    return ""


def _minor(data: dict[str, Any]) -> int:
    for name in ("amount_minor", "total_minor"):
        value = data.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    return 0


def event_item(line: Any, zone: Any) -> rx.Component:
    """One `EventLine` (Var) as a line of a kit timeline; `zone` is the company's."""
    named = rx.el.span(
        rx.cond(line.kind != "", t_enum("kind", line.kind, Kind), ""),
        rx.cond((line.kind != "") & (line.detail != ""), " ", ""),
        rx.el.span(line.detail, class_name=rx.cond(line.kind != "", "whitespace-nowrap", "")),
    )
    subject = rx.cond(line.href != "", kit.text_link(named, href=line.href), named)
    amount = rx.cond(
        (line.currency != "") & (line.amount_minor != 0),
        rx.fragment(" · ", money(line.amount_minor, line.currency)),
        rx.fragment(),
    )
    said = (line.kind != "") | (line.detail != "") | (line.amount_minor != 0)
    account = rx.cond(
        line.account != "",
        rx.fragment(
            rx.cond(said, " · ", ""),
            kit.text_link(line.account, href=line.account_href, test_id="event-account"),
        ),
        rx.fragment(),
    )
    who = rx.cond(line.actor_kind == "member", line.actor, _other_actor(line))
    return kit.timeline_item(
        line.icon,
        t_enum("staff.event", line.action, ACTIONS),
        rx.fragment(subject, amount, account),
        rx.fragment(moment(line.at, zone), rx.cond(who != "", rx.fragment(" · ", who), "")),
        tone=line.tone,
    )


def _other_actor(line: Any) -> rx.Var[str]:
    return rx.cond(
        line.actor_kind == "customer",
        t("staff.event_actor.customer", name=line.actor),
        rx.cond(line.actor_kind == "system", t("staff.event_actor.system"), ""),
    )
