"""uvicorn's protocols with the bounds that it lacks: header size, header time, connections, and sockets that hang."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from gateway.call import DIRECT
from gateway.cycle import WholeCycle
from gateway.direct import Direct
from gateway.faults import refusal_body
from gateway.heads import HOLDS_SECONDS, Heads, Known
from gateway.statuses import Case, Rejected

FAREWELL_SECONDS = 1.0
"""How long a refused client may go on sending before its connection closes."""
SOCKET_FAREWELL_SECONDS = 10.0
"""How long a socket may take over its closing handshake before its connection is cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLimits:
    """Bounds of one connection, and how many there may be; times are seconds."""

    header_bytes: int
    header_lines: int
    header_seconds: float
    connections: int
    requests: int = 100_000
    ignored_bytes: int = 16_777_216
    """Of a body whose request has been answered already: a client that goes on sending is cut off."""


class HeadersRefused(Exception):
    """Stops the parser; the answer is written by `send_400_response`."""


class BoundedHttp(HttpToolsProtocol):
    """HTTP/1.1 within `limits`, which is set on a subclass by `bounded`."""

    limits: ConnectionLimits

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.waiting_since: float | None = self.loop.time()
        self._idle_since: float | None = None
        self._chunk = 0
        self._received = 0
        self._ignored = 0
        self._requests = 0
        self._refusal: Rejected | None = None
        self._answered = False
        self._heads = Heads()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.limits.connections:
            self.refuse(Rejected(Case.OVERLOAD, "No more connections here. Try again shortly.", retry_after=2))

    def data_received(self, data: bytes) -> None:
        if self._answered:
            self._ignore(len(data))
            return
        self._chunk = len(data)
        if self.waiting_since is None:
            self._after_a_message(data)
            return
        self._received += len(data)
        super().data_received(data)
        if self.waiting_since is not None and self._received > self.limits.header_bytes and self.parser is not None:
            self.refuse(self._too_large())

    def _after_a_message(self, data: bytes) -> None:
        """What follows a head that was complete: more of its body, or the next message, whose head may be known."""
        before = self.cycle
        if before is None or before.more_body or not before.response_complete:
            super().data_received(data)
            return
        known = self._heads.find(data)
        if known is not None:
            self._start_known(known, data[len(known.bytes) :])
            return
        super().data_received(data)
        cycle = self.cycle
        if cycle is not before and not cycle.more_body and self.waiting_since is None and not self.pipeline:
            self._heads.note(data, self.scope)

    def _start_known(self, known: Known, body: bytes) -> None:
        """As the parser's callbacks do it for a message that is whole."""
        self._idle_since = None
        self._requests += 1
        self.cycle = cycle = WholeCycle(self, known, body, self._requests < self.limits.requests)
        self._start_asgi_task(cycle, self.app)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._idle_since = None
        self.waiting_since = self.loop.time()

    def on_header(self, name: bytes, value: bytes) -> None:
        """As the parent's, and bounded: trailers come here too."""
        name = name.lower()
        headers = self.headers
        headers.append((name, value))
        if len(headers) > self.limits.header_lines:
            self._refusal = self._too_large()
            raise HeadersRefused
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True

    def on_headers_complete(self) -> None:
        if self._received + self._chunk > self.limits.header_bytes:
            size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
            if size > self.limits.header_bytes:
                self._refusal = self._too_large()
                raise HeadersRefused
        self.waiting_since = None
        self._received = 0
        self._requests += 1
        super().on_headers_complete()
        if self.cycle is not None:
            self.scope["extensions"] = cast("Any", {DIRECT: Direct(self.cycle)})
            if self._requests >= self.limits.requests:
                self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        if self.cycle is not None and self.cycle.response_complete:
            self._ignore(len(body))
            return
        super().on_body(body)

    def on_response_complete(self) -> None:
        """As the parent's, which sets a timer after every answer; here `look` ends connections that stay idle."""
        self._ignored = 0
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        if self.flow.read_paused:
            self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        else:
            self._idle_since = self.loop.time()

    def look(self, now: float) -> None:
        """Called about once a second: headers that take too long end here, and connections that nobody uses."""
        idle = self._idle_since
        if idle is not None and now - idle > HOLDS_SECONDS:
            self._heads.forget()
        if idle is not None and now - idle > self.timeout_keep_alive:
            self.timeout_keep_alive_handler()
            return
        since = self.waiting_since
        if since is not None and now - since > self.limits.header_seconds:
            seconds = self.limits.header_seconds
            self.refuse(Rejected(Case.TIME, f"The headers were not complete after {seconds:g} s."))

    def refuse(self, refusal: Rejected) -> None:
        """Answers and closes."""
        self._refusal = refusal
        self.send_400_response("")

    def send_400_response(self, msg: str) -> None:
        """In JSON like every other refusal; `msg` is uvicorn's and stays in the log."""
        if self._answered or self.transport.is_closing():
            return
        refusal = self._refusal or Rejected(Case.MALFORMED, "This is not an HTTP/1.1 request.")
        body = refusal_body(refusal)
        head = [
            STATUS_LINE[refusal.case.strict],
            b"content-type: application/json; charset=utf-8\r\n",
            b"content-length: %d\r\n" % len(body),
            b"retry-after: 2\r\n" if refusal.retry_after else b"",
            b"connection: close\r\n\r\n",
        ]
        self.transport.write(b"".join([*head, body]))
        # Closing while the client still sends would reset the connection before it has read the answer.
        self._answered = True
        self.transport.write_eof()
        self.loop.call_later(FAREWELL_SECONDS, self.transport.close)

    def _ignore(self, size: int) -> None:
        self._ignored += size
        if self._ignored > self.limits.ignored_bytes:
            self.transport.close()

    def _too_large(self) -> Rejected:
        limits = self.limits
        message = f"The headers exceed {limits.header_bytes} bytes or {limits.header_lines} lines. Send fewer."
        return Rejected(Case.HEADER_SIZE, message)


class BoundedSocket(WebSocketsSansIOProtocol):
    """A WebSocket whose connection is cut when its peer neither reads nor answers."""

    _cut: asyncio.TimerHandle | None = None

    def look(self, now: float) -> None:
        """Sockets have clocks of their own."""

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self.transport.abort()

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        super().on_task_complete(task)
        if not self.disconnected:
            self._cut = self.loop.call_later(SOCKET_FAREWELL_SECONDS, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._cut is not None:
            self._cut.cancel()


def bounded(limits: ConnectionLimits) -> type[BoundedHttp]:
    """The HTTP protocol class with these limits."""
    return type("BoundedHttp", (BoundedHttp,), {"limits": limits})
