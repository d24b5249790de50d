"""A DynamoDB that plays a script: each request meets the next act, the last act repeats."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from ssl import SSLContext
from typing import Any
from zlib import crc32

import orjson

from datasources.dynamo import Options, open_database
from datasources.dynamodb import Database, Item


@dataclass(slots=True)
class Request:
    """What a client sent; header names in lower case."""

    operation: str
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What happens to one request: an answer (`body` as it is, else `json`), or one of the misdeeds below.

    `cut` sends that many bytes of the answer's body and ends the connection; `reset` ends it without a byte; `hold`
    never answers; `raw` sends these bytes and nothing else; `drip` sends the body byte by byte with so many seconds
    between; `close` closes it after the answer.
    """

    status: int = 200
    json: Any = None
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    crc: bool = True
    chunks: int = 0
    cut: int | None = None
    reset: bool = False
    hold: bool = False
    close: bool = False
    raw: bytes | None = None
    drip: float = 0.0

    def payload(self) -> bytes:
        return self.body if self.body is not None else orjson.dumps({} if self.json is None else self.json)


Scripted = Act | Callable[[Request], Act]


def refusal(code: str, message: str = "no", status: int = 400, **headers: str) -> Act:
    """An error answer as DynamoDB words it."""
    body = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": message}
    return Act(status=status, json=body, headers=headers)


@dataclass(slots=True)
class Stage:
    """A running script: where it listens, what came, and how many connections were made."""

    script: list[Scripted]
    url: str = ""
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    @property
    def operations(self) -> list[str]:
        return [request.operation for request in self.requests]

    def play(self, *script: Scripted) -> None:
        """A new script; what came so far is forgotten."""
        self.script[:] = script
        self.requests.clear()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while await self._turn(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _turn(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        request = await _read(reader)
        self.requests.append(request)
        act = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if not isinstance(act, Act):
            act = act(request)
        if act.hold:
            await asyncio.sleep(3600)
        if act.reset:
            writer.transport.abort()
            return False
        answer = _answer(act) if act.raw is None else act.raw
        head = len(answer) - len(act.payload()) if act.drip else len(answer)
        writer.write(answer[:head])
        for byte in answer[head:]:
            await asyncio.sleep(act.drip)
            writer.write(bytes((byte,)))
        await writer.drain()
        return act.cut is None and not act.close


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[1:-2]
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(headers.get("x-amz-target", "").rpartition(".")[2], headers, orjson.loads(body or b"null"))


def _answer(act: Act) -> bytes:
    body = act.payload()
    headers = {"content-type": "application/x-amz-json-1.0", "date": formatdate(usegmt=True)}
    if act.crc:
        headers["x-amz-crc32"] = str(crc32(body))
    headers |= act.headers
    if act.chunks:
        headers["transfer-encoding"] = "chunked"
        parts = [body[at : at + act.chunks] for at in range(0, len(body), act.chunks)]
        sent = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    else:
        headers.setdefault("content-length", str(len(body)))
        sent = body if act.cut is None else body[: act.cut]
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {act.status} X\r\n{lines}\r\n".encode("latin-1") + sent


@asynccontextmanager
async def staged(*script: Scripted, tls: SSLContext | None = None) -> AsyncIterator[Stage]:
    """The script on a free port of 127.0.0.1."""
    stage = Stage(list(script))
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        await stage.serve(reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    stage.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield stage
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


KEY = ("T#1", "META")
TYPED = {"pk": {"S": "T#1"}, "sk": {"S": "META"}, "n": {"N": "7"}}
ITEM: Item = {"pk": "T#1", "sk": "META", "n": 7}
THROTTLED = refusal("ProvisionedThroughputExceededException")


@asynccontextmanager
async def opened(stage: Stage, lean: bool, **options: Any) -> AsyncIterator[Database]:
    """The database over the stage, impatient; `limits` may be among the options."""
    settings: dict[str, Any] = {"read_seconds": 0.3, "call_seconds": 2.0, "loop_seconds": 2.0} | options
    limits = settings.pop("limits", None)
    async with open_database(
        Options(region="eu-west-1", endpoint_url=stage.url, lean=lean, **settings), limits=limits
    ) as database:
        yield database
