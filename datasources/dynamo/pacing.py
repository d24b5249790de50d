"""Waits with full jitter between the rounds of a loop, for as long as the operation has time."""

from __future__ import annotations

import asyncio
import random
import time

from datasources.deadline import remaining

BASE_SECONDS = 0.05
CAP_SECONDS = 1.0


def jitter(attempt: int, base: float, cap: float) -> float:
    """Seconds before the next try after `attempt` (0 is the first): anywhere below a bound that doubles."""
    return random.random() * min(cap, base * 2.0 ** min(attempt, 16))


class Pace:
    """The rhythm of one loop, at most `seconds` long and never beyond the operation's deadline."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + min(seconds, remaining())
        self._idle = 0

    async def wait(self, *, progress: bool) -> bool:
        """Sleeps before the next round; False at once when it would have no time. Progress restarts the doubling."""
        self._idle = 0 if progress else self._idle + 1
        seconds = jitter(self._idle, BASE_SECONDS, CAP_SECONDS)
        if time.monotonic() + seconds >= self._end:
            return False
        await asyncio.sleep(seconds)
        return True
