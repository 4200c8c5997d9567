"""Taking an alert off together with the provider's own list (contracts/messaging.md §1.7, §10)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

from sqlmodel import Session

from clientportal.channels.base import ChannelError
from clientportal.channels.resend_email import ResendEmail
from clientportal.domain.actors import Actor
from clientportal.domain.contactability import AlertReason
from clientportal.domain.errors import Conflict, NotFound
from clientportal.domain.permissions import Permission
from clientportal.services import alerts, senders
from clientportal.services.alerts import Alert
from clientportal.services.guards import require_staff
from clientportal.storage import alerts as storage
from clientportal.storage.models import Channel

Units = Callable[[], AbstractContextManager[Session]]

LISTED = frozenset({AlertReason.HARD_BOUNCE, AlertReason.COMPLAINT, AlertReason.SUPPRESSED})
"""Reasons for which the provider keeps the address on its list, too."""


def remove_alert(
    units: Units, actor: Actor, *, alert_id: int, removal: str, note: str = "", now: datetime
) -> Alert:
    """Take an alert off, first from the provider's list (mission 96, 103).

    Between two transactions, since the provider is called. Raises as `alerts.remove`, and Conflict
    ("provider_list_stays") when the provider did not take the address off: then the alert stays.
    """
    staff = require_staff(actor, Permission.ACCOUNTS_EDIT)
    with units() as session:
        alert = storage.by_id(session, staff, alert_id)
        if alert is None:
            raise NotFound()
        if alert.removed_at is not None:
            raise Conflict()
        alerts.check_removal(alert.reason, removal, note)
        address, reason = alert.address_norm, alert.reason
        is_listed = alert.channel is Channel.EMAIL and reason in LISTED
        sender = senders.carrier(session, staff.company_id, Channel.EMAIL, now=now)
        session.expunge_all()
    if is_listed and sender is not None:
        try:
            adapter = senders.adapter(sender)
            if isinstance(adapter, ResendEmail):
                adapter.forget_suppression(address)
        except ChannelError as error:
            raise Conflict(code="provider_list_stays", field="removal") from error
    with units() as session:
        return alerts.remove(session, staff, alert_id=alert_id, removal=removal, note=note, now=now)
