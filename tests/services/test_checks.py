"""`check` finds every stored figure that its rows do not support, and nothing in a sound ledger."""

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from clientportal.cli import main
from clientportal.domain.errors import NotAllowed
from clientportal.domain.payments import OPEN_STATES, AttemptState
from clientportal.services import checks, disputes, drafts
from clientportal.storage.models import AttemptLine, PaymentAttempt
from clientportal.storage.session import unit_of_work
from tests.services.test_credit import pay
from tests.support.ledger import NOW, World, draft_of, invoice, key, make_world


@pytest.fixture
def world(database: sa.Engine) -> World:
    with unit_of_work(bind=database) as session:
        world = make_world(session)
        make_world(session, "ajena")
        disputed = invoice(session, world, "30")
        disputes.open_dispute(session, world.agent, document_id=disputed, reason="x", now=NOW)
        paid = invoice(session, world, "100")
        pay(session, world, 12000, lines=[(paid, 10000)])
        for state in (AttemptState.REDIRECTED, AttemptState.EXPIRED):
            _attempt(session, world, disputed, state)
        drafts.create(session, world.agent, draft=draft_of(world.accounts[0]), now=NOW)
        return world


def _attempt(session: Session, world: World, document_id: int, state: AttemptState) -> None:
    place = {"company_id": world.company_id, "account_id": world.accounts[0]}
    attempt = PaymentAttempt(
        **place, reference=f"R-{state}", gateway="sandbox", currency="USD", amount_minor=3000,
        state=state, created_at=NOW, expires_at=NOW,
    )  # fmt: skip
    session.add(attempt)
    session.flush()
    line = AttemptLine(
        **place, attempt_id=key(attempt), document_id=document_id, amount_minor=3000,
        is_open=state in OPEN_STATES,
    )  # fmt: skip
    session.add(line)


_DAMAGE = {
    "balance": "UPDATE document SET balance_minor = 1 WHERE number = 'FE-2'",
    "settlement": "UPDATE document SET settlement = 'open' WHERE number = 'FE-2'",
    "settled_on": "UPDATE document SET settled_on = '2026-03-01' WHERE number = 'FE-2'",
    "disputed": "UPDATE document SET disputed = false WHERE number = 'FE-1'",
    "net": "UPDATE document_line SET amount_minor = amount_minor + 1",
    "total": "UPDATE document SET net_minor = net_minor - 1 WHERE number = 'FE-1'",
    "currency": "UPDATE allocation SET currency = 'COP'",
    "captured": "UPDATE payment SET amount_minor = amount_minor - 1",
    "early": "UPDATE allocation SET allocated_on = '2020-01-01'",
    "not_issued": "UPDATE document SET lifecycle = 'void' WHERE number = 'FE-2'",
}


_OF_SEARCH = {
    "a text": "UPDATE document SET norm = 'otra' WHERE number = 'FE-2'",
    "no entry": "DELETE FROM search_entry WHERE norm LIKE '%fe-2%'",
    "a draft shown": "UPDATE document SET lifecycle = 'issued', number = 'FE-9'"
    " WHERE lifecycle = 'draft'",
    "another account": "UPDATE document SET account_id = (SELECT max(id) FROM account WHERE"
    " company_id = document.company_id) WHERE number = 'FE-1'",
    "the name of an account": "UPDATE account SET norm = 'otra' WHERE id = (SELECT account_id"
    " FROM document WHERE number = 'FE-1')",
    "a person": "UPDATE contact SET norm = 'otra' WHERE id = (SELECT min(id) FROM contact)",
}


@pytest.mark.parametrize("damage", list(_OF_SEARCH))
def test_what_the_search_would_not_find_is_found(
    database: sa.Engine, world: World, damage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check"]) == 0
    with unit_of_work(bind=database) as session:
        session.execute(sa.text(_OF_SEARCH[damage]))
    assert main(["check", "--company", world.slug]) == 1
    said = "no entry" if damage in {"no entry", "a person"} else "another text or scope"
    assert f": search: expected the text of the row, found {said}" in capsys.readouterr().out
    assert main(["check", "--company", "ajena"]) == 0


def test_a_broken_index_names_a_hundred_rows_of_a_kind(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        for _ in range(checks.MOST + 5):
            invoice(session, world, "1")
        session.execute(sa.text("DELETE FROM search_entry"))
    with unit_of_work(bind=database, read_only=True) as session:
        found = [row.entity for row in checks.audit(session, world.viewer)]
    assert found.count("document") == checks.MOST


def test_a_document_is_held_exactly_while_it_is_being_paid(
    database: sa.Engine, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check"]) == 0
    with unit_of_work(bind=database) as session:
        session.execute(sa.text("UPDATE attempt_line SET is_open = false"))
    assert main(["check", "--company", world.slug]) == 1
    out = capsys.readouterr().out
    assert ": being_paid: expected being paid, as its attempt is redirected, found free" in out
    with unit_of_work(bind=database) as session:
        session.execute(sa.text("UPDATE payment_attempt SET state = 'failed'"))
        session.execute(
            sa.text("UPDATE attempt_line SET is_open = true WHERE id = (SELECT min(id)"
            " FROM attempt_line)")
        )  # fmt: skip
    assert main(["check", "--company", world.slug]) == 1
    out = capsys.readouterr().out
    assert ": being_paid: expected free, as its attempt is failed, found being paid" in out
    assert main(["check", "--company", "ajena"]) == 0


@pytest.mark.parametrize("code", list(_DAMAGE))
def test_each_kind_of_damage_is_found(
    database: sa.Engine, world: World, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check"]) == 0
    assert "2 companies, 0 differences" in capsys.readouterr().out
    with unit_of_work(bind=database) as session:
        session.execute(sa.text(_DAMAGE[code]))
    with unit_of_work(bind=database, read_only=True) as session:
        assert code in {row.code for row in checks.audit(session, world.viewer)}
    assert main(["check", "--company", world.slug]) == 1
    assert f": {code}: expected " in capsys.readouterr().out
    assert main(["check", "--company", "ajena"]) == 0


def test_a_customer_does_not_audit(database: sa.Engine, world: World) -> None:
    with pytest.raises(NotAllowed), unit_of_work(bind=database) as session:
        checks.audit(session, world.customer)


def test_an_unknown_company_is_a_wrong_use(database: sa.Engine, world: World) -> None:
    assert world.slug
    assert main(["check", "--company", "nope"]) == 2
