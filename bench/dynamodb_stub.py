"""A DynamoDB endpoint that answers canned items at wire speed, so that a benchmark measures clients and not a store.

    python -m bench.dynamodb_stub [--port 0] [--items items.jsonl] [--latency 0.003]

Prints its URL when it listens and ends when its standard input closes. `items.jsonl` has one object per line:
{"table": "catalog", "item": {"pk": {"S": "..."}, "sk": {"S": "..."}, ...}}; without it the stub holds made-up titles.
It knows GetItem, BatchGetItem and Query (one condition on the sort key, local and global indexes by their key
attributes); writes are answered with success and change nothing. It checks no signature.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from zlib import crc32

import orjson

from bench.dynamodb_titles import made_up_titles

Typed = dict[str, Any]
INDEX_KEYS = {None: ("pk", "sk"), "gsi1": ("gsi1pk", "gsi1sk"), "gsi2": ("gsi2pk", "gsi2sk"), "recent": ("pk", "rk")}


class Store:
    """Items rendered once, found by key and by sorted partition."""

    def __init__(self, items: Iterable[tuple[str, Typed]]) -> None:
        self.items: dict[tuple[str, str, str], bytes] = {}
        self.partitions: dict[tuple[str, str | None, str], list[tuple[str, bytes, Typed]]] = defaultdict(list)
        for table, item in items:
            rendered = orjson.dumps(item)
            self.items[table, item["pk"]["S"], item["sk"]["S"]] = rendered
            for index, (partition, sort) in INDEX_KEYS.items():
                if partition in item and sort in item:
                    entry = (item[sort]["S"], rendered, item)
                    self.partitions[table, index, item[partition]["S"]].append(entry)
        for entries in self.partitions.values():
            entries.sort(key=lambda entry: entry[0])

    def answer(self, operation: str, request: Typed) -> bytes:
        """The body of the answer to one call."""
        return _OPERATIONS.get(operation, _written)(self, request)


def _get(store: Store, request: Typed) -> bytes:
    key = request["Key"]
    found = store.items.get((request["TableName"], key["pk"]["S"], key["sk"]["S"]))
    return b"{}" if found is None else b'{"Item":' + found + b"}"


def _batch_get(store: Store, request: Typed) -> bytes:
    tables = []
    for table, wanted in request["RequestItems"].items():
        found = (store.items.get((table, key["pk"]["S"], key["sk"]["S"])) for key in wanted["Keys"])
        tables.append(orjson.dumps(table) + b":[" + b",".join(item for item in found if item is not None) + b"]")
    return b'{"Responses":{' + b",".join(tables) + b'},"UnprocessedKeys":{}}'


def _query(store: Store, request: Typed) -> bytes:
    index, forward = request.get("IndexName"), request.get("ScanIndexForward", True)
    partition, sort = INDEX_KEYS[index]
    condition = _with_values(request)
    value = _first(rf"{partition} = (\d+)", condition, request)
    entries = store.partitions.get((request["TableName"], index, value or ""), [])
    entries = _narrowed(entries, sort, condition, request)
    if not forward:
        entries = entries[::-1]
    if (start := request.get("ExclusiveStartKey")) is not None:
        bound = start[sort]["S"]
        entries = [entry for entry in entries if (entry[0] > bound if forward else entry[0] < bound)]
    limit = request.get("Limit", len(entries))
    shown, last = entries[:limit], b""
    if len(entries) > limit:
        names = dict.fromkeys(("pk", "sk", partition, sort))
        last = b',"LastEvaluatedKey":' + orjson.dumps({name: shown[-1][2][name] for name in names})
    count = b"%d" % len(shown)
    body = b'{"Items":[' + b",".join(entry[1] for entry in shown) + b"]"
    return body + b',"Count":' + count + b',"ScannedCount":' + count + last + b"}"


def _with_values(request: Typed) -> str:
    """The key condition with attribute names in place and values as numbers of their place: "pk = 0 AND sk > 1"."""
    places = {name: str(place) for place, name in enumerate(request["ExpressionAttributeValues"])}
    places |= request.get("ExpressionAttributeNames", {})
    text = re.sub(r"[#:]\w+", lambda found: places[found[0]], request["KeyConditionExpression"])
    return re.sub(r"\s*(=|<=?|>=?)\s*", r" \1 ", text)


def _first(pattern: str, condition: str, request: Typed) -> str | None:
    found = re.search(pattern, condition)
    values: list[Typed] = list(request["ExpressionAttributeValues"].values())
    return None if found is None else values[int(found[1])]["S"]


def _narrowed(entries: list[Any], sort: str, condition: str, request: Typed) -> list[Any]:
    sorts = [entry[0] for entry in entries]
    if (prefix := _first(rf"begins_with\s*\(\s*{sort}\s*,\s*(\d+)", condition, request)) is not None:
        return entries[bisect_left(sorts, prefix) : bisect_left(sorts, prefix + "\U0010ffff")]
    if (low := _first(rf"{sort} BETWEEN (\d+)", condition, request)) is not None:
        high = _first(rf"{sort} BETWEEN \d+ AND (\d+)", condition, request)
        return entries[bisect_left(sorts, low) : bisect_right(sorts, high)]
    for sign, part in _PARTS.items():
        if (bound := _first(rf"{sort} {sign} (\d+)", condition, request)) is not None:
            return entries[part(sorts, bound)]
    return entries


_PARTS: dict[str, Callable[[list[str], str], slice]] = {
    "=": lambda sorts, bound: slice(bisect_left(sorts, bound), bisect_right(sorts, bound)),
    ">": lambda sorts, bound: slice(bisect_right(sorts, bound), None),
    ">=": lambda sorts, bound: slice(bisect_left(sorts, bound), None),
    "<": lambda sorts, bound: slice(None, bisect_left(sorts, bound)),
    "<=": lambda sorts, bound: slice(None, bisect_right(sorts, bound)),
}


def _written(store: Store, request: Typed) -> bytes:
    if request.get("ReturnValues", "NONE") == "NONE":
        return b"{}"
    key = request.get("Key") or request["Item"]
    found = store.items.get((request["TableName"], key["pk"]["S"], key["sk"]["S"]))
    return b'{"Attributes":' + (found or orjson.dumps(key)) + b"}"


_OPERATIONS: dict[str, Callable[[Store, Typed], bytes]] = {
    "GetItem": _get,
    "BatchGetItem": _batch_get,
    "Query": _query,
    "BatchWriteItem": lambda store, request: b'{"UnprocessedItems":{}}',
}


class Stub(asyncio.Protocol):
    """One connection: requests in, answers out, in order."""

    def __init__(self, store: Store, latency: float) -> None:
        self._store, self._latency = store, latency
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = dict(_header(line) for line in self._buffer[:end].split(b"\r\n")[1:])
            size = end + 4 + int(head.get(b"content-length", b"0"))
            if len(self._buffer) < size:
                return
            operation = head[b"x-amz-target"].decode().rsplit(".", 1)[-1]
            body = self._store.answer(operation, orjson.loads(self._buffer[end + 4 : size]))
            self._buffer = self._buffer[size:]
            self._send(
                b"HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\nx-amzn-requestid: stub\r\n"
                b"x-amz-crc32: %d\r\ncontent-length: %d\r\n\r\n%b" % (crc32(body), len(body), body)
            )

    def _send(self, answer: bytes) -> None:
        if self._latency:
            asyncio.get_running_loop().call_later(self._latency, self._transport.write, answer)
        else:
            self._transport.write(answer)


def _header(line: bytes) -> tuple[bytes, bytes]:
    name, _, value = line.partition(b":")
    return name.lower(), value.strip()


async def listen(items: Iterable[tuple[str, Typed]], *, port: int = 0, latency: float = 0.0) -> asyncio.Server:
    """A stub on 127.0.0.1; the port is that of the server's first socket. Latency is in seconds."""
    store = Store(items)
    return await asyncio.get_running_loop().create_server(lambda: Stub(store, latency), "127.0.0.1", port)


def url_of(server: asyncio.Server) -> str:
    """Where it listens."""
    return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def _serve(arguments: argparse.Namespace) -> None:
    items = made_up_titles(1000)
    if arguments.items is not None:
        lines = map(orjson.loads, arguments.items.read_bytes().splitlines())
        items = ((line["table"], line["item"]) for line in lines)
    server = await listen(items, port=arguments.port, latency=arguments.latency)
    print(url_of(server), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--items", type=Path)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    arguments = parser.parse_args()
    try:
        import uvloop

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    except ImportError:
        pass
    asyncio.run(_serve(arguments))


if __name__ == "__main__":
    main()
