"""What a process holds: requests are free when they are answered, and modules wait until they are needed."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from weakref import ref

import pytest
import uvicorn
from uvicorn.server import ServerState

from gateway.call import DIRECT
from gateway.leash import TICK, Warden
from gateway.protocols import ConnectionLimits, bounded

LIMITS = ConnectionLimits(header_bytes=10_000, header_lines=10, header_seconds=10, connections=10)

UNNEEDED = ("redis", "aiobotocore", "aiohttp", "pydantic", "numpy", "boto3", "hypothesis", "pytest", "strawberry.cli")
"""What a process with DynamoDB alone never runs, and what only tests and other programs do."""


def test_the_gateway_loads_nothing_that_it_may_not_need() -> None:
    code = f"import gateway.run, sys; print([name for name in {UNNEEDED!r} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.fixture
def uncollected() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


class Wire(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.written = b""

    def write(self, data: Any) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return False

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def close(self) -> None: ...


@pytest.mark.usefixtures("uncollected")
async def test_an_operation_whose_client_was_listened_to_is_free_when_it_is_over() -> None:
    async def receive() -> Any:
        await asyncio.Event().wait()

    listened = ref(receive)
    warden = Warden()
    with warden.hold(5.0, TimeoutError, receive):
        await asyncio.sleep(2 * TICK)
    del receive
    for _ in range(3):
        await asyncio.sleep(0)
    assert listened() is None


@pytest.mark.usefixtures("uncollected")
async def test_a_request_is_free_when_the_next_one_is_answered() -> None:
    cycles: list[ref[Any]] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        direct = scope["extensions"][DIRECT]
        cycles.append(ref(direct._cycle()))
        assert direct.body() == b"{}" and direct.write(200, b"content-length: 2\r\n", b"ok")

    config = uvicorn.Config(application, http=bounded(LIMITS), lifespan="off", log_config=None)
    config.load()
    state, wire = ServerState(), Wire()
    protocol: Any = config.http_protocol_class
    connection = protocol(config, state, {})
    connection.connection_made(wire)
    for _ in range(3):
        connection.data_received(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}")
        await asyncio.gather(*state.tasks)
        await asyncio.sleep(0)
    assert wire.written.count(b"\r\n\r\nok") == 3
    assert [cycle() is None for cycle in cycles] == [True, True, False]
