"""Reaches into ministack's DynamoDB for bulk writes, resets and sorted reads, which its API would make slow.

All of it is private to ministack 1.5.33; tests/emulation/test_ministack_private.py breaks when an upgrade changes it.
Only the modules named ministack_* do such things.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from threading import RLock
from typing import Any

from emulation.environment import ACCOUNT, REGION
from emulation.ordered import Contents, Item, Keys, Ordered

TypedItem = Item

_Table = dict[str, Any]
_orders: dict[int, tuple[_Table, Ordered]] = {}
"""Sorted keys by a table's identity; the table is held here so that its identity is not used again."""

_writing = RLock()
"""Ministack's sweep of expired items runs in a thread of its own."""

_SIZES_LIMIT = 100_000
_sizes: dict[int, tuple[TypedItem, int]] = {}
"""Sizes by identity: a stored item never changes, and holding it here keeps its identity from being used again."""


def put_items(table_name: str, items: Iterable[TypedItem], *, trusted: bool = False) -> int:
    """Puts items as PutItem would, without stream records; answers how many. An item that DynamoDB refuses raises.

    `trusted` items are not looked at: a third of the time of a large load.
    """
    from ministack.services import dynamodb

    table = _table(table_name)
    partition, sort = table["pk_name"], table["sk_name"]
    contents: Contents = table["items"]
    count = 0
    with _writing:
        _orders.pop(id(table), None)
        for count, item in enumerate(items, start=1):  # noqa: B007
            refusal = None if trusted else dynamodb._validate_item(item, partition, sort)
            if refusal is not None:
                raise ValueError(f"{table_name} refuses {item[partition]} {item[sort]}: {refusal[2]!r}")
            contents.setdefault(item[partition]["S"], {})[item[sort]["S"]] = item
        dynamodb._items_replaced(table)
    return count


def is_empty(table_name: str) -> bool:
    """Whether a table holds nothing."""
    return not _table(table_name)["items"]


def contents_of(table_name: str) -> Contents:
    """A copy of what a table holds; items are shared, because ministack replaces items and never changes them."""
    return _copy(_table(table_name)["items"])


def replace_contents(contents: Mapping[str, Contents]) -> None:
    """Makes tables hold exactly this and forgets their streams and transaction tokens."""
    from ministack.services import dynamodb

    for table_name, items in contents.items():
        table = _table(table_name)
        table["items"] = _copy(items)
        dynamodb._items_replaced(table)
    dynamodb._stream_records.clear()
    dynamodb._txn_idempotency.clear()


def _table(table_name: str) -> dict[str, Any]:
    from ministack.services import dynamodb

    table: dict[str, Any] | None = dynamodb._tables.get_scoped(ACCOUNT, REGION, table_name)
    if table is None:
        raise KeyError(f"the embedded AWS has no table {table_name!r}")
    return table


def _copy(contents: Contents) -> Contents:
    return {partition: dict(items) for partition, items in contents.items()}


def item_size(table_name: str, key: TypedItem) -> int:
    """Bytes of a stored item by DynamoDB's size rules; 0 when there is none. `key` is typed."""
    table = _table(table_name)
    found = table["items"].get(key[table["pk_name"]]["S"], {}).get(key[table["sk_name"]]["S"])
    return _size(found) if found else 0


def ordered(table_name: str) -> Ordered | None:
    """The sorted keys of a table; None for an unknown one, and for keys that are not one or two strings.

    To be used inside `reading()`.
    """
    from ministack.services import dynamodb

    _watched()
    table: _Table | None = dynamodb._tables.get_scoped(ACCOUNT, REGION, table_name)
    if table is None:
        return None
    known = _current(table)
    if known is None:
        keys = _keys(table)
        if keys is None:
            return None
        own, indexes = keys
        known = Ordered(table["items"], own, indexes)
        _orders[id(table)] = table, known
    return known


@contextmanager
def reading() -> Iterator[None]:
    """Nothing is written to any table meanwhile."""
    with _writing:
        yield


