"""The connections of the lean path: reuse, stale ones, bounds, and answers that are none."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest

from datasources.dynamo.http import Broken, Connection, Pool, Silent, Unreadable
from tests.datasources.scripted_dynamodb import Act, Stage, staged

REQUEST = b"POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: D.GetItem\r\nContent-Length: 2\r\n\r\n{}"
GOOD = Act(body=b'{"a":1}')


@asynccontextmanager
async def pooled(stage: Stage, **options: Any) -> AsyncIterator[Pool]:
    url = urlsplit(stage.url)
    assert url.hostname and url.port
    settings: dict[str, Any] = {"size": 4, "connect": 1.0, "keepalive": 20.0, "room": 1000} | options
    pool = Pool(url.hostname, url.port, None, **settings)
    try:
        yield pool
    finally:
        await pool.close()


async def ask(pool: Pool, *, idle: float = 1.0, seconds: float = 5.0) -> bytes:
    return (await pool.exchange(REQUEST, idle, time.monotonic() + seconds)).body


async def test_a_connection_that_rests_holds_nothing_of_its_last_answer() -> None:
    async with staged(GOOD) as stage, pooled(stage) as pool:
        answer = await pool.exchange(REQUEST, 1.0, time.monotonic() + 5.0)
        (connection,) = pool._free
        assert answer.headers and answer.body
        assert (connection._headers, connection._body) == ({}, [])


async def test_one_connection_serves_many_requests() -> None:
    async with staged(GOOD) as stage, pooled(stage) as pool:
        answers = [await ask(pool) for _ in range(5)]
        assert answers == [GOOD.body] * 5
        assert stage.connections == 1


async def test_no_more_connections_than_the_pool_allows() -> None:
    async with staged(Act(body=b"{}", drip=0.01)) as stage, pooled(stage, size=3) as pool:
        await asyncio.gather(*(ask(pool) for _ in range(12)))
        assert len(stage.requests) == 12
        assert stage.connections == 3


async def test_a_full_pool_makes_callers_wait_no_longer_than_they_may() -> None:
    async with staged(Act(hold=True)) as stage, pooled(stage, size=1) as pool:
        first = asyncio.create_task(ask(pool, idle=5.0))
        await asyncio.sleep(0.05)
        with pytest.raises(Silent):
            await ask(pool, seconds=0.05)
        first.cancel()
        stage.play(GOOD)
        with pytest.raises(asyncio.CancelledError):
            await first
        assert await ask(pool) == GOOD.body


async def test_an_answer_that_was_given_up_is_never_read_as_the_next_ones() -> None:
    async with staged(Act(body=b'"late"', drip=0.05), GOOD) as stage, pooled(stage, size=1) as pool:
        with pytest.raises(Silent):
            await ask(pool, seconds=0.1)
        assert await ask(pool) == GOOD.body
        assert stage.connections == 2


async def test_a_connection_that_the_host_closed_is_replaced_unseen() -> None:
    async with staged(GOOD, Act(reset=True), GOOD) as stage, pooled(stage) as pool:
        assert await ask(pool) == GOOD.body
        assert await ask(pool) == GOOD.body
        assert len(stage.requests) == 3
        assert stage.connections == 2


async def test_a_new_connection_that_breaks_is_an_error() -> None:
    async with staged(Act(reset=True)) as stage, pooled(stage) as pool:
        with pytest.raises(Broken):
            await ask(pool)
        assert len(stage.requests) == 1


async def test_an_answer_that_breaks_off_is_not_asked_again_here() -> None:
    async with staged(GOOD, Act(body=b'{"a":1}', cut=3)) as stage, pooled(stage) as pool:
        await ask(pool)
        with pytest.raises(Broken):
            await ask(pool)
        assert len(stage.requests) == 2


async def test_a_connection_that_rested_too_long_is_not_used() -> None:
    async with staged(GOOD) as stage, pooled(stage, keepalive=0.0) as pool:
        await ask(pool)
        await ask(pool)
        assert stage.connections == 2


@pytest.mark.parametrize("close", [True, False])
async def test_a_host_that_wants_no_second_request_gets_none(close: bool) -> None:
    async with staged(Act(body=b"{}", close=close, headers={"connection": "close"})) as stage, pooled(stage) as pool:
        assert [await ask(pool) for _ in range(3)] == [b"{}"] * 3
        assert (stage.connections, len(stage.requests)) == (3, 3)


async def test_a_caller_that_gives_up_takes_its_connection_down() -> None:
    async with staged(Act(hold=True)) as stage:
        loop = asyncio.get_running_loop()
        port = int(stage.url.rpartition(":")[2])
        _, connection = await loop.create_connection(lambda: Connection(loop, 1000), "127.0.0.1", port)
        task = asyncio.create_task(connection.exchange(REQUEST, 5.0, time.monotonic() + 5.0))
        await asyncio.sleep(0.02)
        before = connection.usable
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (before, connection.usable) == (True, False)
        with pytest.raises(Broken):
            await connection.exchange(REQUEST, 5.0, time.monotonic() + 5.0)


@pytest.mark.parametrize("chunks", [1, 3, 1000])
async def test_an_answer_in_chunks_is_put_together(chunks: int) -> None:
    async with staged(Act(body=b'{"a":"chunked"}', chunks=chunks)) as stage, pooled(stage) as pool:
        assert await ask(pool) == b'{"a":"chunked"}'


async def test_an_answer_beyond_the_bound_is_refused_and_dropped() -> None:
    async with staged(Act(body=b"x" * 200_000)) as stage, pooled(stage) as pool:
        with pytest.raises(Unreadable):
            await ask(pool)


async def test_headers_without_end_are_refused() -> None:
    async with staged(Act(body=b"", headers={"x-long": "y" * 100_000})) as stage, pooled(stage) as pool:
        with pytest.raises(Unreadable):
            await ask(pool)


@pytest.mark.parametrize("raw", [b"SSH-2.0-OpenSSH_9.6\r\n", b"\x15\x03\x01\x00\x02\x02\x16", b"HTTP/9.9 \r\n\r\n"])
async def test_a_host_that_speaks_something_else_is_unreadable(raw: bytes) -> None:
    async with staged(Act(raw=raw)) as stage, pooled(stage) as pool:
        with pytest.raises(Unreadable):
            await ask(pool)


async def test_an_answer_and_then_more_is_the_end_of_the_connection() -> None:
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
    async with staged(Act(raw=answer + answer)) as stage, pooled(stage) as pool:
        assert await ask(pool) == b"{}"
        assert await ask(pool) == b"{}"
        assert stage.connections == 2


async def test_a_host_that_accepts_nothing_is_given_up_in_time() -> None:
    async with staged(GOOD) as stage:
        pass
    async with pooled(stage) as pool:
        with pytest.raises(Broken):
            await ask(pool)


class Slow(BaseHTTPRequestHandler):
    """A host that takes its time and keeps its connections open."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(2)
        time.sleep(0.05)
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: Any) -> None:
        """Nothing."""


def test_a_pool_that_was_closed_leaves_no_socket_behind_not_even_of_what_was_under_way() -> None:
    async def use(port: int) -> None:
        pool = Pool("127.0.0.1", port, None, size=2, connect=1.0, keepalive=20.0, room=1000)
        under_way = asyncio.create_task(ask(pool))
        assert await ask(pool) == b"{}"
        again = asyncio.create_task(ask(pool))
        await asyncio.sleep(0.01)
        await pool.close()
        assert (await under_way, await again) == (b"{}", b"{}")

    with ThreadingHTTPServer(("127.0.0.1", 0), Slow) as host, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        host.daemon_threads = True
        threading.Thread(target=host.serve_forever, daemon=True).start()
        asyncio.run(use(host.server_address[1]))
        gc.collect()
        host.shutdown()
    assert [str(one.message) for one in caught] == []
