"""The load: wrk on its own core, or a small loader of our own where there is no wrk and for the smoke test."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from bench.processes import cores, pinned
from bench.scenarios import ALIAS

Loader = Literal["wrk", "python"]
CONNECTIONS = 16
MISSING = "wrk is not installed (`apt install wrk`, `brew install wrk`). Or run with --loader python, which is slower."


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is sent, over and over; with `always_new` each request has an alias that was never seen."""

    port: int
    path: str
    headers: Mapping[str, str]
    body: str
    always_new: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What one round measured; latencies are seconds."""

    requests: int
    seconds: float
    errors: int
    """Connections that failed and answers that did not come."""
    refused: int
    """Answers with another status than 200, and with errors where they were looked for."""
    p50: float
    p99: float


def available(loader: Loader) -> bool:
    """Whether it can run here."""
    return loader == "python" or shutil.which("wrk") is not None


def run(loader: Loader, target: Target, seconds: float, *, connections: int, check: bool = False) -> Load:
    """Sends for that long, one request per connection; with `check` every answer is looked into, which costs load."""
    if loader == "wrk":
        return _wrk(target, seconds, connections, check)
    return asyncio.run(_python(target, seconds, connections))


_LUA = """
wrk.method = "POST"
wrk.body = %(body)s
%(headers)s
local always_new, body, count, threads = %(always_new)s, wrk.body, 0, {}
faulty = 0
setup = function(thread) table.insert(threads, thread) end
if always_new then
  request = function()
    count = count + 1
    return wrk.format(nil, nil, nil, (body:gsub("%(alias)s", "a%(seed)dx" .. count, 1)))
  end
end
if %(check)s then
  response = function(status, headers, answer)
    if answer:find('"errors":[{', 1, true) or not answer:find('"data":{', 1, true) then faulty = faulty + 1 end
  end
end
done = function(summary, latency, requests)
  local errors, refused = summary.errors, summary.errors.status
  for _, thread in ipairs(threads) do refused = refused + thread:get("faulty") end
  io.write(string.format(
    '\\nRESULT {"requests": %%d, "seconds": %%f, "errors": %%d, "refused": %%d, "p50": %%f, "p99": %%f}\\n',
    summary.requests, summary.duration / 1e6,
    errors.connect + errors.read + errors.write + errors.timeout, refused,
    latency:percentile(50) / 1e6, latency:percentile(99) / 1e6))
end
"""


def _wrk(target: Target, seconds: float, connections: int, check: bool) -> Load:
    headers = {"content-type": "application/json", "accept": "application/json", **target.headers}
    lines = "\n".join(f"wrk.headers[{_lua(name)}] = {_lua(value)}" for name, value in headers.items())
    script = _LUA % {
        "body": _lua(target.body),
        "headers": lines,
        "always_new": str(target.always_new).lower(),
        "alias": ALIAS,
        "seed": time.time_ns() // 1000,
        "check": str(check).lower(),
    }
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        command = [
            "wrk",
            "-t1",
            f"-c{connections}",
            f"-d{max(1, round(seconds))}s",
            "--timeout",
            "10s",
            "-s",
            file.name,
        ]
        command.append(f"http://127.0.0.1:{target.port}{target.path}")
        done = subprocess.run(pinned(cores()[1], command), capture_output=True, text=True, check=True)
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT "))
    return Load(**json.loads(line.removeprefix("RESULT ")))


def _lua(text: str) -> str:
    """A Lua string literal; JSON's escapes that Lua reads otherwise do not occur in ASCII without controls."""
    return json.dumps(text).replace("\\/", "/")


async def _python(target: Target, seconds: float, connections: int) -> Load:
    """A loop of requests on each connection."""
    latencies: list[float] = []
    counter = iter(range(1 << 62))
    request = _request_maker(target, counter.__next__)
    began = time.perf_counter()
    failures = await asyncio.gather(
        *(_connection(target.port, request, began + seconds, latencies) for _ in range(connections))
    )
    took = time.perf_counter() - began
    latencies.sort()
    return Load(
        requests=len(latencies),
        seconds=took,
        errors=0,
        refused=sum(failures),
        p50=latencies[len(latencies) // 2],
        p99=latencies[min(len(latencies) - 1, len(latencies) * 99 // 100)],
    )


def _request_maker(target: Target, number: Callable[[], int]) -> Callable[[], bytes]:
    headers = {"host": "127.0.0.1", "content-type": "application/json", "accept": "application/json", **target.headers}
    head = f"POST {target.path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    seed = time.time_ns()

    def make() -> bytes:
        body = target.body.replace(ALIAS, f"a{seed}x{number()}", 1) if target.always_new else target.body
        data = body.encode()
        return f"{head}content-length: {len(data)}\r\n\r\n".encode() + data

    return make


async def _connection(port: int, request: Callable[[], bytes], end: float, latencies: list[float]) -> int:
    """How many of its answers were not 200 or had errors."""
    errors = 0
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (sent := time.perf_counter()) < end:
        writer.write(request())
        status, body = await _answer(reader)
        latencies.append(time.perf_counter() - sent)
        errors += status != 200 or b'"errors":[{' in body
    writer.close()
    await writer.wait_closed()
    return errors


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    status = int(head.split(" ", 2)[1])
    if "transfer-encoding: chunked" in head:
        return status, await _chunks(reader)
    length = int(head.partition("content-length:")[2].partition("\r\n")[0])
    return status, await reader.readexactly(length)


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    parts = []
    while size := int(await reader.readline(), 16):
        parts.append(await reader.readexactly(size))
        await reader.readline()
    await reader.readline()
    return b"".join(parts)


async def ask(target: Target) -> tuple[int, bytes]:
    """One request and its whole answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
    try:
        writer.write(_request_maker(target, lambda: 0)())
        return await _answer(reader)
    finally:
        writer.close()
        await writer.wait_closed()
