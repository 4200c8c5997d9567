"""How the clients of an unpaid invoice are to be reminded: kept for when reminders go out."""

from datetime import datetime

from sqlmodel import Session

from clientportal.domain import documents as rules
from clientportal.domain.actors import Actor
from clientportal.domain.invoice_templates import ReminderSettings
from clientportal.domain.permissions import Permission
from clientportal.services import document_support as support
from clientportal.services import drafts
from clientportal.services.guards import require_staff


def change(
    session: Session,
    actor: Actor,
    *,
    document_id: int,
    reminders: ReminderSettings,
    now: datetime,
) -> None:
    """Set them on something that is owed, at any time before it is paid (mission 156).

    Raises NotFound, NotPayable when nothing is owed, and as `ReminderSettings.checked`.
    """
    staff = require_staff(actor, Permission.DOCUMENTS_EDIT)
    wanted = reminders.checked()
    document = support.locked(session, staff, [document_id])[document_id]
    rules.check_payable(document.kind, document.lifecycle, document.balance_minor)
    drafts.keep_reminders(document, wanted)
    session.add(document)
    support.tell(session, document)
    kept = {"send": wanted.send, "days": wanted.days, "count": wanted.count}
    support.audited(session, staff, "document.reminders_changed", document, now, **kept)
