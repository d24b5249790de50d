"""What discovery reads beside the titles themselves: rankings, editorial shelves and the change feed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from domain.titles import Names, TitleKind


class ItemKind(Enum):
    """What a catalogue item is; the value is its public type name."""

    MOVIE = "Movie"
    SERIES = "Series"
    SEASON = "Season"
    EPISODE = "Episode"
    PERSON = "Person"
    GENRE = "Genre"

    @classmethod
    def of_title(cls, kind: TitleKind) -> ItemKind:
        """MOVIE or SERIES."""
        return cls.MOVIE if kind is TitleKind.MOVIE else cls.SERIES


class ChangeKind(Enum):
    """What happened to a published item."""

    UPSERTED = "UPSERTED"
    REMOVED = "REMOVED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One entry of the change feed; `sequence` counts from 1 within `shard` and has no gaps when written.

    `path` is the id, for a season "series/season", for an episode "series/season/episode".
    """

    shard: int
    sequence: int
    kind: ChangeKind
    item_kind: ItemKind
    path: str
    at: datetime


HOME = "home"
"""The scope whose `title_ids` are, instead of titles, the scopes of the public home page's rails in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Titles in order for a country ("*" for everywhere) and a scope: trending, popular, new, genre:<id>.

    A shelf made by hand has the scope "editorial:<slug>" and `names`.
    """

    country: str
    scope: str
    title_ids: tuple[str, ...]
    updated_at: datetime
    names: Names = field(default_factory=dict)
