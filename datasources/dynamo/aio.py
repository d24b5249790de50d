"""The whole Database over aiobotocore: complete and proven, but slow to parse; writes and the oracle of the tests."""

from __future__ import annotations

import asyncio
from binascii import crc32
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import orjson
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from datasources.calls import counting, record
from datasources.deadline import exceeded, remaining
from datasources.dependency import Dependencies
from datasources.dynamo import answers, requests
from datasources.dynamo.batches import read_batches, write_batches
from datasources.dynamo.failures import nonsense, refusal, throttled, unreachable
from datasources.dynamo.options import Options
from datasources.dynamo.requests import Request
from datasources.dynamo.values import decode_item
from datasources.dynamodb import ConditionFailed, Item, Key, Page, Query, TransactionFailed, Write
from datasources.tables import TableSpec
from domain.errors import Unavailable

_METHODS = {
    "GetItem": "get_item",
    "BatchGetItem": "batch_get_item",
    "Query": "query",
    "PutItem": "put_item",
    "UpdateItem": "update_item",
    "DeleteItem": "delete_item",
    "TransactWriteItems": "transact_write_items",
    "BatchWriteItem": "batch_write_item",
}
_CONTENTION = frozenset({"ConditionalCheckFailed", "TransactionConflict", "DuplicateItem"})
_LOAD = frozenset({"ProvisionedThroughputExceeded", "ThrottlingError"})


class AioDatabase:
    """Implements datasources.dynamodb.Database with a DynamoDB client of aiobotocore."""

    def __init__(self, client: Any, options: Options, guards: Dependencies) -> None:
        self._client, self._options, self._guards = client, options, guards
        client.meta.events.register("after-call.dynamodb", _refuse_nonsense)

    async def get(self, table: TableSpec, key: Key, *, consistent: bool = False) -> Item | None:
        """One GetItem."""
        request = requests.get_request(self._options, table, key, consistent)
        answer = await self._call("GetItem", request, table.name, (key,))
        return answers.item(answer, "Item", decode_item)

    async def get_many(
        self, wanted: Mapping[TableSpec, Iterable[Key]], *, consistent: bool = False
    ) -> dict[tuple[str, Key], Item | Exception]:
        """BatchGetItem over distinct keys; see the protocol."""
        return await read_batches(self._batch_get, wanted, consistent, self._options.loop_seconds)

    async def _batch_get(self, keys: Sequence[tuple[str, Key]], consistent: bool) -> answers.Found:
        request = {"RequestItems": requests.batch_request(self._options, keys, consistent)}
        answer = await self._call("BatchGetItem", request, requests.table_names(keys), [key for _, key in keys])
        return answers.found(self._options, answer, decode_item)

    async def query(self, table: TableSpec, query: Query) -> Page:
        """One Query call, one page."""
        request = requests.query_request(self._options, table, query)
        answer = await self._call("Query", request, table.name, ((query.partition, query.prefix or ""),))
        return answers.page(answer, table, query, decode_item)

    async def write(self, write: Write, *, returning: Literal["NONE", "ALL_NEW", "ALL_OLD"] = "NONE") -> Item | None:
        """One PutItem, UpdateItem or DeleteItem; an update of a path that is gone counts as a failed condition."""
        request = requests.write_request(self._options, write, returning)
        operation = requests.OPERATIONS[write.action]
        answer = await self._call(operation, request, write.table.name, (requests.written_key(write),))
        return answers.item(answer, "Attributes", decode_item)

    async def transact(self, writes: Sequence[Write]) -> None:
        """One TransactWriteItems; the client adds a token that makes its own retry harmless."""
        request = {"TransactItems": [requests.transact_item(self._options, write) for write in writes]}
        keys = [(write.table.name, requests.written_key(write)) for write in writes]
        await self._call("TransactWriteItems", request, requests.table_names(keys), [key for _, key in keys])

    async def load(self, table: TableSpec, items: Iterable[Item]) -> None:
        """Puts in chunks of 25; the last of several items with one key wins."""
        writes = {(item["pk"], item["sk"]): requests.put_entry(item) for item in items}
        await write_batches(self._batch_write, table, list(writes.values()), self._options.loop_seconds)

    async def erase(self, table: TableSpec, keys: Iterable[Key]) -> None:
        """Deletes in chunks of 25."""
        entries = [requests.delete_entry(key) for key in dict.fromkeys(keys)]
        await write_batches(self._batch_write, table, entries, self._options.loop_seconds)

    async def _batch_write(self, table: TableSpec, entries: Sequence[Request]) -> list[Request]:
        name = self._options.physical(table.name)
        keys = [requests.entry_key(entry) for entry in entries]
        answer = await self._call("BatchWriteItem", {"RequestItems": {name: entries}}, table.name, keys)
        return list(answer.get("UnprocessedItems", {}).get(name, ()))

    async def _call(self, operation: str, request: Request, target: str, keys: Sequence[Key]) -> dict[str, Any]:
        call = record("dynamodb", operation, target, keys) if counting() else None
        if call is not None:
            request["ReturnConsumedCapacity"] = "TOTAL"
        answer = await self._guards(target).call(lambda: self._send(operation, request))
        if call is not None:
            call.units = answers.consumed(answer)
        return answer

    async def _send(self, operation: str, request: Request) -> dict[str, Any]:
        left = remaining()
        if left <= 0:
            raise exceeded()
        limit = self._options.call_seconds
        try:
            async with asyncio.timeout(min(left, limit)):
                answer: dict[str, Any] = await getattr(self._client, _METHODS[operation])(**request)
                return answer
        except TimeoutError as error:
            raise exceeded() if left <= limit else unreachable() from error
        except ClientError as error:
            raise _from_client_error(error) from error
        except ResponseParserError as error:
            raise nonsense() from error
        except (BotoCoreError, OSError, RuntimeError) as error:  # RuntimeError: renewed keys that have expired already
            raise unreachable() from error
        except (AttributeError, KeyError, TypeError, ValueError) as error:  # the parser met an answer of no known form
            raise nonsense() from error


def _from_client_error(error: ClientError) -> Unavailable | ConditionFailed | TransactionFailed:
    response: dict[str, Any] = dict(error.response)
    code, message = response["Error"]["Code"], response["Error"].get("Message", "")
    if code == "ConditionalCheckFailedException":
        return ConditionFailed(answers.item(response, "Item", decode_item))
    if code == "ValidationException" and "document path" in message:
        return ConditionFailed()
    if code == "TransactionCanceledException":
        return _cancelled(response.get("CancellationReasons", ()))
    return refusal(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400), code)


def _cancelled(reasons: Iterable[Mapping[str, Any]]) -> Unavailable | TransactionFailed:
    codes = [reason.get("Code", "None") for reason in reasons]
    if not codes:
        return nonsense()
    if _CONTENTION.isdisjoint(codes) and not _LOAD.isdisjoint(codes):
        return throttled()
    return TransactionFailed(codes, [answers.item(reason, "Item", decode_item) for reason in reasons])


async def _refuse_nonsense(http_response: Any, **_: Any) -> None:
    """botocore takes a 200 that is cut, garbled or no JSON for an empty answer: a silent loss, so refuse it here."""
    if http_response.status_code != 200:
        return
    body: bytes = await http_response.content
    checksum = http_response.headers.get("x-amz-crc32")
    if checksum is not None and checksum != str(crc32(body)):
        raise nonsense()
    try:
        if not isinstance(orjson.loads(body), dict):
            raise nonsense()
    except ValueError as error:
        raise nonsense() from error
