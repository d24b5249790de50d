"""Cuts an operation when its time is up or when its client has gone."""

from __future__ import annotations

import asyncio
from types import TracebackType

from domain.errors import DeadlineExceeded
from gateway.body import ClientGone, Receive

PATIENCE = 0.05
"""Seconds before anybody listens for the client's farewell: most operations have ended by then, and pay nothing."""


class Leash:
    """`with Leash(seconds, receive):` around an operation; raises DeadlineExceeded or ClientGone out of it."""

    __slots__ = ("_cancelling", "_cut", "_end", "_listener", "_loop", "_receive", "_seconds", "_task", "_timer")

    def __init__(self, seconds: float, receive: Receive) -> None:
        self._seconds = seconds
        self._receive = receive
        self._cut: Exception | None = None
        self._listener: asyncio.Task[None] | None = None

    def __enter__(self) -> None:
        self._loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._cancelling = task.cancelling()
        self._end = self._loop.time() + self._seconds
        self._timer = self._loop.call_later(min(PATIENCE, self._seconds), self._look)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._listener is not None:
            self._listener.cancel()
        if self._cut is not None and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise self._cut from error

    def _look(self) -> None:
        if self._loop.time() >= self._end:
            self._pull(DeadlineExceeded(f"The operation did not end within {self._seconds:g} s. Ask for less."))
            return
        if self._listener is None:
            self._listener = self._loop.create_task(self._listen())
        self._timer = self._loop.call_at(self._end, self._look)

    async def _listen(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._pull(ClientGone())

    def _pull(self, cut: Exception) -> None:
        if self._cut is None:
            self._cut = cut
            self._task.cancel()
