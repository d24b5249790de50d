"""The listening process: uvicorn with bounds, and a stop that tells the load balancer first and finishes its work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

import uvicorn

from gateway.app import Gateway
from gateway.protocols import BoundedSocket, ConnectionLimits, bounded
from gateway.settings_sections import Server as ServerSettings
from gateway.settings_sections import Streams

SOCKET_PING_SECONDS = 20.0
FORCED_SECONDS = 3.0
"""How long the application may take to close after a second signal."""


def config(gateway: Gateway, server: ServerSettings, streams: Streams) -> uvicorn.Config:
    """uvicorn's configuration; connections are bounded by our protocol, which refuses them in JSON."""
    limits = ConnectionLimits(
        header_bytes=server.header_bytes,
        header_lines=server.header_lines,
        header_seconds=server.header_seconds,
        connections=server.connections,
    )
    return uvicorn.Config(
        gateway,
        host=server.host,
        port=server.port,
        http=bounded(limits),
        ws=BoundedSocket,
        ws_max_size=streams.socket_message_bytes,
        ws_per_message_deflate=False,
        ws_ping_interval=SOCKET_PING_SECONDS,
        ws_ping_timeout=SOCKET_PING_SECONDS,
        lifespan="on",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=server.keep_alive_seconds,
        timeout_graceful_shutdown=server.grace_seconds,
    )


class Server(uvicorn.Server):
    """The first SIGTERM or SIGINT drains, the second one stops at once; either way the exit status is 0."""

    def __init__(
        self,
        config: uvicorn.Config,
        gateway: Gateway,
        *,
        drain_delay: float,
        started: Callable[[int], None] | None = None,
    ) -> None:
        super().__init__(config)
        self._tell = started
        self._gateway = gateway
        self._drain_delay = drain_delay
        self._loop: asyncio.AbstractEventLoop | None = None
        self._asked = False

    @property
    def port(self) -> int:
        """The port that is listened on, also where 0 was asked for."""
        number: int = self.servers[0].sockets[0].getsockname()[1]
        return number

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)  # type: ignore[arg-type]
        if self.started and self._tell is not None:
            self._tell(self.port)

    async def shutdown(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        await super().shutdown(sockets)  # type: ignore[arg-type]
        if self.force_exit:
            # uvicorn leaves the application as it is then; what it holds has to be given back all the same.
            with suppress(TimeoutError):
                async with asyncio.timeout(FORCED_SECONDS):
                    await self.lifespan.shutdown()

    async def on_tick(self, counter: int) -> bool:
        if counter % 10 == 0:
            now = asyncio.get_running_loop().time()
            for connection in list(self.server_state.connections):
                connection.look(now)  # type: ignore[union-attr]
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Not uvicorn's: that one stops listening at once, and raises the signal again when it is done."""
        if self._asked or self._loop is None:
            self.should_exit = self.force_exit = True
            return
        self._asked = True
        self._loop.call_soon_threadsafe(self.begin_drain)

    def begin_drain(self) -> None:
        """Unready now; no new connections after the delay."""
        assert self._loop is not None
        self._gateway.drain(self._drain_delay)
        self._loop.call_later(self._drain_delay, self._exit)

    def _exit(self) -> None:
        self.should_exit = True
