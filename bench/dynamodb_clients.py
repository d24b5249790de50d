"""Compares DynamoDB clients by CPU per call against the stub: the lean path, aiobotocore, and libraries if installed.

    python -m bench.dynamodb_clients [--rounds 3] [--seconds 1.0] [--site DIR]

CPU is that of this process (user and system), so that the stub, in a process of its own, does not count. Rounds are
interleaved and the median is shown. `--site` appends a folder with aiodynamo and pydynox, which Marquee does not need.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from uuid import uuid4

import aiohttp
import uvloop

from datasources.dynamo import Options, open_database
from datasources.dynamo.http import Answer
from datasources.dynamo.slim import SlimDatabase
from datasources.dynamodb import Database, Query, Write
from datasources.tables import CATALOG, VIEWERS

CONCURRENCY = 16
KEYS = [(f"T#title{number:07}", "META") for number in range(100)]
STATES = [("P#account#profile", f"ST#title{number:07}") for number in range(4)]
LISTING = "SET wl = if_not_exists(wl, :now), rk = if_not_exists(rk, :rk)"
VALUES = {":now": 1795478400000, ":rk": "WL#1795478400000#title0000000"}
Call = Callable[[], Awaitable[Any]]
Client = dict[str, Call]
Opener = Callable[[str], Any]


def _of_database(database: Database) -> Client:
    listings = [Write(table=VIEWERS, action="update", key=key, update=LISTING, values=VALUES) for key in STATES]
    return {
        "GetItem": lambda: database.get(CATALOG, KEYS[7]),
        "BatchGetItem 25": lambda: database.get_many(CATALOG, KEYS[:25]),
        "BatchGetItem 100": lambda: database.get_many(CATALOG, KEYS),
        "Query 40": lambda: database.query(CATALOG, Query(partition="T#series", prefix="E#")),
        "UpdateItem": lambda: database.write(listings[0], returning="ALL_NEW"),
        "TransactWriteItems 4": lambda: database.transact(listings),
    }


@asynccontextmanager
async def _lean(url: str) -> AsyncIterator[Client]:
    async with open_database(Options(region="us-east-1", endpoint_url=url)) as database:
        yield _of_database(database)


@asynccontextmanager
async def _aiobotocore(url: str) -> AsyncIterator[Client]:
    async with open_database(Options(region="us-east-1", endpoint_url=url, lean=False)) as database:
        yield _of_database(database)


class _AiohttpPool:
    """The lean path's pool on a general HTTP client."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session, self._url = session, url

    async def exchange(self, request: bytes, idle: float, end: float, *, replace: bool = True) -> Answer:
        head, _, body = request.partition(b"\r\n\r\n")
        headers = dict(line.decode().split(": ", 1) for line in head.split(b"\r\n")[1:])
        timeout = aiohttp.ClientTimeout(total=end - time.monotonic(), sock_read=idle)
        async with self._session.post(self._url, data=body, headers=headers, timeout=timeout) as answer:
            fields = {name.lower(): value for name, value in answer.raw_headers}
            return Answer(answer.status, fields, await answer.read())


@asynccontextmanager
async def _lean_over_aiohttp(url: str) -> AsyncIterator[Client]:
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(Options(region="us-east-1", endpoint_url=url)))
        session = await stack.enter_async_context(aiohttp.ClientSession(auto_decompress=False))
        assert isinstance(database, SlimDatabase)
        database._client._pool = _AiohttpPool(session, url)  # type: ignore[assignment]
        yield _of_database(database)


@asynccontextmanager
async def _aiodynamo(url: str) -> AsyncIterator[Client]:
    from aiodynamo.client import Client as Dynamo  # type: ignore[import-not-found, unused-ignore]
    from aiodynamo.credentials import Credentials  # type: ignore[import-not-found, unused-ignore]
    from aiodynamo.expressions import F, HashKey, RangeKey  # type: ignore[import-not-found, unused-ignore]
    from aiodynamo.http.aiohttp import AIOHTTP  # type: ignore[import-not-found, unused-ignore]
    from aiodynamo.models import BatchGetRequest, ReturnValues  # type: ignore[import-not-found, unused-ignore]
    from aiodynamo.operations import Update  # type: ignore[import-not-found, unused-ignore]
    from yarl import URL

    async with aiohttp.ClientSession() as session:
        dynamo = Dynamo(AIOHTTP(session), Credentials.auto(), "us-east-1", URL(url))
        keys = [{"pk": partition, "sk": sort} for partition, sort in KEYS]
        condition = HashKey("pk", "T#series") & RangeKey("sk").begins_with("E#")
        states = [{"pk": partition, "sk": sort} for partition, sort in STATES]
        listing = F("wl").set_if_not_exists(VALUES[":now"]) & F("rk").set_if_not_exists(VALUES[":rk"])
        updates = [Update("viewers", state, listing) for state in states]
        yield {
            "GetItem": lambda: dynamo.get_item("catalog", keys[7]),
            "BatchGetItem 25": lambda: dynamo.batch_get({"catalog": BatchGetRequest(keys[:25])}),
            "BatchGetItem 100": lambda: dynamo.batch_get({"catalog": BatchGetRequest(keys)}),
            "Query 40": lambda: dynamo.query_single_page("catalog", condition),
            "UpdateItem": lambda: dynamo.update_item("viewers", states[0], listing, return_values=ReturnValues.all_new),
            "TransactWriteItems 4": lambda: dynamo.transact_write_items(updates, request_token=str(uuid4())),
        }


