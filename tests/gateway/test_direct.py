"""What goes past ASGI's messages: cycles of whole messages, bodies that are there, answers in one piece."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from gateway.call import DIRECT
from gateway.cycle import WholeCycle
from gateway.heads import Known
from tests.gateway.wire import protocol_of

MESSAGE = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}"


def test_a_whole_cycle_is_uvicorns_after_the_last_byte_of_its_message():
    names = ("transport", "flow", "logger", "access_logger", "access_log")
    state, on_response = SimpleNamespace(default_headers=[(b"date", b"now")]), list
    connection: Any = SimpleNamespace(
        server_state=state, on_response_complete=on_response, app_state={"a": 1}, **{n: n for n in names}
    )
    theirs = RequestResponseCycle(
        scope={"path": "/"},  # type: ignore[typeddict-item]
        default_headers=state.default_headers,
        message_event=asyncio.Event(),
        expect_100_continue=False,
        keep_alive=True,
        on_response=on_response,
        **{name: name for name in names},  # type: ignore[arg-type]
    )
    theirs.body += b"{}"
    theirs.more_body = False
    theirs.message_event.set()
    ours = WholeCycle(connection, Known(b"", 0, {"path": "/", "headers": []}, 0.0), b"{}", True)
    assert ours.message_event.is_set()
    assert ours.scope == {"path": "/", "headers": [], "state": {"a": 1}, "extensions": {DIRECT: ours}}
    expected = {name: value for name, value in vars(theirs).items() if name not in ("message_event", "scope")}
    assert {name: getattr(ours, name) for name in expected} == expected


async def test_a_body_is_taken_once():
    bodies: list[bytes] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        direct = scope["extensions"][DIRECT]
        bodies.append(direct.take())
        listening = asyncio.ensure_future(receive())
        await asyncio.sleep(0)
        assert not listening.done(), "nothing is left but the farewell of the client"
        direct.write(200, b"content-length: 2\r\n", b"ok")
        assert await listening == {"type": "http.disconnect"}

    line = protocol_of(application)()
    for _ in range(5):
        assert (await line.sends(MESSAGE)).endswith(b"\r\n\r\nok")
    assert bodies == [b"{}"] * 5


async def test_a_body_that_was_received_is_not_taken():
    found: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        direct = scope["extensions"][DIRECT]
        found.append((direct.known is not None, (await receive())["body"], direct.take() or b""))
        direct.write(200, b"content-length: 2\r\n", b"ok")

    line = protocol_of(application)()
    for _ in range(5):
        await line.sends(MESSAGE)
    assert found == [(known, b"{}", b"") for known in (False, False, False, True, True)]


@pytest.mark.parametrize("early", [True, False])
async def test_a_client_that_leaves_is_heard_of_by_whoever_listens_before_or_after(early):
    heard: list[Any] = []
    left = asyncio.Event()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        direct = scope["extensions"][DIRECT]
        if direct.take() == b"{}":
            direct.write(200, b"content-length: 2\r\n", b"ok")
            return
        listening = asyncio.ensure_future(receive()) if early else None
        await left.wait()
        message = await (listening or receive())
        heard.append((direct.known is not None, message, direct.write(200, b"content-length: 2\r\n", b"ok")))

    line = protocol_of(application)()
    for _ in range(3):
        await line.sends(MESSAGE)
    line.protocol.data_received(MESSAGE.replace(b"{}", b"[]"))
    await asyncio.sleep(0)
    line.protocol.connection_lost(None)
    left.set()
    assert not (await line.sends()).strip()
    assert heard == [(True, {"type": "http.disconnect"}, False)]


async def test_a_large_answer_is_not_copied():
    body = b"x" * 100_000

    async def application(scope: Any, receive: Any, send: Any) -> None:
        scope["extensions"][DIRECT].write(200, b"content-length: 100000\r\n", body)

    line = protocol_of(application)()
    assert (await line.sends(MESSAGE)).endswith(b"\r\n\r\n" + body)
    assert any(piece is body for piece in line.wire.pieces)
