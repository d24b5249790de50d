"""A connection without a network: our protocol, a transport that keeps what is written, any application."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from gateway.protocols import ConnectionLimits, bounded

LIMITS = ConnectionLimits(header_bytes=10_000, header_lines=10, header_seconds=10, connections=10)


class Wire(asyncio.Transport):
    """Takes everything at once."""

    def __init__(self, peer: str) -> None:
        super().__init__({"peername": (peer, 1)})
        self.written = b""
        self.closed = False
        self.pieces: list[Any] = []
        """What was written last, not joined."""

    def write(self, data: Any) -> None:
        self.written += data

    def writelines(self, pieces: Any) -> None:
        self.pieces = list(pieces)
        super().writelines(self.pieces)

    def write_eof(self) -> None: ...

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def close(self) -> None:
        self.closed = True


@dataclass(frozen=True)
class Line:
    """One connection."""

    protocol: Any
    wire: Wire
    state: ServerState

    async def sends(self, *chunks: bytes) -> bytes:
        """What comes back for them."""
        before = len(self.wire.written)
        for chunk in chunks:
            self.protocol.data_received(chunk)
        while tasks := list(self.state.tasks):
            await asyncio.gather(*tasks)
            await asyncio.sleep(0)
        return self.wire.written[before:]


def protocol_of(application: Any, limits: ConnectionLimits = LIMITS) -> Any:
    """Makes connections (`Line`) to an ASGI application; they share what one process shares."""
    config = uvicorn.Config(application, http=bounded(limits), lifespan="off", log_config=None, timeout_keep_alive=60)
    config.load()
    state = ServerState()

    def connect(peer: str = "10.0.0.1") -> Line:
        wire, connection = Wire(peer), config.http_protocol_class(config, state, {})  # type: ignore[operator, call-arg]
        connection.connection_made(wire)
        return Line(connection, wire, state)

    return connect
