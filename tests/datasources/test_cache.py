"""The process-wide memory: one fetch for all who ask, stale answers meanwhile, bounds and invalidation."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from datasources.cache import MISSING, Cache, Policy
from datasources.deadline import deadline
from domain.errors import DeadlineExceeded, Unavailable
from tests.clock import Clock


@dataclass
class Origin:
    """What is fetched from: holds answers back until `open`, remembers what it was asked for."""

    values: dict[str, Any] = field(default_factory=lambda: {"a": 1, "b": 2})
    asked: list[list[str]] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    failure: Exception | None = None

    async def fetch(self, keys: list[str]) -> Mapping[str, Any]:
        self.asked.append(keys)
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        return {key: self.values[key] for key in keys if key in self.values}


@pytest.fixture
def clock() -> Clock[float]:
    return Clock(1000.0)


@pytest.fixture
async def origin() -> Origin:
    made = Origin()
    made.gate.set()
    return made


@pytest.fixture
def cache(clock: Clock[float]) -> Cache:
    return Cache(clock=clock, spread=lambda: 1.0)


POLICY = Policy(ttl=60, stale=60, absent=10)


def read(cache: Cache, origin: Origin, *keys: str) -> Any:
    return cache.read(list(keys), origin.fetch, lambda key: f"tag-{key}", lambda key: POLICY)


async def rest() -> None:
    """Lets tasks that are under way run until they wait or end."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_value_is_fetched_once_while_it_is_fresh(cache, origin, clock):
    assert await read(cache, origin, "a", "b", "a") == [1, 2, 1]
    clock.now += 59
    assert await read(cache, origin, "b", "a") == [2, 1]
    assert origin.asked == [["a", "b"]]


async def test_what_does_not_exist_is_remembered_for_a_short_time(cache, origin, clock):
    assert await read(cache, origin, "nope") == [None]
    clock.now += 9
    assert await read(cache, origin, "nope") == [None]
    clock.now += 2
    origin.values["nope"] = "born"
    assert await read(cache, origin, "nope") == ["born"]
    assert origin.asked == [["nope"], ["nope"]]


async def test_callers_at_the_same_time_share_one_fetch(cache, origin):
    origin.gate.clear()
    callers = [asyncio.create_task(read(cache, origin, "a")) for _ in range(5)]
    await rest()
    late = asyncio.create_task(read(cache, origin, "a", "b"))
    await rest()
    origin.gate.set()
    assert [await one for one in callers] == [[1]] * 5
    assert await late == [1, 2]
    assert origin.asked == [["a"], ["b"]]
    assert cache.stats.joined == 5


async def test_a_cancelled_caller_does_not_take_the_others_with_it(cache, origin):
    origin.gate.clear()
    first = asyncio.create_task(read(cache, origin, "a"))
    await rest()
    second = asyncio.create_task(read(cache, origin, "a"))
    await rest()
    first.cancel()
    await rest()
    origin.gate.set()
    assert await second == [1]


async def test_a_caller_with_time_left_is_not_ended_by_anothers_deadline(cache):
    asked = 0

    async def fetch(keys: list[str]) -> Mapping[str, Any]:
        nonlocal asked
        asked += 1
        if asked == 1:
            await asyncio.sleep(0)
            raise DeadlineExceeded("too late")
        return {"a": "there"}

    async def ask() -> Any:
        return await cache.read(["a"], fetch, lambda key: key, lambda key: POLICY)

    hurried, patient = asyncio.create_task(ask()), asyncio.create_task(ask())
    assert [type(one) for one in await hurried] == [DeadlineExceeded]
    assert await patient == ["there"]


async def test_a_caller_without_time_left_gets_the_deadline(cache, origin):
    origin.failure = DeadlineExceeded("too late")
    origin.gate.clear()
    first = asyncio.create_task(read(cache, origin, "a"))
    await rest()

    async def joined() -> Any:
        with deadline(0):
            return await read(cache, origin, "a")

    second = asyncio.create_task(joined())
    await rest()
    origin.gate.set()
    with pytest.raises(DeadlineExceeded):
        await second
    assert isinstance((await first)[0], DeadlineExceeded)


