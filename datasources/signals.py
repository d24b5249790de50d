"""Signals within one process: a waiter is woken when something with its key changed, else after its time."""

from __future__ import annotations

import asyncio
from collections import defaultdict


class Signals:
    """Wakes the streams of this process at once; those of other processes see the change at their next look."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    def tell(self, key: str) -> None:
        """Wakes everyone who waits for the key."""
        for event in self._waiting.pop(key, ()):
            event.set()

    async def wait(self, key: str, seconds: float) -> None:
        """Returns when the key is told, or after `seconds`."""
        event = asyncio.Event()
        self._waiting[key].add(event)
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            pass
        finally:
            self._waiting[key].discard(event)
            if not self._waiting[key]:
                del self._waiting[key]
