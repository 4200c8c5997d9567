"""The portal's pages by their states: what the URL shows, what may be ticked, what is refused."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import reflex as rx
import sqlalchemy as sa
from reflex_base.utils import format
from sqlmodel import Session, col, select

from clientportal.domain.documents import Kind
from clientportal.domain.errors import NotFound
from clientportal.services import checkout, disputes, identity, portal_paying, receipts, spaces
from clientportal.services.checkout import Choice
from clientportal.storage.models import Comment, Document, Message, SpaceAccount
from clientportal.storage.session import unit_of_work
from clientportal.ui.portal.account_choice import PortalChoice
from clientportal.ui.portal.common import Portal
from clientportal.ui.portal.document_state import PortalDocument
from clientportal.ui.portal.documents_state import PAGE_SIZE, PortalDocuments
from clientportal.ui.portal.home_state import PortalHome
from clientportal.ui.session import utc_now
from tests.support.ledger import World, draft_of, give_access, issued, key, make_world
from tests.ui.conftest import OpenTab

SPEC = pytest.mark.spec
PATTERNS = {
    "documents": "/portal/[space]/documents",
    "document": "/portal/[space]/documents/[document_id]",
    "home": "/portal/[space]",
    "choice": "/portal",
}
Open = Callable[[str, str], Awaitable[Any]]


@pytest.fixture
def database_kind() -> str:
    return "sqlite"


@dataclass(frozen=True, slots=True)
class Scene:
    """One customer of two companies, and documents by name."""

    world: World
    other: World
    token: str
    stranger: str
    space: str
    ids: dict[str, int]


def _token(session: Session, email: str) -> str:
    signed = identity.sign_in_as(session, email=email, now=utc_now())
    assert signed is not None
    return signed.token


def issue(session: Session, world: World, total: str, **more: Any) -> int:
    """Id of a document that was issued now."""
    account_id = more.pop("account_id", world.accounts[0])
    return key(issued(session, world, draft_of(account_id, total, **more), now=utc_now()))


def company_day() -> date:
    """Today where the companies are."""
    return utc_now().astimezone(ZoneInfo("America/Bogota")).date()


def _documents(session: Session, world: World, other: World) -> dict[str, int]:
    today = company_day()
    late, soon = today - timedelta(days=9), today + timedelta(days=4)
    old, new = today - timedelta(days=70), today - timedelta(days=20)
    ids = {
        "late": issue(session, world, "100", issued_on=old, due_on=late, concept="Cartulina"),
        "soon": issue(session, world, "40", issued_on=new, due_on=soon),
        "pesos": issue(session, world, "9000", currency="COP", issued_on=new, due_on=soon),
        "other": issue(session, other, "70", issued_on=new, due_on=soon),
        "note": issue(session, world, "5", kind=Kind.CREDIT_NOTE, issued_on=new, due_on=None),
        "foreign": issue(
            session, world, "3", account_id=world.accounts[2], issued_on=new, due_on=soon
        ),
    }
    receipts.book_receipt(
        session,
        world.system,
        company_id=world.company_id,
        account_id=world.accounts[0],
        currency="USD",
        amount_minor=2500,
        lines=[(ids["late"], 2500)],
        method="transfer",
        received_on=today,
        now=utc_now(),
    )
    return ids


@pytest.fixture
def scene(database: sa.Engine) -> Scene:
    with unit_of_work() as session:
        world, other = make_world(session, "molino"), make_world(session, "forja")
        user_id = world.customer.user_id
        of_other = sa.text("SELECT min(id) FROM contact WHERE company_id = :c")
        contact_id = session.execute(of_other, {"c": other.company_id}).scalar_one()
        give_access(
            session, other.company_id, user_id, other.accounts[0], contact_id, world.customer.email
        )
        assert world.customer.space_id is not None
        session.add(
            SpaceAccount(
                user_id=user_id,
                space_id=world.customer.space_id,
                account_id=other.accounts[0],
                pinned=True,
            )
        )
        for account_id in world.accounts[:2]:
            row = session.exec(
                select(SpaceAccount).where(
                    col(SpaceAccount.account_id) == account_id,
                    col(SpaceAccount.user_id) == user_id,
                )
            ).one()
            row.pinned = True
            session.add(row)
        ids = _documents(session, world, other)
        views = spaces.spaces_of(session, user_id)
        return Scene(
            world=world,
            other=other,
            token=_token(session, world.customer.email),
            stranger=_token(session, world.stranger.email),
            space=views[0].key,
            ids=ids,
        )


@pytest.fixture
def at(open_tab: OpenTab, scene: Scene) -> Callable[..., rx.State]:
    """A tab of the customer (or of `token`) at a page of the space."""

    def opened(page: str, path: str = "", token: str = "") -> rx.State:
        full = "/portal" if page == "choice" else f"/portal/{scene.space}{path}"
        root = open_tab(full, token or scene.token)
        data = dict(root.router_data) | {"pathname": PATTERNS[page]}
        root._update_router_vars(data, {})
        root.router_data = data
        return root

    return opened


async def run(state: Any, handler: str, *args: Any) -> Any:
    """Call a handler as the framework does, without the gate."""
    return await type(state).event_handlers[handler].fn(state, *args)


async def documents(root: rx.State) -> Any:
    state = await root.get_state(PortalDocuments)
    await run(state, "load")
    return state


def numbers(state: Any) -> list[int]:
    return [row.id for row in state.rows]


@SPEC(42, 43, 66, 67, 68, 69, 70, 71, 72, 73, 74, 87)
async def test_a_row_says_all_that_there_is_to_say(at: Any, scene: Scene) -> None:
    state = await documents(at("documents", "/documents"))

    by_id = {row.id: row for row in state.rows}
    assert set(by_id) >= {scene.ids[name] for name in ("late", "soon", "pesos", "other", "note")}
    late = by_id[scene.ids["late"]]
    assert (late.kind, late.currency, late.company) == ("invoice", "USD", "Molino")
    assert (late.total_minor, late.paid_minor, late.balance_minor) == (10000, 2500, 7500)
    assert (late.method, late.payable, late.badge["code"]) == ("transfer", True, "overdue")
    assert late.number
    assert late.id in state.with_xml  # issued here: its XML is in the menu of the row
    assert not set(state.with_xml) - set(by_id)
    assert late.issued_on < late.due_on
    for row in state.rows:
        assert row.total_minor == row.paid_minor + row.balance_minor
    sums = {row.currency: row for row in state.sums}
    assert sums["USD"].balance_minor == 7500 + 4000 + 7000
    assert sums["COP"].balance_minor == 900000
    assert scene.ids["foreign"] not in by_id


async def test_a_row_does_not_say_what_it_is_not(at: Any, scene: Scene) -> None:
    state = await documents(at("documents", "/documents?company=molino"))
    late = next(row for row in state.rows if row.id == scene.ids["late"])
    quiet = {"late_days": 0, "payable": False, "left": False}

    said = json.loads(format.json_dumps([late, replace(late, **quiet)]))
    held = replace(late, being_paid=True, payment="/portal/x/pay/y", phase="confirming")
    paying = json.loads(format.json_dumps(held))

    whole = {field.name for field in fields(late)}
    assert whole - set(said[0]) == {"left", "being_paid", "payment", "phase"}
    assert whole - set(said[1]) == {*quiet, "group", "being_paid", "payment", "phase"}
    assert (paying["being_paid"], paying["phase"]) == (True, "confirming")
    assert said[0]["late_days"] == late.late_days > 0


FILTERS: dict[str, set[str]] = {
    "currency=COP": {"pesos"},
    "kind=credit_note": {"note"},
    "kind=credit_note,debit_note": {"note"},
    "state=overdue": {"late"},
    "state=partly_paid": {"late"},
    "company=forja": {"other"},
    "company=forja&company=molino&currency=USD&state=open": {"late", "soon", "other"},
    "q=cartulina": {"late"},
    "q=nothing-like-this": set(),
    "company=unknown": set(),
}


@SPEC(79, 80, 81, 82, 83, 84, 85)
async def test_every_filter_lives_in_the_address(at: Any, scene: Scene) -> None:
    for query, names in FILTERS.items():
        state = await documents(at("documents", f"/documents?{query}"))

        assert set(numbers(state)) == {scene.ids[name] for name in names}, query
        assert state.filtered


@SPEC(81)
async def test_each_type_is_found_and_nothing_else(at: Any, scene: Scene) -> None:
    with unit_of_work() as session:
        debit = issue(
            session,
            scene.world,
            "6",
            kind=Kind.DEBIT_NOTE,
            issued_on=company_day(),
            due_on=company_day(),
        )
    named = {
        "invoice": {scene.ids[name] for name in ("late", "soon", "pesos", "other")},
        "credit_note": {scene.ids["note"]},
        "debit_note": {debit},
    }

    for kind, ids in named.items():
        state = await documents(at("documents", f"/documents?kind={kind}"))
        assert (set(numbers(state)), {row.kind for row in state.rows}) == (ids, {kind})
    both = await documents(at("documents", "/documents?kind=debit_note&kind=credit_note"))
    assert set(numbers(both)) == named["debit_note"] | named["credit_note"]
    [receipt] = (await documents(at("documents", "/documents?kind=cash_receipt"))).rows
    assert (receipt.kind, receipt.total_minor, receipt.currency) == ("cash_receipt", 2500, "USD")


@SPEC(80, 82)
async def test_dates_and_paid_or_pending(at: Any, scene: Scene) -> None:
    border = (company_day() - timedelta(days=40)).isoformat()

    older = await documents(at("documents", f"/documents?issued_to={border}"))
    assert numbers(older) == [scene.ids["late"]]
    pending = {scene.ids[name] for name in ("soon", "pesos", "other")}
    newer = await documents(at("documents", f"/documents?issued_from={border}&state=open"))
    assert set(numbers(newer)) == pending
    day = (company_day() - timedelta(days=20)).isoformat()
    alone = await documents(at("documents", f"/documents?issued_from={day}&issued_to={day}"))
    assert set(numbers(alone)) == pending | {scene.ids["note"]}

    pay(scene, "soon", 4000)
    paid = await documents(at("documents", "/documents?state=paid"))
    assert numbers(paid) == [scene.ids["soon"]]
    [row] = paid.rows
    assert (row.total_minor, row.paid_minor, row.balance_minor) == (4000, 4000, 0)
    assert (row.method, row.payable, row.badge["code"]) == ("cash", False, "paid")
    still = await documents(at("documents", "/documents?state=open"))
    assert set(numbers(still)) == pending - {scene.ids["soon"]} | {scene.ids["late"]}


async def test_a_filter_changes_the_address_and_keeps_the_others(at: Any, scene: Scene) -> None:
    state = await documents(at("documents", "/documents?currency=USD&sort=due_on&at=xyz"))

    event = await run(state, "narrow", "company", ["forja", "molino"])

    target = str(dict(event.args)[next(name for name, _ in event.args)]) if event.args else ""
    wanted = ("currency=USD", "company=forja", "company=molino", "sort=due_on")
    assert all(part in str(event.args) for part in wanted), target
    assert "at=" not in str(event.args)


async def test_a_filter_with_nonsense_does_nothing(at: Any, scene: Scene) -> None:
    state = await documents(at("documents", "/documents"))

    for call in (
        ("narrow", "space", ["x"]),
        ("narrow", ["kind"], "x"),
        ("narrow", "kind", "invoice"),
        ("set_days", ["x"]),
    ):
        assert await run(state, *call) is None


@SPEC(50)
async def test_documents_of_one_company_and_currency_are_ticked_together(
    at: Any, scene: Scene
) -> None:
    state = await documents(at("documents", "/documents"))

    await run(state, "choose", scene.ids["late"], True)
    await run(state, "choose", scene.ids["pesos"], True)
    await run(state, "choose", scene.ids["other"], True)
    await run(state, "choose", scene.ids["soon"], True)

    assert set(state.chosen_ids) == {scene.ids["late"], scene.ids["soon"]}
    assert (state.pay_minor, state.pay_currency, state.pay_company) == (11500, "USD", "Molino")
    assert (state.methods, state.method) == (["sandbox"], "sandbox")
    await run(state, "choose", scene.ids["late"], False)
    assert state.chosen_ids == [scene.ids["soon"]]


async def test_what_is_not_mine_or_owes_nothing_is_never_ticked(at: Any, scene: Scene) -> None:
    state = await documents(at("documents", "/documents"))
    wrong = [scene.ids["foreign"], scene.ids["note"], 10**12, "12", None, [1], {"id": 1}]

    for value in wrong:
        await run(state, "choose", value, True)
        await run(state, "choose_one", value)

        assert state.chosen_ids == [], value


@SPEC(75, 76)
async def test_pay_on_one_row_shows_the_methods(at: Any, scene: Scene) -> None:
    state = await documents(at("documents", "/documents"))

    await run(state, "choose_one", scene.ids["soon"])

    assert (state.chosen_ids, state.sheet, state.methods) == (
        [scene.ids["soon"]],
        True,
        ["sandbox"],
    )


async def test_the_address_can_bring_what_to_pay(at: Any, scene: Scene) -> None:
    one = await documents(at("documents", f"/documents?choose={scene.ids['soon']},x,-1"))
    assert one.chosen_ids == [scene.ids["soon"]]
    path = "/documents?company=molino&currency=USD&state=overdue&choose=all"
    late = await documents(at("documents", path))
    assert late.chosen_ids == [scene.ids["late"]]
    foreign = await documents(at("documents", f"/documents?choose={scene.ids['foreign']}"))
    assert foreign.chosen_ids == []


@SPEC(50)
async def test_all_that_is_due_goes_beyond_the_page_and_leaves_what_is_contested(
    at: Any, scene: Scene
) -> None:
    late = company_day() - timedelta(days=9)
    with unit_of_work() as session:
        more = [
            issue(session, scene.world, "10", issued_on=late, due_on=late) for _ in range(PAGE_SIZE)
        ]
        actor = scene.world.owner
        disputes.open_dispute(session, actor, document_id=more[0], reason="x", now=utc_now())

    state = await documents(at("documents", "/documents?currency=USD&state=overdue&choose=all"))

    assert len(state.rows) == PAGE_SIZE
    assert set(state.chosen_ids) == {scene.ids["late"], *more[1:]}
    assert state.pay_minor == 7500 + 1000 * (PAGE_SIZE - 1)


async def test_a_document_being_paid_elsewhere_leaves_the_choice(at: Any, scene: Scene) -> None:
    state = await documents(at("documents", f"/documents?choose={scene.ids['soon']}"))
    with unit_of_work() as session:
        customer = scene.world.customer
        choices = [Choice(scene.ids["soon"])]
        checkout.begin(session, customer, choices=choices, method="sandbox", now=utc_now())

    await run(state, "refresh")

    assert (state.chosen_ids, state.gone) == ([], 1)
    row = next(row for row in state.rows if row.id == scene.ids["soon"])
    assert (row.payable, row.being_paid, row.badge["code"]) == (False, True, "being_paid")


async def test_what_left_the_choice_is_not_said_on_the_next_visit(at: Any, scene: Scene) -> None:
    state = await documents(at("documents", f"/documents?choose={scene.ids['soon']}"))
    pay(scene, "soon", 4000)
    await run(state, "refresh")
    assert state.gone == 1

    await run(state, "load")

    assert state.gone == 0


async def test_a_refusal_stays_said_until_the_next_choice(at: Any, scene: Scene) -> None:
    """A page refreshes by itself at any moment, also before anybody has read."""
    path = f"/documents?choose={scene.ids['soon']}&error=document_being_paid"
    state = await documents(at("documents", path))
    pay(scene, "soon", 4000)

    await run(state, "refresh")
    assert (state.chosen_ids, state.pay_error) == ([], "document_being_paid")
    await run(state, "refresh")
    assert state.pay_error == "document_being_paid"

    await run(state, "choose", scene.ids["late"], True)
    assert (state.chosen_ids, state.pay_error) == ([scene.ids["late"]], "")


PARTS = {
    "25": (2500, ""),
    "12,34": (1234, ""),
    "": (4000, ""),
    "0": (4000, "amount_not_positive"),
    "40,01": (4000, "amount_above_balance"),
    "many": (4000, "amount_invalid"),
}


@SPEC(50)
async def test_a_part_can_be_paid_where_the_company_allows_it(at: Any, scene: Scene) -> None:
    with unit_of_work() as session:
        session.execute(sa.text("UPDATE company SET allow_partial_payment = 1"))
    state = await documents(at("documents", f"/documents?choose={scene.ids['soon']}"))

    for text, expected in PARTS.items():
        await run(state, "set_amount", scene.ids["soon"], "")
        await run(state, "set_amount", scene.ids["soon"], text)

        assert (state.chosen[0].amount_minor, state.chosen[0].error) == expected, text


async def test_no_part_where_it_does_not(at: Any, scene: Scene) -> None:
    state = await documents(at("documents", f"/documents?choose={scene.ids['soon']}"))

    await run(state, "set_amount", scene.ids["soon"], "25")

    assert (state.partial, state.chosen[0].amount_minor) == (False, 4000)


@SPEC(45)
async def test_a_document_shows_its_lines_and_what_was_paid(at: Any, scene: Scene) -> None:
    state = await at("document", f"/documents/{scene.ids['late']}").get_state(PortalDocument)

    await run(state, "load")

    assert (state.balance_minor, state.paid_minor, state.late_days) == (7500, 2500, 9)
    assert (len(state.lines), len(state.applied), state.can_pay) == (1, 1, True)
    assert [event.code for event in state.history][:1] == ["applied"]


async def test_somebody_elses_document_does_not_exist(at: Any, scene: Scene) -> None:
    for wanted in (scene.ids["foreign"], 999999, "-1", "1e3", "%27"):
        state = await at("document", f"/documents/{wanted}").get_state(PortalDocument)

        with pytest.raises(NotFound):
            await run(state, "load")
        assert (state.number, state.lines) == ("", [])


async def test_nobody_comments_on_somebody_elses_document(at: Any, scene: Scene) -> None:
    path = f"/documents/{scene.ids['foreign']}"
    state = await at("document", path).get_state(PortalDocument)

    await run(state, "comment", {"body": "x"})

    assert (state.comment_error, state.comments) == ("not_found", [])
    with unit_of_work(read_only=True) as session:
        assert session.exec(select(Comment)).all() == []


async def test_a_strangers_cookie_finds_no_such_space(at: Any, scene: Scene) -> None:
    state = await at("documents", "/documents", scene.stranger).get_state(PortalDocuments)

    with pytest.raises(NotFound):
        await run(state, "load")
    assert state.rows == []


@SPEC(46, 78)
async def test_a_comment_reaches_the_company_that_issued_it(at: Any, scene: Scene) -> None:
    state = await at("document", f"/documents/{scene.ids['other']}").get_state(PortalDocument)
    await run(state, "load")

    pressed = {"body": "Faltó una caja", "written": str(state.written)}
    for _ in range(3):  # however often the form is sent
        await run(state, "comment", pressed)

    assert [(row.body, row.mine) for row in state.comments] == [("Faltó una caja", True)]
    with unit_of_work(read_only=True) as session:
        assert len(session.exec(select(Comment)).all()) == 1
        [mail] = session.exec(select(Message).where(col(Message.kind) == "comment")).all()
        sent = (mail.to_norm, mail.company_id)
    assert sent == ("cartera@forja.example", scene.other.company_id)


async def test_an_empty_or_odd_comment_is_refused_beside_its_field(at: Any, scene: Scene) -> None:
    state = await at("document", f"/documents/{scene.ids['soon']}").get_state(PortalDocument)
    await run(state, "load")

    for form in ({}, {"body": " "}, {"body": ["x"]}, ["x"], None):
        await run(state, "comment", form)

        assert (state.comment_error, state.comments) == ("required", []), form


@SPEC(85)
async def test_the_palette_finds_documents_of_the_space_alone(at: Any, scene: Scene) -> None:
    frame = await at("home").get_state(Portal)

    await run(frame, "search", "cartulina")
    assert [(hit["code"], hit["href"]) for hit in frame.results] == [
        ("invoice", f"/portal/{scene.space}/documents/{scene.ids['late']}")
    ]
    await run(frame, "search", ["cartulina"])
    assert frame.results == []
    await run(frame, "search", "papel")
    found = {int(hit["href"].rpartition("/")[2]) for hit in frame.results}
    assert found >= {scene.ids["soon"], scene.ids["other"]}
    assert scene.ids["foreign"] not in found


async def test_the_palette_of_a_strangers_cookie_stays_empty(at: Any, scene: Scene) -> None:
    frame = await at("home", "", scene.stranger).get_state(Portal)

    with pytest.raises(NotFound):
        await run(frame, "search", "cartulina")
    assert frame.results == []


@SPEC(44, 86)
async def test_home_offers_to_pay_what_is_overdue(at: Any, scene: Scene) -> None:
    state = await at("home").get_state(PortalHome)

    await run(state, "load")

    assert {row.currency for row in state.dues} == {"USD", "COP"}
    assert (state.pays[0].overdue, state.pays[0].amount_minor) == (True, 7500)
    assert "state=overdue" in state.pays[0].href
    assert "company=molino" in state.pays[0].href
    assert len(state.receipts) == 1


async def test_the_only_space_opens_by_itself(at: Any, scene: Scene) -> None:
    state = await at("choice").get_state(PortalChoice)

    event = await run(state, "load")

    assert scene.space in str(event.args)


def pay(scene: Scene, name: str, amount_minor: int) -> None:
    with unit_of_work() as session:
        receipts.book_receipt(
            session,
            scene.world.system,
            company_id=scene.world.company_id,
            account_id=scene.world.accounts[0],
            currency="USD",
            amount_minor=amount_minor,
            lines=[(scene.ids[name], amount_minor)],
            method="cash",
            received_on=company_day(),
            now=utc_now(),
        )


async def test_a_row_that_leaves_the_filter_stays_until_the_next_action(
    at: Any, scene: Scene
) -> None:
    state = await documents(at("documents", "/documents?state=overdue"))
    pay(scene, "late", 7500)

    await run(state, "refresh")

    [row] = state.rows
    assert (row.id, row.left, row.badge["code"]) == (scene.ids["late"], True, "paid")
    await run(state, "load")
    assert state.rows == []


async def test_new_rows_wait_until_they_are_shown(at: Any, scene: Scene) -> None:
    """The browser shows them by itself where nobody is reading (looks.md §5)."""
    state = await documents(at("documents", f"/documents?state=open&choose={scene.ids['soon']}"))
    before = numbers(state)
    with unit_of_work() as session:
        fresh = issue(session, scene.world, "9", issued_on=company_day(), due_on=company_day())

    await run(state, "refresh")

    assert (numbers(state), state.waiting) == (before, 1)
    await run(state, "show_new")
    assert (fresh in numbers(state), state.waiting) == (True, 0)
    assert state.chosen_ids == [scene.ids["soon"]]


async def test_rows_that_a_new_one_moves_to_the_next_page_stay_meanwhile(
    at: Any, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clientportal.ui.portal.documents_state.PAGE_SIZE", 2)
    state = await documents(at("documents", "/documents?state=open"))
    before = numbers(state)
    with unit_of_work() as session:
        issue(session, scene.world, "9", issued_on=company_day(), due_on=company_day())

    await run(state, "refresh")

    assert (numbers(state), [row.left for row in state.rows]) == (before, [False, False])


async def test_what_left_the_filter_stays_when_new_rows_are_shown(at: Any, scene: Scene) -> None:
    state = await documents(at("documents", "/documents?state=overdue"))
    pay(scene, "late", 7500)
    past = company_day() - timedelta(days=1)
    with unit_of_work() as session:
        fresh = issue(session, scene.world, "9", issued_on=past, due_on=past)
    await run(state, "refresh")

    await run(state, "show_new")

    assert {row.id: row.left for row in state.rows} == {scene.ids["late"]: True, fresh: False}


async def test_the_pay_sheet_closes_when_the_list_shows_something_else(
    at: Any, scene: Scene
) -> None:
    """On a phone it would cover what was searched; what is ticked stays ticked."""
    root = at("documents", f"/documents?choose={scene.ids['soon']}")
    state = await documents(root)
    assert state.sheet

    asked = str((await run(state, "search", "cartulina")).args)
    root._update_router_vars(
        dict(root.router_data) | {"asPath": f"/portal/{scene.space}/documents?q=cartulina"}, {}
    )
    await run(state, "load")

    assert "choose" not in asked
    assert (numbers(state), state.sheet) == ([scene.ids["late"]], False)
    assert state.chosen_ids == [scene.ids["soon"]]


def begin(scene: Scene, name: str) -> str:
    """The customer opens the gateway's page for a document; the payment's reference."""
    with unit_of_work() as session:
        customer = scene.world.customer
        choices = [Choice(scene.ids[name])]
        checkout.begin(session, customer, choices=choices, method="sandbox", now=utc_now())
        return portal_paying.held_by(session, customer, document_id=scene.ids[name])


@SPEC(50, 86)
async def test_home_leads_back_into_a_payment_instead_of_offering_it_again(
    at: Any, scene: Scene
) -> None:
    reference = begin(scene, "late")
    state = await at("home").get_state(PortalHome)

    await run(state, "load")

    [payment] = state.underway
    assert (payment.href, payment.phase) == (f"/portal/{scene.space}/pay/{reference}", "unfinished")
    dollars = next(row for row in state.dues if row.currency == "USD")
    assert (dollars.overdue_minor, dollars.paying_minor) == (0, 7500)
    assert not any(row.overdue for row in state.pays)
    assert (4000, "Molino") in {(row.amount_minor, row.company) for row in state.pays}
    todo = next(row for row in state.todos if row.id == scene.ids["late"])
    assert (todo.badge["code"], todo.late_days, todo.action) == ("being_paid", 9, payment.href)


@SPEC(50)
async def test_a_row_that_is_being_paid_leads_to_its_payment(at: Any, scene: Scene) -> None:
    """So does the list itself, for whoever came back from the gateway's page."""
    reference = begin(scene, "soon")

    state = await documents(at("documents", f"/documents?choose={scene.ids['soon']}"))

    row = next(row for row in state.rows if row.id == scene.ids["soon"])
    own = f"/portal/{scene.space}/pay/{reference}"
    assert (row.payment, row.phase, state.chosen_ids) == (own, "unfinished", [])
    assert [payment.href for payment in state.underway] == [own]


async def test_a_customer_who_reads_a_document_has_seen_it(at: Any, scene: Scene) -> None:
    state = await at("document", f"/documents/{scene.ids['late']}").get_state(PortalDocument)
    await run(state, "load")
    with unit_of_work(read_only=True) as session:
        seen = select(Document.seen_at).where(col(Document.id) == scene.ids["late"])
        assert session.exec(seen).one() is None

    await run(state, "read_by_person")

    with unit_of_work(read_only=True) as session:
        assert session.exec(seen).one() is not None
    foreign = await at("document", f"/documents/{scene.ids['foreign']}").get_state(PortalDocument)
    with pytest.raises(NotFound):
        await run(foreign, "read_by_person")
