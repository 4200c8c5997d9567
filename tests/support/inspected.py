"""The server as `serve` starts it, plus one answer that tells what its process holds.

Run as a module it is `python -m clientportal`; the web process then comes from `create` below.
"""

import asyncio
import gc
import json
import sys
from collections import Counter
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

PATH = "/held-by-this-process"
WAKES = "wakes of "  # and the token of a tab
_wakes: Counter[str] = Counter()
TARGET = "tests.support.inspected:create"


def create() -> ASGIApp:
    """The app of the web process with the additional answer in front."""
    from clientportal.commands import asgi

    inner = asgi.create()
    _count_wakes()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH:
            await inner(scope, receive, send)
            return
        body = json.dumps(held()).encode()
        head = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": body})

    return app


def _count_wakes() -> None:
    """Count how often each page is made to read again."""
    from clientportal.ui import live_pages

    refresh = live_pages.Watches._refresh

    async def counted(self: live_pages.Watches, watch: live_pages.Watch) -> None:
        _wakes[WAKES + watch.token] += 1
        await refresh(self, watch)

    live_pages.Watches._refresh = counted


def held() -> dict[str, int]:
    """How many tasks, watched tabs and topics, sockets, states and connections there are now."""
    from clientportal.clientportal import app
    from clientportal.storage.session import engine
    from clientportal.ui import live_pages

    gc.collect()
    watches = live_pages._of(app)
    namespace: Any = app.event_namespace
    pool: Any = engine().pool
    # States that nobody touches any more are dropped later, by their time.
    return {
        "tasks": len([t for t in asyncio.all_tasks() if "expir" not in repr(t.get_coro())]),
        "tabs": len(watches.by_token),
        "topics": len(watches.by_topic),
        "sockets": len(namespace._token_manager.token_to_socket),
        "queries": pool.checkedout(),
        "states": len(getattr(app.state_manager, "states", ())),
        **_wakes,
    }


def main() -> None:
    """`python -m tests.support.inspected serve`: the real command with our target."""
    from clientportal import cli
    from clientportal.commands import serve

    serve.TARGET = TARGET
    sys.exit(cli.main(sys.argv[1:]))


if __name__ == "__main__":
    main()
