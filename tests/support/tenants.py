"""Two companies with the same kinds of things; one of them is stuffed with canaries."""

import struct
import zlib
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlmodel import Session, col, select

from clientportal.domain.actors import Customer, System
from clientportal.domain.contactability import AlertReason
from clientportal.domain.documents import Kind
from clientportal.domain.import_mapping import Column
from clientportal.domain.payments import PaymentState, Review
from clientportal.services import (
    access,
    alerts,
    checkout,
    comments,
    credit,
    disputes,
    document_sending,
    drafts,
    import_files,
    import_mappings,
    invoice_templates,
    logos,
    manual_payments,
    saved_views,
    secret_links,
    spaces,
)
from clientportal.services.checkout import Choice
from clientportal.services.document_sending import SendInput
from clientportal.services.drafts import DraftInput, LineInput
from clientportal.services.invoice_templates import TemplateInput
from clientportal.services.sending_words import Words
from clientportal.storage import documents as document_storage
from clientportal.storage.models import (
    AddressAlert,
    Allocation,
    Channel,
    Company,
    Document,
    DocumentLink,
    Message,
    Payment,
    PaymentAttempt,
    User,
)
from tests.support import channels, people
from tests.support.canary import ALFA, BETA, BETO, LUZ, OTRA, fill_with_canaries
from tests.support.people import PASSWORD, Staffed


@dataclass(frozen=True, slots=True)
class Things:
    """Ids of one tenant's objects, the same kinds on both sides."""

    account: int
    second_account: int
    contact: int
    point: int
    contact_email: str
    alert: int
    invoice: int
    invoice_number: str
    partly_paid: int
    disputed: int
    held: int
    draft: int
    template: int
    archived_template: int
    view: int
    credit: int
    receipt: int
    allocation: int
    attempt: int
    reference: str
    review: int
    document_run: int
    account_run: int
    link: int
    token: str
    space: str
    second_space: str
    campaign_pause: int
    unknown_call: int


@dataclass(frozen=True, slots=True)
class World:
    """The rightful side (`alfa`, with canaries) and the strangers' side (`beta`)."""

    now: datetime
    alfa: Staffed
    beta: Staffed
    mine: Things
    theirs: Things
    other_account: int
    other_invoice: int
    other_space: str
    luz: Customer
    otra: Customer
    beto: Customer

    def own_of(self, who: str) -> Things:
        """The caller's own objects, so that foreign ones can be mixed in."""
        if who in {"foreign_admin", "foreign_customer"}:
            return self.theirs
        if who == "stranger":
            return replace(
                self.mine,
                account=self.other_account,
                invoice=self.other_invoice,
                space=self.other_space,
            )
        return self.mine

    @property
    def today(self) -> date:
        return day_of(self.now)


def day_of(now: datetime) -> date:
    """The companies' own day: money of tomorrow cannot be recorded."""
    return now.astimezone(ZoneInfo("America/Bogota")).date()


def make_world(session: Session, now: datetime) -> World:
    """Fill an empty, migrated database. Files go to the settings' data folder."""
    alfa = people.company(session, ALFA, now, name="Qzp0name SAS")
    beta = people.company(session, BETA, now, name="Beta SAS")
    mine, luz = _tenant(session, alfa, now, LUZ, "qza0")
    theirs, beto = _tenant(session, beta, now, BETO, "beta ")
    other = people.account(session, alfa.owner, now, name="Qzo0account", code="qzo0code")
    contact = people.contact(session, alfa.owner, [other], OTRA, now)
    otra = people.customer(session, alfa.owner, other, contact, OTRA, now)
    spaces.refresh(session, otra.user_id, now=now)
    neighbours = _invoice(session, alfa, other, "qzo0concept", now)
    fill_with_canaries(session, alfa.id, {mine.account, mine.second_account}, other)
    _finish(session, alfa, mine, luz)
    world = World(
        now=now,
        alfa=alfa,
        beta=beta,
        mine=mine,
        theirs=theirs,
        other_account=other,
        other_invoice=neighbours,
        other_space=spaces.spaces_of(session, otra.user_id)[0].key,
        luz=luz,
        otra=otra,
        beto=beto,
    )
    session.flush()
    return world


def _finish(session: Session, alfa: Staffed, mine: Things, luz: Customer) -> None:
    """What must mean something: a fiscal code, and the passwords of a viewer and of a customer."""
    session.expire_all()
    customer = session.get(User, luz.user_id)
    document, viewer = (
        session.get(Document, mine.partly_paid),
        session.get(User, alfa.viewer.user_id),
    )
    assert document is not None
    assert viewer is not None
    assert customer is not None
    document.fiscal_code = "0a" * 48
    hasher = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)
    viewer.password_hash = customer.password_hash = hasher.hash(PASSWORD)
    session.flush()


