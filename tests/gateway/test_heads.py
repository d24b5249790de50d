"""Heads that came before: only the same bytes on the same connection, whole, and for seconds."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from gateway.call import DIRECT
from gateway.heads import HOLDS_SECONDS, Heads, Known
from tests.clock import Clock
from tests.gateway.small import Running, running
from tests.gateway.wire import LIMITS, Line, protocol_of

SCOPE = {"type": "http", "http_version": "1.1", "method": "POST", "path": "/graphql"}


def message(*lines: bytes, body: bytes = b"{}", start: bytes = b"POST /graphql HTTP/1.1") -> bytes:
    return b"\r\n".join([start, b"host: a", *lines, b"content-length: %d" % len(body), b"", body])


def scope_of(data: bytes, **changes: Any) -> dict[str, Any]:
    lines = data.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]
    return {**SCOPE, "headers": [tuple(line.split(b": ", 1)) for line in lines], **changes}


def noted(heads: Heads, data: bytes, times: int = 2, **changes: Any) -> Heads:
    for _ in range(times):
        heads.note(data, scope_of(data, **changes))
    return heads


def test_a_head_is_known_when_it_came_twice():
    assert noted(Heads(), message(), 1).find(message()) is None
    known = noted(Heads(), message()).find(message())
    assert known is not None
    assert (known.headers, known.scope["path"]) == ({b"host": b"a", b"content-length": b"2"}, "/graphql")
    assert message()[len(known.bytes) :] == b"{}"


@pytest.mark.parametrize(
    "data",
    [
        message(b"x-profile-token: b"),
        message(b"Authorization: a"),
        message(b"authorization: a", start=b"POST /graphq1 HTTP/1.1"),
        message(b"authorization: a") + b" ",
        message(b"authorization: a")[:-1],
        message(b"authorization: a") + message(b"authorization: a"),
    ],
)
def test_a_byte_more_or_less_or_another_is_another_message(data):
    assert noted(Heads(), message(b"authorization: a")).find(data) is None


@pytest.mark.parametrize(
    ("data", "changes"),
    [
        (message(start=b"PUT /graphql HTTP/1.1"), {"method": "PUT"}),
        (message(start=b"POST /graphql HTTP/1.0"), {"http_version": "1.0"}),
        (message(b"connection: close"), {}),
        (message(b"expect: 100-continue"), {}),
        (message(b"transfer-encoding: chunked"), {}),
        (message(b"upgrade: h2c"), {}),
        (message(b"content-length: 2"), {}),
        (message().replace(b"content-length: 2", b"content-length: 02"), {}),
        (message().replace(b"content-length: 2\r\n", b""), {}),
        (message(b"cookie: " + b"a" * 4096), {}),
        (message(body=b" " * 65_537), {}),
        (message().replace(b"\r\n", b"\n"), {}),
    ],
)
def test_what_is_read_or_answered_in_a_way_of_its_own_is_parsed_every_time(data, changes):
    assert noted(Heads(), data, **changes).find(data) is None


def test_a_head_holds_for_seconds():
    clock = Clock(1000.0)
    heads = noted(Heads(clock), message())
    clock.now += HOLDS_SECONDS - 0.1
    assert heads.find(message()) is not None
    clock.now += 0.2
    assert heads.find(message()) is None
    clock.now -= 1
    assert heads.find(message()) is None


def test_a_connection_knows_the_last_few_heads():
    heads = Heads()
    asked = [message(b"x: %d" % number) for number in range(6)]
    for one in asked:
        noted(heads, one)
    assert [heads.find(one) is not None for one in asked] == [False] * 2 + [True] * 4


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Says what it was asked, and whether the head was known."""
    direct = scope["extensions"][DIRECT]
    said = {name: scope[name] for name in ("method", "path", "query_string", "raw_path", "client", "http_version")}
    text = repr({**said, "state": scope["state"], "headers": scope["headers"], "body": (await receive())["body"]})
    head = b"content-length: %d\r\nx-known: %d\r\n" % (len(text), direct.known is not None)
    assert direct.write(200, head, text.encode())


