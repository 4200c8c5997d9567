"""Segments of accounts by whom they can be reached: written with every change (§10 rule 7)."""

from collections import defaultdict
from collections.abc import Sequence

from sqlmodel import Session

from clientportal import live
from clientportal.domain import contactability as rules
from clientportal.domain.actors import Member, System
from clientportal.domain.contactability import Segment
from clientportal.storage import alerts as storage


def recompute(
    session: Session, staff: Member | System, account_ids: Sequence[int]
) -> dict[int, Segment]:
    """Bring the segments of accounts up to date in the caller's transaction (mission 92, 93).

    Called by whoever changed an alert, an address or a link, after that; returns what changed.
    """
    session.flush()
    groups: defaultdict[Segment, list[int]] = defaultdict(list)
    for account_id, alerted in storage.marks(session, staff, account_ids).items():
        groups[rules.segment(alerted)].append(account_id)
    changed: dict[int, Segment] = {}
    for segment, ids in groups.items():
        for account_id in storage.set_segment(session, staff, ids, segment):
            changed[account_id] = segment
            live.changed(session, f"account:{account_id}", account_id)
    if changed:
        live.changed(session, f"company:{staff.company_id}", next(iter(changed)))
    return changed
