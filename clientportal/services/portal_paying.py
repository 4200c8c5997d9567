"""What a customer may pay together and how: ticked documents as they stand (mission 50, 58)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from clientportal.domain.actors import Customer
from clientportal.domain.documents import Kind, owed_minor
from clientportal.domain.errors import NotFound
from clientportal.domain.payment_reviews import Outcome
from clientportal.domain.payments import AttemptState
from clientportal.domain.permissions import Permission
from clientportal.services import checkout, payment_methods, payments
from clientportal.services.guards import require_customer
from clientportal.services.payments import AttemptView
from clientportal.storage import companies as company_storage
from clientportal.storage import document_lists as list_storage
from clientportal.storage import payment_reviews as reviews
from clientportal.storage import portal_home as storage
from clientportal.storage.portal_home import Offered, OpenLine


@dataclass(frozen=True, slots=True)
class Ticked:
    """A ticked document now; not `payable` once settled, void or being paid elsewhere."""

    id: int
    kind: Kind
    number: str
    company_id: int
    currency: str
    balance_minor: int
    payable: bool
    being_paid: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """Ticked documents of one company and currency, and how that company takes money."""

    company_id: int
    company_name: str
    currency: str
    allow_partial: bool
    methods: tuple[str, ...]
    documents: tuple[Ticked, ...]


def offer(session: Session, actor: Customer, *, document_ids: Sequence[int]) -> Offer:
    """The documents of the first one's company and currency; the others are left out.

    Raises NotFound when none of them is visible to the customer.
    """
    require_customer(actor, Permission.PAYMENTS_PAY)
    wanted = list(document_ids)[: checkout.MOST_DOCUMENTS]
    found = storage.offered(session, actor, wanted)
    if not found:
        raise NotFound()
    first = min(found, key=lambda row: wanted.index(row.id))
    company = company_storage.visible(session, actor, first.company_id)
    if company is None:
        raise NotFound()
    same = [
        row for row in found if (row.company_id, row.currency) == (first.company_id, first.currency)
    ]
    return Offer(
        company_id=first.company_id,
        company_name=company.name,
        currency=first.currency,
        allow_partial=company.allow_partial_payment,
        methods=payment_methods.methods_of(company),
        documents=tuple(_ticked(row) for row in same),
    )


def _ticked(row: Offered) -> Ticked:
    owed = owed_minor(row.kind, row.lifecycle, row.balance_minor)
    return Ticked(
        id=row.id,
        kind=row.kind,
        number=row.number,
        company_id=row.company_id,
        currency=row.currency,
        balance_minor=owed,
        payable=owed > 0 and not row.being_paid,
        being_paid=row.being_paid,
    )


def owed_by_account(session: Session, actor: Customer) -> dict[int, dict[str, int]]:
    """Account id → currency → what it owes, in minor units."""
    require_customer(actor, Permission.DOCUMENTS_READ)
    found: dict[int, dict[str, int]] = {}
    for account_id, currency, minor in storage.owed_by_account(session, actor):
        found.setdefault(account_id, {})[currency] = minor
    return found


def held_by(session: Session, actor: Customer, *, document_id: int) -> str:
    """Reference of the customer's own attempt on a document; "" when it is somebody else's."""
    require_customer(actor, Permission.PAYMENTS_READ)
    return storage.own_attempt(session, actor, actor.user_id, document_id) or ""


def in_review(session: Session, actor: Customer, *, document_id: int) -> bool:
    """Whether money for a document has arrived, does not match, and waits for the company."""
    require_customer(actor, Permission.PAYMENTS_READ)
    return reviews.holds_customer(session, actor, document_id)


@dataclass(frozen=True, slots=True)
class Underway:
    """A payment in progress on documents of the customer, as far as they are theirs to see.

    `phase`: unfinished, confirming or review. `reference` is empty when another person pays.
    """

    reference: str
    phase: str
    company: str
    currency: str
    amount_minor: int
    document_ids: tuple[int, ...]


def underway(session: Session, actor: Customer) -> tuple[Underway, ...]:
    """The payments that hold documents of this space now, the person's own ones first."""
    require_customer(actor, Permission.PAYMENTS_READ)
    attempts: defaultdict[str, list[OpenLine]] = defaultdict(list)
    for line in storage.open_lines(session, actor):
        attempts[line.reference].append(line)
    if not attempts:
        return ()
    companies = {key: facts.name for key, facts in list_storage.companies(session, actor).items()}
    found = [
        Underway(
            reference=reference if lines[0].user_id == actor.user_id else "",
            phase="review" if lines[0].in_review else PHASES[lines[0].state],
            company=companies.get(lines[0].company_id, ""),
            currency=lines[0].currency,
            amount_minor=sum(line.amount_minor for line in lines),
            document_ids=tuple(line.document_id for line in lines),
        )
        for reference, lines in attempts.items()
    ]
    return tuple(sorted(found, key=lambda row: row.reference == ""))


@dataclass(frozen=True, slots=True)
class Share:
    """A document of a payment and what is paid of it."""

    document_id: int
    number: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class PaymentStory:
    """A payment as its payer follows it.

    `phase`: confirming (the provider is asked), unfinished (the payer left the gateway's page),
    review (the money came and does not match; the company looks at it), paid, failed, expired,
    replaced, dismissed (the company found no money of theirs). `continue_url` is set while the
    payer can still go on. `reviewed`: it was in review before it became credit.
    """

    reference: str
    phase: str
    company: str
    method: str
    currency: str
    amount_minor: int
    shares: tuple[Share, ...]
    continue_url: str
    receipt_id: int | None
    receipt_number: str
    credit: bool
    failure: str
    reviewed: bool


PHASES = {
    AttemptState.CREATED: "unfinished",
    AttemptState.REDIRECTED: "unfinished",
    AttemptState.PENDING: "confirming",
    AttemptState.SUCCEEDED: "paid",
    AttemptState.FAILED: "failed",
    AttemptState.EXPIRED: "expired",
    AttemptState.CANCELLED: "failed",
    AttemptState.SUPERSEDED: "replaced",
}


def story(session: Session, actor: Customer, *, reference: str) -> PaymentStory:
    """The payment of that reference. Raises NotFound when it is not this person's own.

    Money that came late to a superseded or expired attempt counts as paid, and as credit.
    """
    require_customer(actor, Permission.PAYMENTS_READ)
    view = payments.view(session, actor, reference)
    company = company_storage.visible(session, actor, view.company_id)
    if company is None:
        raise NotFound()
    phase = _phase(view)
    number = storage.number_of(session, actor, view.receipt_id) if view.receipt_id else ""
    return PaymentStory(
        reference=view.reference,
        phase=phase,
        company=company.name,
        method=view.method,
        currency=view.currency,
        amount_minor=view.amount_minor,
        shares=tuple(Share(*line) for line in view.documents),
        continue_url=view.redirect_url if phase == "unfinished" else "",
        receipt_id=view.receipt_id,
        receipt_number=number,
        credit=view.credit,
        failure=view.failure,
        reviewed=view.reviewed == Outcome.ACCEPTED,
    )


def _phase(view: AttemptView) -> str:
    if view.receipt_id:
        return "paid"
    if view.review:
        return "review"
    state = AttemptState(view.state)
    dismissed = state is AttemptState.CANCELLED and view.reviewed == Outcome.DISMISSED
    return "dismissed" if dismissed else PHASES[state]
