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

from gateway.call import DIRECT
from gateway.leash import TICK, Warden
from tests.gateway.wire import protocol_of

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
    known: list[bool] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        direct = scope["extensions"][DIRECT]
        known.append(direct.known is not None)
        cycles.append(ref(direct if known[-1] else direct._cycle()))
        assert direct.take() == b"{}" and direct.write(200, b"content-length: 2\r\n", b"ok")

    line = protocol_of(application)()
    for _ in range(6):
        await line.sends(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}")
        await asyncio.sleep(0)
    assert line.wire.written.count(b"\r\n\r\nok") == 6
    assert known == [False, False, False, True, True, True]
    assert [cycle() is None for cycle in cycles] == [True] * 5 + [False]
