"""The root of all reads."""

from __future__ import annotations

from typing import Annotated, Any, cast

import strawberry

from domain.search import TitleSort
from domain.viewers import Role
from engine.binding import memoised, shared
from graph.arguments import After, First
from graph.directives import CacheControl, Cost
from graph.info import Info
from graph.inputs import TitleBy, TitleFilter, asked
from graph.types.genres import Genre
from graph.types.home import RailConnection
from graph.types.membership import Plan
from graph.types.nodes import Node
from graph.types.search import SearchConnection
from graph.types.titles import Title, TitleConnection
from graph.types.viewers import Viewer
from resolvers import browse, home, households, membership, nodes, search, titles


@memoised(version=lambda generation: generation)
@strawberry.type(description="Reads.")
class Query:
    """The root fields; each is a line into the resolvers.

    Its record is the catalogue's generation, or None for callers who share nothing.
    """

    @strawberry.field(description="Anything by its id; null when the caller may not know of it.")
    @shared
    @staticmethod
    async def node(
        info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="As an earlier answer gave it.")]
    ) -> Node | None:
        return cast("Any", await nodes.find(info.context, id))

    @strawberry.field(description="As `node` for many: in the order of `ids`, null where not found.")
    @shared
    @staticmethod
    async def nodes(
        info: Info, ids: Annotated[list[strawberry.ID], strawberry.argument(description="100 at most.")]
    ) -> list[Node | None]:
        return cast("Any", await nodes.find_many(info.context, ids))

    @strawberry.field(description="One title; null when the caller may not know of it.")
    @shared
    @staticmethod
    async def title(
        info: Info, by: Annotated[TitleBy, strawberry.argument(description="Its id or its slug.")]
    ) -> Title | None:
        slug = None if by.slug is strawberry.UNSET else by.slug
        return cast("Any", await titles.find(info.context, id_=by.id or None, slug=slug))

    @strawberry.field(description="The catalogue, filtered and in order.")
    @shared
    @staticmethod
    async def titles(
        info: Info,
        filter: Annotated[TitleFilter | None, strawberry.argument(description="What a title must be.")] = None,
        sort: Annotated[TitleSort, strawberry.argument(description="The order.")] = TitleSort.POPULARITY,
        first: First = 20,
        after: After = None,
    ) -> TitleConnection:
        return cast("Any", await browse.titles(info.context, asked(filter), sort, first, after))

    @strawberry.field(
        description="Titles, episodes and people by their names and texts; forgives typing errors.",
        directives=[Cost(weight=5)],
    )
    @staticmethod
    async def search(
        info: Info,
        text: Annotated[str, strawberry.argument(description="Words or their beginnings; 200 characters at most.")],
        filter: Annotated[TitleFilter | None, strawberry.argument(description="What a title must be.")] = None,
        first: First = 20,
        after: After = None,
    ) -> SearchConnection | None:
        return cast("Any", await search.search(info.context, text, asked(filter), first, after))

    @strawberry.field(description="All genres, by id.", directives=[CacheControl(max_age=3600)])
    @shared
    @staticmethod
    async def genres(info: Info) -> list[Genre]:
        return cast("Any", [*(await info.context.loaders.genres.by_id()).values()])

    @strawberry.field(description="What the caller's country watches most now.", directives=[CacheControl(max_age=60)])
    @shared
    @staticmethod
    async def trending(info: Info, first: First = 20) -> TitleConnection | None:
        return cast("Any", await home.trending(info.context, first))

    @strawberry.field(
        description="Personal with a profile token, else the public shelves of the caller's country.",
        directives=[Cost(weight=5), CacheControl(max_age=60)],
    )
    @staticmethod
    async def home(info: Info, first: First = 8, after: After = None) -> RailConnection | None:
        return cast("Any", await home.rails(info.context, first, after))

    @strawberry.field(description="All plans, cheapest first.", directives=[CacheControl(max_age=3600)])
    @shared
    @staticmethod
    def plans(info: Info) -> list[Plan] | None:
        return cast("Any", membership.plans())

    @strawberry.field(description="The account behind the token; null for an anonymous caller and for partners.")
    @staticmethod
    async def viewer(info: Info) -> Viewer | None:
        if Role.VIEWER not in info.context.viewer.roles:
            return None
        return cast("Any", await households.account(info.context))