@asynccontextmanager
async def _pydynox(url: str) -> AsyncIterator[Client]:
    from pydynox import DynamoDBClient  # type: ignore[import-not-found, unused-ignore]

    dynamo = DynamoDBClient(region="us-east-1", access_key="stub", secret_key="stub", endpoint_url=url)
    keys = [{"pk": partition, "sk": sort} for partition, sort in KEYS]

    async def query() -> list[Any]:
        names, values = {"#p": "pk", "#s": "sk"}, {":p": "T#series", ":s": "E#"}
        condition = "#p = :p AND begins_with(#s, :s)"
        found = dynamo.query("catalog", condition, expression_attribute_names=names, expression_attribute_values=values)
        return [item async for item in found]

    yield {
        "GetItem": lambda: dynamo.get_item("catalog", keys[7]),
        "BatchGetItem 25": lambda: dynamo.batch_get("catalog", keys[:25]),
        "BatchGetItem 100": lambda: dynamo.batch_get("catalog", keys),
        "Query 40": query,
        "UpdateItem": lambda: dynamo.update_item(
            "viewers",
            {"pk": STATES[0][0], "sk": STATES[0][1]},
            update_expression=LISTING,
            expression_attribute_values=VALUES,
            return_values="ALL_NEW",
        ),
    }


CLIENTS: dict[str, Opener] = {
    "lean (Marquee)": _lean,
    "lean over aiohttp": _lean_over_aiohttp,
    "aiobotocore": _aiobotocore,
    "aiodynamo": _aiodynamo,
    "pydynox": _pydynox,
}


async def _measure(call: Call, seconds: float) -> float:
    """Microseconds of CPU per call with 16 in flight."""
    await call()
    end, calls = time.perf_counter() + seconds, 0

    async def worker() -> None:
        nonlocal calls
        while time.perf_counter() < end:
            await call()
            calls += 1

    began = time.process_time()
    await asyncio.gather(*(worker() for _ in range(CONCURRENCY)))
    return (time.process_time() - began) / calls * 1e6


async def _compare(url: str, rounds: int, seconds: float) -> dict[str, dict[str, list[float]]]:
    figures: dict[str, dict[str, list[float]]] = {}
    async with AsyncExitStack() as stack:
        clients = {}
        for name, opener in CLIENTS.items():
            try:
                clients[name] = await stack.enter_async_context(opener(url))
            except ImportError as error:
                print(f"without {name}: {error}", file=sys.stderr)
        for _ in range(rounds):
            for name, client in clients.items():
                for operation, call in client.items():
                    cpu = await _measure(call, seconds)
                    figures.setdefault(name, {}).setdefault(operation, []).append(cpu)
    return figures


def _table(figures: dict[str, dict[str, list[float]]]) -> str:
    operations = list(next(iter(figures.values())))
    lines = ["| CPU per call, us | " + " | ".join(operations) + " |", "|---|" + "---|" * len(operations)]
    for name, client in figures.items():
        medians = (
            f"{statistics.median(client[operation]):.0f}" if operation in client else "" for operation in operations
        )
        lines.append(f"| {name} | " + " | ".join(medians) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--site", help="a folder with further libraries")
    arguments = parser.parse_args()
    if arguments.site:
        sys.path.append(arguments.site)
    os.environ.update(AWS_ACCESS_KEY_ID="stub", AWS_SECRET_ACCESS_KEY="stub")
    stub = subprocess.Popen(
        [sys.executable, "-m", "bench.dynamodb_stub"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert stub.stdin is not None and stub.stdout is not None
    try:
        url = stub.stdout.readline().strip()
        print(_table(uvloop.run(_compare(url, arguments.rounds, arguments.seconds))))
    finally:
        stub.stdin.close()
        stub.wait(5)


if __name__ == "__main__":
    main()