def _tenant(
    session: Session, staffed: Staffed, now: datetime, email: str, mark: str
) -> tuple[Things, Customer]:
    agent, owner = staffed.agent, staffed.owner
    logo = "qzp0logo" if staffed.slug == ALFA else "logo"
    company = session.get(Company, staffed.id)
    assert company is not None
    company.allow_partial_payment = company.is_test = True
    logos.put(session, owner, company_id=staffed.id, content=picture(logo), now=now)
    names = [f"{mark}account {n}" for n in ("one", "two")]
    accounts = [
        people.account(session, owner, now, name=name, code=f"{mark}c{n}")
        for n, name in enumerate(names)
    ]
    contact = people.contact(session, owner, accounts, email, now)
    access.set_login(
        session, owner, account_id=accounts[1], contact_id=contact, email=email, on=True, now=now
    )
    customer = people.customer(session, owner, accounts[0], contact, email, now)
    spaces.refresh(session, customer.user_id, now=now)
    concept = f"{mark}concept"
    documents = [_invoice(session, staffed, accounts[0], concept, now) for _ in range(4)]
    invoice, partly_paid, disputed, held = documents
    draft = drafts.create(session, agent, draft=_draft(accounts[0], concept, now), now=now)
    templates = [
        invoice_templates.create(session, agent, template=_template(f"{mark}{name}"), now=now)
        for name in ("template", "old")
    ]
    invoice_templates.archive(session, agent, template_id=templates[1], now=now)
    view = saved_views.save(
        session,
        agent,
        page="receivables",
        name=f"{mark}view",
        query="contact=problems",
        now=now,
    )
    advance = manual_payments.record_advance(
        session,
        agent,
        account_id=accounts[0],
        currency="USD",
        amount_minor=5_000,
        method="transfer",
        received_on=day_of(now) - timedelta(days=3),
        client_key=f"advance-{staffed.slug}",
        concept=concept,
        now=now,
    )
    receipt = manual_payments.record(
        session,
        agent,
        account_id=accounts[0],
        currency="USD",
        amount_minor=1_500,
        lines=[(partly_paid, 1_000)],
        method="cash",
        received_on=day_of(now) - timedelta(days=2),
        client_key=f"receipt-{staffed.slug}",
        now=now,
    )
    credit.return_credit(
        session,
        staffed.admin,
        credit_id=document_storage.identity(receipt),
        amount_minor=100,
        returned_on=day_of(now),
        method="transfer",
        note=f"{mark}note",
        now=now,
    )
    disputes.open_dispute(session, agent, document_id=disputed, reason=f"{mark}reason", now=now)
    comments.add(session, customer, document_id=invoice, body=f"{mark}question", now=now)
    comments.add(session, agent, document_id=invoice, body=f"{mark}answer", now=now)
    attempt = checkout.begin(session, customer, choices=[Choice(held)], method="sandbox", now=now)
    review = _review(session, attempt, staffed, now)
    runs = _imports(session, staffed, mark, now)
    import_mappings.remember(
        session,
        staffed.agent,
        kind="documents",
        columns=[Column(f"{mark}who", "account"), Column("number", "number")],
        name="erp",
        known={},
        now=now,
    )
    session.flush()
    allocation = session.exec(
        select(Allocation.id).where(col(Allocation.document_id) == partly_paid)
    ).one()
    point = session.execute(
        sa.text("SELECT id FROM contact_point WHERE contact_id = :c").bindparams(c=contact)
    ).scalar_one()
    link = _sent(session, staffed, partly_paid, int(point), now)
    channels.accounts(session, staffed.admin, staffed.slug, mark, now)
    number = document_storage.get(session, owner, invoice)
    opened = session.get(PaymentAttempt, attempt)
    assert allocation is not None
    assert opened is not None
    assert number is not None
    homes = {
        account.id: view.key
        for view in spaces.spaces_of(session, customer.user_id)
        for account in view.accounts
    }
    things = Things(
        account=accounts[0],
        second_account=accounts[1],
        contact=contact,
        point=int(point),
        contact_email=email,
        alert=_alert(session, staffed, accounts[1], mark, now),
        invoice=invoice,
        invoice_number=str(number.number),
        partly_paid=partly_paid,
        disputed=disputed,
        held=held,
        draft=document_storage.identity(draft),
        template=templates[0],
        archived_template=templates[1],
        view=view,
        credit=document_storage.identity(advance),
        receipt=document_storage.identity(receipt),
        allocation=allocation,
        attempt=attempt,
        reference=opened.reference,
        review=review,
        document_run=runs[0],
        account_run=runs[1],
        link=link[0],
        token=link[1],
        space=homes[accounts[0]],
        second_space=homes[accounts[1]],
        campaign_pause=channels.campaign_pause(session, staffed.admin, mark, now),
        unknown_call=channels.unknown_call(session, staffed.admin, accounts[0], email, now),
    )
    return things, customer


