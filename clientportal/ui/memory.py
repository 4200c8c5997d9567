"""Gives memory back to the system once many pages were closed and their states have expired.

A state is a tree of cycles, so nothing is free before a full collection, which Python makes late;
and what is free stays with the allocator, whose arenas a few living pages keep open (DESIGN §7).
"""

import asyncio
import ctypes
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from reflex import App

log = structlog.get_logger()

LOOK_SECONDS = 10.0
MANY = 50
"""Fewer states that went are not worth a collection, which holds every thread for a moment."""


@asynccontextmanager
async def lifespan(app: App) -> AsyncIterator[None]:
    """Look after the states of this process while it serves."""
    keeper = asyncio.create_task(_keep(app))
    try:
        yield
    finally:
        keeper.cancel()


async def _keep(app: App) -> None:
    most = 0
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        most = look(_held(app), most)


def look(held: int, most: int) -> int:
    """Give memory back when many of the most states since the last time are gone; the new most."""
    if most - held < max(MANY, most // 4):
        return max(most, held)
    give_back()
    log.info("ui.memory.returned", gone=most - held)
    return held


def give_back() -> None:
    """Collect, and let the C library return what it holds free, where it knows how."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _held(app: App) -> int:
    """States that this process holds itself: none where Redis does."""
    return len(getattr(app.state_manager, "states", ()))
