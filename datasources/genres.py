"""Genres: few, so they are read and kept as one collection."""

from __future__ import annotations

from collections.abc import Mapping

from datasources.catalog import ALL_GENRES, Reader
from domain.titles import GenreRecord


class GenreSource:
    """All genres."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def at_hand(self) -> Mapping[str, GenreRecord] | None:
        """As `by_id`, where nothing has to be waited for; else None."""
        (genres,) = self._reader.peek([ALL_GENRES])
        return {genre.id: genre for genre in genres} if isinstance(genres, tuple) else None

    async def by_id(self) -> Mapping[str, GenreRecord]:
        """Every genre by its id, in the order of the ids. Raises what the read raised."""
        (genres,) = await self._reader.read([ALL_GENRES])
        if isinstance(genres, Exception):
            raise genres
        return {genre.id: genre for genre in genres}