def split(answer: bytes) -> tuple[int, bytes]:
    """Whether the head was known, and what was said."""
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.partition(b"x-known: ")[2][:1]), body


@pytest.fixture
async def line() -> Line:
    connected: Line = protocol_of(echo)()
    return connected


ASKED = message(b"Authorization: Bearer a", start=b"POST /graphql?a=%20b HTTP/1.1", body=b'{"a":1}')


async def warm(line: Line) -> bytes:
    """The answer to a head that is known now."""
    known = 0
    for _ in range(4):
        known, body = split(await line.sends(ASKED))
    assert known
    return body


async def test_a_known_head_says_what_it_said(line):
    first = split(await line.sends(ASKED))
    answers = [split(await line.sends(ASKED)) for _ in range(5)]
    assert [known for known, _ in answers] == [0, 0, 1, 1, 1]
    assert {body for _, body in answers} == {first[1]}


async def test_the_body_is_the_one_that_came(line):
    body = await warm(line)
    assert split(await line.sends(ASKED.replace(b'"a":1', b'"b":2'))) == (1, body.replace(b'"a":1', b'"b":2'))


@pytest.mark.parametrize("at", [1, 10, len(ASKED) - 9, len(ASKED) - 7, len(ASKED) - 1])
async def test_halves_of_a_known_message_make_one(line, at):
    body = await warm(line)
    assert split(await line.sends(ASKED[:at], ASKED[at:])) == (0, body)
    assert split(await line.sends(ASKED)) == (1, body)


async def test_two_messages_in_one_chunk_are_two(line):
    body = await warm(line)
    both = await line.sends(ASKED + ASKED)
    assert both.count(body) == 2
    assert split(await line.sends(ASKED)) == (1, body)


async def test_a_message_and_a_half_are_one_and_then_another(line):
    body = await warm(line)
    assert (await line.sends(ASKED + ASKED[:20])).count(body) == 1
    assert (await line.sends(ASKED[20:])).count(body) == 1


async def test_a_known_head_with_a_longer_body_is_followed_by_what_is_no_request(line):
    await warm(line)
    answer = await line.sends(ASKED + b"nonsense\r\n\r\n")
    assert b"400 Bad Request" in answer


async def test_another_content_length_is_another_head(line):
    await warm(line)
    longer = ASKED.replace(b'{"a":1}', b'{"a":10}').replace(b"length: 7", b"length: 8")
    known, body = split(await line.sends(longer))
    assert (known, b"""'body': b'{"a":10}'""" in body) == (0, True)


async def test_a_message_that_comes_before_the_last_one_is_answered_waits_its_turn():
    release = asyncio.Event()

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        if b"wait" in scope["query_string"]:
            await release.wait()
        await echo(scope, receive, send)

    line = protocol_of(slow)()
    body = await warm(line)
    line.protocol.data_received(message(start=b"POST /?wait HTTP/1.1"))
    line.protocol.data_received(ASKED)
    await asyncio.sleep(0.01)
    before = line.wire.written
    release.set()
    answers = await line.sends()
    assert line.wire.written.startswith(before) and before.endswith(body)
    assert (answers.count(b"200 OK"), answers.index(b"wait") < answers.index(body)) == (2, True)


async def test_requests_with_known_heads_count_like_others():
    line = protocol_of(echo, replace(LIMITS, requests=6))()
    await warm(line)
    assert b"connection: close" not in await line.sends(ASKED)
    assert b"connection: close" in await line.sends(ASKED)
    assert (line.wire.closed, line.state.total_requests) == (True, 6)


