"""The hot reads, GetItem, BatchGetItem and Query, as lean as they can be; every other call goes to the full client."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import orjson

from datasources.calls import record
from datasources.dependency import Dependencies
from datasources.dynamo import answers, requests
from datasources.dynamo.batches import read_batches
from datasources.dynamo.client import Client
from datasources.dynamo.options import Options
from datasources.dynamo.requests import Request
from datasources.dynamo.values import decode_item_in_place
from datasources.dynamodb import Database, Item, Key, Page, Query, Write
from datasources.tables import TableSpec


class SlimDatabase:
    """Implements datasources.dynamodb.Database: reads by `client`, the rest by `full`."""

    def __init__(self, client: Client, full: Database, options: Options, guards: Dependencies) -> None:
        self._client, self._full, self._options, self._guards = client, full, options, guards

    async def get(self, table: TableSpec, key: Key, *, consistent: bool = False) -> Item | None:
        """One GetItem."""
        request = requests.get_request(self._options, table, key, consistent)
        answer = await self._call("GetItem", request, table.name, (key,))
        return answers.item(answer, "Item", decode_item_in_place)

    async def get_many(
        self, wanted: Mapping[TableSpec, Iterable[Key]], *, consistent: bool = False
    ) -> dict[tuple[str, Key], Item | Exception]:
        """BatchGetItem over distinct keys; see the protocol."""
        return await read_batches(self._batch_get, wanted, consistent, self._options.loop_seconds)

    async def _batch_get(self, keys: Sequence[tuple[str, Key]], consistent: bool) -> answers.Found:
        request = {"RequestItems": requests.batch_request(self._options, keys, consistent)}
        answer = await self._call("BatchGetItem", request, requests.table_names(keys), [key for _, key in keys])
        return answers.found(self._options, answer, decode_item_in_place)

    async def query(self, table: TableSpec, query: Query) -> Page:
        """One Query call, one page."""
        request = requests.query_request(self._options, table, query)
        answer = await self._call("Query", request, table.name, ((query.partition, query.prefix or ""),))
        return answers.page(answer, table, query, decode_item_in_place)

    async def _call(self, operation: str, request: Request, target: str, keys: Sequence[Key]) -> dict[str, Any]:
        call = record("dynamodb", operation, target, keys)
        if call is not None:
            request["ReturnConsumedCapacity"] = "TOTAL"
        body = orjson.dumps(request, default=_binary)
        answer = await self._guards(target).call(lambda: self._client.call(operation, body))
        if call is not None:
            call.units = answers.consumed(answer)
        return answer

    async def write(self, write: Write, *, returning: Literal["NONE", "ALL_NEW", "ALL_OLD"] = "NONE") -> Item | None:
        """By the full client."""
        return await self._full.write(write, returning=returning)

    async def transact(self, writes: Sequence[Write]) -> None:
        """By the full client."""
        await self._full.transact(writes)

    async def load(self, table: TableSpec, items: Iterable[Item]) -> None:
        """By the full client."""
        await self._full.load(table, items)

    async def erase(self, table: TableSpec, keys: Iterable[Key]) -> None:
        """By the full client."""
        await self._full.erase(table, keys)


def _binary(value: object) -> str:
    if isinstance(value, bytes):
        return b64encode(value).decode()
    raise TypeError(f"no JSON for {type(value).__name__}")
