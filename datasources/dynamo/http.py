"""One HTTP/1.1 exchange at a time over one connection, and a bounded pool of such connections to one host.

Raw asyncio streams of bytes with llhttp (httptools) reading the answers: a general HTTP client costs several times
more CPU than the exchange itself, and DynamoDB needs nothing of what it offers.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from ssl import SSLContext
from typing import NamedTuple, cast

import httptools

HEAD_BYTES = 32 * 1024
"""An answer whose headers are longer is not from DynamoDB."""


class Broken(Exception):
    """The connection ended early; `untouched` when no byte of an answer had come."""

    def __init__(self, *, untouched: bool) -> None:
        super().__init__("the connection ended before the answer did")
        self.untouched = untouched


class Silent(Exception):
    """No connection, no byte or no end of the answer within the time allowed."""


class Unreadable(Exception):
    """What came is not an HTTP answer, or larger than allowed."""


class Answer(NamedTuple):
    """An HTTP answer; header names in lower case."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes


class Connection(asyncio.Protocol):
    """One connection; `exchange` sends a request and reads its answer, one at a time."""

    __slots__ = (
        "_answered",
        "_body",
        "_end",
        "_heard",
        "_headers",
        "_idle",
        "_loop",
        "_parser",
        "_room",
        "_size",
        "_timer",
        "_transport",
        "_waiter",
        "idle_since",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop, room: int) -> None:
        self._loop = loop
        self._room = room
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[Answer] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._headers: dict[bytes, bytes] = {}
        self._body: list[bytes] = []
        self._size = 0
        self._answered = False
        self._heard = self._end = self._idle = 0.0
        self.idle_since = 0.0

    @property
    def usable(self) -> bool:
        """Whether another request may be sent."""
        return self._transport is not None and not self._transport.is_closing()

    async def exchange(self, request: bytes, idle: float, end: float) -> Answer:
        """Sends `request`; raises Silent after `idle` seconds without a byte or at `end` (of time.monotonic)."""
        if self._transport is None:
            raise Broken(untouched=True)
        self._waiter = self._loop.create_future()
        self._headers, self._body, self._size, self._answered = {}, [], 0, False
        self._heard, self._end, self._idle = time.monotonic(), end, idle
        self._timer = self._loop.call_later(min(idle, end - self._heard), self._tick)
        self._transport.write(request)
        complete = False
        try:
            answer = await self._waiter
            complete = True
            return answer
        finally:
            self._waiter, self._headers, self._body = None, {}, []  # it may rest for long
            self._timer.cancel()
            if not complete:  # cancelled or failed: what is still on its way belongs to nobody
                self.abort()

    def abort(self) -> None:
        """Drops the connection."""
        if self._transport is not None:
            self._transport.abort()
            self._transport = None

    def _tick(self) -> None:
        now = time.monotonic()
        due = min(self._heard + self._idle, self._end)
        if now >= due - 0.001:  # timers of the loop are that coarse
            self._fail(Silent("no answer in time"))
        else:
            self._timer = self._loop.call_later(due - now, self._tick)

    def _fail(self, error: Exception) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(error)
        self.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._fail(Broken(untouched=not self._answered))

    def data_received(self, data: bytes) -> None:
        if self._waiter is None or self._waiter.done():  # bytes that nobody asked for
            self.abort()
            return
        self._heard = time.monotonic()
        self._answered = True
        self._size += len(data)
        if self._size > self._room + HEAD_BYTES:
            self._fail(Unreadable("the answer is larger than allowed"))
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._fail(Unreadable(str(error)))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.lower()] = value

    def on_body(self, part: bytes) -> None:
        self._body.append(part)

    def on_message_complete(self) -> None:
        waiter, body, parser = self._waiter, self._body, self._parser
        if waiter is None or waiter.done():
            self.abort()
            return
        waiter.set_result(
            Answer(parser.get_status_code(), self._headers, body[0] if len(body) == 1 else b"".join(body))
        )
        if not parser.should_keep_alive():
            self.abort()


class Pool:
    """At most `size` connections to one host; the most recently used one is taken first, old idle ones are dropped.

    Times are seconds: `connect` for a new connection with its TLS handshake, `keepalive` for the longest rest of an
    idle one. `room` bounds the bytes of an answer.
    """

    def __init__(
        self, host: str, port: int, tls: SSLContext | None, *, size: int, connect: float, keepalive: float, room: int
    ) -> None:
        self._host, self._port, self._tls = host, port, tls
        self._closed = False
        self._connect, self._keepalive, self._room = connect, keepalive, room
        self._slots = asyncio.Semaphore(size)
        self._free: deque[Connection] = deque()

    async def exchange(self, request: bytes, idle: float, end: float, *, replace: bool = True) -> Answer:
        """One exchange; a connection that the host closed while it rested is replaced once.

        The host may have read the request before: not with `replace` off, for what must not be sent twice unnoticed.
        """
        await self._slot(end)
        try:
            connection = self._rested()
            if connection is not None:
                try:
                    return await self._on(connection, request, idle, end)
                except Broken as error:
                    if not (replace and error.untouched):
                        raise
            return await self._on(await self._fresh(end), request, idle, end)
        finally:
            self._slots.release()

    async def close(self) -> None:
        """Drops the idle connections; those in use end with their exchange."""
        self._closed = True
        while self._free:
            self._free.pop().abort()
        await asyncio.sleep(0)  # the loop closes their sockets in its next turn, which may else be none

    async def _on(self, connection: Connection, request: bytes, idle: float, end: float) -> Answer:
        answer = await connection.exchange(request, idle, end)
        if self._closed:
            connection.abort()
        elif connection.usable:
            connection.idle_since = time.monotonic()
            self._free.append(connection)
        return answer

    async def _slot(self, end: float) -> None:
        if not self._slots.locked():
            await self._slots.acquire()
            return
        try:
            async with asyncio.timeout(end - time.monotonic()):
                await self._slots.acquire()
        except TimeoutError as error:
            raise Silent("no free connection in time") from error

    def _rested(self) -> Connection | None:
        horizon = time.monotonic() - self._keepalive
        while self._free and (self._free[0].idle_since <= horizon or not self._free[0].usable):
            self._free.popleft().abort()
        while self._free:
            connection = self._free.pop()
            if connection.usable:
                return connection
        return None

    async def _fresh(self, end: float) -> Connection:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(min(self._connect, end - time.monotonic())):
                _, connection = await loop.create_connection(
                    lambda: Connection(loop, self._room), self._host, self._port, ssl=self._tls
                )
                return connection
        except TimeoutError as error:
            raise Silent("no connection in time") from error
        except OSError as error:
            raise Broken(untouched=True) from error
