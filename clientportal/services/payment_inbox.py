"""Notifications of gateways: verified, kept once, worked off in batches (DESIGN rule 10)."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from clientportal import queue
from clientportal.domain.errors import NotFound
from clientportal.gateways.base import Rejected
from clientportal.services import payment_checks, payment_methods
from clientportal.storage import identity as identity_store
from clientportal.storage import payments as store
from clientportal.storage.models import WebhookInbox

Units = Callable[[], AbstractContextManager[Session]]

BATCH = 500
MOST_TRIES = 20


@dataclass(frozen=True, slots=True)
class Received:
    """What the webhook route answers: `status` as the provider wants it."""

    status: int
    reason: str = ""


def receive(
    session: Session,
    *,
    provider: str,
    company_slug: str,
    raw: bytes,
    headers: Mapping[str, str],
    query: Mapping[str, str],
    now: datetime,
) -> Received:
    """Verify a notification, store it once, wake the inbox (DESIGN rule 10).

    Raises NotFound for an unknown company or gateway. A forged one is answered 401 and not kept;
    a repeat is answered like the first.
    """
    company = identity_store.company_by_slug(session, company_slug)
    if company is None:
        raise NotFound()
    judged = payment_methods.gateway_of(company, provider).verify(raw, headers, query, now=now)
    if isinstance(judged, Rejected):
        return Received(503 if judged.reason == "missing_secret" else 401, judged.reason)
    row = WebhookInbox(
        provider=provider,
        company_id=company.id,
        dedupe_key=f"{company.id}:{judged.dedupe_key}"[:200],
        reference=judged.reference[:100],
        provider_id=judged.provider_id[:100],
        raw=raw,
        received_at=now,
    )
    if store.insert_notification(session, row):
        queue.wake_inbox(session, provider, now)
    return Received(200)


def process_inbox(units: Units, provider: str, *, now: datetime) -> int:
    """Work off one batch of notifications; returns how many there were.

    However many speak about an attempt, it is looked at once. An unknown reference is recorded on
    its row; an unreachable provider leaves the rows for the next round.
    """
    with units() as session:
        rows = store.unprocessed(session, provider, BATCH)
        groups: dict[int | None, list[int]] = {}
        for row in rows:
            assert row.id is not None
            assert row.company_id is not None
            attempt_id = store.attempt_for_notification(
                session,
                provider,
                row.company_id,
                reference=row.reference,
                provider_id=row.provider_id,
            )
            groups.setdefault(attempt_id, []).append(row.id)
    for attempt_id, ids in groups.items():
        known = attempt_id is None or payment_checks.check(units, attempt_id, now=now)
        with units() as session:
            if known:
                error = "" if attempt_id else "unknown_reference"
                store.mark_processed(session, ids, now, error)
            else:
                # The attempt itself is looked at again by its own times; the row need not wait.
                store.count_failed_try(
                    session, ids, "provider_unreachable", most=MOST_TRIES, now=now
                )
    return len(rows)
