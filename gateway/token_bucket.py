"""Token buckets in memory: full at first, refilled evenly, taken from in one step."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

from gateway.rates import Rate, Verdict


class Buckets(Protocol):
    """Buckets by key, full at first; they refill evenly, the whole limit in the rate's window."""

    async def take(self, key: str, rate: Rate, amount: int) -> Verdict:
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

    def take_now(self, key: str, rate: Rate, amount: int) -> Verdict:
        """What the protocol says, without a task switch in between or a coroutine."""
        now, levels, limit = self._clock(), self._levels, rate.limit
        per_second = limit / rate.window
        known = levels.get(key)
        level = limit if known is None else known[0] + (now - known[1]) * per_second
        if level > limit:
            level = limit
        allowed = level >= amount
        if allowed:
            level -= amount
        levels[key] = (level, now)
        if known is not None:
            levels.move_to_end(key)
        elif len(levels) > self._size:
            levels.popitem(last=False)
        return Verdict(rate, allowed, level, 0.0 if allowed else (amount - level) / per_second)
