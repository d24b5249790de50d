"""The memory of one operation: what its fields ask for in one turn of the loop becomes one batch."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from strawberry.dataloader import DataLoader

from datasources.audiences import AudienceMemory
from datasources.cache import MISSING
from datasources.catalog import Catalog, Collection, Place
from datasources.dynamodb import BATCH_GET_LIMIT
from datasources.genres import GenreSource
from datasources.histories import HistoryReader
from datasources.once import once
from datasources.people import PersonSource
from datasources.rankings import RankingSource
from datasources.recommendations import RecommendationReader
from datasources.series import SeriesSource
from datasources.titles import TitleSource
from datasources.viewers import ViewerReader
from domain.availability import Audience

if TYPE_CHECKING:
    from datasources import Sources


class OperationReader:
    """A Reader for one operation: each place is asked for once, items of one turn share BatchGetItems of 100 keys."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    @once
    def _items(self) -> DataLoader[Place, Any]:
        return DataLoader(self._catalog.read, max_batch_size=BATCH_GET_LIMIT)

    @once
    def _collections(self) -> DataLoader[Place, Any]:
        return DataLoader(self._catalog.read)

    def peek(self, places: Sequence[Place]) -> list[Any]:
        return self._catalog.peek(places)

    async def read(self, places: Sequence[Place]) -> list[Any]:
        found = self._catalog.peek(places)
        waiting = [self._load(place) for place, record in zip(places, found, strict=True) if record is MISSING]
        if not waiting:
            return found
        loaded = iter(await asyncio.gather(*waiting, return_exceptions=True))
        return [_record(next(loaded)) if record is MISSING else record for record in found]

    def _load(self, place: Place) -> Any:
        return (self._collections if isinstance(place, Collection) else self._items).load(place)


def _record(outcome: Any) -> Any:
    """Failures of a read may stand in a list; a cancellation goes on its way."""
    if isinstance(outcome, BaseException) and not isinstance(outcome, Exception):
        raise outcome
    return outcome


class Loaders:
    """One per operation, bound to its audience; each source is built when first asked for."""

    def __init__(self, sources: Sources, audience: Audience) -> None:
        self._sources = sources
        self._audience = audience

    @once
    def reader(self) -> OperationReader:
        """Of the catalogue."""
        return OperationReader(self._sources.catalog)

    @once
    def memory(self) -> AudienceMemory:
        """What callers of the same audience have worked out already."""
        return self._sources.audiences.of(self._audience)

    @once
    def titles(self) -> TitleSource:
        return TitleSource(self.reader, self._audience, self.memory.verdicts)

    @once
    def series(self) -> SeriesSource:
        return SeriesSource(self.reader, self.titles, self._sources.merges)

    @once
    def people(self) -> PersonSource:
        return PersonSource(self.reader, self.titles)

    @once
    def genres(self) -> GenreSource:
        return GenreSource(self.reader)

    @once
    def rankings(self) -> RankingSource:
        return RankingSource(self.reader, self._audience.country)

    @once
    def viewers(self) -> ViewerReader:
        return ViewerReader(self._sources.viewers.database)

    @once
    def histories(self) -> HistoryReader:
        return HistoryReader(self._sources.viewers, self.viewers)

    @once
    def recommendations(self) -> RecommendationReader:
        return RecommendationReader(self._sources.recommendations)
