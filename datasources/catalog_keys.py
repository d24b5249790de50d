"""The keys of the catalogue table: where each kind of item lives, and in which shard."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from zlib import crc32

from datasources.dynamodb import Key
from domain.discovery import ItemKind

SHARDS = 4
"""Shards of the change feed and of the lists by status; fixed, because written keys carry it."""

FEED_BUCKET = 10_000
"""Feed entries of one partition key."""

GENRES = "GENRES"
"""The partition of all genres."""

META = "META"
SINGLE = "-"
"""The sort key of partitions with one item."""


def title_key(title_id: str) -> Key:
    return f"T#{title_id}", META


def text_key(title_id: str, language: str) -> Key:
    return f"T#{title_id}", f"L#{language}"


def credit_key(title_id: str, order: int, role: str, person_id: str) -> Key:
    """Sorts by billing order, which has four digits."""
    return f"T#{title_id}", f"C#{order:04d}#{role}#{person_id}"


def genre_link_key(title_id: str, genre_id: str) -> Key:
    return f"T#{title_id}", f"G#{genre_id}"


def season_key(series_id: str, season_id: str) -> Key:
    return f"T#{series_id}", f"S#{season_id}"


def episode_key(series_id: str, season_id: str, episode_id: str) -> Key:
    return f"T#{series_id}", f"E#{season_id}#{episode_id}"


def episode_text_key(series_id: str, language: str, season_id: str, episode_id: str) -> Key:
    return f"T#{series_id}", f"EL#{language}#{season_id}#{episode_id}"


def person_key(person_id: str) -> Key:
    return f"P#{person_id}", META


def genre_key(genre_id: str) -> Key:
    return GENRES, genre_id


def slug_key(slug: str) -> Key:
    return f"SLUG#{slug}", SINGLE


def ranking_key(country: str, scope: str) -> Key:
    return f"RANK#{country}#{scope}", "V"


def feed_head_key(shard: int) -> Key:
    return f"FEED#{shard}", "SEQ"


def feed_entry_key(shard: int, sequence: int) -> Key:
    return f"FEED#{shard}#{sequence // FEED_BUCKET}", f"{sequence:012d}"


def genre_index(genre_id: str, kind: str) -> str:
    """The gsi1 partition of a genre's titles of one kind (MOVIE or SERIES), sorted by release."""
    return f"G#{genre_id}#{kind}"


def person_index(person_id: str) -> str:
    """The gsi1 partition of a person's credits, sorted by release."""
    return f"P#{person_id}"


def status_index(status: str, shard: int) -> str:
    """The gsi2 partition of the titles of one status, sorted by the time of the last save."""
    return f"ST#{status}#{shard}"


def release_sort(release: date | None, id_: str) -> str:
    """Descending order puts the newest first and what has no date last."""
    return f"{release.isoformat() if release else '0000-00-00'}#{id_}"


def shard_of(id_: str) -> int:
    """The shard of a title or person, the same in every process; seasons and episodes go with their series."""
    return crc32(id_.encode()) % SHARDS


def key_of(kind: ItemKind, path: str) -> Key:
    """Where the item of a feed entry or of a global id lives; raises ValueError for a path of another form."""
    parts: Sequence[str] = path.split("/")
    if kind is ItemKind.EPISODE:
        series, season, episode = parts
        return episode_key(series, season, episode)
    if kind is ItemKind.SEASON:
        series, season = parts
        return season_key(series, season)
    (id_,) = parts
    if kind is ItemKind.PERSON:
        return person_key(id_)
    return genre_key(id_) if kind is ItemKind.GENRE else title_key(id_)
