"""Reaches into ministack's DynamoDB for bulk writes and resets, which its API would make slow.

All of it is private to ministack 1.5.33; tests/emulation/test_ministack_private.py breaks when an upgrade changes it.
Only the modules named ministack_* do such things.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from emulation.environment import ACCOUNT, REGION

TypedItem = dict[str, Any]
Contents = dict[str, dict[str, TypedItem]]
"""Items of a table by partition key, then by sort key."""

_SIZES_LIMIT = 100_000
_sizes: dict[int, tuple[TypedItem, int]] = {}
"""Sizes by identity: a stored item never changes, and holding it here keeps its identity from being used again."""


def put_items(table_name: str, items: Iterable[TypedItem]) -> int:
    """Puts items as PutItem would, without stream records; answers how many. An item that DynamoDB refuses raises."""
    from ministack.services import dynamodb

    table = _table(table_name)
    partition, sort = table["pk_name"], table["sk_name"]
    contents: Contents = table["items"]
    count = 0
    for count, item in enumerate(items, start=1):  # noqa: B007
        refusal = dynamodb._validate_item(item, partition, sort)
        if refusal is not None:
            raise ValueError(f"{table_name} refuses {item[partition]} {item[sort]}: {refusal[2]!r}")
        contents.setdefault(item[partition]["S"], {})[item[sort]["S"]] = item
    dynamodb._items_replaced(table)
    return count


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
