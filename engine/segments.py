"""Rendered parts of answers, kept by record version and bounded in bytes."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import GraphQLObjectType

GAP = b"\x00"
"""Stands for a hole while a segment is rendered; JSON text never has this byte."""
HOLE = orjson.Fragment(GAP)
ENTRY_BYTES = 250
"""What one entry costs beside its text: the key, the tuple or Fragment, two dictionary slots."""
GAP_BYTES, RECORD_BYTES = 50, 500
"""What a gap costs, and a record that is held, as if nobody else held it."""
MOST_NUMBERS = 5000
"""Segment keys that are remembered; when there are more, all begin anew and their segments are made again."""
SHELF_BYTES = 600
"""What an empty shelf costs."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A rendered record with gaps: `pieces` stand before, between and after the values of the selection's holes.

    `type` is the record's. A segment is of every document with the same selection, so it cannot know a selection.
    """

    type: GraphQLObjectType
    pieces: tuple[bytes, ...]
    blank: orjson.Fragment
    """With null in every hole: most titles of a page are not on the viewer's list, nor begun."""


@dataclass(frozen=True, slots=True)
class DeepSegment:
    """A rendered record with gaps at any depth: `gaps` are their numbers in the selection's reach, in the text's order.

    `parents`: for each selection of the reach the records whose values belong there.
    """

    type: GraphQLObjectType
    pieces: tuple[bytes, ...]
    gaps: tuple[int, ...]
    parents: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True)
class Miss:
    """A record of that selection whose rendering is to be kept under `key`."""

    selection: Any
    shelf: Shelf
    key: Hashable

    def keep(self, template: Any, vouched: bool) -> Kept:
        """Renders the record, in which HOLE stands for its holes, and keeps it if it is `vouched` for."""
        text = _rendered(template)
        kept: Kept
        if self.selection.holes:
            kept = Segment(self.selection.type, tuple(text.split(GAP)), orjson.Fragment(text.replace(GAP, b"null")))
        else:
            kept = orjson.Fragment(text)
        return self._put(kept, vouched)

    def keep_deep(
        self, template: Any, vouched: bool, gaps: tuple[int, ...], parents: tuple[tuple[Any, ...], ...]
    ) -> Kept:
        """The same for a selection that is deep; without any gap it is a text like others."""
        text = _rendered(template)
        kept: Kept = orjson.Fragment(text)
        if gaps:
            kept = DeepSegment(self.selection.type, tuple(text.split(GAP)), gaps, parents)
        return self._put(kept, vouched)

    def _put(self, kept: Kept, vouched: bool) -> Kept:
        if vouched:
            self.shelf.put(self.key, kept, _size(kept))
        return kept


Kept = Segment | DeepSegment | orjson.Fragment


def _rendered(template: Any) -> bytes:
    """A copy: what orjson returns holds its whole buffer, which is 4 kB at least and twice a long text."""
    return bytes(memoryview(orjson.dumps(template)))


class Shelf:
    """The segments of one position under one set of circumstances; two generations, the older one is dropped."""

    __slots__ = ("_segments", "asked", "new", "old")

    def __init__(self, segments: Segments) -> None:
        self._segments = segments
        self.asked = False
        """Whether the root of a query was looked for here before."""
        self.new: dict[Hashable, Kept] = {}
        self.old: dict[Hashable, Kept] = {}

    def get(self, key: Hashable) -> Kept | None:
        """What is kept under the key."""
        found = self.new.get(key)
        if found is None and self.old:
            found = self.old.get(key)
            if found is not None:
                self.put(key, found, _size(found))
        return found

    def put(self, key: Hashable, kept: Kept, size: int) -> None:
        """Keeps it until two generations of newer ones have filled the bound; `size` is that of its texts in bytes."""
        self.new[key] = kept
        self._segments.grow(size + ENTRY_BYTES)


def _size(kept: Kept) -> int:
    if isinstance(kept, Segment):
        return 2 * sum(map(len, kept.pieces))
    if isinstance(kept, DeepSegment):
        return sum(map(len, kept.pieces)) + GAP_BYTES * len(kept.gaps) + RECORD_BYTES * sum(map(len, kept.parents))
    return len(orjson.dumps(kept))


class Segments:
    """All shelves of an engine. Half of `max_bytes` is the newer generation, half the older."""

    def __init__(self, max_bytes: int) -> None:
        self._half = max_bytes // 2
        self._shelves: dict[Hashable, Shelf] = {}
        self._numbers: dict[Hashable, int] = {}
        self._next_number = 0
        self.bytes = 0
        self.older_bytes = 0

    def shelf(self, key: Hashable) -> Shelf:
        """The shelf of a position and its circumstances."""
        found = self._shelves.get(key)
        if found is None:
            found = self._shelves[key] = Shelf(self)
            self.grow(SHELF_BYTES)
        return found

    def number(self, segment_key: Hashable) -> int:
        """A small number for a segment key, so that the key is hashed once per execution."""
        found = self._numbers.get(segment_key)
        if found is None:
            if len(self._numbers) >= MOST_NUMBERS:
                self._numbers.clear()
            self._next_number += 1
            found = self._numbers[segment_key] = self._next_number
        return found

    def grow(self, size: int) -> None:
        """Counts new bytes and turns the generations when half of the bound is full."""
        self.bytes += size
        if self.bytes > self._half:
            self._turn()

    def _turn(self) -> None:
        self.older_bytes, self.bytes = self.bytes, 0
        kept: dict[Hashable, Shelf] = {}
        for key, shelf in self._shelves.items():
            shelf.old, shelf.new = shelf.new, {}
            if shelf.old:
                kept[key] = shelf
        self._shelves = kept

    def clear(self) -> None:
        """Drops everything; what requests on their way still put goes to shelves that nobody reads any more."""
        self._shelves = {}
        self.bytes = self.older_bytes = 0
