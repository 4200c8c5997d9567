"""Search inside a scope: what is found, what is not, and that both ways give the same."""

import itertools

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from clientportal.domain.actors import Actor, Nobody
from clientportal.domain.document_filters import DocumentFilters
from clientportal.domain.documents import Kind
from clientportal.domain.errors import NotSignedIn
from clientportal.domain.text import normalise
from clientportal.services import accounts, document_text, drafts, search
from clientportal.storage import document_conditions, search_index
from clientportal.storage import search as storage
from clientportal.storage.models import Account, Document
from clientportal.storage.scope import visible_to
from clientportal.storage.search_index import SearchKind
from clientportal.storage.session import unit_of_work
from tests.support.ledger import NOW, World, draft_of, invoice, issued, make_world


@pytest.fixture
def world(database: sa.Engine) -> World:
    with unit_of_work(bind=database) as session:
        return make_world(session)


@pytest.fixture(params=["walk", "index"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Small scopes are walked; with the limits at zero the index answers alone."""
    if request.param == "index":
        monkeypatch.setattr(storage, "WALK_LIMIT", -1)
        monkeypatch.setattr(storage, "NEWEST_WALK", 0)
    return str(request.param)


def documents(session: Session, actor: Actor, query: str, limit: int = 20) -> list[int]:
    hits = storage.find(session, actor, query, (SearchKind.DOCUMENT,), limit)
    return [hit.ref_id for hit in hits]


@pytest.mark.spec(85)
def test_words_find_numbers_names_and_concepts_without_accents(
    database: sa.Engine, world: World, way: str
) -> None:
    with unit_of_work(bind=database) as session:
        first = invoice(session, world, concept="Cartón corrugado")
        second = invoice(session, world, account_id=world.accounts[1], concept="100% de avance_x")
        third = invoice(session, world, concept="cartón liso")
        cases: list[tuple[str, list[int]]] = [
            ("carton", [third, first]),
            ("CARTÓN corru", [first]),
            ("FE-2", [second]),
            ("nunez herm", [second]),
            ("papelera carton liso", [third]),
            ("100%", [second]),
            ("avance_", [second]),
            ("avance?", []),
            ('"carton" OR', []),
            ("nothing", []),
            ("", []),
        ]
        for query, wanted in cases:
            assert documents(session, world.viewer, query) == wanted, query
        assert documents(session, world.viewer, "carton", 1) == [third]
        short = documents(session, world.viewer, "fe")
        assert short == ([third, second, first] if way == "walk" else [])


def test_no_scope_reaches_into_another(database: sa.Engine, world: World, way: str) -> None:
    with unit_of_work(bind=database) as session:
        other = make_world(session, "ajena")
        mine = invoice(session, world)
        second = invoice(session, world, account_id=world.accounts[1])
        hidden = invoice(session, world, account_id=world.accounts[2])
        foreign = invoice(session, other)
        draft = drafts.create(session, world.agent, draft=draft_of(world.accounts[0]), now=NOW).id
        assert set(documents(session, world.viewer, "papel")) == {mine, second, hidden, draft}
        assert set(documents(session, world.customer, "papel")) == {mine, second}
        assert documents(session, world.stranger, "papel") == [hidden]
        assert documents(session, other.viewer, "papel") == [foreign]
        assert documents(session, Nobody(), "papel") == []
        session.execute(sa.text("UPDATE access SET login = false"))
        assert documents(session, world.customer, "papel") == []


def test_the_index_follows_every_change(database: sa.Engine, world: World, way: str) -> None:
    with unit_of_work(bind=database) as session:
        draft = drafts.create(session, world.agent, draft=draft_of(world.accounts[0]), now=NOW)
        assert draft.id is not None
        changed = draft_of(world.accounts[0], concept="Tinta")
        drafts.edit(session, world.agent, document_id=draft.id, draft=changed, now=NOW)
        assert documents(session, world.viewer, "tinta") == [draft.id]
        assert documents(session, world.viewer, "papelote") == []
        assert documents(session, world.customer, "tinta") == []
        drafts.issue(session, world.agent, document_id=draft.id, now=NOW)
        assert documents(session, world.customer, "tinta fe-1") == [draft.id]
        gone = drafts.create(session, world.agent, draft=changed, now=NOW)
        assert gone.id is not None
        drafts.discard(session, world.agent, document_id=gone.id, now=NOW)
        assert documents(session, world.viewer, "tinta") == [draft.id]
        account = session.get_one(Account, world.accounts[0])
        account.name = "Imprenta Nueva"
        accounts.set_norm(account)
        assert document_text.rewrite(session, world.agent, account_id=world.accounts[0]) == 1
        assert documents(session, world.viewer, "imprenta") == [draft.id]
        assert documents(session, world.viewer, "papelera") == []


def test_the_list_finds_the_same_as_the_search(database: sa.Engine, world: World, way: str) -> None:
    with unit_of_work(bind=database) as session:
        for number in range(12):
            account = world.accounts[number % 3]
            invoice(session, world, account_id=account, concept=f"pedido 10{number}")
        for actor, query in itertools.product(
            (world.viewer, world.customer), ("pedido", "pedido 101", "tercero", "nada")
        ):
            asked = document_conditions.where(session, actor, DocumentFilters(text=query), {})
            where = [term.filled() for term in asked.terms]
            rows = session.exec(select(col(Document.id)).where(*where)).all()
            assert sorted(key or 0 for key in rows) == sorted(documents(session, actor, query))
            words = normalise(query).split()
            every = session.exec(select(Document).where(visible_to(actor, Document))).all()
            assert sorted(key or 0 for key in rows) == sorted(
                d.id for d in every if d.id and all(word in d.norm for word in words)
            )


def test_the_general_search_names_its_hits(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        document_id = invoice(session, world)
        note = issued(session, world, draft_of(world.accounts[0], "5", kind=Kind.CREDIT_NOTE))
        result = search.find(session, world.viewer, query="papelera")
        assert [(hit.kind, hit.title, hit.code) for hit in result.hits] == [
            ("account", "Papelera del Valle", ""),
            ("document", "NC-1", "credit_note"),
            ("document", "FE-1", "invoice"),
        ]
        assert {hit.id for hit in result.hits[1:]} == {document_id, note.id}
        assert [
            hit.kind for hit in search.find(session, world.customer, query="papelera").hits
        ] == [
            "document",
            "document",
        ]
        assert search.find(session, world.viewer, query="zz").too_short
        assert not search.find(session, world.viewer, query="  ").too_short
        with pytest.raises(NotSignedIn):
            search.find(session, Nobody(), query="papelera")


@given(st.integers(1, 10**8), st.integers(1, 10**8), st.sampled_from(list(SearchKind)))
def test_codes_of_scopes_never_meet(one: int, two: int, kind: SearchKind) -> None:
    """No trigram of (company code, account code) equals a code of another scope."""
    codes = {search_index.company_code(kind, one), search_index.account_code(kind, two)}
    text = search_index.company_code(kind, one) + search_index.account_code(kind, two) + " abc"
    inside = {text[at : at + 3] for at in range(len(text) - 2)}
    for other in (one + 1, two + 1, one * 2, two * 2):
        for code in (
            search_index.company_code(kind, other),
            search_index.account_code(kind, other),
        ):
            assert (code in inside) == (code in codes)
    assert all(0xE000 <= ord(char) <= 0xF8FF for code in codes for char in code)
    assert normalise("".join(codes)) == ""  # no person can type one
