"""Signals within one process: a listener is woken when something with its key changed, else after its time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Listener:
    """One stream's ear; what was told since it last asked is not lost, however early it came."""

    def __init__(self) -> None:
        self._told = asyncio.Event()

    def tell(self) -> None:
        """Wakes it."""
        self._told.set()

    def heard(self) -> bool:
        """Whether something was told since the last time this was asked."""
        told = self._told.is_set()
        self._told.clear()
        return told

    async def wait(self, seconds: float) -> None:
        """Returns when something is told, at once when it was told already, or after `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self._told.wait()
        except TimeoutError:
            pass


class Signals:
    """Wakes the streams of this process at once; those of other processes see the change at their next look."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[Listener]] = {}

    def __len__(self) -> int:
        """How many keys are listened to; none is kept when its last listener has gone."""
        return len(self._listeners)

    def tell(self, key: str) -> None:
        """Wakes everyone who listens to the key."""
        for listener in self._listeners.get(key, ()):
            listener.tell()

    @contextmanager
    def listening(self, key: str) -> Iterator[Listener]:
        """A listener for the length of the block."""
        listener = Listener()
        self._listeners.setdefault(key, set()).add(listener)
        try:
            yield listener
        finally:
            listeners = self._listeners[key]
            listeners.discard(listener)
            if not listeners:
                del self._listeners[key]
