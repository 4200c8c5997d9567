"""Who is told of a payment: the payer by a receipt, the company by a note (mission 229).

Of one in review only the company is told; its customer when it has become credit.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from clientportal.domain import message_keys
from clientportal.domain.payments import Decision, Review
from clientportal.services import members, messages
from clientportal.settings import settings
from clientportal.storage import payments as store
from clientportal.storage.models import Account, Company, Document, Payment, PaymentAttempt, User


@dataclass(frozen=True, slots=True)
class _Booked:
    """What both mails speak about."""

    company: Company
    account: Account
    attempt: PaymentAttempt
    payment: Payment
    receipt: Document
    decision: Decision


def plan(
    session: Session,
    company: Company,
    attempt: PaymentAttempt,
    payment: Payment,
    decision: Decision,
    *,
    now: datetime,
) -> None:
    """Plan the mails of a booked payment; doing it twice plans nothing twice."""
    account = session.get(Account, attempt.account_id)
    receipt = session.get(Document, payment.receipt_id)
    assert account is not None
    assert receipt is not None
    booked = _Booked(company, account, attempt, payment, receipt, decision)
    # Nothing could be allocated: the money became credit, and both sides are told why.
    credit_only = not decision.lines
    payer = session.get(User, attempt.user_id) if attempt.user_id else None
    if payer is not None:
        _tell_payer(session, booked, payer, credit_only=credit_only, now=now)
    for email, name in members.answering(session, company):
        _tell_staff(session, booked, email, name, credit_only=credit_only, now=now)


def tell_review(
    session: Session, company: Company, attempt: PaymentAttempt, payment: Payment, *, now: datetime
) -> None:
    """Tell the company of a payment that waits for a decision, or that was taken back."""
    account = session.get(Account, attempt.account_id)
    assert account is not None
    documents = _chosen(session, attempt)
    first = payment.receipt_id or store.lines_of(session, _id(attempt))[0].document_id
    reversed_now = payment.review_reason == Review.REVERSED
    key = message_keys.payment_reversed if reversed_now else message_keys.payment_review
    for email, name in members.answering(session, company):
        messages.plan(
            session,
            kind="payment_review",
            to=email,
            to_name=name,
            language=company.language,
            variables={
                **_company_facts(company),
                "account_name": account.name,
                "cause": payment.review_reason,
                "amount_minor": payment.amount_minor,
                "currency": payment.currency,
                "expected_minor": attempt.amount_minor,
                "expected_currency": attempt.currency,
                "documents": documents,
                "link": f"{settings().public_url}/staff/{company.slug}/billing/{first}",
            },
            dedupe_key=key(_id(payment), email),
            company_id=company.id,
            account_id=account.id,
            document_id=first,
            now=now,
        )


def tell_credited(
    session: Session,
    company: Company,
    attempt: PaymentAttempt,
    payment: Payment,
    receipt: Document,
    *,
    now: datetime,
) -> None:
    """Tell the payer that a payment that was in review is credit now."""
    account = session.get(Account, attempt.account_id)
    payer = session.get(User, attempt.user_id) if attempt.user_id else None
    assert account is not None
    if payer is None:
        return
    decision = Decision(payment.state, attempt.state, True, (), payment.amount_minor)
    booked = _Booked(company, account, attempt, payment, receipt, decision)
    _tell_payer(session, booked, payer, credit_only=True, audience="reviewed", now=now)


def _tell_payer(
    session: Session,
    booked: _Booked,
    payer: User,
    *,
    credit_only: bool,
    now: datetime,
    audience: str = "customer",
) -> None:
    company = booked.company
    variables = {
        **_company_facts(company),
        **_money_facts(booked),
        "contact_name": payer.name,
        "link": _portal_link(session, payer, booked),
    }
    if credit_only:
        variables |= {"audience": audience, "account_name": booked.account.name}
        variables["documents"] = _chosen(session, booked.attempt)
    else:
        variables |= _receipt_facts(session, booked)
    messages.plan(
        session,
        kind="payment_as_credit" if credit_only else "receipt",
        to=payer.email,
        to_name=payer.name,
        language=payer.language,
        variables=variables,
        dedupe_key=message_keys.receipt(_id(booked.payment), payer.email),
        company_id=company.id,
        account_id=booked.account.id,
        document_id=booked.receipt.id,
        user_id=payer.id,
        reply_to=company.reply_email,
        now=now,
    )


def _tell_staff(
    session: Session, booked: _Booked, email: str, name: str, *, credit_only: bool, now: datetime
) -> None:
    company = booked.company
    link = f"{settings().public_url}/staff/{company.slug}/billing/{booked.receipt.id}"
    variables = {
        **_company_facts(company),
        **_money_facts(booked),
        "account_name": booked.account.name,
        "link": link,
    }
    if credit_only:
        variables |= {"audience": "staff", "documents": _chosen(session, booked.attempt)}
    else:
        variables |= _receipt_facts(session, booked)
    messages.plan(
        session,
        kind="payment_as_credit" if credit_only else "payment_received",
        to=email,
        to_name=name,
        language=company.language,
        variables=variables,
        dedupe_key=message_keys.payment_received(_id(booked.payment), email),
        company_id=company.id,
        account_id=booked.account.id,
        document_id=booked.receipt.id,
        now=now,
    )


def _company_facts(company: Company) -> dict[str, Any]:
    return {"company_name": company.name, "company_accent": company.accent}


def _money_facts(booked: _Booked) -> dict[str, Any]:
    return {
        "receipt_number": booked.receipt.number or "",
        "amount_minor": booked.payment.amount_minor,
        "currency": booked.payment.currency,
    }


def _receipt_facts(session: Session, booked: _Booked) -> dict[str, Any]:
    zone = ZoneInfo(booked.company.time_zone)
    facts: dict[str, Any] = {
        "paid_on": booked.payment.received_at.astimezone(zone).date().isoformat(),
        "documents": [
            {
                "kind": document.kind.value,
                "number": document.number or "",
                "amount_minor": line.amount_minor,
                "balance_minor": document.balance_minor,
            }
            for line in booked.decision.lines
            if (document := session.get(Document, line.document_id)) is not None
        ],
    }
    if booked.decision.credit_minor:
        facts["credit_minor"] = booked.decision.credit_minor
    return facts


def _chosen(session: Session, attempt: PaymentAttempt) -> list[dict[str, Any]]:
    """What the payer had chosen when the attempt began."""
    return [
        {
            "kind": document.kind.value,
            "number": document.number or "",
            "amount_minor": line.amount_minor,
        }
        for line in store.lines_of(session, _id(attempt))
        if (document := session.get(Document, line.document_id)) is not None
    ]


def _portal_link(session: Session, payer: User, booked: _Booked) -> str:
    """The receipt in the payer's own space; the start page when no space is known."""
    key = store.space_key(session, _id(payer), booked.receipt.account_id)
    base = settings().public_url
    return f"{base}/portal/{key}/documents/{booked.receipt.id}" if key else f"{base}/"


def _id(row: Payment | PaymentAttempt | User) -> int:
    assert row.id is not None
    return row.id
