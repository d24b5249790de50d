"""In front of ministack's DynamoDB: counts calls, brings faults, completes BatchGetItem, and makes Query fast."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import orjson

from emulation import batches, queries
from emulation.asgi import App, Receive, Reply, Scope, Send, ask, header, read_body, send_reply
from emulation.environment import ACCESS_KEY_ID, REGION
from emulation.faults import FaultRule
from emulation.state import CloudState

_ERROR_TYPE = b"application/x-amz-json-1.0"
_PREFIX = "com.amazonaws.dynamodb.v20120810#"
THROTTLED = (400, "ProvisionedThroughputExceededException", "The provisioned throughput of the table is exceeded.")
BROKEN = (500, "InternalServerError", "Internal server error")


class DynamoDb:
    """An ASGI app."""

    def __init__(self, state: CloudState, ministack: App) -> None:
        self._ministack = ministack
        self._faults = state.faults
        self._calls = state.calls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        operation = header(scope, b"x-amz-target").rpartition(".")[2]
        self._calls[f"dynamodb.{operation}"] += 1
        if not self._faults.rules and operation not in ("BatchGetItem", "Query"):
            await self._ministack(scope, receive, send)
            return
        body = await read_body(receive)
        reply = await self._reply(scope, receive, operation, body)
        if reply is not None:
            await send_reply(send, reply)

    async def _reply(self, scope: Scope, receive: Receive, operation: str, body: bytes) -> Reply | None:
        """None when the client has gone."""
        request = _parsed(body)
        if request is None:
            return error_reply(400, "SerializationException", "The body is not a JSON object.")
        rules = self._faults.of("dynamodb", operation, _tables(request))
        await asyncio.sleep(sum(rule.latency_ms for rule in rules) / 1000)
        if any(rule.down == "hang" for rule in rules):
            await _until_gone(receive)
            return None
        if any(rule.down == "error" for rule in rules):
            return error_reply(*BROKEN)
        if any(self._faults.happens(rule.throttle) for rule in rules):
            return error_reply(*THROTTLED)
        reply = await self._answered(scope, operation, request, body, rules)
        return self._spoilt(reply, rules)

    async def _answered(
        self, scope: Scope, operation: str, request: dict[str, Any], body: bytes, rules: Sequence[FaultRule]
    ) -> Reply:
        rate = max((rule.unprocessed for rule in rules), default=0.0)
        try:
            if operation == "BatchGetItem":
                return await self._batch_get(scope, request, rate)
            if operation == "BatchWriteItem" and rate:
                return await self._batch_write(scope, request, rate)
            if operation == "Query" and _ours(scope) and (found := queries.answered(request)):
                return found
        except (KeyError, TypeError, AttributeError):
            pass  # a request of the wrong shape: ministack says what is wrong with it
        return await ask(self._ministack, scope, body)

    async def _batch_get(self, scope: Scope, request: dict[str, Any], rate: float) -> Reply:
        batches.shuffled(request, self._faults.chance)
        keys = batches.wanted(request)
        left = self._faults.leftover(keys, rate)
        reply = await self._get(scope, request, left)
        if reply.status == 200 and len(reply.body) > batches.ANSWER_LIMIT:
            taken = [pair for pair in keys if pair not in left]
            left += batches.within_limit(taken)
            reply = await self._get(scope, request, left)
        capacity = request.get("ReturnConsumedCapacity", "NONE") != "NONE"
        if reply.status != 200 or not (left or capacity):
            return reply
        unprocessed = batches.only(request, left) if left else None
        return batches.completed(reply, batches.without(request, left), unprocessed, capacity=capacity)

    async def _get(self, scope: Scope, request: dict[str, Any], left: Sequence[batches.Wanted]) -> Reply:
        return await ask(self._ministack, scope, orjson.dumps(batches.without(request, left) if left else request))

    async def _batch_write(self, scope: Scope, request: dict[str, Any], rate: float) -> Reply:
        writes = [(table, write) for table, entries in request["RequestItems"].items() for write in entries]
        left = self._faults.leftover(writes, rate)
        taken = {**request, "RequestItems": _by_table([write for write in writes if write not in left])}
        reply = await ask(self._ministack, scope, orjson.dumps(taken))
        if reply.status != 200 or not left:
            return reply
        return batches.rewritten(reply, orjson.dumps({**orjson.loads(reply.body), "UnprocessedItems": _by_table(left)}))

    def _spoilt(self, reply: Reply, rules: Sequence[FaultRule]) -> Reply:
        for rule in rules:
            if self._faults.happens(rule.garbage):
                return _garbage(reply, rule.garbage_kind)
        return reply


def _ours(scope: Scope) -> bool:
    """Whether a request is for our own account and region, by the credential that it is signed with."""
    credential = header(scope, b"authorization").partition("Credential=")[2].split("/")[:3]
    return credential[:1] == [ACCESS_KEY_ID] and credential[2:] == [REGION]


def error_reply(status: int, name: str, message: str) -> Reply:
    """A DynamoDB error."""
    body = orjson.dumps({"__type": _PREFIX + name, "message": message})
    return Reply(status, [(b"content-type", _ERROR_TYPE)], body)


def _parsed(body: bytes) -> dict[str, Any] | None:
    try:
        request = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return request if isinstance(request, dict) else None


def _tables(request: dict[str, Any]) -> set[str]:
    """The tables of any request: named, batched or in a transaction; none in a request of the wrong shape."""
    try:
        named = {request["TableName"]} if "TableName" in request else set()
        transacted = {part["TableName"] for action in request.get("TransactItems", ()) for part in action.values()}
        return named | set(request.get("RequestItems", ())) | transacted
    except (KeyError, TypeError, AttributeError):
        return set()


def _by_table(writes: Sequence[tuple[str, Any]]) -> dict[str, list[Any]]:
    tables: dict[str, list[Any]] = {}
    for table, write in writes:
        tables.setdefault(table, []).append(write)
    return tables


def _garbage(reply: Reply, kind: str) -> Reply:
    if kind == "html":
        return Reply(200, [(b"content-type", b"text/html")], b"<html><body>502 Bad Gateway</body></html>")
    if kind == "empty":
        return Reply(200, [(b"content-type", _ERROR_TYPE)], b"{}")
    return Reply(200, reply.without(b"x-amz-crc32", b"content-length"), reply.body[: len(reply.body) // 2])


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
