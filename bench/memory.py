"""The viewers table in this process, behind the same protocol as DynamoDB: in memory, as the peers hold it."""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal

from datasources.dynamodb import Database, Item, Key, Page, Query, Write
from datasources.tables import VIEWERS, TableSpec

_LAST = "\U0010ffff"
"""Behind every character of a key."""
_SET = re.compile(r"(\w+) = (?:if_not_exists\(\w+, (:\w+)\)|(:\w+))")


class MemoryViewers:
    """Reads by key and the unconditional updates of watchlists from memory; all else goes to the database behind it."""

    def __init__(self, items: Iterable[Item], behind: Database) -> None:
        self._items = {(item["pk"], item["sk"]): item for item in items}
        self._sorted: dict[str, list[str]] = {}
        for partition, sort in sorted(self._items):
            self._sorted.setdefault(partition, []).append(sort)
        self._behind = behind

    async def get(self, table: TableSpec, key: Key, *, consistent: bool = False) -> Item | None:
        """One item."""
        if table is not VIEWERS:
            return await self._behind.get(table, key, consistent=consistent)
        return self._items.get(key)

    async def get_many(
        self, table: TableSpec, keys: Sequence[Key], *, consistent: bool = False
    ) -> list[Item | Exception | None]:
        """Items in the order of their keys; None for what is not there."""
        if table is not VIEWERS:
            return await self._behind.get_many(table, keys, consistent=consistent)
        return [*map(self._items.get, keys)]

    async def write(self, write: Write, *, returning: Literal["NONE", "ALL_NEW", "ALL_OLD"] = "NONE") -> Item | None:
        """SET and REMOVE of plain attributes."""
        if write.table is not VIEWERS or write.action != "update" or write.condition is not None:
            return await self._behind.write(write, returning=returning)
        assert write.key is not None and write.update is not None
        stored = self._items.get(write.key)
        if stored is None:
            insort(self._sorted.setdefault(write.key[0], []), write.key[1])
        item = dict(stored or {"pk": write.key[0], "sk": write.key[1]})
        _apply(write.update, write.values, item)
        self._items[write.key] = item
        return item if returning == "ALL_NEW" else None

    async def query(self, table: TableSpec, query: Query) -> Page:
        """The first of a partition whose sort key begins with a prefix; anything else is not in memory."""
        partition, prefix, limit = query.partition, query.prefix, query.limit
        if table is not VIEWERS or prefix is None or query.index or query.descending or query.start:
            return await self._behind.query(table, query)
        sorts = self._sorted.get(partition, ())
        begin, end = bisect_left(sorts, prefix), bisect_left(sorts, prefix + _LAST)
        stop = end if limit is None else min(end, begin + limit)
        found = [self._items[partition, sort] for sort in sorts[begin:stop]]
        return Page(items=tuple(found), last=found[-1] if stop < end else None)

    async def transact(self, writes: Sequence[Write]) -> None:
        """Not in memory."""
        await self._behind.transact(writes)

    async def load(self, table: TableSpec, items: Iterable[Item]) -> None:
        """Not in memory."""
        await self._behind.load(table, items)

    async def erase(self, table: TableSpec, keys: Iterable[Key]) -> None:
        """Not in memory."""
        await self._behind.erase(table, keys)


def _apply(update: str, values: Mapping[str, Any], item: Item) -> None:
    if update.startswith("REMOVE "):
        for name in update.removeprefix("REMOVE ").split(", "):
            item.pop(name, None)
        return
    for name, kept, given in _parts(update):
        item[name] = item.get(name, values[kept]) if kept else values[given]


@lru_cache(maxsize=64)
def _parts(update: str) -> list[tuple[str, str, str]]:
    """Attribute, value where there is none yet, value in any case: read once, as peers read nothing to fill a map."""
    return _SET.findall(update)
