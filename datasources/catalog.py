"""The catalogue table as records: items by key and whole collections, read through the process-wide cache."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from datasources.cache import MISSING, Cache, Policy
from datasources.catalog_feed import decode_ranking
from datasources.catalog_items import (
    decode_credit,
    decode_genre,
    decode_person,
    decode_slug,
    decode_text,
    decode_title,
)
from datasources.catalog_keys import GENRES, META, person_index, slug_key, title_key
from datasources.catalog_series import decode_episode, decode_episode_text, decode_season
from datasources.dynamodb import Database, Item, Key, Query
from datasources.tables import CATALOG
from domain.titles import TitleRecord

_BY_PARTITION: dict[str, Callable[[Item], Any]] = {
    "P": decode_person,
    "SLUG": decode_slug,
    "RANK": decode_ranking,
    GENRES: decode_genre,
}
_BY_SORT: dict[str, Callable[[Item], Any]] = {
    META: decode_title,
    "L": decode_text,
    "S": decode_season,
    "E": decode_episode,
    "EL": decode_episode_text,
    "C": decode_credit,
}

_POLICIES = {
    "SLUG": Policy(ttl=600.0, stale=600.0),
    GENRES: Policy(ttl=3600.0, stale=3600.0),
    # That a country has no ranking of its own is as lasting as the ranking would be.
    "RANK": Policy(absent=60.0),
}
_DEFAULT = Policy()


@dataclass(frozen=True, slots=True)
class Collection:
    """All items of a partition whose sort key begins with `prefix`, or all of an index partition, newest first."""

    partition: str
    prefix: str | None = None
    index: str | None = None


Place = Key | Collection
"""Where one record or one collection of records lives; also its key in the cache."""


def credits_of(title_id: str) -> Collection:
    return Collection(title_key(title_id)[0], "C#")


def seasons_of(series_id: str) -> Collection:
    return Collection(title_key(series_id)[0], "S#")


def episodes_of(series_id: str, season_id: str) -> Collection:
    return Collection(title_key(series_id)[0], f"E#{season_id}#")


def episode_texts_of(series_id: str, season_id: str, language: str) -> Collection:
    return Collection(title_key(series_id)[0], f"EL#{language}#{season_id}#")


def filmography_of(person_id: str) -> Collection:
    return Collection(person_index(person_id), index="gsi1")


ALL_GENRES = Collection(GENRES)


class Reader(Protocol):
    """Records by place; absent items are None, collections tuples."""

    def peek(self, places: Sequence[Place]) -> list[Any]:
        """What is at hand without waiting, MISSING for the rest."""
        ...

    async def read(self, places: Sequence[Place]) -> list[Any]:
        """A record, None or an Exception for each place, in order."""
        ...


class Catalog:
    """The process-wide Reader: the items of one call share BatchGetItems, each collection is a Query."""

    def __init__(self, database: Database, cache: Cache) -> None:
        self._database = database
        self.cache = cache

    def peek(self, places: Sequence[Place]) -> list[Any]:
        return self.cache.peek(places)

    async def read(self, places: Sequence[Place]) -> list[Any]:
        """Raises what the database raised when a call failed as a whole."""
        found = self.cache.peek(places)
        missing = [place for place, record in zip(places, found, strict=True) if record is MISSING]
        if not missing:
            return found
        keys = [place for place in missing if not isinstance(place, Collection)]
        parts = [[place] for place in missing if isinstance(place, Collection)] + ([keys] if keys else [])
        answers = await asyncio.gather(*map(self._through, parts))
        fetched = {place: record for answer in answers for place, record in answer}
        return [fetched[place] if record is MISSING else record for place, record in zip(places, found, strict=True)]

    def forget(self, key: Key) -> None:
        """Drops what is kept of the title, person, genre or series that the item belongs to, and what names it."""
        partition = key[0]
        title, credits = self.cache.peek([(partition, META), Collection(partition, "C#")])
        if isinstance(title, TitleRecord):
            self.cache.forget(slug_key(title.slug)[0])
        for credit in () if credits is MISSING else credits:
            self.cache.forget(person_index(credit.person_id))
        self.cache.forget(partition)

    async def _through(self, places: Sequence[Place]) -> Iterable[tuple[Place, Any]]:
        fetch = self._collection if isinstance(places[0], Collection) else self._items
        return zip(places, await self.cache.read(places, fetch, tag_of, policy_of), strict=True)

    async def _items(self, keys: list[Key]) -> Mapping[Key, Any]:
        if len(keys) == 1:
            item = await self._database.get(CATALOG, keys[0])
            return {} if item is None else {keys[0]: decode(item)}
        found = await self._database.get_many(CATALOG, keys)
        return {
            key: item if isinstance(item, Exception) else decode(item)
            for key, item in zip(keys, found, strict=True)
            if item is not None
        }

    async def _collection(self, places: list[Collection]) -> Mapping[Collection, tuple[Any, ...]]:
        (place,) = places
        records: list[Any] = []
        start: Item | None = None
        while True:
            page = await self._database.query(
                CATALOG,
                Query(
                    partition=place.partition,
                    prefix=place.prefix,
                    index=place.index,
                    descending=place.index is not None,
                    start=start,
                ),
            )
            records += map(decode_credit if place.index else decode, page.items)
            if page.last is None:
                return {place: tuple(records)}
            start = page.last


def decode(item: Item) -> Any:
    """The record of any item of the catalogue table."""
    kind = item["pk"].partition("#")[0]
    if kind == "T":
        return _BY_SORT[item["sk"].partition("#")[0]](item)
    return _BY_PARTITION[kind](item)


def tag_of(place: Place) -> str:
    """Everything of one title, one person, all genres or one ranking is invalidated together."""
    return place.partition if isinstance(place, Collection) else place[0]


def policy_of(place: Place) -> Policy:
    return _POLICIES.get(tag_of(place).partition("#")[0], _DEFAULT)
