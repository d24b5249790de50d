"""One WebSocket: its handshake of messages, its operations, and the one way in which it closes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from domain.errors import Refused, Unauthenticated
from gateway import socket_messages as messages
from gateway.call import Receive, Send
from gateway.requester import Requester
from gateway.socket_operations import run

if TYPE_CHECKING:
    from gateway.sockets import Sockets

BAD_MESSAGE, UNAUTHORIZED, FORBIDDEN, PROTOCOL_UNKNOWN = 4400, 4401, 4403, 4406
INIT_TIMEOUT, DUPLICATE_ID, SECOND_INIT, TOO_SLOW = 4408, 4409, 4429, 4503
TRY_AGAIN, GOING_AWAY = 1013, 1001


class Closed(Exception):
    """Ends the socket with a code and a reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Socket:
    """Messages are read one after the other; each operation is a task that sends for itself.

    An operation that the client reads slowly waits with its one message, so that a socket never holds more than one
    message per operation; a client that reads nothing for `send_seconds` loses the socket (4503).
    """

    __slots__ = (
        "_authorization",
        "_closing",
        "_end",
        "_main",
        "_operations",
        "_receive",
        "_release",
        "_send",
        "_sockets",
        "acknowledged",
        "id",
        "requester",
    )

    def __init__(
        self, sockets: Sockets, id_: str, requester: Requester, receive: Receive, send: Send, authorization: str | None
    ) -> None:
        self.id = id_
        """The request's, in every line of the log that tells of this socket."""
        self._sockets = sockets
        self._receive = receive
        self._send = send
        self._authorization = authorization
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._release: Callable[[], None] | None = None
        self._closing: Closed | None = None
        self._end: asyncio.TimerHandle | None = None
        self._main: asyncio.Task[Any] | None = None
        self.requester = requester
        self.acknowledged = False

    async def run(self) -> None:
        """Until the client leaves or the socket is closed."""
        self._main = asyncio.current_task()
        init_seconds = self._sockets.rules.init_seconds
        self._end_in(init_seconds, Closed(INIT_TIMEOUT, "Connection initialisation timeout"))
        try:
            await self._read()
        except Closed as closed:
            await self._close(closed)
        except asyncio.CancelledError:
            if self._closing is None or self._main is None or self._main.uncancel() > 0:
                raise
            await self._close(self._closing)
        finally:
            await self._clean_up()

    async def refuse_protocol(self) -> None:
        """For a client that speaks another protocol, the legacy one included."""
        await self._close(Closed(PROTOCOL_UNKNOWN, "Subprotocol not acceptable: use graphql-transport-ws"))

    def close_soon(self, code: int, reason: str) -> None:
        """From a timer or another task."""
        if self._closing is None and self._main is not None:
            self._closing = Closed(code, reason)
            self._main.cancel()

    async def send(self, text: str) -> None:
        """One text frame; a client that takes none loses its socket."""
        try:
            async with asyncio.timeout(self._sockets.rules.send_seconds):
                await self._send({"type": "websocket.send", "text": text})
        except TimeoutError:
            self.close_soon(TOO_SLOW, "Messages were not read in time")
        except OSError:
            pass  # the client has gone; the reading half learns it too, and ends everything

    async def _read(self) -> None:
        while True:
            event = await self._receive()
            if event["type"] == "websocket.disconnect":
                return
            try:
                await self._take(messages.read(event.get("text")))
            except messages.BadMessage as bad:
                raise Closed(BAD_MESSAGE, str(bad)) from None

    async def _take(self, message: messages.Incoming) -> None:
        if isinstance(message, messages.Subscribe):
            self._subscribe(message)
        elif isinstance(message, messages.Complete):
            task = self._operations.pop(message.id, None)
            if task is not None:
                task.cancel()
        elif isinstance(message, messages.Init):
            await self._init(message.credentials)
        elif isinstance(message, messages.Ping):
            if message.credentials and self.acknowledged:
                await self._renew(message.credentials)
            await self.send(messages.PONG)

    def _subscribe(self, message: messages.Subscribe) -> None:
        if not self.acknowledged:
            raise Closed(UNAUTHORIZED, "Unauthorized")
        if message.id in self._operations:
            raise Closed(DUPLICATE_ID, f"Subscriber for {message.id[:60]} already exists")
        full = len(self._operations) >= self._sockets.rules.operations
        task = asyncio.create_task(run(self._sockets, self, message, full=full))
        self._operations[message.id] = task
        task.add_done_callback(lambda done: self._forget(message.id, done))

    def _forget(self, id_: str, task: asyncio.Task[None]) -> None:
        if self._operations.get(id_) is task:
            del self._operations[id_]

    async def _init(self, credentials: Mapping[str, str]) -> None:
        if self.acknowledged:
            raise Closed(SECOND_INIT, "Too many initialisation requests")
        await self._identify(credentials)
        principal = self.requester.viewer.sub
        if principal is not None:
            self._release = self._sockets.admit(principal)
            if self._release is None:
                raise Closed(FORBIDDEN, "Too many sockets of one account: close some")
        self.acknowledged = True
        await self.send(messages.ACK)

    async def _renew(self, credentials: Mapping[str, str]) -> None:
        """A ping with a fresh token of the same caller prolongs the socket."""
        before = self.requester.viewer.sub
        await self._identify(credentials)
        if self.requester.viewer.sub != before:
            raise Closed(FORBIDDEN, "The fresh token is of another caller")

    async def _identify(self, credentials: Mapping[str, str]) -> None:
        """Raises Closed for credentials that do not hold; sets the end of the socket to that of the token."""
        authorization = credentials.get("authorization", self._authorization)
        try:
            viewer, expires_at = await self._sockets.doorman.identify(authorization, credentials.get("x-profile-token"))
        except Unauthenticated as error:
            raise Closed(FORBIDDEN, error.message) from None
        except Refused as error:
            raise Closed(TRY_AGAIN, error.message) from None
        self.requester = self.requester.proven(viewer, expires_at)
        left = expires_at - time.time()
        lifetime = self._sockets.rules.lifetime_seconds
        if left <= lifetime:
            self._end_in(left, Closed(FORBIDDEN, "The token expired: connect again with a fresh one"))
        else:
            self._end_in(lifetime, Closed(GOING_AWAY, "The socket's time is over: connect again"))

    def _end_in(self, seconds: float, closed: Closed) -> None:
        if self._end is not None:
            self._end.cancel()
        self._end = asyncio.get_running_loop().call_later(max(seconds, 0), self.close_soon, closed.code, closed.reason)

    async def _close(self, closed: Closed) -> None:
        reason = closed.reason.encode()[:120].decode("utf-8", "ignore")
        with suppress(TimeoutError, OSError):
            async with asyncio.timeout(1):
                await self._send({"type": "websocket.close", "code": closed.code, "reason": reason})

    async def _clean_up(self) -> None:
        if self._end is not None:
            self._end.cancel()
        self._main = None
        if self._release is not None:
            self._release()
        tasks = list(self._operations.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.gather(*tasks, return_exceptions=True)
