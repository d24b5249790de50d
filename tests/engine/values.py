"""What the resolvers of generated schemas answer: fixed by a key, so that every executor gets the same values.

An `Odds` says how often a value misbehaves. `waiting` turns some values into awaitables and asynchronous iterables;
without it the very same values come at once.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    is_leaf_type,
)


class Colour(Enum):
    RED = "r"
    GREEN = "g"


@dataclass(frozen=True)
class Odds:
    """Percentages: of nulls, errors, wrong types, unusual iterables, methods, and of awaitables where `waiting`."""

    null: int = 8
    error: int = 4
    wrong: int = 4
    iterable: int = 8
    wait: int = 20
    method: int = 10
    waiting: bool = True

    @property
    def tidy(self) -> bool:
        """Whether everything is as a schema's author would have it, but for nulls."""
        return not (self.error or self.wrong or self.iterable or self.method or self.waiting)


class Context:
    """The context of one execution; `viewer` makes the fields differ that may differ between viewers."""

    def __init__(self, world: World, viewer: int, segment_key: str = "k") -> None:
        self.world = world
        self.viewer = viewer
        self.segment_key = segment_key
        self.calls: dict[Any, int] = {}
        self.order: list[Any] = []
        self._kept: list[Any] = []

    def keep(self, source: Any) -> Any:
        """Holds the parent, so that its identity stays its own."""
        self._kept.append(source)
        return source

    def called(self, source: Any, *what: Any) -> None:
        """Counts a call for a parent that is there only once; one out of a segment may stand in many places."""
        if isinstance(source, Record) and source.__dict__.setdefault("_met_by", self) is self:
            what = (id(self.keep(source)), *what)
            self.calls[what] = self.calls.get(what, 0) + 1


