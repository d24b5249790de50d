"""What every aggregate shares: global ids, catalogue items and pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from operator import attrgetter
from typing import Any

import strawberry

from domain.accounts import AccountRecord, ProfileRecord
from domain.plans import MembershipRecord, PlanRecord
from domain.playback import SessionRecord
from domain.rails import RailRecord
from domain.titles import EpisodeRecord, GenreRecord, PersonRecord, SeasonRecord, TitleKind, TitleRecord
from domain.viewers import Role
from engine.binding import pure
from graph.directives import Auth
from resolvers.ids import encode_id

_MOVIE_OR_SERIES = {TitleKind.MOVIE: "Movie", TitleKind.SERIES: "Series"}

_TYPES: dict[type, Callable[[Any], tuple[str, ...]]] = {
    TitleRecord: lambda one: (_MOVIE_OR_SERIES[one.kind], one.id),
    SeasonRecord: lambda one: ("Season", one.series_id, one.id),
    EpisodeRecord: lambda one: ("Episode", one.series_id, one.season_id, one.id),
    PersonRecord: lambda one: ("Person", one.id),
    GenreRecord: lambda one: ("Genre", one.id),
    RailRecord: lambda one: ("Rail", one.scope),
    AccountRecord: lambda one: ("Viewer", one.id),
    ProfileRecord: lambda one: ("Profile", one.id),
    MembershipRecord: lambda one: ("Membership", one.account),
    PlanRecord: lambda one: ("Plan", one.id),
    SessionRecord: lambda one: ("PlaybackSession", one.id),
}
"""For each class of record: the name of its GraphQL type and its key path."""


def type_name(record: Any) -> str:
    """The GraphQL type of a record."""
    return _TYPES[type(record)](record)[0]


def global_id(record: Any) -> str:
    """The opaque id of a record."""
    return encode_id(*_TYPES[type(record)](record))


flat_version: Callable[[Any], tuple[Any, ...]] = attrgetter("__class__", "id", "version", "updated_at")
"""What tells a saved state of a title, person or genre from every other."""


season_version: Callable[[Any], tuple[Any, ...]] = attrgetter("__class__", "series_id", "id", "version", "updated_at")
episode_version: Callable[[Any], tuple[Any, ...]] = attrgetter(
    "__class__", "series_id", "season_id", "id", "version", "updated_at"
)
"""The same for what has an id that is unique within its parent only."""


def rail_version(rail: RailRecord) -> tuple[Any, ...] | None:
    """None for a rail that is somebody's own, or that could not be read."""
    return None if rail.version is None else (RailRecord, rail.scope, *rail.version)


@strawberry.interface(description="Anything with a global id.")
class Node:
    """Resolves records by their class."""

    @pure(description="Opaque and global: `node(id:)` finds it again.")
    @staticmethod
    def id(root: strawberry.Parent[Any]) -> strawberry.ID:
        return strawberry.ID(global_id(root))

    @classmethod
    def resolve_type(cls, value: Any, _info: Any, _type: Any) -> str:
        return type_name(value)


@strawberry.interface(description="Everything that an editor can create and save.")
class CatalogItem(Node):
    """An item with a version."""

    name: str = strawberry.field(description="In the caller's language where there is such a name.")
    updated_at: datetime = strawberry.field(description="When it was last saved.")
    version: int = strawberry.field(
        description="Grows by one at each save; send it back as `expectedVersion`.",
        directives=[Auth(role=Role.EDITOR)],
    )


@strawberry.type(description="Where a page of a list begins and ends, and whether there is more.")
class PageInfo:
    """Of `resolvers.paging.PageInfo`."""

    has_next_page: bool = strawberry.field(description="Whether `after: endCursor` gives more.")
    has_previous_page: bool = strawberry.field(description="Whether there is something before this page.")
    start_cursor: str | None = strawberry.field(description="Of the first element; null for an empty page.")
    end_cursor: str | None = strawberry.field(
        description="Of the last element: send it as `after`. Null for an empty page."
    )
