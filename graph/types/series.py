"""Series, their seasons and episodes."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, cast

import strawberry

from domain.titles import EpisodeRecord, ImageKind, SeasonRecord, TitleKind, TitleRecord, localise
from engine.binding import batched, memoised, pure
from graph.arguments import After, First, Width
from graph.directives import CacheControl
from graph.info import Info
from graph.types.nodes import CatalogItem, PageInfo, episode_version, flat_version, season_version
from graph.types.playables import Playable
from graph.types.titles import Title
from graph.types.values import Image
from resolvers import series as use
from resolvers import titles


@memoised(version=flat_version)
@strawberry.type(description="Seasons of episodes.", directives=[CacheControl(max_age=300)])
class Series(Title):
    """Of a `TitleRecord` of kind SERIES."""

    season_count: int = strawberry.field(description="How many seasons it has.")
    episode_count: int = strawberry.field(description="How many episodes all seasons have.")

    @batched(description="Its seasons by number.", shared=True)
    @staticmethod
    async def seasons(
        roots: list[TitleRecord], info: Info, first: First = 20, after: After = None
    ) -> list[SeasonConnection]:
        return cast("Any", await use.seasons(info.context, roots, first, after))

    @batched(description="The season with the number; null when there is none.", shared=True)
    @staticmethod
    async def season(
        roots: list[TitleRecord],
        info: Info,
        number: Annotated[int, strawberry.argument(description="As printed; specials have 0.")],
    ) -> list[Season | None]:
        return cast("Any", await use.season(info.context, roots, number))

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        return isinstance(value, TitleRecord) and value.kind is TitleKind.SERIES


@memoised(version=season_version)
@strawberry.type(description="A season of a series.", directives=[CacheControl(max_age=300)])
class Season(CatalogItem):
    """Of `domain.titles.SeasonRecord`."""

    number: int = strawberry.field(description="As printed; may change, the id does not.")
    release_date: date | None = strawberry.field(description="Of its first episode.")
    episode_count: int = strawberry.field(description="How many episodes it has.")

    @pure(description="The season's own name, else its number in words.")
    @staticmethod
    def name(root: strawberry.Parent[SeasonRecord], info: Info) -> str:
        return use.season_name(info.context, root)

    @pure(description="What it is about.")
    @staticmethod
    def synopsis(root: strawberry.Parent[SeasonRecord], info: Info) -> str | None:
        return localise(root.synopses, info.context.languages) or None

    @pure(description="The smallest picture of the kind that is wide enough, else the widest; null without any.")
    @staticmethod
    def image(
        root: strawberry.Parent[SeasonRecord],
        info: Info,
        kind: Annotated[ImageKind, strawberry.argument(description="What it is for.")] = ImageKind.POSTER,
        width: Width = None,
    ) -> Image | None:
        alt = use.season_name(info.context, root)
        return cast("Any", titles.picture(info.context, root.images, kind, width, alt))

    @batched(description="The series that it belongs to.", shared=True)
    @staticmethod
    async def series(roots: list[SeasonRecord], info: Info) -> list[Series]:
        return cast("Any", await use.series_of(info.context, roots))

    @batched(description="Its episodes by number.", shared=True)
    @staticmethod
    async def episodes(
        roots: list[SeasonRecord], info: Info, first: First = 40, after: After = None
    ) -> list[EpisodeConnection]:
        return cast("Any", await use.episodes(info.context, roots, first, after))

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        return isinstance(value, SeasonRecord)


@memoised(version=episode_version)
@strawberry.type(description="An episode of a season.", directives=[CacheControl(max_age=300)])
class Episode(CatalogItem, Playable):
    """Of `domain.titles.EpisodeRecord`."""

    number: int = strawberry.field(description="Within its season; may change, the id does not.")
    release_date: date | None = strawberry.field(description="When it first came out.")

    @pure(description="In the caller's language where there is such a name, else in the original.")
    @staticmethod
    def name(root: strawberry.Parent[EpisodeRecord], info: Info) -> str:
        return localise(root.names, info.context.languages, root.original_language)

    @pure(description="What happens; empty when nobody has written it.")
    @staticmethod
    def synopsis(root: strawberry.Parent[EpisodeRecord], info: Info) -> str:
        return localise(root.synopses, info.context.languages, root.original_language)

    @pure(description="The smallest picture of the kind that is wide enough, else the widest; null without any.")
    @staticmethod
    def image(
        root: strawberry.Parent[EpisodeRecord],
        info: Info,
        kind: Annotated[ImageKind, strawberry.argument(description="What it is for.")] = ImageKind.STILL,
        width: Width = None,
    ) -> Image | None:
        alt = localise(root.names, info.context.languages, root.original_language)
        return cast("Any", titles.picture(info.context, root.images, kind, width, alt))

    @batched(description="The series that it belongs to.", shared=True)
    @staticmethod
    async def series(roots: list[EpisodeRecord], info: Info) -> list[Series]:
        return cast("Any", await use.series_of(info.context, roots))

    @batched(description="The season that it belongs to.", shared=True)
    @staticmethod
    async def season(roots: list[EpisodeRecord], info: Info) -> list[Season]:
        return cast("Any", await use.season_of(info.context, roots))

    @batched(description="The following one, over the end of the season; null after the last.", shared=True)
    @staticmethod
    async def next(roots: list[EpisodeRecord], info: Info) -> list[Episode | None]:
        return cast("Any", await use.following(info.context, roots))

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        return isinstance(value, EpisodeRecord)


@strawberry.type(description="A season in a list.")
class SeasonEdge:
    """Of `resolvers.paging.Edge`."""

    cursor: str = strawberry.field(description="Its place: send it as `after` to go on behind it.")
    node: Season = strawberry.field(description="The season.")


@strawberry.type(description="A page of seasons.")
class SeasonConnection:
    """Of `resolvers.paging.Page`."""

    edges: list[SeasonEdge] = strawberry.field(description="The seasons with their places.")
    nodes: list[Season] = strawberry.field(description="The seasons.")
    page_info: PageInfo = strawberry.field(description="How to go on.")


@strawberry.type(description="An episode in a list.")
class EpisodeEdge:
    """Of `resolvers.paging.Edge`."""

    cursor: str = strawberry.field(description="Its place: send it as `after` to go on behind it.")
    node: Episode = strawberry.field(description="The episode.")


@strawberry.type(description="A page of episodes.")
class EpisodeConnection:
    """Of `resolvers.paging.Page`."""

    edges: list[EpisodeEdge] = strawberry.field(description="The episodes with their places.")
    nodes: list[Episode] = strawberry.field(description="The episodes.")
    page_info: PageInfo = strawberry.field(description="How to go on.")
