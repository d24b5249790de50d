"""Titles: what viewers find, what can be played, and movies, which are both."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, cast

import strawberry

from domain.availability import availability
from domain.titles import CreditRole, ImageKind, TitleKind, TitleRecord, TitleStatus
from domain.viewers import Role
from engine.binding import batched, memoised, pure
from graph.arguments import After, First, Width
from graph.directives import Auth, CacheControl, Cost
from graph.info import Info
from graph.scalars import LanguageTag
from graph.types.genres import Genre
from graph.types.nodes import CatalogItem, PageInfo, flat_version
from graph.types.people import CreditConnection
from graph.types.playables import Playable, TitleState
from graph.types.values import Availability, AvailabilityWindow, Image, Localization, MaturityRating
from resolvers import similar, titles, watching


@strawberry.interface(
    description="What a viewer finds in the catalogue: a movie or a series.", directives=[CacheControl(max_age=300)]
)
class Title(CatalogItem):
    """Of `domain.titles.TitleRecord`."""

    slug: str = strawberry.field(description="The name in addresses; unique, may change.")
    original_name: str = strawberry.field(description="In the original language.")
    original_language: LanguageTag = strawberry.field(description="What it was made in.")
    release_date: date | None = strawberry.field(description="When it first came out.")
    maturity: MaturityRating = strawberry.field(description="From which age.")
    status: TitleStatus = strawberry.field(
        description="Where it stands on its way to viewers.", directives=[Auth(role=Role.EDITOR)]
    )
    publish_at: datetime | None = strawberry.field(
        description="When a scheduled title will be published.", directives=[Auth(role=Role.EDITOR)]
    )
    windows: list[AvailabilityWindow] = strawberry.field(
        description="All its licences.", directives=[Auth(role=Role.PARTNER, scope="availability:read")]
    )

    @pure(description="In the caller's language where there is such a name, else in the original.")
    @staticmethod
    def name(root: strawberry.Parent[TitleRecord], info: Info) -> str:
        return titles.name_of(info.context, root)

    @batched(description="One line for the poster.", shared=True)
    @staticmethod
    async def tagline(roots: list[TitleRecord], info: Info) -> list[str | None]:
        texts = await titles.texts(info.context, roots)
        return cast("Any", [text if text is None or isinstance(text, Exception) else text.tagline for text in texts])

    @batched(description="What it is about; empty when nobody has written it.", shared=True)
    @staticmethod
    async def synopsis(roots: list[TitleRecord], info: Info) -> list[str]:
        texts = await titles.texts(info.context, roots)
        return cast("Any", [text if isinstance(text, Exception) else text.synopsis if text else "" for text in texts])

    @batched(description="What kind of story it is.", shared=True)
    @staticmethod
    async def genres(roots: list[TitleRecord], info: Info) -> list[list[Genre]]:
        return cast("Any", await titles.genres(info.context, roots))

    @pure(description="The smallest picture of the kind that is wide enough, else the widest; null without any.")
    @staticmethod
    def image(
        root: strawberry.Parent[TitleRecord],
        info: Info,
        kind: Annotated[ImageKind, strawberry.argument(description="What it is for.")] = ImageKind.POSTER,
        width: Width = None,
    ) -> Image | None:
        alt = titles.name_of(info.context, root)
        return cast("Any", titles.picture(info.context, root.images, kind, width, alt))

    @batched(description="Who made it, in billing order.", shared=True)
    @staticmethod
    async def credits(
        roots: list[TitleRecord],
        info: Info,
        role: Annotated[CreditRole | None, strawberry.argument(description="Only this role.")] = None,
        first: First = 20,
        after: After = None,
    ) -> list[CreditConnection]:
        return cast("Any", await titles.credits(info.context, roots, role, first, after))

    @pure(description="In the caller's country.")
    @staticmethod
    def availability(root: strawberry.Parent[TitleRecord], info: Info) -> Availability:
        audience = info.context.audience
        return cast("Any", availability(root.windows, audience.country, audience.now))

    @batched(
        description="Titles alike, best first; null when they cannot be told now.",
        directives=[Cost(weight=5)],
    )
    @staticmethod
    async def similar(
        roots: list[TitleRecord],
        info: Info,
        first: First = 20,
    ) -> list[TitleConnection | None]:
        return cast("Any", await similar.similar(info.context, roots, first))

    @batched(description="What the active profile did with it; null without a profile token.")
    @staticmethod
    async def viewer_state(roots: list[TitleRecord], info: Info) -> list[TitleState | None]:
        return cast("Any", await watching.states(info.context, roots))

    @batched(
        description="Its texts in every language.",
        shared=True,
        directives=[Auth(role=Role.PARTNER, scope="catalog:read")],
    )
    @staticmethod
    async def localizations(roots: list[TitleRecord], info: Info) -> list[list[Localization]]:
        return cast("Any", await titles.localizations(info.context, roots))


@memoised(version=flat_version)
@strawberry.type(description="One film.", directives=[CacheControl(max_age=300)])
class Movie(Title, Playable):
    """Of a `TitleRecord` of kind MOVIE."""

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        return isinstance(value, TitleRecord) and value.kind is TitleKind.MOVIE


@strawberry.type(description="A title in a list.")
class TitleEdge:
    """Of `resolvers.paging.Edge`."""

    cursor: str = strawberry.field(description="Its place: send it as `after` to go on behind it.")
    node: Title = strawberry.field(description="The title.")

    note: str | None = strawberry.field(
        name="attribution",
        description="Set when a model or a ranking chose it: send it back with what the viewer did with the title.",
    )


@strawberry.type(description="A page of titles.")
class TitleConnection:
    """Of `resolvers.paging.Page`."""

    edges: list[TitleEdge] = strawberry.field(description="The titles with their places.")
    nodes: list[Title] = strawberry.field(description="The titles.")
    page_info: PageInfo = strawberry.field(description="How to go on.")
