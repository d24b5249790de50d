"""The inputs of reads."""

from __future__ import annotations

from datetime import date

import strawberry

from domain.search import ANY
from domain.search import TitleFilter as Filter
from domain.titles import TitleKind
from graph.scalars import LanguageTag
from resolvers.ids import id_of
from resolvers.paging import InvalidArgument


@strawberry.input(one_of=True, description="Exactly one way to find a title.")
class TitleBy:
    """By global id or by slug."""

    id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="Of a movie or a series.")
    slug: str | None = strawberry.field(default=strawberry.UNSET, description="The name in addresses.")


@strawberry.input(description="What a title must be, all at once; what is left out does not matter.")
class TitleFilter:
    """As `domain.search.TitleFilter`, with global ids."""

    kind: TitleKind | None = strawberry.field(default=None, description="A movie or a series.")
    genre_id: strawberry.ID | None = strawberry.field(default=None, description="Of this genre.")
    released_from: date | None = strawberry.field(default=None, description="On this day or later.")
    released_to: date | None = strawberry.field(
        default=None, description="On this day or earlier; not before `releasedFrom`."
    )
    max_age: int | None = strawberry.field(default=None, description="Suited for this age in years, 0 or more.")
    language: LanguageTag | None = strawberry.field(
        default=None, description="Made in it or dubbed into it; a language without a region includes all regions."
    )


def asked(filter: TitleFilter | None) -> Filter:
    """The filter in the catalogue's own terms; raises BadRequest for an id that is not a genre's, InvalidArgument
    for what no title can be."""
    if filter is None:
        return ANY
    if filter.max_age is not None and filter.max_age < 0:
        raise InvalidArgument(f"`maxAge` is {filter.max_age}. Send an age in years, 0 or more, or leave it out.")
    begin, end = filter.released_from, filter.released_to
    if begin is not None and end is not None and end < begin:
        raise InvalidArgument(f"`releasedTo` {end} is before `releasedFrom` {begin}. Exchange the two days.")
    return Filter(
        kind=filter.kind,
        genre_id=id_of(filter.genre_id, "Genre") if filter.genre_id is not None else None,
        released_from=filter.released_from,
        released_to=filter.released_to,
        max_age=filter.max_age,
        language=filter.language,
    )