def _current(table: _Table) -> Ordered | None:
    """The keys that are known of this very table, unless its items were swapped or its indexes changed since."""
    _, known = _orders.get(id(table), (None, None))
    if known is None or known.items is not table["items"] or known.keys.keys() != {None, *_index_names(table)}:
        _orders.pop(id(table), None)
        return None
    return known


@cache
def _watched() -> None:
    """Every write of an item, whichever operation or sweep it comes from, passes these two functions."""
    from ministack.services import dynamodb

    put, remove = dynamodb._set_item, dynamodb._remove_item

    def put_and_tell(table: _Table, partition: str, sort: str, item: TypedItem) -> TypedItem | None:
        with _writing:
            old: TypedItem | None = put(table, partition, sort, item)
            _tell(table, partition, sort, old, item)
            return old

    def remove_and_tell(table: _Table, partition: str, sort: str) -> TypedItem | None:
        with _writing:
            old: TypedItem | None = remove(table, partition, sort)
            if old is not None:
                _tell(table, partition, sort, old, None)
            return old

    dynamodb._set_item, dynamodb._remove_item = put_and_tell, remove_and_tell


def _tell(table: _Table, partition: str, sort: str, old: TypedItem | None, new: TypedItem | None) -> None:
    if id(table) not in _orders:
        return
    known = _current(table)
    if known is None:
        return
    if old is new:  # changed in place: what it was sorted by is lost
        del _orders[id(table)]
    else:
        known.replaced(partition, sort, old, new)


def _index_names(table: _Table) -> list[str]:
    return [index["IndexName"] for index in _indexes(table)]


def _indexes(table: _Table) -> list[dict[str, Any]]:
    return [*table.get("GlobalSecondaryIndexes", ()), *table.get("LocalSecondaryIndexes", ())]


def _keys(table: _Table) -> tuple[Keys, dict[str, Keys]] | None:
    types = {attribute["AttributeName"]: attribute["AttributeType"] for attribute in table["AttributeDefinitions"]}
    own = table["pk_name"], table["sk_name"]
    found = {index["IndexName"]: _index_keys(table, index) for index in _indexes(table)}
    indexes = {name: keys for name, keys in found.items() if keys is not None}
    every = [*own, *(name for keys in indexes.values() for name in (keys.partition, keys.sort))]
    if indexes.keys() != found.keys() or any(types.get(name) != "S" for name in every):
        return None
    return Keys(partition=own[0], sort=own[1]), indexes


def _index_keys(table: _Table, index: Mapping[str, Any]) -> Keys | None:
    schema = [(element["KeyType"], element["AttributeName"]) for element in index["KeySchema"]]
    if [kind for kind, _ in schema] != ["HASH", "RANGE"]:
        return None
    partition, sort = (name for _, name in schema)
    projection = index.get("Projection") or {}
    carried = None
    if projection.get("ProjectionType", "ALL") != "ALL":
        named = projection.get("NonKeyAttributes") or () if projection["ProjectionType"] == "INCLUDE" else ()
        carried = frozenset({table["pk_name"], table["sk_name"], partition, sort, *named})
    is_global = index in table.get("GlobalSecondaryIndexes", ())
    return Keys(partition=partition, sort=sort, is_global=is_global, carried=carried)


def entry_size(entry: TypedItem, *, stored: bool) -> int:
    """Bytes of an item, or of what an index carries of it; the sizes of stored ones are remembered."""
    if stored:
        return _size(entry)
    from ministack.services import dynamodb

    return int(dynamodb._item_size_bytes(entry))


def _size(item: TypedItem) -> int:
    known = _sizes.get(id(item))
    if known is not None:
        return known[1]
    from ministack.services import dynamodb

    if len(_sizes) >= _SIZES_LIMIT:
        _sizes.clear()
    size = int(dynamodb._item_size_bytes(item))
    _sizes[id(item)] = (item, size)
    return size