def _review(session: Session, attempt: int, staffed: Staffed, now: datetime) -> int:
    """Money with another reference came for the open attempt: it waits, and holds nothing."""
    opened = session.get(PaymentAttempt, attempt)
    assert opened is not None
    row = Payment(
        company_id=staffed.id,
        account_id=opened.account_id,
        attempt_id=attempt,
        gateway="sandbox",
        provider_payment_id=f"review-{staffed.slug}",
        method="card",
        currency="USD",
        amount_minor=3_300,
        state=PaymentState.SUCCEEDED,
        review_reason=Review.REFERENCE.value,
        received_at=now,
        created_at=now,
    )
    session.add(row)
    session.flush()
    assert row.id is not None
    return row.id


def _alert(session: Session, staffed: Staffed, account: int, mark: str, now: datetime) -> int:
    """An alert on an address of a second person of the account."""
    address = f"rebota@{staffed.slug}.example"
    people.contact(session, staffed.owner, [account], address, now)
    alerts.raise_alert(
        session,
        System(staffed.id),
        channel=Channel.EMAIL,
        address=address,
        reason=AlertReason.HARD_BOUNCE,
        detail=f"{mark}detail",
        now=now,
    )
    found = session.exec(
        select(AddressAlert.id).where(
            col(AddressAlert.company_id) == staffed.id, col(AddressAlert.address_norm) == address
        )
    ).one()
    return found or 0


def _sent(
    session: Session, staffed: Staffed, document: int, point: int, now: datetime
) -> tuple[int, str]:
    """The link of a document that was sent to the contact, and its token."""
    words = {lang: Words("{{number}}", "{{total}}") for lang in ("es", "en")}
    what = SendInput(points=(point,), words=words)
    document_sending.send(session, staffed.agent, document_id=document, what=what, now=now)
    found = session.exec(
        select(DocumentLink).where(col(DocumentLink.document_id) == document)
    ).one()
    message = session.get(Message, found.message_id)
    assert found.id is not None
    assert message is not None
    return found.id, secret_links.token_of(message.link_seed)


def _imports(session: Session, staffed: Staffed, mark: str, now: datetime) -> tuple[int, int]:
    made = [
        import_files.keep(
            session,
            staffed.agent,
            kind=kind,
            file_name=f"{mark}{kind}.csv",
            content=content,
            now=now,
        )
        for kind, content in (
            ("documents", document_file(f"{mark}imported", day_of(now))),
            ("accounts", account_file(f"{mark}newcomer")),
        )
    ]
    import_files.choose(session, staffed.agent, run_id=made[0], currency="USD")
    return made[0], made[1]


def document_file(word: str, today: date) -> bytes:
    """A CSV with one invoice of a new account."""
    code = word.replace(" ", "")
    return (
        "invoiceNumber,customerID,InvoiceDate,DueDate,InvoiceAmount\n"
        f"{code}-77,{code},{today:%Y-%m-%d},{today:%Y-%m-%d},12.50\n"
    ).encode()


def account_file(word: str) -> bytes:
    """A CSV with one account."""
    return f"code,name\n{word.replace(' ', '')},{word}\n".encode()


def draft_of(account: int, concept: str, now: datetime, **more: Any) -> DraftInput:
    """A draft of one line without tax."""
    return _draft(account, concept, now, **more)


def _template(name: str) -> TemplateInput:
    line = LineInput(f"{name} line", Decimal(1), Decimal(40))
    return TemplateInput(name, "USD", (line,), message=f"{name} message")


def _draft(account: int, concept: str, now: datetime, **more: Any) -> DraftInput:
    return DraftInput(
        account_id=account,
        kind=more.pop("kind", Kind.INVOICE),
        currency="USD",
        issued_on=day_of(now) - timedelta(days=10),
        due_on=day_of(now) + timedelta(days=3),
        lines=(LineInput(f"{concept} line", Decimal(1), Decimal(40)),),
        concept=concept,
        reference=f"{concept} ref",
        **more,
    )


def _invoice(session: Session, staffed: Staffed, account: int, concept: str, now: datetime) -> int:
    row = drafts.create(session, staffed.agent, draft=_draft(account, concept, now), now=now)
    key = document_storage.identity(row)
    drafts.issue(session, staffed.agent, document_id=key, now=now)
    return key


def picture(text: str) -> bytes:
    """A PNG of 32 × 32 pixels that carries a text (PNG specification §11.3.4.3, tEXt)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    rows = zlib.compress(b"".join(b"\0" + b"\x80" * 32 for _ in range(32)))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 32, 32, 8, 0, 0, 0, 0))
        + chunk(b"tEXt", b"Comment\0" + text.encode())
        + chunk(b"IDAT", rows)
        + chunk(b"IEND", b"")
    )
