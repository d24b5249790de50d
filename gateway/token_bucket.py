"""Token buckets in memory: full at first, refilled evenly, taken from in one step."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(slots=True)
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
        now, rate, levels = self._clock(), capacity / seconds, self._levels
        known = levels.get(key)
        level = capacity if known is None else known[0] + (now - known[1]) * rate
        if level > capacity:
            level = capacity
        allowed = level >= amount
        if allowed:
            level -= amount
        levels[key] = (level, now)
        if known is not None:
            levels.move_to_end(key)
        elif len(levels) > self._size:
            levels.popitem(last=False)
        return Taken(allowed, level, 0.0 if allowed else (amount - level) / rate)