async def test_a_connection_is_idle_between_requests_with_known_heads_alone():
    release = asyncio.Event()

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        await release.wait()
        await echo(scope, receive, send)

    line = protocol_of(slow)()
    release.set()
    await warm(line)
    release.clear()
    later = asyncio.get_running_loop().time() + 1000
    line.protocol.data_received(ASKED)
    line.protocol.look(later)
    assert not line.wire.closed
    release.set()
    assert split(await line.sends())[0] == 1
    line.protocol.look(later)
    assert line.wire.closed


async def test_what_a_connection_knows_is_forgotten_when_nobody_uses_it(line):
    await warm(line)
    line.protocol.look(asyncio.get_running_loop().time() + HOLDS_SECONDS - 1)
    assert split(await line.sends(ASKED))[0] == 1
    line.protocol.look(asyncio.get_running_loop().time() + HOLDS_SECONDS + 1)
    assert not line.wire.closed
    assert [split(await line.sends(ASKED))[0] for _ in range(3)] == [0, 0, 1]


async def test_another_connection_knows_nothing_of_it():
    connect = protocol_of(echo)
    await warm(connect("10.0.0.1"))
    other = connect("10.0.0.2")
    assert [split(await other.sends(ASKED))[0] for _ in range(4)] == [0, 0, 0, 1]
    assert b"('10.0.0.2', 1)" in split(await other.sends(ASKED))[1]


def answers_of(port: int, requests: list[bytes]) -> list[bytes]:
    """One connection; what is answered to each of them."""
    answers = []
    with socket.create_connection(("127.0.0.1", port), timeout=5) as one:
        for request in requests:
            one.sendall(request)
            received = one.recv(65_536)
            head, _, body = received.partition(b"\r\n\r\n")
            while len(body) < int(re.findall(rb"content-length: (\d+)", head)[0]):
                body += one.recv(65_536)
            answers.append(head + b"\r\n\r\n" + body)
    return answers


def query(text: str, *lines: bytes) -> bytes:
    return message(b"content-type: application/json", *lines, body=json.dumps({"query": text}).encode())


@contextmanager
def knowing() -> Iterator[tuple[Running, list[Known]]]:
    """A gateway, and the heads that it knew."""
    found: list[Known] = []

    def find(heads: Heads, data: bytes) -> Known | None:
        known = plain(heads, data)
        found.extend([known] if known is not None else [])
        return known

    plain = Heads.find
    with pytest.MonkeyPatch.context() as patch, running() as one:
        patch.setattr(Heads, "find", find)
        yield one, found


def test_answers_of_the_gateway_are_the_same_but_for_their_ids():
    changing = re.compile(rb"(?<=x-request-id: )\S+|(?<=date: )[^\r]+|(?<=;r=)\d+|(?<=;t=)\d+")
    asked = [query(text, b"authorization: Bearer viewer-1") for text in ("{ who }", "{ must }", "mutation { bump }")]
    with knowing() as (one, known):
        answers = [answer for text in asked for answer in answers_of(one.port, [text] * 6)]
        assert len(known) == 9
    assert len({changing.sub(b"", answer) for answer in answers}) == 3
    ids = [re.findall(rb"x-request-id: (\S+)", answer)[0] for answer in answers]
    assert len(set(ids)) == len(ids)


def test_each_caller_of_a_connection_is_told_from_the_others():
    asked = [query("{ who }", b"authorization: Bearer viewer-%d" % number) for number in range(3)]
    order = [0, 0, 0, 1, 1, 1, 2, 2, 2, 0, 1, 2, 0, 1, 2]
    with knowing() as (one, known):
        answers = answers_of(one.port, [asked[number] for number in order])
    assert [answer.partition(b'"who":"')[2][:1] for answer in answers] == [b"%d" % number for number in order]
    assert {head.arrival.payer.key for head in known} == {"0", "1", "2"}


def test_a_known_head_is_believed_no_longer_than_its_token():
    asked = query("{ who }", b"authorization: Bearer brief-1")
    with knowing() as (one, known):
        assert all(b"200 OK" in answer for answer in answers_of(one.port, [asked] * 5))
    assert {head.until for head in known} == {known[0].arrival.requester.expires_at}
