"""What sources ask of DynamoDB: the Table and Database protocols, in plain Python values.

Values: S str, N int (float when it has a fraction), BOOL bool, NULL None, B bytes, L list, M dict, SS/NS set.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, Protocol

from datasources.tables import TableSpec

Key = tuple[str, str]
"""Partition key and sort key."""

Item = dict[str, Any]
"""An item with all its attributes, keys included."""

BATCH_GET_LIMIT = 100
"""Keys in one BatchGetItem; DynamoDB's own limit."""


class ConditionFailed(Exception):
    """A conditional write found something else; `item` is what it found, where asked for."""

    def __init__(self, item: Item | None = None) -> None:
        super().__init__("the condition of a write did not hold")
        self.item = item


class TransactionFailed(Exception):
    """A transaction was cancelled; `reasons` has one code per write ("None" where that write was fine)."""

    def __init__(self, reasons: Sequence[str], items: Sequence[Item | None] = ()) -> None:
        super().__init__(f"the transaction was cancelled: {', '.join(reasons)}")
        self.reasons = tuple(reasons)
        self.items = tuple(items)


@dataclass(slots=True, kw_only=True)
class Query:
    """One Query: either `prefix` or `after`/`before` (exclusive bounds) narrows the sort key of the table or `index`.

    `limit` is items evaluated; an item that equals a bound counts where both bounds are given. Not frozen, because one
    is made for every call; nobody changes it.
    """

    partition: str
    prefix: str | None = None
    after: str | None = None
    before: str | None = None
    index: str | None = None
    descending: bool = False
    limit: int | None = None
    start: Item | None = None
    consistent: bool = False


class Page(NamedTuple):
    """A page of a Query; `last` is the key to go on from, None at the end."""

    items: tuple[Item, ...]
    last: Item | None


_NONE: Mapping[str, Any] = MappingProxyType({})


class Write(NamedTuple):
    """One write: `item` for put, `key` for update, delete and check.

    Expressions are DynamoDB's own, `names` keeps its "#" and `values` its ":"; values are Python's.
    """

    table: TableSpec
    action: Literal["put", "update", "delete", "check"]
    item: Item | None = None
    key: Key | None = None
    update: str | None = None
    condition: str | None = None
    names: Mapping[str, str] = _NONE
    values: Mapping[str, Any] = _NONE


class Database(Protocol):
    """All tables of one deployment. Every call ends within the operation's deadline or raises Unavailable."""

    async def get(self, table: TableSpec, key: Key, *, consistent: bool = False) -> Item | None:
        """One GetItem."""
        ...

    async def get_many(
        self, table: TableSpec, keys: Sequence[Key], *, consistent: bool = False
    ) -> list[Item | Exception | None]:
        """BatchGetItem in chunks of 100 distinct keys, side by side.

        One answer for each key in the order of the keys, None for what is not there. A key that could not be had has
        an error in its place, an UpstreamThrottled when it stayed unprocessed: a failure is not raised, so that one
        chunk does not take the others with it.
        """
        ...

    async def query(self, table: TableSpec, query: Query) -> Page:
        """One Query call, one page."""
        ...

    async def write(self, write: Write, *, returning: Literal["NONE", "ALL_NEW", "ALL_OLD"] = "NONE") -> Item | None:
        """One PutItem, UpdateItem or DeleteItem; raises ConditionFailed with the item that was found.

        An update of a document path that is gone is a failed condition too. A write whose answer was lost is tried
        again, as AWS's own clients do: make it conditional where doing it twice would hurt.
        """
        ...

    async def transact(self, writes: Sequence[Write]) -> None:
        """One TransactWriteItems over at most 100 writes; raises TransactionFailed."""
        ...

    async def load(self, table: TableSpec, items: Iterable[Item]) -> None:
        """BatchWriteItem puts in chunks of 25, unprocessed ones again; for seeding and bulk deletion's twin."""
        ...

    async def erase(self, table: TableSpec, keys: Iterable[Key]) -> None:
        """BatchWriteItem deletes in chunks of 25."""
        ...
