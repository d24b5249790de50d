"""BatchGetItem as AWS answers it: in no order, at most 16 MB, with consumed capacity, and with keys left over."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any
from zlib import crc32

import orjson

from emulation.asgi import Reply
from emulation.ministack_dynamodb import item_size

ANSWER_LIMIT = 16 * 1024 * 1024
_UNIT = 4096

Request = dict[str, Any]
Wanted = tuple[str, dict[str, Any]]
"""A table and a key, typed."""


def wanted(request: Request, member: str = "Keys") -> list[Wanted]:
    """The keys of a request over all its tables."""
    return [(table, key) for table, entry in request["RequestItems"].items() for key in entry[member]]


def shuffled(request: Request, chance: random.Random) -> None:
    """Puts the keys of every table into another order: the answer has no promised order."""
    for entry in request["RequestItems"].values():
        chance.shuffle(entry["Keys"])


def within_limit(keys: Sequence[Wanted]) -> list[Wanted]:
    """The keys that no longer fit into one answer, in the order of the request."""
    used = 0
    for position, (table, key) in enumerate(keys):
        used += item_size(table, key)
        if used > ANSWER_LIMIT:
            return list(keys[position:])
    return []


def without(request: Request, left: Sequence[Wanted]) -> Request:
    """The request without these keys."""
    return _rebuilt(request, lambda pair: pair not in left)


def only(request: Request, left: Sequence[Wanted]) -> Request:
    """The request with these keys alone: what UnprocessedKeys holds."""
    return _rebuilt(request, lambda pair: pair in left)


def _rebuilt(request: Request, keep: Callable[[Wanted], bool]) -> Request:
    items = {}
    for table, entry in request["RequestItems"].items():
        keys = [key for key in entry["Keys"] if keep((table, key))]
        if keys:
            items[table] = {**entry, "Keys": keys}
    return {**request, "RequestItems": items}


def completed(reply: Reply, request: Request, unprocessed: Request | None, *, capacity: bool) -> Reply:
    """The answer with leftover keys and capacity written in, and a checksum that fits."""
    body = reply.body
    if unprocessed is not None:
        answer = orjson.loads(body)
        answer["UnprocessedKeys"] = unprocessed["RequestItems"]
        for table in unprocessed["RequestItems"]:
            answer["Responses"].setdefault(table, [])
        body = orjson.dumps(answer)
    if capacity:
        units = [
            {"TableName": table, "CapacityUnits": _units(table, entry)}
            for table, entry in request["RequestItems"].items()
        ]
        # Spliced into the text, because reading 100 items to add one member would double the cost of a call.
        body = body[: body.rindex(b"}")] + b',"ConsumedCapacity":' + orjson.dumps(units) + b"}"
    return rewritten(reply, body)


def rewritten(reply: Reply, body: bytes) -> Reply:
    """The reply with another body; the client checks x-amz-crc32."""
    headers = [*reply.without(b"x-amz-crc32"), (b"x-amz-crc32", b"%d" % crc32(body))]
    return Reply(reply.status, headers, body)


def _units(table: str, entry: dict[str, Any]) -> float:
    """1 for each begun 4 KB of a strongly read item, half of it otherwise; an absent item costs like the smallest."""
    factor = 1.0 if entry.get("ConsistentRead") else 0.5
    return sum(factor * max(1, -(-item_size(table, key) // _UNIT)) for key in entry["Keys"])
