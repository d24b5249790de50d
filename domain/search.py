"""What can be searched: documents made of catalogue records, filters and orders, and what a search answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import Enum

from domain.discovery import ItemKind
from domain.titles import AvailabilityWindow, EpisodeRecord, Names, PersonRecord, TextRecord, TitleKind, TitleRecord

MAX_COUNT = 1000
"""Hits are counted, and can be paged through, up to this many."""

Place = tuple[float | str, str]
"""Where an element stands in its list: what orders it, then its key. Enough to go on after it, and fit for JSON."""

_PERSON_POPULARITY = 0.4
_EPISODE_SHARE = 0.6
"""An episode's popularity as a share of its series': the series itself comes first."""


class TitleSort(Enum):
    """The order of a list of titles."""

    POPULARITY = "POPULARITY"
    NEWEST = "NEWEST"
    NAME = "NAME"


@dataclass(frozen=True, slots=True, kw_only=True)
class TitleFilter:
    """What a title must be, all at once; None asks for nothing. `max_age` is in years, days are inclusive.

    `language` is the original one or one of the soundtrack; "pt" includes "pt-BR".
    """

    kind: TitleKind | None = None
    genre_id: str | None = None
    released_from: date | None = None
    released_to: date | None = None
    max_age: int | None = None
    language: str | None = None


ANY = TitleFilter()


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchDocument:
    """One findable item; `path` is its id, for an episode "series/season/episode". Popularity is 0..1."""

    kind: ItemKind
    path: str
    names: Names
    original_name: str
    synopses: Names = field(default_factory=dict)
    popularity: float = 0.0
    genre_ids: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    release_date: date | None = None
    minimum_age: int = 0
    windows: tuple[AvailabilityWindow, ...] | None = None
    """A title's licences; None where it has none of its own, as people and episodes have not."""

    @property
    def key(self) -> str:
        """Unique among all documents."""
        return key_of(self.kind, self.path)


def key_of(kind: ItemKind, path: str) -> str:
    """A document's key; movies and series share their ids."""
    return f"{_FAMILIES.get(kind, kind.value)}:{path}"


_FAMILIES = {ItemKind.MOVIE: "Title", ItemKind.SERIES: "Title"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchHit:
    """One find; `highlight` is the matched text as HTML in which nothing but <em> is markup."""

    kind: ItemKind
    path: str
    place: Place
    highlight: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """Some of the hits, best first; `total` is how many of the best MAX_COUNT the audience may see, `more` tells
    whether others follow."""

    hits: tuple[SearchHit, ...]
    total: int
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TitlePage:
    """Some ids of a list of titles with their places; `more` tells whether others follow."""

    ids: tuple[str, ...]
    places: tuple[Place, ...]
    more: bool


def title_document(title: TitleRecord, texts: Iterable[TextRecord]) -> SearchDocument:
    """Of a published title and its texts in all languages."""
    return SearchDocument(
        kind=ItemKind.of_title(title.kind),
        path=title.id,
        names=title.names,
        original_name=title.original_name,
        synopses={text.language: text.synopsis for text in texts},
        popularity=title.popularity,
        genre_ids=title.genre_ids,
        languages=_languages(title),
        release_date=title.release_date,
        minimum_age=title.maturity.minimum_age,
        windows=title.windows,
    )


def episode_document(episode: EpisodeRecord, series: TitleRecord) -> SearchDocument:
    """Of an episode with its texts in all languages; age, genres and fame are those of its series."""
    return SearchDocument(
        kind=ItemKind.EPISODE,
        path=f"{episode.series_id}/{episode.season_id}/{episode.id}",
        names=episode.names,
        original_name=episode.names[episode.original_language],
        synopses=episode.synopses,
        popularity=series.popularity * _EPISODE_SHARE,
        genre_ids=series.genre_ids,
        languages=_languages(series),
        release_date=episode.release_date,
        minimum_age=series.maturity.minimum_age,
    )


def person_document(person: PersonRecord) -> SearchDocument:
    """Of a person; the name is the same in every language."""
    return SearchDocument(
        kind=ItemKind.PERSON,
        path=person.id,
        names={"und": person.name},
        original_name=person.name,
        popularity=_PERSON_POPULARITY,
    )


def _languages(title: TitleRecord) -> tuple[str, ...]:
    spoken = (title.original_language, *title.audio_languages)
    return tuple(dict.fromkeys(tag for language in spoken for tag in (language, language.partition("-")[0])))
