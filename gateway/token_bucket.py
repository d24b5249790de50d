"""Token buckets in memory: full at first, refilled evenly, taken from in one step."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple, Protocol


class Taken(NamedTuple):
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
