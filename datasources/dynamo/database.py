"""The Database protocol over one way to send a call: what is asked, what the answer means, who is told of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, Literal
from uuid import uuid4

from datasources.calls import counting, record
from datasources.dependency import Dependencies
from datasources.dynamo import answers, requests
from datasources.dynamo.batches import read_batches, write_batches
from datasources.dynamo.options import Options
from datasources.dynamo.requests import Request
from datasources.dynamodb import Item, Key, Page, Query, Write
from datasources.tables import TableSpec


class CallDatabase(ABC):
    """Implements datasources.dynamodb.Database but for `_send`; `decode_item` reads the items that `_send` answers."""

    def __init__(self, options: Options, guards: Dependencies, decode_item: answers.DecodeItem) -> None:
        self._options, self._guards, self._decode = options, guards, decode_item

    @abstractmethod
    async def _send(self, operation: str, request: Request) -> dict[str, Any]:
        """One call with its retries; raises Unavailable, ConditionFailed or TransactionFailed."""

    async def get(self, table: TableSpec, key: Key, *, consistent: bool = False) -> Item | None:
        """One GetItem."""
        request = requests.get_request(self._options, table, key, consistent)
        answer = await self._call("GetItem", request, table.name, (key,))
        return answers.item(answer, "Item", self._decode)

    async def get_many(
        self, table: TableSpec, keys: Sequence[Key], *, consistent: bool = False
    ) -> list[Item | Exception | None]:
        """BatchGetItem over distinct keys; see the protocol."""
        found = await read_batches(self._batch_get, table, keys, consistent, self._options.loop_seconds)
        return [*map(found.get, keys)]

    async def _batch_get(self, table: TableSpec, keys: Sequence[Key], consistent: bool) -> answers.Found:
        name = self._options.physical(table.name)
        request = {"RequestItems": {name: requests.batch_entry(keys, consistent)}}
        answer = await self._call("BatchGetItem", request, table.name, keys)
        return answers.found(answer, name, self._decode)

    async def query(self, table: TableSpec, query: Query) -> Page:
        """One Query call, one page."""
        request = requests.query_request(self._options, table, query)
        answer = await self._call("Query", request, table.name, ((query.partition, query.prefix or ""),))
        return answers.page(answer, table, query, self._decode)

    async def write(self, write: Write, *, returning: Literal["NONE", "ALL_NEW", "ALL_OLD"] = "NONE") -> Item | None:
        """One PutItem, UpdateItem or DeleteItem; an update of a path that is gone counts as a failed condition."""
        request = requests.write_request(self._options, write, returning)
        operation = requests.OPERATIONS[write.action]
        answer = await self._call(operation, request, write.table.name, (requests.written_key(write),))
        return answers.item(answer, "Attributes", self._decode)

    async def transact(self, writes: Sequence[Write]) -> None:
        """One TransactWriteItems; its token makes another attempt of the same call harmless."""
        items = [requests.transact_item(self._options, write) for write in writes]
        request = {"TransactItems": items, "ClientRequestToken": str(uuid4())}
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
        return answers.unwritten(answer, name)

    async def _call(self, operation: str, request: Request, target: str, keys: Sequence[Key]) -> dict[str, Any]:
        call = record("dynamodb", operation, target, keys) if counting() else None
        if call is not None:
            request["ReturnConsumedCapacity"] = "TOTAL"
        answer = await self._guards(target).call(lambda: self._send(operation, request))
        if call is not None:
            call.units = answers.consumed(answer)
        return answer
