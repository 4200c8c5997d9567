"""The sandbox gateway's host, shown by our own server as if it were a foreign one.

In production it can only be used by companies marked *test*: nobody else's charges are created.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from starlette.routing import BaseRoute, Mount
from starlette.types import Receive, Scope, Send

from clientportal.gateways import sandbox_host
from clientportal.settings import settings


def routes() -> list[BaseRoute]:
    """The host below the path of SANDBOX_GATEWAY_URL, unless that address is another machine's."""
    return [Mount(sandbox_host.mount_path(), app=_host)] if _is_here() else []


def _is_here() -> bool:
    # Without a path of its own the host would stand in front of every page of ours.
    chosen = settings()
    ours = {chosen.public_url, *(f"http://{n}:{chosen.port}" for n in ("127.0.0.1", "localhost"))}
    origin = chosen.sandbox_gateway_url.removesuffix("/").removesuffix(sandbox_host.mount_path())
    return bool(sandbox_host.mount_path()) and origin in ours


async def _host(scope: Scope, receive: Receive, send: Send) -> None:
    # Made at the first request: a build has no secret to derive the host's keys from.
    await sandbox_host.application()(scope, receive, send)


@asynccontextmanager
async def lifespan(_app: object = None) -> AsyncIterator[None]:
    """Deliver notifications that were waiting when the server stopped."""
    if not _is_here():
        yield
        return
    sender = asyncio.create_task(sandbox_host.application().state.host.deliver_forever())
    try:
        yield
    finally:
        sender.cancel()
        with suppress(asyncio.CancelledError):
            await sender
