"""Answers the plain forms of Query from sorted key lists, exactly as ministack would; every other form is left to it.

Ministack copies, sorts and tests a whole partition for each page: hundreds of milliseconds in the partitions of a large
catalogue. A request is taken here only when nothing about it can be refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any
from uuid import uuid4
from zlib import crc32

import orjson

from datasources.tables import TABLES
from emulation.asgi import Reply
from emulation.conditions import bounds, condition
from emulation.ministack_dynamodb import entry_size, ordered, reading
from emulation.ordered import Item, Keys, Ordered, Place

Request = Mapping[str, Any]

_ALWAYS = (
    (b"content-type", b"application/x-amz-json-1.0"),
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"GET, POST, PUT, DELETE, HEAD, OPTIONS, PATCH"),
    (b"access-control-allow-headers", b"*"),
    (b"access-control-expose-headers", b"*"),
)

_PAGE_BYTES = 1_048_576
_LONGEST = 256
"""Characters of a condition or a value; what is longer may break a limit of DynamoDB, and is ministack's to judge."""

_MEMBERS = frozenset(
    {
        "TableName",
        "IndexName",
        "KeyConditionExpression",
        "ExpressionAttributeNames",
        "ExpressionAttributeValues",
        "Limit",
        "ExclusiveStartKey",
        "ScanIndexForward",
        "ConsistentRead",
        "ReturnConsumedCapacity",
    }
)
_BARE = frozenset(
    name
    for table in TABLES
    for names in ((table.partition, table.sort), *((index.partition, index.sort) for index in table.indexes))
    for name in names
)
"""Names that may stand in an expression as they are: our own keys, none of them a reserved word."""


@dataclass(frozen=True, slots=True)
class _Query:
    keys: Keys
    partition: str
    form: str
    values: tuple[str, ...]
    start: Place | None


def answered(request: Request) -> Reply | None:
    """The answer, or None where ministack has to give it."""
    if not _plain(request):
        return None
    with reading():
        table = ordered(request["TableName"])
        query = table and _understood(request, table)
        if not table or not query:
            return None
        answer = _page(request, table, query)
    return _reply(answer)


def _plain(request: Request) -> bool:
    """Whether every member is known here and of its proper type."""
    limit = request.get("Limit", 1)
    return (
        request.keys() <= _MEMBERS
        and isinstance(request.get("TableName"), str)
        and isinstance(request.get("IndexName", "x"), str)
        and isinstance(text := request.get("KeyConditionExpression"), str)
        and len(text) <= _LONGEST
        and isinstance(request.get("ExpressionAttributeNames", {}), dict)
        and isinstance(request.get("ExpressionAttributeValues"), dict)
        and type(limit) is int
        and limit >= 1
        and isinstance(request.get("ExclusiveStartKey", {}), dict)
        and isinstance(request.get("ScanIndexForward", True), bool)
        and isinstance(request.get("ConsistentRead", False), bool)
        and request.get("ReturnConsumedCapacity", "NONE") in ("NONE", "TOTAL", "INDEXES")
    )


def _understood(request: Request, table: Ordered) -> _Query | None:
    """None when a name, a value or the start could be refused."""
    keys = table.keys.get(request.get("IndexName"))
    written = condition(request["KeyConditionExpression"])
    if keys is None or written is None or (keys.is_global and request.get("ConsistentRead")):
        return None
    names = [written.partition[0], written.sort] if written.sort else [written.partition[0]]
    given = [written.partition[1], *written.values]
    if not _names_fit(names, request.get("ExpressionAttributeNames"), keys):
        return None
    values = _values(given, request["ExpressionAttributeValues"])
    if values is None or (written.form == "between" and values[1] > values[2]):
        return None
    query = _Query(keys, values[0], written.form, tuple(values[1:]), None)
    if "ExclusiveStartKey" not in request:
        return query
    start = _start(request["ExclusiveStartKey"], table, query)
    return start and _Query(keys, query.partition, query.form, query.values, start)


