"""Notifications about messages: raw bytes in, stored once, answered, processed later."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from clientportal.domain.errors import NotFound
from clientportal.services import delivery_intake
from clientportal.services.delivery_intake import Door, Received
from clientportal.storage.models import Sender
from clientportal.storage.session import run, unit_of_work
from clientportal.web import forms

MOST_BYTES = {"resend": 256_000, "whatsapp": 1_000_000, "smtp": 1_000_000}
TOGETHER = 100
"""Notifications of one transaction at most."""


def routes() -> list[Route]:
    found: list[Route] = []
    for provider in delivery_intake.PROVIDERS:
        for path in (f"/webhooks/{provider}", f"/webhooks/{provider}/{{company_slug}}"):
            found.append(Route(path, _receiver(provider), methods=["POST"]))
            if provider == "whatsapp":
                found.append(Route(path, challenge, methods=["GET"]))
    return found


@dataclass(frozen=True, slots=True)
class _Arrived:
    """One notification as it came."""

    provider: str
    company_slug: str | None
    raw: bytes
    headers: Mapping[str, str]


Answered = Received | NotFound
Waiting = tuple[_Arrived, "asyncio.Future[Answered]"]


class _Intake:
    """Stores notifications; what arrives while a transaction runs goes into the next, together.

    Each is answered after the commit. A hundred at once cost one commit, one alone never waits.
    """

    def __init__(self) -> None:
        self._waiting: list[Waiting] = []
        self._task: asyncio.Task[None] | None = None

    async def put(self, arrived: _Arrived) -> Received:
        """What to answer, once it is stored. Raises as `delivery_intake.receive`."""
        future: asyncio.Future[Answered] = asyncio.get_running_loop().create_future()
        self._waiting.append((arrived, future))
        if self._task is None:
            self._task = asyncio.create_task(self._work())
        answer = await future
        if isinstance(answer, NotFound):
            raise answer
        return answer

    async def _work(self) -> None:
        try:
            while self._waiting:
                some, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
                await self._store(some)
        finally:
            self._task = None

    async def _store(self, some: Sequence[Waiting]) -> None:
        """Store some; where that fails, each alone, so that one harms no other."""
        try:
            answers = await run(_store, [arrived for arrived, _ in some])
        except Exception as error:
            if len(some) > 1:
                for one in some:
                    await self._store([one])
            elif not some[0][1].done():
                some[0][1].set_exception(error)
            return
        for (_, future), answer in zip(some, answers, strict=True):
            if not future.done():  # whoever sent it may have hung up
                future.set_result(answer)


def _store(some: Sequence[_Arrived]) -> list[Answered]:
    known: dict[Door, Sender] = {}
    with unit_of_work() as session:
        return [_receive(session, arrived, known) for arrived in some]


def _receive(session: Session, arrived: _Arrived, known: dict[Door, Sender]) -> Answered:
    try:
        return delivery_intake.receive(
            session,
            provider=arrived.provider,
            company_slug=arrived.company_slug,
            raw=arrived.raw,
            headers=arrived.headers,
            now=forms.moment(),
            known=known,
        )
    except NotFound as error:  # before anything was written
        return error


_intakes: WeakKeyDictionary[asyncio.AbstractEventLoop, _Intake] = WeakKeyDictionary()


def _receiver(provider: str):
    async def receive(request: Request) -> Response:
        """200 stored or known, 401 not genuine, 404 no such sender, 413, 503 not set up."""
        raw = await _body(request, MOST_BYTES[provider])
        if raw is None:
            return JSONResponse({"error": "too_large"}, status_code=413)
        headers = {name.lower(): value for name, value in request.headers.items()}
        intake = _intakes.setdefault(asyncio.get_running_loop(), _Intake())
        arrived = _Arrived(provider, request.path_params.get("company_slug"), raw, headers)
        try:
            answer = await intake.put(arrived)
        except NotFound:
            return JSONResponse({"error": "not_found"}, status_code=404)
        body = {"error": answer.reason} if answer.reason else {"ok": True}
        return JSONResponse(body, status_code=answer.status)

    return receive


async def challenge(request: Request) -> Response:
    """The bare challenge for whoever knows the token (contracts/messaging.md §3); 403 otherwise."""

    def answer() -> str | None:
        with unit_of_work() as session:
            return delivery_intake.challenge(
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