class World:
    """The values of one schema."""

    def __init__(self, seed: int, odds: Odds) -> None:
        self.seed = seed
        self.odds = odds
        self.schema: GraphQLSchema

    def draw(self, *key: Any) -> int:
        """A large number that depends on the key alone."""
        return zlib.crc32(repr((self.seed, *key)).encode())

    def chance(self, percent: int, *key: Any) -> bool:
        return self.draw("chance", *key) % 100 < percent

    def answer(self, type_: Any, *key: Any) -> Any:
        """What a resolver answers: it may raise, wait, or give any value."""
        if self.chance(self.odds.error, "raise", *key):
            if self._waits(*key):
                return self._later(None, self._error(*key))
            raise self._error(*key)
        value = self.value(type_, *key)
        return self._later(value, None) if self._waits(*key) else value

    def _waits(self, *key: Any) -> bool:
        return self.odds.waiting and self.chance(self.odds.wait, "wait", *key)

    async def _later(self, value: Any, error: Exception | None) -> Any:
        await asyncio.sleep(0)
        if error is not None:
            raise error
        return value

    def _error(self, *key: Any) -> Exception:
        kind = self.draw("error", *key) % 4
        text = f"failed {self.draw(*key) % 1000}"
        if kind == 0:
            return GraphQLError(text, extensions={"code": "X"})
        if kind == 1:
            return ValueError(text)
        if kind == 2:
            return GraphQLError(text, path=["elsewhere", 1])
        return KeyError(text)

    def value(self, type_: Any, *key: Any) -> Any:
        """A value of the type, or what should not be one."""
        if self.chance(self.odds.error // 2, "instance", *key):
            return self._error("i", *key)
        if isinstance(type_, GraphQLNonNull):
            if self.chance(self.odds.null // 4, "nonnull", *key):
                return None
            return self._present(type_.of_type, *key)
        if self.chance(self.odds.null, "null", *key):
            return None
        return self._present(type_, *key)

    def _present(self, type_: Any, *key: Any) -> Any:
        if self.chance(self.odds.wrong // 2, "wrong", *key):
            options = [
                7,
                "text",
                [1],
                {"a": 1},
                2**40,
                float("nan"),
                float("inf"),
                True,
                b"b",
                Colour.RED,
                1.5,
                (),
                object,
            ]
            return options[self.draw("which", *key) % len(options)]
        if isinstance(type_, GraphQLList):
            return self._list(type_.of_type, *key)
        if is_leaf_type(type_):
            return self._leaf(type_, *key)
        possible = [type_] if isinstance(type_, GraphQLObjectType) else self.schema.get_possible_types(type_)
        if not possible:
            return None
        chosen = possible[self.draw("type", *key) % len(possible)]
        if self.chance(self.odds.wrong // 2, "other type", *key):
            objects = [one for one in self.schema.type_map.values() if isinstance(one, GraphQLObjectType)]
            chosen = objects[self.draw("other", *key) % len(objects)]
        return record(self, chosen.name, self.draw("id", *key) % 40)

    def _list(self, item_type: Any, *key: Any) -> Any:
        count = self.draw("count", *key) % 4
        items = []
        for place in range(count):
            item = self.value(item_type, *key, place)
            items.append(self._later(item, None) if self._waits("item", *key, place) else item)
        if not self.chance(self.odds.iterable, "iterable", *key):
            return items if self.draw("list", *key) % 3 else tuple(items)
        kind = self.draw("kind", *key) % 3
        if kind == 0:
            return _breaking(items, self._error("iterable", *key) if self.chance(30, "break", *key) else None)
        if kind == 1:
            return {place: item for place, item in enumerate(items)}.values()
        error = self._error("async", *key) if self.chance(30, "async break", *key) else None
        return _breaking_async(items, error) if self.odds.waiting else _breaking(items, error)

    def _leaf(self, type_: Any, *key: Any) -> Any:
        number = self.draw("leaf", *key)
        if isinstance(type_, GraphQLEnumType):
            values = [value.value for value in type_.values.values()]
            return values[number % len(values)]
        options: dict[str, list[Any]] = {
            "Int": [0, 7, -1, 2**31 - 1, 3.0, "12", True],
            "Float": [0.5, 1, -2.25, 1e300, "1.5"],
            "String": ["", "text", 'quote " \\ \n', "\u00e9\u4e2d\U0001f600", 5, 1.5, True],
            "ID": ["a", 12, "b=", 3.0],
            "Boolean": [True, False, 1, 0],
        }
        found = options.get(type_.name, [1, "x", {"k": [1, None]}, [1, 2], "bad", 0])
        # The first half is usual: it is drawn much more often.
        if number % 10 < 8:
            return found[number % ((len(found) + 1) // 2)]
        return found[number % len(found)]


def _breaking(items: list[Any], error: Exception | None) -> Iterator[Any]:
    yield from items
    if error is not None:
        raise error


async def _breaking_async(items: list[Any], error: Exception | None) -> AsyncIterator[Any]:
    for item in items:
        yield item
    if error is not None:
        raise error


class Record:
    """A parent: its attributes are answered when they are read."""

    def __init__(self, world: World, type_name: str, number: int) -> None:
        self._world = world
        self._type_name = type_name
        self._number = number

    def __repr__(self) -> str:
        return f"<{self._type_name} {self._number}>"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name.startswith("_Record"):
            raise AttributeError(name)
        return attribute(self, name)


class Subtle(Record):
    """The same under another class, with the name of its type where graphql-core looks for it."""


def attribute(parent: Record, name: str) -> Any:
    """What is stored under the name: a value, or for fields without resolver sometimes a method."""
    world = parent._world
    field = world.schema.type_map[parent._type_name].fields.get(name)  # type: ignore[attr-defined]
    if field is None:
        raise AttributeError(name)
    key = (parent._type_name, parent._number, name)
    if field.resolve is None and not field.extensions and world.chance(world.odds.method, "method", *key):

        def method(info: Any, **arguments: Any) -> Any:
            info.context.called(parent, "method", info.path.key)
            return world.answer(field.type, "method", *key, sorted(arguments.items(), key=str))

        return method
    if field.extensions.get("engine.field") is None and world.chance(world.odds.error, "attribute", *key):
        raise ValueError("attribute")
    value = world.value(field.type, *key)
    waits = field.resolve is None and not callable(value) and world._waits("attribute", *key)
    return world._later(value, None) if waits else value


def record(world: World, type_name: str, number: int) -> Record:
    return (Record, Subtle)[number % 2](world, type_name, number)