async def test_an_outdated_value_is_answered_while_a_newer_one_is_fetched(cache, origin, clock):
    await read(cache, origin, "a")
    clock.now += 61
    origin.values["a"] = "new"
    origin.gate.clear()
    assert await read(cache, origin, "a") == [1]
    assert await read(cache, origin, "a") == [1]
    await rest()
    origin.gate.set()
    await rest()
    assert await read(cache, origin, "a") == ["new"]
    assert origin.asked == [["a"], ["a"]]
    assert cache.stats.stale == 1


async def test_a_value_too_old_is_waited_for(cache, origin, clock):
    await read(cache, origin, "a")
    clock.now += 121
    origin.values["a"] = "new"
    assert await read(cache, origin, "a") == ["new"]


async def test_a_failed_revalidation_leaves_the_old_value_and_is_tried_again(cache, origin, clock):
    await read(cache, origin, "a")
    clock.now += 61
    origin.failure = Unavailable("down")
    assert await read(cache, origin, "a") == [1]
    await rest()
    clock.now += 0.5
    assert await read(cache, origin, "a") == [1]
    assert len(origin.asked) == 2
    clock.now += 1
    origin.failure = None
    origin.values["a"] = "new"
    assert await read(cache, origin, "a") == [1]
    await rest()
    assert await read(cache, origin, "a") == ["new"]


async def test_a_failure_is_told_to_all_and_not_kept(cache, origin):
    origin.failure = Unavailable("down")
    with pytest.raises(Unavailable):
        await read(cache, origin, "a")
    origin.failure = None
    assert await read(cache, origin, "a") == [1]


async def test_a_failed_key_stands_among_the_others_and_is_not_kept(cache, origin):
    origin.values["b"] = failure = Unavailable("throttled")
    assert await read(cache, origin, "a", "b") == [1, failure]
    origin.values["b"] = 2
    assert await read(cache, origin, "a", "b") == [1, 2]
    assert origin.asked == [["a", "b"], ["b"]]


async def test_invalidation_drops_what_has_the_tag_and_nothing_else(cache, origin):
    await read(cache, origin, "a", "b")
    origin.values["a"] = "new"
    cache.forget("tag-a")
    assert await read(cache, origin, "a", "b") == ["new", 2]
    assert origin.asked == [["a", "b"], ["a"]]
    assert cache.stats.invalidated == 1


async def test_a_fetch_begun_before_an_invalidation_is_not_kept(cache, origin):
    origin.gate.clear()
    caller = asyncio.create_task(read(cache, origin, "a", "b"))
    await rest()
    cache.forget("tag-a")
    origin.gate.set()
    assert await caller == [1, 2]
    assert cache.peek(["a", "b"]) == [MISSING, 2]


async def test_right_after_an_invalidation_values_are_kept_for_two_seconds(cache, origin, clock):
    """A replica may still answer the old value then."""
    await read(cache, origin, "a")
    cache.forget("tag-a")
    await read(cache, origin, "a")
    clock.now += 1.9
    assert cache.peek(["a"]) == [1]
    clock.now += 0.2
    assert cache.peek(["a"]) == [MISSING]
    clock.now += 5
    await read(cache, origin, "a")
    clock.now += 59
    assert cache.peek(["a"]) == [1]


async def test_the_cache_is_bounded_in_bytes_and_keeps_what_is_used(clock):
    cache = Cache(max_bytes=10_000, clock=clock, spread=lambda: 1.0)
    origin = Origin(values={f"k{n}": "x" * 500 for n in range(100)})
    origin.gate.set()
    for n in range(100):
        await read(cache, origin, f"k{n}")
        await read(cache, origin, "k0")
    assert cache.bytes <= 10_000
    assert len(cache) == 12
    assert cache.peek(["k0", "k1", "k99"]) == ["x" * 500, MISSING, "x" * 500]
    assert cache.stats.evicted == 88


async def test_clearing_drops_everything(cache, origin):
    await read(cache, origin, "a", "b")
    cache.clear()
    assert (len(cache), cache.bytes, cache.peek(["a", "b"])) == (0, 0, [MISSING, MISSING])


async def test_lifetimes_are_spread(clock, origin):
    spreads = iter([0.8, 1.2])
    cache = Cache(clock=clock, spread=lambda: next(spreads))
    await read(cache, origin, "a", "b")
    clock.now += 50
    assert cache.peek(["a", "b"]) == [MISSING, 2]
