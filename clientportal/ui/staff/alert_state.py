"""What the states of contacts hold of alerts: the question before one is taken off."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from clientportal.domain.errors import Conflict, Invalid, PortalError
from clientportal.domain.permissions import Permission
from clientportal.services import alerts, suppressions
from clientportal.services.alerts import Alert
from clientportal.storage.session import run, unit_of_work
from clientportal.ui.base import notice
from clientportal.ui.gate import staff
from clientportal.ui.session import read
from clientportal.ui.staff.common import enter, text_of
from clientportal.ui.staff.document_rows import row_id
from clientportal.ui.values import iso

EARLIER = 5


@dataclass(frozen=True, slots=True)
class AlertLine:
    """An alert: why it was set and, once it is off, who took it off and why."""

    id: int
    reason: str
    detail: str
    set_at: str
    removed_at: str
    removed_by: str
    removal: str
    note: str


class AlertRemoval(rx.State, mixin=True):
    """The alert that is asked about (mission 102, 103), with those that the address had before."""

    alert_open: bool = False
    alert_address: str = ""
    alert_reason: str = ""
    alert_detail: str = ""
    alert_set_at: str = ""
    alert_channel: str = ""
    alert_removal: str = ""
    alert_error: str = ""
    alert_field: str = ""
    alert_earlier: list[AlertLine] = []
    _alert_id: int = 0

    @rx.event
    @staff(Permission.ACCOUNTS_READ)
    async def ask_alert(self, alert_id: int) -> None:
        """Show an alert of this company with its history, and offer to take it off."""
        place = await enter(self)
        found = await read(alerts.get, place.actor, alert_id=row_id(alert_id))
        before = await read(
            alerts.history, place.actor, channel=found.channel, address=found.address
        )
        self._alert_id = found.id
        self.alert_address, self.alert_channel = found.address, found.channel
        self.alert_reason, self.alert_detail = found.reason, found.detail
        self.alert_set_at = iso(found.set_at)
        self.alert_removal = self.alert_error = self.alert_field = ""
        self.alert_earlier = [_line(one) for one in before if one.id != found.id][:EARLIER]
        self.alert_open = True

    @rx.event
    @staff(Permission.ACCOUNTS_READ)
    async def keep_alert(self) -> None:
        """Leave the alert where it is."""
        self.alert_open = False

    @rx.event
    @staff(Permission.ACCOUNTS_EDIT)
    async def choose_removal(self, removal: str) -> None:
        """What was found out about the address."""
        self.alert_removal = removal if removal in ("verified", "replaced") else ""
        self.alert_error = self.alert_field = ""

    @rx.event
    @staff(Permission.ACCOUNTS_EDIT)
    async def remove_alert(self, data: dict[str, Any]) -> list[Any] | None:
        """Take it off (mission 96): with the provider's list, with who did it and why."""
        place = await enter(self)
        if not self.alert_removal:
            self.alert_field, self.alert_error = "removal", "required"
            return None
        try:
            removed = await run(
                suppressions.remove_alert,
                unit_of_work,
                place.actor,
                alert_id=self._alert_id,
                removal=self.alert_removal,
                note=text_of(data, "note", 500),
                now=place.now,
            )
        except (Invalid, Conflict) as error:
            self._alert_refused(error)
            return None
        self.alert_open = False
        return [notice("alert_removed", address=removed.address)]

    def _alert_refused(self, error: PortalError) -> None:
        self.alert_field, self.alert_error = error.field or "removal", error.error_code


def _line(alert: Alert) -> AlertLine:
    return AlertLine(
        id=alert.id,
        reason=alert.reason,
        detail=alert.detail,
        set_at=iso(alert.set_at),
        removed_at=iso(alert.removed_at),
        removed_by=alert.removed_by,
        removal=alert.removal,
        note=alert.removal_note,
    )
