"""Token buckets for rates of the `limits` library, which has windows alone: one atomic step, in memory or Valkey."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from redis.asyncio import Redis


@dataclass(frozen=True, slots=True)
class Taken:
    """What is left in the bucket (below zero never), and in how many seconds the refused amount would be there."""

    allowed: bool
    remaining: float
    wait: float


class Buckets(Protocol):
    """Buckets by key, full at first; they refill evenly, the whole capacity in `seconds`."""

    async def take(self, key: str, capacity: int, seconds: int, amount: int) -> Taken:
        """Takes `amount` out, or leaves the bucket as it is."""
        ...


class LocalBuckets:
    """The buckets of one process; the ones not used for longest leave first, at `size`."""

    def __init__(self, size: int = 50_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._size = size
        self._clock = clock
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._levels)

    async def take(self, key: str, capacity: int, seconds: int, amount: int) -> Taken:
        """As the protocol says."""
        return self.take_now(key, capacity, seconds, amount)

    def take_now(self, key: str, capacity: int, seconds: int, amount: int) -> Taken:
        """The same without a task switch in between, or a coroutine."""
        now, rate = self._clock(), capacity / seconds
        level, then = self._levels.get(key, (float(capacity), now))
        level = min(capacity, level + (now - then) * rate)
        allowed = level >= amount
        level -= amount if allowed else 0
        self._levels[key] = (level, now)
        self._levels.move_to_end(key)
        if len(self._levels) > self._size:
            self._levels.popitem(last=False)
        return Taken(allowed, level, 0.0 if allowed else (amount - level) / rate)


_TAKE = """
local now = redis.call('TIME')
now = tonumber(now[1]) + tonumber(now[2]) / 1000000
local capacity, rate, amount = tonumber(ARGV[1]), tonumber(ARGV[1]) / tonumber(ARGV[2]), tonumber(ARGV[3])
local entry = redis.call('HMGET', KEYS[1], 'level', 'at')
local level = capacity
if entry[1] then level = math.min(capacity, tonumber(entry[1]) + math.max(0, now - tonumber(entry[2])) * rate) end
local allowed = 0
if level >= amount then allowed = 1; level = level - amount end
redis.call('HSET', KEYS[1], 'level', string.format('%.6f', level), 'at', string.format('%.6f', now))
redis.call('EXPIRE', KEYS[1], tonumber(ARGV[2]) + 1)
return {allowed, string.format('%.6f', level)}
"""


class SharedBuckets:
    """The buckets of all processes, in Valkey or Redis, by its own clock and in one round trip.

    `url` is redis://, rediss://, valkey:// or valkeys://; the redis client speaks to both servers.
    """

    def __init__(self, url: str, **options: Any) -> None:
        plain = url.replace("valkeys://", "rediss://", 1).replace("valkey://", "redis://", 1)
        self._client = Redis.from_url(plain, **options)
        self._script = self._client.register_script(_TAKE)

    async def take(self, key: str, capacity: int, seconds: int, amount: int) -> Taken:
        """As the protocol says; raises what the redis client raises."""
        found = await self._script([f"marquee:rate:{key}"], [capacity, seconds, amount])
        allowed, level = bool(found[0]), float(found[1])
        return Taken(allowed, level, 0.0 if allowed else (amount - level) * seconds / capacity)

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.aclose()