def _names_fit(names: list[str], aliases: dict[str, str] | None, keys: Keys) -> bool:
    """Whether the names are those of the keys, each alias is used, and there is none but these."""
    used = {name for name in names if name.startswith("#")}
    if used != set(aliases or ()) or aliases == {}:
        return False
    resolved = [aliases[name] if aliases and name in used else name for name in names]
    bare = all(name in used or name in _BARE for name in names)
    return bare and resolved == [keys.partition, keys.sort][: len(names)]


def _values(given: list[str], values: dict[str, Any]) -> list[str] | None:
    """The strings behind the references, each used; None for anything but short strings that are not empty."""
    if set(given) != set(values):
        return None
    texts = [_text(values[name]) for name in given]
    return [text for text in texts if text is not None] if None not in texts else None


def _text(value: object) -> str | None:
    if isinstance(value, dict) and len(value) == 1:
        text = value.get("S")
        if isinstance(text, str) and 0 < len(text) <= _LONGEST:
            return text
    return None


def _start(given: dict[str, Any], table: Ordered, query: _Query) -> Place | None:
    own, keys = table.keys[None], query.keys
    texts = {name: _text(value) for name, value in given.items()}
    if texts.keys() != {own.partition, own.sort, keys.partition, keys.sort} or None in texts.values():
        return None
    place = (str(texts[keys.sort]), str(texts[own.partition]), str(texts[own.sort]))
    fits = texts[keys.partition] == query.partition and bounds(query.form, query.values)([place]) == (0, 1)
    return place if fits else None


def _page(request: Request, table: Ordered, query: _Query) -> dict[str, Any]:
    """Stops behind the item that fills the limit, and before the one that would bring the page beyond a megabyte."""
    index, limit, carried = request.get("IndexName"), request.get("Limit"), query.keys.carried
    entries: list[Item] = []
    used, more, last = 0, False, None
    walk = table.walk(
        index, query.partition, bounds(query.form, query.values), query.start, request.get("ScanIndexForward", True)
    )
    for item in walk:
        entry = item if carried is None else {name: value for name, value in item.items() if name in carried}
        size = entry_size(entry, stored=carried is None)
        if entries and used + size > _PAGE_BYTES:
            more = True
            break
        entries.append(entry)
        used, last = used + size, item
        if len(entries) == limit or used >= _PAGE_BYTES:
            more = True
            break
    answer: dict[str, Any] = {"Items": entries, "Count": len(entries), "ScannedCount": len(entries)}
    if more and last is not None:
        own = table.keys[None]
        names = dict.fromkeys((own.partition, own.sort, query.keys.partition, query.keys.sort))
        answer["LastEvaluatedKey"] = {name: last[name] for name in names}
    capacity = request.get("ReturnConsumedCapacity", "NONE")
    if capacity != "NONE":
        answer["ConsumedCapacity"] = _capacity(request, query.keys, capacity)
    return answer


def _capacity(request: Request, keys: Keys, detail: str) -> dict[str, Any]:
    units = 1.0 if request.get("ConsistentRead") else 0.5
    answer: dict[str, Any] = {"TableName": request["TableName"], "CapacityUnits": units}
    if detail == "INDEXES":
        index = request.get("IndexName")
        answer["Table"] = {"CapacityUnits": 0.0 if index else units}
        if index:
            member = "GlobalSecondaryIndexes" if keys.is_global else "LocalSecondaryIndexes"
            answer[member] = {index: {"CapacityUnits": units}}
    return answer


def _reply(answer: dict[str, Any]) -> Reply:
    """With the headers that ministack sends; clients read their clock's error from the date."""
    body, identity = orjson.dumps(answer), str(uuid4()).encode()
    headers = [
        *_ALWAYS,
        (b"x-amz-crc32", b"%d" % crc32(body)),
        (b"date", formatdate(usegmt=True).encode()),
        (b"x-amzn-requestid", identity),
        (b"x-amz-request-id", identity),
        (b"x-amz-id-2", identity),
    ]
    return Reply(200, headers, body)
