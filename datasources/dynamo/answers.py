"""What DynamoDB answers, checked and turned into the protocol's records; a missing part is an error, never a gap."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from datasources.dynamo.failures import nonsense
from datasources.dynamo.requests import sort_name
from datasources.dynamo.values import Attribute
from datasources.dynamodb import Item, Key, Page, Query
from datasources.tables import TableSpec

DecodeItem = Callable[[dict[str, Attribute]], Item]


@dataclass(frozen=True, slots=True)
class Found:
    """What one BatchGetItem brought: items by key, and the keys that it did not get to."""

    items: dict[Key, Item]
    unprocessed: list[Key]


def item(answer: Mapping[str, Any], part: str, decode_item: DecodeItem) -> Item | None:
    """The item under `part`, None where there is none; raises UpstreamInvalid when it cannot be read."""
    typed = answer.get(part)
    if typed is None:
        return None
    try:
        return decode_item(typed)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise nonsense() from error


def found(answer: Mapping[str, Any], physical: str, decode_item: DecodeItem) -> Found:
    """The answer of a BatchGetItem to one table."""
    try:
        got = map(decode_item, answer["Responses"].get(physical, ()))
        items = {(item["pk"], item["sk"]): item for item in got}
        left = answer.get("UnprocessedKeys", {}).get(physical)
        unprocessed = [(key["pk"]["S"], key["sk"]["S"]) for key in left["Keys"]] if left else []
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise nonsense() from error
    return Found(items, unprocessed)


def page(answer: Mapping[str, Any], table: TableSpec, query: Query, decode_item: DecodeItem) -> Page:
    """The answer of a Query."""
    try:
        items = [decode_item(typed) for typed in answer["Items"]]
        last = answer.get("LastEvaluatedKey")
        start = None if last is None else decode_item(last)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise nonsense() from error
    if query.after is not None and query.before is not None:
        sort, bounds = sort_name(table, query), (query.after, query.before)
        items = [found for found in items if found[sort] not in bounds]
    return Page(items=tuple(items), last=start)


def unwritten(answer: Mapping[str, Any], physical: str) -> list[Any]:
    """The entries of a BatchWriteItem to one table that it did not get to."""
    try:
        return list(answer.get("UnprocessedItems", {}).get(physical, ()))
    except (AttributeError, TypeError) as error:
        raise nonsense() from error


def consumed(answer: Mapping[str, Any]) -> float | None:
    """Capacity units of an answer over all its tables, None where it does not say."""
    capacity = answer.get("ConsumedCapacity")
    entries = [capacity] if isinstance(capacity, dict) else capacity
    if not isinstance(entries, list) or not entries:
        return None
    try:
        return float(sum(entry.get("CapacityUnits", 0.0) for entry in entries))
    except (AttributeError, TypeError) as error:
        raise nonsense() from error
