"""What plain routes answer when something is refused or breaks."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from clientportal.domain.errors import Conflict, NotAllowed, NotFound, NotSignedIn
from clientportal.web import pages

ERRORS = {
    "gone": NotFound(),
    "forbidden": NotAllowed(),
    "outside": NotSignedIn(),
    "stale": Conflict(code="moved_on"),
    "broken": RuntimeError("secret detail"),
}


async def fails(request: Request) -> Response:
    raise ERRORS[request.path_params["kind"]]


def asking(app: Starlette) -> httpx.AsyncClient:
    """A client of the app in this process."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://testserver")


@pytest.fixture
def client() -> httpx.AsyncClient:
    return asking(
        Starlette(routes=[Route("/{kind}", fails)], exception_handlers=pages.EXCEPTION_HANDLERS)
    )


@pytest.mark.parametrize(
    ("kind", "status", "spanish", "english"),
    [
        ("gone", 404, "No encontramos esta página", "We could not find this page"),
        ("forbidden", 403, "No tienes permiso", "You do not have permission"),
        ("outside", 401, "Tu sesión terminó", "Your session has ended"),
        ("stale", 409, "No pudimos aceptar", "We could not accept"),
        ("broken", 500, "Algo falló de nuestro lado", "Something failed on our side"),
    ],
)
async def test_each_refusal_has_its_page_in_both_languages(
    client: httpx.AsyncClient, kind: str, status: int, spanish: str, english: str
) -> None:
    for lang, words in (("es", spanish), ("en", english)):
        answer = await client.get(f"/{kind}", headers={"Accept-Language": lang})
        assert answer.status_code == status
        assert words in answer.text
        assert f'<html lang="{lang}">' in answer.text
        assert "secret detail" not in answer.text
        assert "<script" not in answer.text


async def test_the_language_cookie_wins(client: httpx.AsyncClient) -> None:
    answer = await client.get("/gone", headers={"Accept-Language": "es", "Cookie": "lang=en"})
    assert '<html lang="en">' in answer.text


async def test_a_program_gets_the_code(client: httpx.AsyncClient) -> None:
    answer = await client.get("/stale", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()) == (409, {"error": "moved_on"})


async def test_the_offline_page_and_its_worker() -> None:
    client = asking(Starlette(routes=pages.routes()))
    assert "Sin conexión" in (await client.get("/offline?lang=es")).text
    assert "You are offline" in (await client.get("/offline?lang=en")).text
    worker = await client.get("/offline-worker.js")
    assert worker.headers["content-type"].startswith("text/javascript")
    assert "/offline?lang=" in worker.text
