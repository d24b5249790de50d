"""uvicorn's cycle of one request, for a message that has arrived with its whole body."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle


class WholeCycle(RequestResponseCycle):
    """Has every attribute that uvicorn's has; what is the same for all at the beginning is the class's and free."""

    disconnected = False
    waiting_for_100_continue = False
    more_body = False
    response_started = False
    response_complete = False
    chunked_encoding = None
    expected_content_length = 0

    def __init__(self, connection: HttpToolsProtocol, scope: Any, body: bytes, keep_alive: bool) -> None:
        self.scope = scope
        self.transport = connection.transport
        self.flow = connection.flow
        self.logger = connection.logger
        self.access_logger = connection.access_logger
        self.access_log = connection.access_log
        self.default_headers = connection.server_state.default_headers
        self.message_event = asyncio.Event()
        self.message_event.set()
        self.on_response = connection.on_response_complete
        self.keep_alive = keep_alive
        self.body = body  # type: ignore[assignment]  # nothing will be added to it
