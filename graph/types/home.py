"""The home page: rails of titles."""

from __future__ import annotations

from typing import Any, cast

import strawberry

from domain.rails import RailKind, RailRecord, RailSource
from domain.titles import localise
from engine.binding import batched, memoised, pure
from graph.arguments import After, First
from graph.directives import Cost
from graph.info import Info
from graph.types.nodes import Node, PageInfo, rail_version
from graph.types.titles import TitleConnection
from resolvers import home


@memoised(version=rail_version)
@strawberry.type(description="One row of the home page.")
class Rail(Node):
    """Of `domain.rails.RailRecord`."""

    kind: RailKind = strawberry.field(description="What it shows.")
    source: RailSource = strawberry.field(description="Where the choice of its titles came from.")

    @pure(description="The heading, in the caller's language where there is one.")
    @staticmethod
    def name(root: strawberry.Parent[RailRecord], info: Info) -> str:
        return localise(root.names, info.context.languages, "en")

    @batched(
        description="What it shows, in order; null when it cannot be read now.",
        shared=True,
        directives=[Cost(weight=2)],
    )
    @staticmethod
    def titles(
        roots: list[RailRecord], info: Info, first: First = 20, after: After = None
    ) -> list[TitleConnection | None]:
        return cast("Any", home.titles(info.context, roots, first, after))

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        return isinstance(value, RailRecord)


@strawberry.type(description="A rail in a list.")
class RailEdge:
    """Of `resolvers.paging.Edge`."""

    cursor: str = strawberry.field(description="Its place: send it as `after` to go on behind it.")
    node: Rail = strawberry.field(description="The rail.")


@strawberry.type(description="A page of rails.")
class RailConnection:
    """Of `resolvers.paging.Page`."""

    edges: list[RailEdge] = strawberry.field(description="The rails with their places.")
    nodes: list[Rail] = strawberry.field(description="The rails.")
    page_info: PageInfo = strawberry.field(description="How to go on.")
