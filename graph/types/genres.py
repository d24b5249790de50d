"""Genres."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, cast

import strawberry

from domain.search import TitleSort
from domain.titles import GenreRecord, localise
from engine.binding import batched, memoised, pure
from graph.arguments import After, First
from graph.directives import CacheControl
from graph.info import Info
from graph.types.nodes import CatalogItem, flat_version
from resolvers import browse

if TYPE_CHECKING:
    from graph.types.titles import TitleConnection


@memoised(version=flat_version)
@strawberry.type(description="A kind of story.", directives=[CacheControl(max_age=3600)])
class Genre(CatalogItem):
    """Of `domain.titles.GenreRecord`."""

    slug: str = strawberry.field(description="The name in addresses.")

    @pure(description="In the caller's language where there is such a name.")
    @staticmethod
    def name(root: strawberry.Parent[GenreRecord], info: Info) -> str:
        return localise(root.names, info.context.languages, "en")

    @batched(description="The titles of the genre.", shared=True)
    @staticmethod
    async def titles(
        roots: list[GenreRecord],
        info: Info,
        sort: Annotated[TitleSort, strawberry.argument(description="The order.")] = TitleSort.POPULARITY,
        first: First = 20,
        after: After = None,
    ) -> list[Annotated[TitleConnection, strawberry.lazy("graph.types.titles")]]:
        return cast("Any", await browse.of_genres(info.context, roots, sort, first, after))

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        return isinstance(value, GenreRecord)
