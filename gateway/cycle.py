"""uvicorn's cycle of one request, for a message that has arrived with its whole body and whose head is known."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from gateway.call import DIRECT
from gateway.direct import written
from gateway.heads import Known


class WholeCycle(RequestResponseCycle):
    """Has every attribute that uvicorn's has, and is a `Direct` as well.

    What is the same for all at the beginning is the class's and free; what few ask for is made when they do.
    """

    disconnected = False
    waiting_for_100_continue = False
    more_body = False
    response_started = False
    response_complete = False
    chunked_encoding = None
    expected_content_length = 0
    _taken = False
    _event: asyncio.Event | None = None

    def __init__(self, connection: HttpToolsProtocol, known: Known, body: bytes, keep_alive: bool) -> None:
        self.known = known
        self.app_state = connection.app_state
        self.transport = connection.transport
        self.flow = connection.flow
        self.logger = connection.logger
        self.access_logger = connection.access_logger
        self.access_log = connection.access_log
        self.default_headers = connection.server_state.default_headers
        self.on_response = connection.on_response_complete
        self.keep_alive = keep_alive
        self.body = body  # type: ignore[assignment]  # nothing will be added to it

    @property
    def scope(self) -> Any:  # type: ignore[override]
        """Made for whoever asks: if we kept it, it and we would wait for the collector."""
        return {**self.known.scope, "state": self.app_state.copy(), "extensions": {DIRECT: self}}

    @property
    def message_event(self) -> asyncio.Event:  # type: ignore[override]
        """Set while there is something to receive."""
        event = self._event
        if event is None:
            event = self._event = asyncio.Event()
            if not self._taken or self.response_complete or self.disconnected:
                event.set()
        return event

    def take(self) -> bytes | None:
        """As `Direct` says it."""
        if self._taken or self._event is not None:
            return None
        self._taken = True
        body: Any = self.body
        self.body = bytearray()
        return body  # type: ignore[no-any-return]

    def write(self, status: int, head: bytes, body: bytes) -> bool:
        """As `Direct` says it."""
        return written(self, self._event, status, head, body)
