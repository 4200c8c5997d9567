"""Answers of the last seconds."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

FRESH_SECONDS = 3.0
CACHE_SIZE = 20_000


@dataclass(slots=True)
class FreshCache(Generic[K, V]):
    """Answers of the last seconds. Whoever asks while another asks waits for the same answer.

    An answer that was asked before a drop is neither kept after it nor told to who asks after it.
    """

    clock: Callable[[], float] = time.monotonic
    _entries: dict[K, tuple[float, V]] = field(default_factory=dict)
    _asked: dict[tuple[int, K], asyncio.Task[V]] = field(default_factory=dict)
    _drops: int = 0

    async def get(self, key: K, ask: Callable[[], Coroutine[Any, Any, V]]) -> V:
        """The fresh answer for `key`, or that of `ask`."""
        known = self._entries.get(key)
        if known is not None and known[0] > self.clock():
            return known[1]
        turn = (self._drops, key)
        asked = self._asked.get(turn)
        if asked is None:
            asked = self._asked[turn] = asyncio.create_task(self._ask(key, ask))
            asked.add_done_callback(lambda _: self._asked.pop(turn, None))
        return await asyncio.shield(asked)

    async def _ask(self, key: K, ask: Callable[[], Coroutine[Any, Any, V]]) -> V:
        drops = self._drops
        value = await ask()
        if drops == self._drops:
            if len(self._entries) >= CACHE_SIZE:
                self._entries.clear()
            self._entries[key] = (self.clock() + FRESH_SECONDS, value)
        return value

    def clear(self) -> None:
        """Forget every answer."""
        self._drops += 1
        self._entries.clear()

    def drop(self, wanted: Callable[[K, V], bool]) -> None:
        """Forget the answers that `wanted` points at."""
        self._drops += 1
        for key in [key for key, (_, value) in self._entries.items() if wanted(key, value)]:
            del self._entries[key]
