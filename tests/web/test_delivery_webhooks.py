"""Notifications over HTTP: each is answered once it is stored, however many come at once."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlmodel import select
from starlette.applications import Starlette

from clientportal import queue
from clientportal.services import delivery_intake
from clientportal.settings import settings
from clientportal.storage.models import WebhookInbox
from clientportal.storage.session import engine, unit_of_work
from clientportal.web import delivery_webhooks, forms
from tests.channels.test_notices import SECRET, signed

NOW = datetime.now(UTC)


@pytest.fixture
def site(database: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.AsyncClient]:
    assert database is not None
    for name, value in (
        ("MAIL", "resend"), ("RESEND_API_KEY", "re_x"), ("RESEND_WEBHOOK_SECRET", SECRET),
    ):  # fmt: skip
        monkeypatch.setenv(f"CLIENTPORTAL_{name}", value)
    monkeypatch.setattr(forms, "moment", lambda: NOW)
    settings.cache_clear()
    transport = httpx.ASGITransport(Starlette(routes=delivery_webhooks.routes()))
    yield httpx.AsyncClient(transport=transport, base_url="http://portal.example")
    monkeypatch.undo()
    settings.cache_clear()


async def post(site: httpx.AsyncClient, name: str, path: str = "", **headers: str) -> int:
    body = {"type": "email.delivered", "data": {"email_id": name}}
    raw = json.dumps(body).encode()
    sent = signed(raw, f"msg_{name}", int(NOW.timestamp())) | headers
    answer = await site.post(f"/webhooks/resend{path}", content=raw, headers=sent)
    return answer.status_code


def stored() -> list[str]:
    with unit_of_work(read_only=True) as session:
        rows = session.exec(select(WebhookInbox)).all()
        return sorted(json.loads(row.raw)["data"]["email_id"] for row in rows)


async def test_hundreds_at_once_are_stored_once_each_in_few_transactions(
    site: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    store = delivery_webhooks._store

    def counted(some: Any) -> Any:
        sizes.append(len(some))
        return store(some)

    monkeypatch.setattr(delivery_webhooks, "_store", counted)
    names = [f"{n:03d}" for n in range(250)]
    statuses = await asyncio.gather(*(post(site, name) for name in (*names, *names)))
    assert set(statuses) == {200}
    assert stored() == names
    assert sum(sizes) == 500
    assert max(sizes) <= delivery_webhooks.TOGETHER
    assert len(sizes) < 50
    second = int(NOW.timestamp())
    jobs = queue.client(engine()).list_workflows(workflow_id_prefix="inbox:resend:")
    assert [job.workflow_id for job in jobs] == [f"inbox:resend:{second}"]


async def test_each_gets_its_own_answer(site: httpx.AsyncClient) -> None:
    forged = {"svix-signature": "v1,AAAA"}
    statuses = await asyncio.gather(
        post(site, "good"),
        post(site, "forged", **forged),
        post(site, "nobody", "/no-such-company"),
        post(site, "late"),
    )
    assert statuses == [200, 401, 404, 200]
    assert stored() == ["good", "late"]


async def test_one_that_breaks_the_transaction_harms_no_other(
    site: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive = delivery_intake.receive

    def poisoned(session: Any, **given: Any) -> Any:
        if b"poison" in given["raw"]:
            raise RuntimeError("boom")
        return receive(session, **given)

    monkeypatch.setattr(delivery_intake, "receive", poisoned)
    answers = await asyncio.gather(
        *(post(site, name) for name in ("a", "poison", "b", "c")), return_exceptions=True
    )
    assert [answer for answer in answers if isinstance(answer, int)] == [200, 200, 200]
    assert isinstance(answers[1], RuntimeError)
    assert stored() == ["a", "b", "c"]
