"""What a search finds."""

from __future__ import annotations

from typing import Annotated

import strawberry

from graph.types.nodes import PageInfo
from graph.types.people import Person
from graph.types.series import Episode, Series
from graph.types.titles import Movie

SearchResult = Annotated[
    Movie | Series | Episode | Person,
    strawberry.union("SearchResult", description="What a search can find."),
]


@strawberry.type(description="A find in a list.")
class SearchEdge:
    """Of `resolvers.paging.Edge`."""

    cursor: str = strawberry.field(description="Its place: send it as `after` to go on behind it.")
    node: SearchResult = strawberry.field(description="What was found.")

    note: str | None = strawberry.field(
        name="highlight",
        description="The matched text as HTML: <em> marks the match, everything else is escaped.",
    )


@strawberry.type(description="A page of finds, best first.")
class SearchConnection:
    """Of `resolvers.paging.Page`."""

    edges: list[SearchEdge] = strawberry.field(description="The finds with their places.")
    nodes: list[SearchResult] = strawberry.field(description="The finds.")
    page_info: PageInfo = strawberry.field(description="How to go on.")
    total_count: int = strawberry.field(
        description="How many finds all pages hold for this caller. Of more than 1000 matches the best 1000 are "
        "looked at, so that this is the end of the list, not of the matches."
    )
