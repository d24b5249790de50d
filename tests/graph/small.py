"""A small graph with protected, dear and paged fields, whose resolvers say what they did."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import strawberry
from graphql import GraphQLSchema

from domain.viewers import ANONYMOUS, Role, Viewer
from engine.binding import memoised
from graph.directives import Auth, Cost


@dataclass
class Recorder:
    """A context that remembers which resolvers ran."""

    viewer: Viewer = ANONYMOUS
    ran: list[str] = field(default_factory=list)

    @property
    def segment_key(self) -> object:
        return (self.viewer.roles, self.viewer.scopes)


def _ran(info: strawberry.Info[Any, None], name: str) -> None:
    info.context.ran.append(name)


@strawberry.interface
class Item:
    """Something with a version that editors alone see."""

    id: strawberry.ID
    version: int | None = strawberry.field(directives=[Auth(role=Role.EDITOR)])


@strawberry.type
class Genre:
    """A plain object."""

    name: str


@memoised(version=lambda record: (record.id, record.version))
@strawberry.type
class Title(Item):
    """A title; `windows` is for partners with a scope."""

    name: str
    version: int | None
    windows: list[str] | None = strawberry.field(directives=[Auth(role=Role.PARTNER, scope="availability:read")])
    genres: list[Genre] = strawberry.field(default_factory=list)

    @classmethod
    def is_type_of(cls, value: object, _info: Any) -> bool:
        return isinstance(value, SimpleNamespace)

    @strawberry.field
    def similar(self, first: int = 20) -> TitleConnection:
        return TitleConnection(nodes=[], edges=[], total_count=0)


@strawberry.type
class TitleEdge:
    """An edge."""

    cursor: str
    node: Title


@strawberry.type
class TitleConnection:
    """A page."""

    nodes: list[Title]
    edges: list[TitleEdge]
    total_count: int


@strawberry.type(directives=[Cost(weight=7)])
class Poster:
    """An object that is dear by type."""

    url: str


@strawberry.type(directives=[Auth(role=Role.EDITOR)])
class Studio:
    """A type whose every field is for editors, and one for admins."""

    @strawberry.field
    def drafts(self, info: strawberry.Info[Any, None]) -> list[Title]:
        _ran(info, "drafts")
        return []

    @strawberry.field(directives=[Auth(role=Role.ADMIN)])
    def audit(self, info: strawberry.Info[Any, None]) -> str | None:
        _ran(info, "audit")
        return "secret audit"


@strawberry.type
class Query:
    """The root."""

    @strawberry.field
    def title(self, info: strawberry.Info[Any, None]) -> Title | None:
        return SimpleNamespace(  # type: ignore[return-value]
            id="t1", name="Heat", version=3, windows=["NL"], genres=[]
        )

    @strawberry.field
    def item(self) -> Item | None:
        return SimpleNamespace(  # type: ignore[return-value]
            id="t1", name="Heat", version=3, windows=["NL"], genres=[]
        )

    @strawberry.field
    def titles(self, first: int = 20, after: str | None = None) -> TitleConnection:
        return TitleConnection(nodes=[], edges=[], total_count=0)

    @strawberry.field
    def nodes(self, ids: list[strawberry.ID]) -> list[Item | None]:
        return []

    @strawberry.field
    def genres(self) -> list[Genre]:
        return []

    @strawberry.field
    def posters(self, count: int = 2) -> list[Poster]:
        return []

    @strawberry.field(directives=[Cost(weight=5)])
    def search(self, text: str, first: int = 20) -> TitleConnection:
        return TitleConnection(nodes=[], edges=[], total_count=0)

    @strawberry.field
    def studio(self) -> Studio | None:
        return Studio()

    @strawberry.field(directives=[Auth()])
    def mine(self, info: strawberry.Info[Any, None]) -> str | None:
        _ran(info, "mine")
        return "private"

    @strawberry.field(directives=[Auth()])
    def always(self) -> str:
        return "private"


@strawberry.type
class Mutation:
    """Changes."""

    @strawberry.mutation(directives=[Auth(role=Role.ADMIN)])
    def delete_title(self, info: strawberry.Info[Any, None], id: strawberry.ID) -> bool | None:
        _ran(info, "delete_title")
        return True

    @strawberry.mutation
    def rate(self) -> bool:
        return True

    @strawberry.mutation(directives=[Cost(weight=50)])
    def pay(self) -> Genre | None:
        return None


SCHEMA = strawberry.Schema(query=Query, mutation=Mutation, types=[Title])
GRAPH: GraphQLSchema = SCHEMA._schema
