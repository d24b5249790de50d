"""Answers that come in parts: parts from an iterator, heartbeats in the silence, and an end in every case."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from engine import Answer, Frame
from gateway.body import ClientGone
from gateway.call import Call
from gateway.middleware.cors import HeaderList

Part = Answer | Frame

HEADERS: HeaderList = [
    (b"cache-control", b"no-cache, no-store, no-transform"),
    (b"x-accel-buffering", b"no"),
    (b"vary", b"accept, origin"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Framing:
    """How parts look on the wire."""

    content_type: bytes
    opening: bytes
    encode: Callable[[bytes], bytes]
    heartbeat: bytes
    end: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Times of a stream in seconds: silence before a heartbeat, the longest life, the longest wait for a reader."""

    heartbeat: float
    lifetime: float
    send: float


class Closing:
    """Says to every stream of the process that it has to end; streams wait on it beside their parts."""

    def __init__(self) -> None:
        self._waiters: set[asyncio.Future[None]] = set()
        self.closed = False

    def __len__(self) -> int:
        """Streams that are open."""
        return len(self._waiters)

    def waiter(self) -> asyncio.Future[None]:
        """A future that is done when the stream has to end; cancel it when the stream ended by itself."""
        future = asyncio.get_running_loop().create_future()
        self._waiters.add(future)
        future.add_done_callback(self._waiters.discard)
        if self.closed:
            future.set_result(None)
        return future

    def close(self, seconds: float = 0.0) -> None:
        """Ends every stream, spread over `seconds` so that clients do not come back in one wave; new ones at once."""
        self.closed = True
        loop = asyncio.get_running_loop()
        for future in self._waiters:
            loop.call_later(random.uniform(0, seconds), _done, future)


def _done(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


class Stream:
    """Parts on their way to one client; each part is awaited in a task of its own."""

    def __init__(self, parts: AsyncGenerator[Part], framing: Framing, pace: Pace) -> None:
        self._parts = parts
        self._framing = framing
        self._pace = pace
        self._following = asyncio.get_running_loop().create_task(self._next())

    async def peek(self, seconds: float) -> Part | None:
        """The first part, when it comes in time; it will still be sent."""
        try:
            await asyncio.wait({self._following}, timeout=seconds)
        except asyncio.CancelledError:
            await self.close()
            raise
        return self._following.result() if self._following.done() else None

    async def send(self, call: Call, closing: Closing) -> None:
        """Sends parts until they end, the client leaves, the lifetime is over or the process stops.

        A stream that is cut closes without its end mark, so that the client knows that it may come back for more.
        """
        gone = asyncio.get_running_loop().create_task(_gone(call))
        stop = closing.waiter()
        try:
            await call.begin(self._framing.content_type, HEADERS)
            await self._send(call, self._framing.opening)
            await self._pump(call, gone, stop)
            if not gone.done():
                await self._send(call, b"", more=False)
        finally:
            stop.cancel()
            await _cancelled(gone)
            await self.close()

    async def close(self) -> None:
        """Ends the source, whatever it is waiting for."""
        await _cancelled(self._following)
        await self._parts.aclose()

    async def _pump(self, call: Call, gone: asyncio.Task[None], stop: asyncio.Future[None]) -> None:
        loop = asyncio.get_running_loop()
        over = loop.time() + self._pace.lifetime
        while not (gone.done() or stop.done()) and (left := over - loop.time()) > 0:
            wait = min(self._pace.heartbeat, left)
            anything: set[asyncio.Future[Any]] = {self._following, gone, stop}
            await asyncio.wait(anything, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
            if self._following.done():
                part = self._following.result()
                if part is None:
                    await self._send(call, self._framing.end)
                    return
                await self._send(call, self._framing.encode(part.body))
                self._following = loop.create_task(self._next())
            elif not (gone.done() or stop.done()):
                await self._send(call, self._framing.heartbeat)

    async def _next(self) -> Part | None:
        return await anext(self._parts, None)

    async def _send(self, call: Call, body: bytes, *, more: bool = True) -> None:
        """A reader that does not take a part in time is treated as gone: memory is not kept for it."""
        try:
            async with asyncio.timeout(self._pace.send):
                await call.part(body, more=more)
        except TimeoutError:
            raise ClientGone from None


async def _gone(call: Call) -> None:
    while (await call.receive())["type"] != "http.disconnect":
        pass


async def _cancelled(task: asyncio.Task[object]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError, Exception):
        await task
