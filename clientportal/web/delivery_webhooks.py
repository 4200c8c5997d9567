"""Notifications about messages: raw bytes in, stored once, answered, processed later."""

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from clientportal.domain.errors import NotFound
from clientportal.services import delivery_inbox
from clientportal.services.delivery_inbox import Received
from clientportal.storage.session import run, unit_of_work
from clientportal.web import forms

MOST_BYTES = {"resend": 256_000, "whatsapp": 1_000_000, "smtp": 1_000_000}


def routes() -> list[Route]:
    found: list[Route] = []
    for provider in delivery_inbox.PROVIDERS:
        for path in (f"/webhooks/{provider}", f"/webhooks/{provider}/{{company_slug}}"):
            found.append(Route(path, _receiver(provider), methods=["POST"]))
            if provider == "whatsapp":
                found.append(Route(path, challenge, methods=["GET"]))
    return found


def _receiver(provider: str):
    async def receive(request: Request) -> Response:
        """200 stored or known, 401 not genuine, 404 no such sender, 413, 503 not set up."""
        raw = await _body(request, MOST_BYTES[provider])
        if raw is None:
            return JSONResponse({"error": "too_large"}, status_code=413)
        headers = {name.lower(): value for name, value in request.headers.items()}

        def store() -> Received:
            with unit_of_work() as session:
                return delivery_inbox.receive(
                    session,
                    provider=provider,
                    company_slug=request.path_params.get("company_slug"),
                    raw=raw,
                    headers=headers,
                    now=forms.moment(),
                )

        try:
            answer = await run(store)
        except NotFound:
            return JSONResponse({"error": "not_found"}, status_code=404)
        body = {"error": answer.reason} if answer.reason else {"ok": True}
        return JSONResponse(body, status_code=answer.status)

    return receive


async def challenge(request: Request) -> Response:
    """The bare challenge for whoever knows the token (contracts/messaging.md §3); 403 otherwise."""

    def answer() -> str | None:
        with unit_of_work() as session:
            return delivery_inbox.challenge(
                session,
                provider="whatsapp",
                company_slug=request.path_params.get("company_slug"),
                query=dict(request.query_params),
                now=forms.moment(),
            )

    try:
        text = await run(answer)
    except NotFound:
        return JSONResponse({"error": "not_found"}, status_code=404)
    if text is None:
        return JSONResponse({"error": "forbidden"}, status_code=403)
    return PlainTextResponse(text)


async def _body(request: Request, most: int) -> bytes | None:
    """The bytes as they came; None for more than `most`, whatever the header claims."""
    length = request.headers.get("content-length", "0")
    if not length.isdigit() or int(length) > most:
        return None
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            return None
        parts.append(part)
    return b"".join(parts)
