"""Comments: they reach the company that issued the document, and stay on its timeline."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal.domain.actors import Customer, Role
from clientportal.domain.errors import Invalid, NotAllowed, NotFound, TooMany
from clientportal.services import audit, comments, companies, documents, drafts, members
from clientportal.storage.models import Comment, Contact, Message, User
from clientportal.storage.session import unit_of_work
from tests.support.ledger import NOW, World, draft_of, give_access, invoice, make_world


@pytest.fixture
def world(database: sa.Engine) -> World:
    with unit_of_work(bind=database) as session:
        return make_world(session)


@pytest.mark.spec(46, 78)
def test_a_customers_comment_is_mailed_to_its_company_and_kept(
    database: sa.Engine, world: World
) -> None:
    with unit_of_work(bind=database) as session:
        make_world(session, "ajena")
        document_id = invoice(session, world)
        comments.add(
            session,
            world.customer,
            document_id=document_id,
            body="  Falta\r\nuna caja\x00 ",
            now=NOW,
        )
        [message] = session.exec(select(Message)).all()
        assert (message.to_address, message.reply_to) == (
            f"cartera@{world.slug}.example",
            world.customer.email,
        )
        assert (message.kind, message.company_id, message.document_id) == (
            "comment",
            world.company_id,
            document_id,
        )
        assert message.variables["text"] == "Falta\nuna caja"
        assert message.variables["document_number"] == "FE-1"
        comments.add(session, world.agent, document_id=document_id, body="Va mañana", now=NOW)
        sent = session.exec(select(Message.kind).order_by(col(Message.id))).all()
        assert sent == ["comment", "comment_answer"]
        mine = documents.detail(session, world.customer, document_id=document_id, now=NOW).comments
        assert [(row.body, row.by_staff, row.mine) for row in mine] == [
            ("Falta\nuna caja", False, True),
            ("Va mañana", True, False),
        ]
        events = audit.timeline(session, world.agent, subject=("document", document_id))
        assert [event.action for event in events[:2]] == ["document.commented"] * 2


def answers(session: Session) -> list[Message]:
    mails = select(Message).where(col(Message.kind) == "comment_answer")
    return list(session.exec(mails.order_by(col(Message.id))).all())


def test_an_answer_is_mailed_once_to_the_customers_of_the_thread(
    database: sa.Engine, world: World
) -> None:
    with unit_of_work(bind=database) as session:
        document_id, other = invoice(session, world), invoice(session, world)
        comments.add(session, world.agent, document_id=document_id, body="Listo", now=NOW)
        assert answers(session) == []  # nobody takes part yet
        session.get_one(User, world.customer.user_id).language = "en"
        for body in ("Falta una caja", "¿Cuándo llega?"):
            comments.add(session, world.customer, document_id=document_id, body=body, now=NOW)
        assert answers(session) == []
        comments.add(session, world.agent, document_id=document_id, body="Va\nmañana", now=NOW)
        [mail] = answers(session)
        assert (mail.to_address, mail.language, mail.to_name) == (
            world.customer.email, "en", world.customer.name,
        )  # fmt: skip
        assert mail.reply_to == f"cartera@{world.slug}.example"
        assert (mail.company_id, mail.account_id, mail.document_id, mail.user_id) == (
            world.company_id, world.accounts[0], document_id, world.customer.user_id,
        )  # fmt: skip
        assert mail.variables["text"] == "Va\nmañana"
        key = f"s{world.customer.user_id}"
        assert mail.variables["link"].endswith(f"/portal/{key}/documents/{document_id}")
        comments.add(session, world.owner, document_id=document_id, body="Ya salió", now=NOW)
        assert len(answers(session)) == 2
        comments.add(session, world.agent, document_id=other, body="Otra cosa", now=NOW)
        assert len(answers(session)) == 2


@pytest.mark.parametrize("switch", ["notify = false", "login = false", "accepted_at = NULL"])
def test_who_may_not_enter_or_wants_no_mail_is_not_told(
    database: sa.Engine, world: World, switch: str
) -> None:
    with unit_of_work(bind=database) as session:
        document_id = invoice(session, world)
        comments.add(session, world.customer, document_id=document_id, body="Hola", now=NOW)
        session.execute(
            sa.text(f"UPDATE access SET {switch} WHERE account_id = :account"),
            {"account": world.accounts[0]},
        )
        comments.add(session, world.agent, document_id=document_id, body="Va", now=NOW)
        assert answers(session) == []


def test_nobody_is_told_of_what_they_wrote_themselves(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        document_id = invoice(session, world)
        both = world.agent.user_id
        contact = session.exec(select(Contact.id)).first()
        email = "agent@molino.example"
        give_access(session, world.company_id, both, world.accounts[0], contact or 0, email)
        customer = Customer(both, email, "Agent")
        comments.add(session, customer, document_id=document_id, body="Hola", now=NOW)
        comments.add(session, world.agent, document_id=document_id, body="Va", now=NOW)
        assert answers(session) == []
        comments.add(session, world.owner, document_id=document_id, body="Va", now=NOW)
        assert [mail.to_address for mail in answers(session)] == [email]


def test_empty_long_frequent_and_foreign_comments_are_refused(
    database: sa.Engine, world: World
) -> None:
    with unit_of_work(bind=database) as session:
        document_id = invoice(session, world)
        draft = drafts.create(session, world.agent, draft=draft_of(world.accounts[0]), now=NOW).id
        assert draft is not None
        for body, code in ((" \n\x00", "required"), ("x" * 2001, "too_long")):
            with pytest.raises(Invalid) as refused:
                comments.add(session, world.customer, document_id=document_id, body=body, now=NOW)
            assert refused.value.error_code == code
        for actor, target in ((world.stranger, document_id), (world.agent, draft)):
            with pytest.raises(NotFound):
                comments.add(session, actor, document_id=target, body="x", now=NOW)
        for denied in (world.viewer, world.system):
            with pytest.raises(NotAllowed):
                comments.add(session, denied, document_id=document_id, body="x", now=NOW)
        for number in range(comments.PER_HOUR):
            at = NOW + timedelta(seconds=number)
            comments.add(session, world.customer, document_id=document_id, body="x", now=at)
        with pytest.raises(TooMany) as limited:
            comments.add(
                session,
                world.customer,
                document_id=document_id,
                body="x",
                now=NOW + timedelta(minutes=30),
            )
        assert limited.value.params == {"seconds": 1800}
        comments.add(
            session, world.customer, document_id=document_id, body="x", now=NOW + timedelta(hours=1)
        )
        assert len(session.exec(select(Comment)).all()) == comments.PER_HOUR + 1


def test_parallel_comments_do_not_slip_past_the_limit(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        document_id = invoice(session, world)

    def write(_number: int) -> bool:
        try:
            with unit_of_work(bind=database) as session:
                comments.add(session, world.customer, document_id=document_id, body="x", now=NOW)
        except TooMany:
            return False
        return True

    with ThreadPoolExecutor(20) as threads:
        written = list(threads.map(write, range(2 * comments.PER_HOUR)))
    assert sum(written) == comments.PER_HOUR


@pytest.mark.spec(46, 78)
def test_without_a_reply_address_those_who_lead_the_company_are_told(
    database: sa.Engine, world: World
) -> None:
    with unit_of_work(bind=database) as session:
        make_world(session, "ajena")
        document_id = invoice(session, world)
        session.execute(sa.text("UPDATE company SET reply_email = ''"))
        session.expire_all()
        company = companies.read(session, world.owner, company_id=world.company_id)
        team = members.listing(session, world.owner)
        strong = {one.email for one in team if one.role in {Role.OWNER, Role.ADMIN}}
        comments.add(session, world.customer, document_id=document_id, body="Hola", now=NOW)
        sent = session.exec(select(Message)).all()
        assert strong
        assert {message.to_address for message in sent} == strong
        assert {message.reply_to for message in sent} == {world.customer.email}
        assert {message.company_id for message in sent} == {company.id}
        assert len(session.exec(select(Comment)).all()) == 1
