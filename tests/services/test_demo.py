"""The demo: same day, same demo; green ledger; everybody of the cast finds something."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal import cli
from clientportal.domain.account_filters import AccountFilters, LoginState
from clientportal.domain.actors import Customer, Role, System
from clientportal.domain.documents import Kind
from clientportal.rendering.ubl.reading import parse
from clientportal.services import (
    account_views,
    checks,
    demo,
    demo_cast,
    document_originals,
    document_xml,
    passwords,
    spaces,
)
from clientportal.settings import settings
from clientportal.storage.models import (
    Comment,
    Company,
    CreditReturn,
    Dispute,
    Document,
    User,
)
from clientportal.storage.scope import visible_to
from clientportal.storage.session import unit_of_work
from tests.support.ubl import schema_errors

DAY = date(2026, 11, 21)


@pytest.fixture
def told(database: sa.Engine) -> Iterator[Session]:
    """The demo, made by the command and being read."""
    assert cli.main(["demo", "--today", DAY.isoformat()]) == 0
    with unit_of_work(read_only=True) as session:
        yield session


@pytest.mark.spec(41, 43, 66, 180, 181)
def test_the_story_is_whole_and_told_once(
    told: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert cli.main(["demo", "--today", "2026-12-24", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert {person["key"] for person in shown["people"]} >= {"carolina", "luisa"}
    _same_story(told)
    companies = told.exec(select(Company).order_by(col(Company.id))).all()
    assert [company.slug for company in companies] == [demo_cast.PAPER, demo_cast.METAL]
    for company in companies:
        system = System(company.id or 0)
        assert checks.audit(told, system) == []
        page = account_views.listing(told, system, filters=AccountFilters(), today=DAY)
        assert page.total >= 24
        states = {row.login for row in page.rows}
        assert {LoginState.ON, LoginState.NONE} <= states
    _scenes(told)
    _people(told, shown)


@pytest.mark.spec(48)
def test_the_xml_of_every_document_of_the_demo_is_valid(told: Session) -> None:
    kinds = set()
    for company in told.exec(select(Company)).all():
        owner = System(company.id or 0)
        rows = told.exec(select(Document).where(visible_to(owner, Document))).all()
        ids = [row.id for row in rows if row.id and document_originals.is_written_here(row)]
        for document_id in ids:
            now = datetime(DAY.year, DAY.month, DAY.day, 15, tzinfo=UTC)
            found = document_xml.file(told, owner, document_id=document_id, now=now)
            assert schema_errors(found.content) == [], document_id
            kinds.add(parse(found.content).kind)
    assert kinds == {Kind.INVOICE, Kind.DEBIT_NOTE, Kind.CREDIT_NOTE}


def _scenes(told: Session) -> None:
    documents = told.exec(select(Document)).all()
    assert {document.kind for document in documents} == set(Kind)
    assert {document.lifecycle for document in documents} == {"draft", "issued", "void"}
    assert {document.settlement for document in documents} == {"open", "partly_paid", "paid"}
    assert {document.currency for document in documents} == {"COP", "USD"}
    assert any(document.disputed for document in documents)
    owed = [d for d in documents if d.kind is Kind.INVOICE and d.settlement != "paid"]
    assert any(d.due_on < DAY for d in owed if d.lifecycle == "issued")
    assert max(document.issued_on for document in documents) <= DAY
    assert min(document.issued_on for document in documents) < date(2026, 1, 1)
    received = [d for d in documents if d.kind is Kind.CASH_RECEIPT and d.issued_on == DAY]
    assert {document.company_id for document in received} == {1, 2}
    for table in (Comment, CreditReturn, Dispute):
        assert told.exec(select(table)).first() is not None


def _people(told: Session, shown: dict[str, Any]) -> None:
    cast = {person.key: person for person in demo_cast.people()}
    roles = {person.role for person in cast.values() if person.face == demo_cast.STAFF}
    assert roles == {role.value for role in Role}
    users = {user.email: user for user in told.exec(select(User))}
    for person in cast.values():
        assert person.email.endswith(".example")
        user = users[person.email]
        assert user.password_hash == users["pagos@distriandina.example"].password_hash
        if person.face == demo_cast.PORTAL:
            assert spaces.spaces_of(told, user.id or 0)
    stored = users["pagos@distriandina.example"].password_hash or ""
    assert passwords.verify_password(demo_cast.PASSWORD, stored)
    (space,) = spaces.spaces_of(told, users["pagos@distriandina.example"].id or 0)
    assert [company.slug for company in space.companies] == [demo_cast.PAPER, demo_cast.METAL]
    (both,) = spaces.spaces_of(told, users["diana@imprentagomez.example"].id or 0)
    assert len(both.accounts) == 2
    assert users["ap@blueharbor.example"].language == "en"
    assert set(shown["documents"]) == {kind.value for kind in Kind}
    luisa = Customer(users["pagos@distriandina.example"].id or 0, "", "", space.id)
    seen = set(told.exec(select(col(Document.id)).where(visible_to(luisa, Document))))
    assert set(shown["documents"].values()) <= seen


SAME_ON_EVERY_MACHINE = "f49591eafbd6bc3f"
"""The story of DAY. It changes only with the cast, the scenes or the rules of money."""


def _same_story(told: Session) -> None:
    rows = told.exec(select(Document).order_by(col(Document.id))).all()
    facts = [(r.number, r.issued_on, r.due_on, r.total_minor, r.balance_minor) for r in rows]
    assert hashlib.sha256(repr(facts).encode()).hexdigest()[:16] == SAME_ON_EVERY_MACHINE


def test_production_makes_no_demo_unless_it_is_meant(
    database: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIENTPORTAL_ENV", "production")
    settings.cache_clear()
    assert cli.main(["demo"]) == 2
    with unit_of_work(read_only=True) as session:
        assert not demo.is_there(session)
