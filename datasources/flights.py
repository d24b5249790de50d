"""Work that many ask for at the same moment and that is done once: the first begins it, the others wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Flights(Generic[Key, Value]):
    """Remembers work only while it runs. A caller that is cancelled takes nobody with it; a failure is told to all who
    wait and is forgotten with them, so that the next caller tries anew.
    """

    def __init__(self) -> None:
        self._running: dict[Key, asyncio.Future[Value]] = {}

    def __len__(self) -> int:
        """How much is under way."""
        return len(self._running)

    async def join(self, key: Key, work: Callable[[], Awaitable[Value]]) -> Value:
        """What `work` answers, for everyone who asks for the key before it ends."""
        running = self._running.get(key)
        if running is None:
            running = self._running[key] = asyncio.ensure_future(work())
            running.add_done_callback(lambda ended: self._ended(key, ended))
        return await asyncio.shield(running)

    def _ended(self, key: Key, ended: asyncio.Future[Value]) -> None:
        del self._running[key]
        if not ended.cancelled():
            ended.exception()  # Seen: when every caller was cancelled nobody else would look at it.
