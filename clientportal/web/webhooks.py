"""Notifications of payment gateways: raw bytes in, stored once, answered, processed later."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from clientportal.domain.errors import NotFound
from clientportal.services import payment_inbox
from clientportal.storage.session import run, unit_of_work
from clientportal.web import forms

MOST_BYTES = 256_000


def routes() -> list[Route]:
    return [Route("/webhooks/{provider}/{company_slug}", receive, methods=["POST"])]


async def receive(request: Request) -> Response:
    """200 stored or known, 401 not genuine, 404 no such account, 413 too large, 503 not set up."""
    length = request.headers.get("content-length", "0")
    if not length.isdigit() or int(length) > MOST_BYTES:
        return JSONResponse({"error": "too_large"}, status_code=413)
    raw = await request.body()
    if len(raw) > MOST_BYTES:
        return JSONResponse({"error": "too_large"}, status_code=413)
    headers = {name.lower(): value for name, value in request.headers.items()}
    query = dict(request.query_params)
    path = request.path_params

    def store() -> payment_inbox.Received:
        with unit_of_work() as session:
            return payment_inbox.receive(
                session,
                provider=path["provider"],
                company_slug=path["company_slug"],
                raw=raw,
                headers=headers,
                query=query,
                now=forms.moment(),
            )

    try:
        answer = await run(store)
    except NotFound:
        return JSONResponse({"error": "not_found"}, status_code=404)
    body = {"error": answer.reason} if answer.reason else {"ok": True}
    return JSONResponse(body, status_code=answer.status)
