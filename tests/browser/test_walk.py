"""Every page, as people meet it: nothing sticks out, nothing breaks, every word is ours."""

import asyncio
import re

import pytest

from clientportal.ui.pages import all_pages
from tests.support.walk import DESKTOP, PHONE, Finding, Look, Walk, walk_all
from tests.support.walk_stops import all_stops
from tests.support.walk_texts import codes, foreign_texts
from tests.support.walk_world import walk_world

pytestmark = [pytest.mark.server, pytest.mark.browser]

# The pseudo language is Spanish in brackets: as wide as Spanish, a little wider. What axe asks of
# the markup is the same in every look but for the colours: the dark theme is asked about those.
LOOKS = (
    Look(PHONE, "xx", ("light",), narrow=True),
    Look(DESKTOP, "xx", ("dark",), axe="contrast"),
    Look(PHONE, "en", ("dark",), axe="", narrow=True),
    Look(DESKTOP, "en", ("light",), axe="", brief=True),
)

NOWHERE = "404"

# DESIGN §5. `{name}` stands for what the page fills in.
TEST_IDS = (
    "sign-in", "code", "cast-{person}", "nav-{page}", "documents-row", "documents-check",
    "filter-{name}", "search", "pay-bar", "pay-method-{name}", "pay-confirm", "document-balance",
    "import-file", "import-preview", "import-confirm", "comment-text", "comment-send", "palette",
    "language", "account-switch", "sign-out",
)  # fmt: skip


@pytest.fixture(scope="module")
def walk() -> Walk:
    """The whole walk, once."""
    with walk_world() as world:
        walk = Walk(world.origins, world.cookies, world.words)
        asyncio.run(walk_all(walk, all_stops(world), LOOKS))
    return walk


def of_kind(walk: Walk, *kinds: str) -> list[Finding]:
    return [finding for finding in walk.findings if finding.kind in kinds]


def test_every_stop_can_be_visited(walk: Walk) -> None:
    assert of_kind(walk, "broken") == []


def test_no_page_of_the_app_is_left_out(walk: Walk) -> None:
    assert unvisited(walk.visited) == set()


def test_nothing_scrolls_sideways(walk: Walk) -> None:
    assert of_kind(walk, "overflow") == []


def test_the_console_stays_silent_and_the_policy_whole(walk: Walk) -> None:
    assert of_kind(walk, "console", "csp") == []


def test_nothing_is_asked_of_another_origin(walk: Walk) -> None:
    assert of_kind(walk, "foreign") == []


def test_nobody_is_kept_out_by_serious_accessibility_faults(walk: Walk) -> None:
    assert of_kind(walk, "axe") == []


def test_every_visible_text_comes_from_the_catalogue(walk: Walk) -> None:
    assert of_kind(walk, "text") == []


@pytest.mark.parametrize("name", TEST_IDS)
def test_the_test_ids_of_the_surface_are_on_the_pages(walk: Walk, name: str) -> None:
    pattern = re.compile(re.sub(r"\\\{\w+\\\}", r"[\\w-]+", re.escape(name)))
    assert any(pattern.fullmatch(found) for found in walk.ids)


def unvisited(paths: list[str]) -> set[str]:
    """Routes of the development build that no visited path belongs to.

    As in the app, a route with a fixed segment wins over one with a variable, and a path that
    belongs to none shows the page of unknown addresses.
    """
    routes = sorted(
        (page.route for page in all_pages(development=True)),
        key=lambda route: [part.startswith("[") for part in route.strip("/").split("/")],
    )
    left = set(routes)
    for path in paths:
        left.discard(next((r for r in routes if _matches(r, path.partition("?")[0])), NOWHERE))
    return left


def _matches(route: str, path: str) -> bool:
    pattern = re.sub(r"\[\w+\]", "[^/]+", f"/{route.strip('/')}")
    return re.fullmatch(pattern, f"/{path.strip('/')}") is not None


def test_a_page_that_nobody_visits_is_named() -> None:
    assert "/portal/[space]/more" in unvisited(["/portal/s1"])
    assert "/staff/[company_slug]/accounts/new" in unvisited(["/staff/a/accounts/12"])
    assert NOWHERE not in unvisited(["/no-such-page"])
    assert unvisited([]) == {page.route for page in all_pages(development=True)}


@pytest.mark.parametrize(
    ("text", "is_ours"),
    [
        ("COP 4.318.500", True),
        ("12/11/2026", True),
        ("Panadería La Espiga", True),
        ("C-1002 · Panadería La Espiga", True),
        ("ND-2", True),
        ("Guardar", False),
        ("COP 4.318.500 pendientes", False),
        ("Panadería La Espiga debe", False),
    ],
)
def test_words_are_told_from_data(text: str, is_ours: bool) -> None:
    words = frozenset({"Panadería La Espiga", "C-1002"})
    entry = {"text": text, "what": "text", "where": "p"}
    assert (foreign_texts([entry], words) == []) is is_ours


def test_codes_of_our_own_are_no_data() -> None:
    assert {"invoice", "cash", "cash_receipt", "transfer", "overdue", "viewer"} <= codes()
