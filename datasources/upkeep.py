"""Keeps what this process remembers of the catalogue, cache and search index, in step with the change feed."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from datasources.audiences import Audiences
from datasources.catalog import Catalog, decode
from datasources.catalog_keys import episode_text_key, key_of, text_key, title_key
from datasources.catalog_series import with_texts
from datasources.dynamodb import Database, Key
from datasources.feed import Feed, Follower, OnChange
from datasources.search import SearchIndex
from datasources.tables import CATALOG
from domain.availability import Audience
from domain.discovery import Change, ChangeKind, ItemKind
from domain.errors import Unavailable
from domain.search import (
    ANY,
    Place,
    SearchDocument,
    SearchPage,
    TitleFilter,
    TitlePage,
    TitleSort,
    episode_document,
    person_document,
    title_document,
)
from domain.search import key_of as document_key
from domain.titles import EpisodeRecord, PersonRecord, TitleRecord, TitleStatus

_CHUNK = 1000
"""Items that are read and indexed in one go."""

_SEARCHED = (ItemKind.MOVIE, ItemKind.SERIES, ItemKind.EPISODE, ItemKind.PERSON)

log = logging.getLogger(__name__)


class Indexer:
    """Turns changes into documents of the search index."""

    def __init__(self, database: Database, index: SearchIndex) -> None:
        self._database = database
        self._index = index

    async def apply(self, changes: Sequence[Change], *, consistent: bool = True) -> None:
        """Indexes each item in its present state, or removes it; the last change of an item counts."""
        last = {(one.item_kind, one.path): one for one in changes if one.item_kind in _SEARCHED}
        every = [*last.values()]
        for begin in range(0, len(every), _CHUNK):
            chunk = every[begin : begin + _CHUNK]
            wanted = [one for one in chunk if one.kind is ChangeKind.UPSERTED]
            documents = await self._documents([(one.item_kind, one.path) for one in wanted], consistent)
            gone = {document_key(one.item_kind, one.path) for one in chunk} - {one.key for one in documents}
            await self._index.apply(documents, gone)

    async def _documents(self, items: Sequence[tuple[ItemKind, str]], consistent: bool) -> list[SearchDocument]:
        series = {title_key(path.partition("/")[0]) for kind, path in items if kind is ItemKind.EPISODE}
        records = await self._records([*series, *(key_of(kind, path) for kind, path in items)], consistent)
        texts = await self._records([key for one in records.values() for key in _texts_of(one, records)], consistent)
        found = (_document(records.get(key_of(kind, path)), records, texts) for kind, path in items)
        return [one for one in found if one is not None]

    async def _records(self, keys: Iterable[Key], consistent: bool) -> dict[Key, Any]:
        wanted = [*keys]
        found = await self._database.get_many(CATALOG, wanted, consistent=consistent)
        for item in found:
            if isinstance(item, Exception):
                raise item
        return {key: decode(item) for key, item in zip(wanted, found, strict=True) if isinstance(item, dict)}


def _texts_of(record: Any, records: dict[Key, Any]) -> list[Key]:
    """Where the texts of a title, or the translations of an episode, are."""
    if isinstance(record, TitleRecord):
        return [text_key(record.id, tag) for tag in record.names]
    series = records.get(title_key(record.series_id)) if isinstance(record, EpisodeRecord) else None
    tags = series.names if isinstance(series, TitleRecord) else ()
    return [
        episode_text_key(record.series_id, tag, record.season_id, record.id)
        for tag in tags
        if tag != record.original_language
    ]


def _document(record: Any, records: dict[Key, Any], texts: dict[Key, Any]) -> SearchDocument | None:
    """None for what is not published."""
    if isinstance(record, PersonRecord):
        return person_document(record)
    own = [texts[key] for key in _texts_of(record, records) if key in texts]
    if isinstance(record, TitleRecord):
        return title_document(record, own) if record.status is TitleStatus.PUBLISHED else None
    if isinstance(record, EpisodeRecord):
        series = records.get(title_key(record.series_id))
        return episode_document(with_texts(record, own), series) if isinstance(series, TitleRecord) else None
    return None


class Building(SearchIndex):
    """A search index that says so while it is not complete yet."""

    def __init__(self, index: SearchIndex) -> None:
        self._index = index
        self.built = False

    async def search(
        self,
        text: str,
        *,
        filter: TitleFilter = ANY,
        first: int,
        after: Place | None = None,
        languages: Sequence[str] = (),
        audience: Audience | None = None,
    ) -> SearchPage:
        self._check()
        return await self._index.search(
            text, filter=filter, first=first, after=after, languages=languages, audience=audience
        )

    async def titles(
        self, *, filter: TitleFilter = ANY, sort: TitleSort, first: int, after: Place | None = None
    ) -> TitlePage:
        self._check()
        return await self._index.titles(filter=filter, sort=sort, first=first, after=after)

    async def apply(self, documents: Iterable[SearchDocument], removed: Iterable[str] = ()) -> None:
        await self._index.apply(documents, removed)

    def _check(self) -> None:
        if not self.built:
            raise Unavailable("The search index is being built. Try again in a moment.", retry_after=1)


class Upkeep:
    """Builds the index once, then follows the feed; `ready` tells whether the first part is done."""

    def __init__(
        self,
        database: Database,
        catalog: Catalog,
        audiences: Audiences,
        index: SearchIndex,
        on_change: Sequence[OnChange] = (),
    ) -> None:
        self.search = Building(index)
        self.catalog = catalog
        self.audiences = audiences
        self._indexer = Indexer(database, index)
        self.follower = Follower(Feed(database), [self._refresh, self._indexer.apply, *on_change])
        self._building: asyncio.Task[None] | None = None
        self._failed = False

    @property
    def ready(self) -> bool:
        return self.search.built

    def settled(self) -> bool:
        """False while the first attempt is under way: what cannot be built now is not worth waiting for."""
        return self.ready or self._failed

    async def build(self) -> None:
        """Indexes everything that the feed tells of; who gives up waiting leaves the work going on for the next."""
        if self._building is None or self._building.done():
            self._building = asyncio.create_task(self._build())
        await asyncio.shield(self._building)

    async def _build(self) -> None:
        try:
            await self._indexer.apply(await self.follower.start(), consistent=False)
        except BaseException:
            self._failed = True
            raise
        self.search.built = True

    async def run(self, interval: float) -> None:
        """Builds, again and again until it succeeds, and then polls every `interval` seconds, until cancelled."""
        failures = 0
        while not self.ready:
            try:
                await self.build()
            except Exception:
                failures += 1
                log.warning("the search index could not be built (%d times in a row)", failures, exc_info=True)
                await asyncio.sleep(min(0.5 * 2**failures, 30) * random.uniform(0.8, 1.2))
        await self.follower.run(interval)

    async def _refresh(self, changes: Sequence[Change]) -> None:
        """Drops what is outdated, before anybody else hears of the change."""
        for change in changes:
            self.catalog.forget(key_of(change.item_kind, change.path))
        self.audiences.forget()

    @asynccontextmanager
    async def running(self, interval: float) -> AsyncIterator[Upkeep]:
        """Runs beside the body, ended with it."""
        tasks = [asyncio.create_task(self.run(interval))]
        try:
            yield self
        finally:
            tasks += [self._building] if self._building else []
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
