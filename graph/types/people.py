"""People and credits."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, cast

import strawberry

from domain.titles import CreditRecord, CreditRole, ImageKind, PersonRecord, localise
from engine.binding import batched, memoised, pure
from graph.arguments import After, First, Width
from graph.directives import CacheControl
from graph.info import Info
from graph.types.nodes import CatalogItem, PageInfo, flat_version
from graph.types.values import Image
from resolvers import people, titles

if TYPE_CHECKING:
    from graph.types.titles import Title


@memoised(version=flat_version)
@strawberry.type(description="Someone who made a title.", directives=[CacheControl(max_age=3600)])
class Person(CatalogItem):
    """Of `domain.titles.PersonRecord`."""

    born: date | None = strawberry.field(description="The day of birth.")

    @pure(description="In the caller's language where there is one.")
    @staticmethod
    def biography(root: strawberry.Parent[PersonRecord], info: Info) -> str | None:
        return localise(root.biographies, info.context.languages) or None

    @pure(description="The smallest picture of the kind that is wide enough, else the widest; null without any.")
    @staticmethod
    def image(
        root: strawberry.Parent[PersonRecord],
        info: Info,
        kind: Annotated[ImageKind, strawberry.argument(description="What it is for.")] = ImageKind.PORTRAIT,
        width: Width = None,
    ) -> Image | None:
        return cast("Any", titles.picture(info.context, root.images, kind, width, root.name))

    @batched(description="What they made, newest first.", shared=True)
    @staticmethod
    async def filmography(
        roots: list[PersonRecord],
        info: Info,
        role: Annotated[CreditRole | None, strawberry.argument(description="Only this role.")] = None,
        first: First = 20,
        after: After = None,
    ) -> list[CreditConnection]:
        return cast("Any", await people.filmography(info.context, roots, role, first, after))

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        return isinstance(value, PersonRecord)


@strawberry.type(description="A person's part in a title.")
class Credit:
    """Of `domain.titles.CreditRecord`."""

    role: CreditRole = strawberry.field(description="What they did.")
    character: str | None = strawberry.field(description="Whom an actor plays.")

    @batched(description="Who.", shared=True)
    @staticmethod
    async def person(roots: list[CreditRecord], info: Info) -> list[Person]:
        return cast("Any", await people.of_credits(info.context, roots))

    @batched(description="For what.", shared=True)
    @staticmethod
    async def title(
        roots: list[CreditRecord], info: Info
    ) -> list[Annotated[Title, strawberry.lazy("graph.types.titles")]]:
        return cast("Any", await people.titles_of_credits(info.context, roots))


@strawberry.type(description="A credit in a list.")
class CreditEdge:
    """Of `resolvers.paging.Edge`."""

    cursor: str = strawberry.field(description="Its place: send it as `after` to go on behind it.")
    node: Credit = strawberry.field(description="The credit.")


@strawberry.type(description="A page of credits.")
class CreditConnection:
    """Of `resolvers.paging.Page`."""

    edges: list[CreditEdge] = strawberry.field(description="The credits with their places.")
    nodes: list[Credit] = strawberry.field(description="The credits.")
    page_info: PageInfo = strawberry.field(description="How to go on.")
