"""Cuts an operation when its time is up or when its client has gone, at the price of an entry in a set."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cached_property
from time import monotonic
from types import TracebackType

from gateway.body import ClientGone, Receive

Cut = Callable[[float], Exception]
"""What is raised when so many seconds are over."""

TICK = 0.05
"""Seconds between two looks. Most operations end before the first one and pay for nothing else."""


class Warden:
    """Looks after the operations of one event loop with a single timer: one for each would cost as much as the work."""

    def __init__(self) -> None:
        self._held: set[Leash] = set()
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        """Operations under way."""
        return len(self._held)

    def hold(self, seconds: float, cut: Cut, receive: Receive | None = None, end: float | None = None) -> Leash:
        """`with warden.hold(...)`: raises `cut(seconds)` when the time is over, ClientGone when the client has left.

        `end`, as `time.monotonic` counts, is for a time that began before. Where `receive` is given it is read from
        the first look on, so nobody else may read from it inside.
        """
        return Leash(self, seconds, cut, receive, monotonic() + seconds if end is None else end)

    @cached_property
    def loop(self) -> asyncio.AbstractEventLoop:
        """Its loop; to ask which one is running costs a system call every time."""
        return asyncio.get_running_loop()

    def add(self, leash: Leash) -> None:
        """Looks after it from now on."""
        self._held.add(leash)
        if self._timer is None:
            self._timer = self.loop.call_later(TICK, self._look, self.loop)

    def drop(self, leash: Leash) -> None:
        """It ended."""
        self._held.discard(leash)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = monotonic()
        for leash in list(self._held):
            leash.look(now)
        self._timer = loop.call_later(TICK, self._look, loop) if self._held else None


class Leash:
    """One operation on its warden's hand."""

    __slots__ = (
        "_cancelling",
        "_cut",
        "_end",
        "_listener",
        "_loop",
        "_pulled",
        "_receive",
        "_seconds",
        "_task",
        "_warden",
    )

    def __init__(self, warden: Warden, seconds: float, cut: Cut, receive: Receive | None, end: float) -> None:
        self._warden = warden
        self._seconds = seconds
        self._cut = cut
        self._receive = receive
        self._end = end
        self._pulled: Exception | None = None
        self._listener: asyncio.Task[None] | None = None

    def __enter__(self) -> None:
        self._loop = loop = self._warden.loop
        task = asyncio.current_task(loop)
        assert task is not None
        self._task = task
        self._cancelling = task.cancelling()
        self._warden.add(self)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._warden.drop(self)
        if self._listener is not None:
            self._listener.cancel()
            self._listener = None  # it refers to us: a circle would keep the whole request until it is collected
        if self._pulled is not None and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise self._pulled from error

    def look(self, now: float) -> None:
        """The warden's look: cuts what is over its time, and listens for the farewell of a client."""
        if now >= self._end:
            self._pull(self._cut(self._seconds))
        elif self._listener is None and self._receive is not None:
            self._listener = self._loop.create_task(self._listen(self._receive))

    async def _listen(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._pull(ClientGone())

    def _pull(self, cut: Exception) -> None:
        if self._pulled is None:
            self._pulled = cut
            self._task.cancel()
