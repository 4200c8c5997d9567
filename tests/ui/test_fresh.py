"""Answers of the last seconds: asked once, kept a while, never past a change."""

import asyncio

import pytest

from clientportal.ui.fresh import FRESH_SECONDS, FreshCache


class Asked:
    """Answers 1, 2, 3 …, each when it is let go."""

    def __init__(self) -> None:
        self.times = 0
        self.go = asyncio.Event()

    async def ask(self) -> int:
        self.times += 1
        answer = self.times
        await self.go.wait()
        return answer


async def test_those_who_ask_at_once_get_one_answer() -> None:
    cache, asked = FreshCache[str, int](), Asked()
    waiting = [asyncio.create_task(cache.get("a", asked.ask)) for _ in range(5)]
    other = asyncio.create_task(cache.get("b", asked.ask))
    await asyncio.sleep(0)
    asked.go.set()
    assert await asyncio.gather(*waiting) == [1] * 5
    assert await other == 2


async def test_an_answer_is_kept_for_three_seconds() -> None:
    now = [100.0]
    cache, asked = FreshCache[str, int](clock=lambda: now[0]), Asked()
    asked.go.set()
    assert await cache.get("a", asked.ask) == 1
    now[0] += FRESH_SECONDS - 0.1
    assert await cache.get("a", asked.ask) == 1
    now[0] += 0.2
    assert await cache.get("a", asked.ask) == 2


async def test_whoever_asks_after_a_drop_is_not_told_what_was_asked_before() -> None:
    cache, asked = FreshCache[str, int](), Asked()
    before = asyncio.create_task(cache.get("a", asked.ask))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    cache.drop(lambda key, _: key == "z")
    after = asyncio.create_task(cache.get("a", asked.ask))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    asked.go.set()
    assert (await before, await after) == (1, 2)
    assert await cache.get("a", asked.ask) == 2


async def test_one_who_leaves_takes_the_answer_from_nobody() -> None:
    cache, asked = FreshCache[str, int](), Asked()
    leaves = asyncio.create_task(cache.get("a", asked.ask))
    stays = asyncio.create_task(cache.get("a", asked.ask))
    await asyncio.sleep(0)
    leaves.cancel()
    asked.go.set()
    assert await stays == 1
    with pytest.raises(asyncio.CancelledError):
        await leaves


async def test_an_error_is_told_to_all_who_wait_and_not_kept() -> None:
    cache, times = FreshCache[str, int](), []

    async def ask() -> int:
        times.append(1)
        await asyncio.sleep(0)
        if len(times) == 1:
            raise ConnectionError("gone")
        return 7

    told = await asyncio.gather(*(cache.get("a", ask) for _ in range(3)), return_exceptions=True)
    assert [type(error) for error in told] == [ConnectionError] * 3
    assert await cache.get("a", ask) == 7
