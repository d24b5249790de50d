"""A small Strawberry schema with everything the binding offers, and a log of what is called."""

from __future__ import annotations

import enum
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import strawberry
from graphql import GraphQLError, GraphQLSchema
from strawberry.extensions import FieldExtension

from engine import GUARD, Engine
from engine.binding import batched, bind, memoised, pure


@dataclass(frozen=True, slots=True)
class Item:
    """A thing on sale as stored."""

    id: int
    name: str
    kind: str = "book"
    version: int = 1
    price: float = 1.5
    tags: tuple[str, ...] = ()
    players: int = 4


ITEMS: dict[int, Item] = {n: Item(n, f"item {n}", ("book", "game")[n % 2], tags=("a", "b")[: n % 3]) for n in range(6)}


@dataclass
class Shop:
    """The context of one execution."""

    viewer: str = "ann"
    segment_key: Any = "de"
    calls: list[Any] = field(default_factory=list)
    items: dict[int, Item] = field(default_factory=lambda: dict(ITEMS))


Info = strawberry.Info[Shop, None]


@strawberry.enum
class Unit(enum.Enum):
    EURO = "eur"
    CENT = "ct"


@strawberry.input
class Between:
    low: float = 0
    high: float | None = None
    units: list[Unit] = strawberry.field(default_factory=list)


@strawberry.input
class Search:
    text: str
    prices: list[Between] | None = None
    after: strawberry.Maybe[int] = None


@strawberry.type
class Review:
    stars: int
    by: str


@strawberry.type
class Stock:
    count: int
    viewer: str


class Upper(FieldExtension):
    """Writes the result in capitals."""

    async def resolve_async(self, next_: Any, source: Any, info: Any, **arguments: Any) -> Any:
        return str(await next_(source, info, **arguments)).upper()


@memoised(version=lambda item: (item.id, item.version))
@strawberry.interface
class Thing:
    id: strawberry.ID
    name: str
    price: float
    tags: list[str]

    @pure
    @staticmethod
    def label(root: strawberry.Parent[Item], info: Info, unit: Unit = Unit.EURO, times: int = 1) -> str:
        info.context.calls.append(("label", root.id))
        return f"{root.name} {root.price}{unit.value}" * times + str(info.context.segment_key)

    @batched(description="What people say.", shared=True)
    @staticmethod
    async def reviews(roots: list[Item], info: Info, first: int = 2) -> list[list[Review] | Exception]:
        info.context.calls.append(("reviews", [item.id for item in roots], first))
        return [[Review(stars=n, by=item.name) for n in range(min(first, item.id))] for item in roots]

    @batched
    @staticmethod
    async def stock(roots: list[Item], info: Info, where: Search | None = None) -> list[Stock | None]:
        info.context.calls.append(("stock", [item.id for item in roots], where))
        return [Stock(count=item.id, viewer=info.context.viewer) if item.id % 4 else None for item in roots]

    @batched(extensions=[Upper()])
    @staticmethod
    async def loud(roots: list[Item], info: Info) -> list[str]:
        info.context.calls.append(("loud", [item.id for item in roots]))
        return [item.name for item in roots]

    @strawberry.field
    async def seller(self: Any, info: Info) -> str:
        return f"{info.context.viewer} sells {self.name}"


@strawberry.type
class Book(Thing):
    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        return isinstance(value, Item) and value.kind == "book"


@strawberry.type
class Game(Thing):
    players: int = 4

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        return isinstance(value, Item) and value.kind == "game"

    @batched
    def rivals(roots: list[Item], info: Info) -> list[list[Thing]]:
        found: Any = [[info.context.items[2], ValueError("gone")] if item.id == 1 else [] for item in roots]
        return found


@strawberry.type
class Query:
    @strawberry.field
    async def things(self, info: Info, ids: list[int] | None = None) -> list[Thing]:
        found: Any = [info.context.items[n] for n in (info.context.items if ids is None else ids)]
        return found

    @strawberry.field
    def thing(self, info: Info, id: int) -> Thing | None:
        found: Any = info.context.items.get(id)
        return found

    @strawberry.field
    def search(self, info: Info, by: Search) -> str:
        return repr(by)


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def rename(self, info: Info, id: int, name: str) -> Thing:
        item = info.context.items[id]
        info.context.items[id] = replace(item, name=name, version=item.version + 1)
        renamed: Any = info.context.items[id]
        return renamed


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def ticks(self, info: Info, count: int = 3) -> AsyncIterator[Thing]:
        try:
            for n in range(count):
                if n == 5:
                    raise RuntimeError("five is too many")
                event: Any = ITEMS[n]
                yield event
        finally:
            CLOSED.append(count)


CLOSED: list[int] = []

SCHEMA = strawberry.Schema(Query, Mutation, Subscription, types=[Book, Game])


def core() -> GraphQLSchema:
    """The schema with its markers; every call marks the same one."""
    schema = bind(SCHEMA)
    players = schema.type_map["Game"].fields["players"]  # type: ignore[attr-defined]
    players.extensions[GUARD] = _adults
    return schema


def _adults(context: Shop) -> GraphQLError | None:
    return GraphQLError("Sign in.", extensions={"code": "FORBIDDEN"}) if context.viewer == "nobody" else None


def engine(**options: Any) -> Engine:
    return Engine(core(), **options)
