"""A Valkey for tests: the real server where one is installed, else a small stand-in that knows the one script."""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from gateway.rates import Rate
from gateway.token_bucket import LocalBuckets

SERVER = next((path for name in ("valkey-server", "redis-server") if (path := shutil.which(name))), None)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def real(directory: Path, port: int | None = None) -> AsyncIterator[int]:
    """The port of a server process that keeps nothing on disk."""
    assert SERVER is not None
    port = port or _free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(directory)]
    process = await asyncio.create_subprocess_exec(SERVER, *options, stdout=asyncio.subprocess.DEVNULL)
    try:
        await _accepting(port)
        yield port
    finally:
        process.terminate()
        await process.wait()


async def _accepting(port: int) -> None:
    for _ in range(500):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.01)
            continue
        writer.close()
        await writer.wait_closed()
        return
    raise RuntimeError(f"no server on port {port}")


class StandIn:
    """Speaks as much of the protocol as the rate limiter's client asks for; the bucket itself is the local one."""

    def __init__(self) -> None:
        self._buckets = LocalBuckets()
        self._writers: set[asyncio.StreamWriter] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        while (line := await reader.readline()).startswith(b"*"):
            words = []
            for _ in range(int(line[1:])):
                size = int((await reader.readline())[1:])
                words.append((await reader.readexactly(size + 2))[:-2])
            writer.write(await self._answer(words))
        writer.close()

    async def _answer(self, words: list[bytes]) -> bytes:
        match words[0].upper():
            case b"HELLO":
                return b"%1\r\n$5\r\nproto\r\n:3\r\n"
            case b"EVALSHA":
                key, (capacity, seconds, amount) = words[3].decode(), map(int, words[4:7])
                taken = self._buckets.take_now(key, Rate("", capacity, seconds), amount)
                level = f"{taken.remaining:.6f}".encode()
                return b"*2\r\n:%d\r\n$%d\r\n%b\r\n" % (taken.allowed, len(level), level)
            case _:
                return b"+OK\r\n"

    def hang_up(self) -> None:
        for writer in self._writers:
            writer.close()


@asynccontextmanager
async def stand_in(port: int | None = None) -> AsyncIterator[int]:
    """The port of a stand-in in this process."""
    known = StandIn()
    server = await asyncio.start_server(known.serve, "127.0.0.1", port or 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        known.hang_up()
        await server.wait_closed()


class Shared:
    """A server that a test can stop and start again on the same port."""

    def __init__(self, kind: str, directory: Path) -> None:
        self._kind = kind
        self._directory = directory
        self._stack = AsyncExitStack()
        self.port = _free_port()

    @property
    def url(self) -> str:
        return f"valkey://127.0.0.1:{self.port}/0"

    async def start(self) -> None:
        running = real(self._directory, self.port) if self._kind == "real" else stand_in(self.port)
        await self._stack.enter_async_context(running)

    async def stop(self) -> None:
        await self._stack.aclose()
