"""Sorted key lists of one table and its indexes, kept in step with writes: what makes a Query cheap."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Item = dict[str, Any]
Contents = dict[str, dict[str, Item]]
"""Items of a table by partition key, then by sort key."""

Place = tuple[str, str, str]
"""What an index sorts by, then the table's partition and sort keys: DynamoDB's own order within a partition."""

Bounds = Callable[[list[Place]], tuple[int, int]]
"""The positions of a sorted list that a sort-key condition takes, the second one excluded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """How the table, or one of its indexes, is keyed, and what it carries (None: everything)."""

    partition: str
    sort: str
    is_global: bool = False
    carried: frozenset[str] | None = None


class Ordered:
    """The lists of one table; each is made when it is first asked for. Callers hold a lock around every call."""

    def __init__(self, items: Contents, table: Keys, indexes: Mapping[str, Keys]) -> None:
        self.items = items
        self.keys: dict[str | None, Keys] = {None: table} | dict(indexes)
        self._own: dict[str, list[Place]] = {}
        self._indexed: dict[str, dict[str, list[Place]]] = {}
        self._unsorted: set[tuple[str, str]] = set()

    def walk(
        self, index: str | None, partition: str, bounds: Bounds, start: Place | None, forward: bool
    ) -> Iterator[Item]:
        """The items one by one; nothing may be written meanwhile."""
        places = self._partition(partition) if index is None else self._of_index(index, partition)
        low, high = bounds(places)
        if start is not None and forward:
            low = max(low, bisect_right(places, start))
        elif start is not None:
            high = min(high, bisect_left(places, start))
        for position in range(low, high) if forward else range(high - 1, low - 1, -1):
            _, own_partition, own_sort = places[position]
            yield self.items[own_partition][own_sort]

    def replaced(self, partition: str, sort: str, old: Item | None, new: Item | None) -> None:
        """After a write: one of the two is None for an item that came or went."""
        own = self._own.get(partition)
        if own is not None and (old is None) is not (new is None):
            _change(own, (sort, partition, sort), add=new is not None)
        for index in self._indexed:
            before, after = self._entry(index, partition, sort, old), self._entry(index, partition, sort, new)
            if before != after:
                self._move(index, before, after)

    def _partition(self, partition: str) -> list[Place]:
        known = self._own.get(partition)
        if known is None:
            known = self._own[partition] = sorted((sort, partition, sort) for sort in self.items.get(partition, ()))
        return known

    def _of_index(self, index: str, partition: str) -> list[Place]:
        if index not in self._indexed:
            self._indexed[index] = self._built(index)
        places = self._indexed[index].get(partition, [])
        if (index, partition) in self._unsorted:
            places.sort()
            self._unsorted.remove((index, partition))
        return places

    def _built(self, index: str) -> dict[str, list[Place]]:
        partitions: dict[str, list[Place]] = {}
        keys = self.keys[index]
        hashed, ranged = keys.partition, keys.sort
        for own_partition, of_partition in self.items.items():
            for own_sort, item in of_partition.items():
                if hashed in item and ranged in item:
                    place = (item[ranged]["S"], own_partition, own_sort)
                    partitions.setdefault(item[hashed]["S"], []).append(place)
        self._unsorted.update((index, partition) for partition in partitions)
        return partitions

    def _entry(self, index: str, partition: str, sort: str, item: Item | None) -> tuple[str, Place] | None:
        keys = self.keys[index]
        if item is None or keys.partition not in item or keys.sort not in item:
            return None
        return item[keys.partition]["S"], (item[keys.sort]["S"], partition, sort)

    def _move(self, index: str, before: tuple[str, Place] | None, after: tuple[str, Place] | None) -> None:
        if before is not None:
            _change(self._of_index(index, before[0]), before[1], add=False)
        if after is not None:
            self._of_index(index, after[0])  # sorted from here on
            _change(self._indexed[index].setdefault(after[0], []), after[1], add=True)


def _change(places: list[Place], place: Place, *, add: bool) -> None:
    if add:
        insort(places, place)
        return
    position = bisect_left(places, place)
    if position < len(places) and places[position] == place:
        del places[position]
