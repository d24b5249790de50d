"""The change feed: reads it in order, and keeps caches and the search index of this process in step with it."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile

from datasources.catalog_feed import decode_change, decode_feed_head
from datasources.catalog_keys import FEED_BUCKET, SHARDS, feed_entry_key, feed_head_key
from datasources.dynamodb import Database, Query
from datasources.tables import CATALOG
from domain.discovery import Change

OnChange = Callable[[Sequence[Change]], Awaitable[None]]
"""Told of changes as they are seen, possibly more than once for one change; an exception is logged, not repeated."""

SETTLED = timedelta(seconds=5)
"""After this an entry can no longer be followed by one with a lower sequence."""


_PAGE = 2000
"""Entries of one query: a page of a megabyte would take a slow table longer than a call may last."""

_LONGEST_PAUSE = 60.0

log = logging.getLogger(__name__)


class Feed:
    """Reads the feed's shards strongly."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def heads(self) -> list[int]:
        """The newest sequence of each shard, in one call."""
        keys = [feed_head_key(shard) for shard in range(SHARDS)]
        items = await self._database.get_many(CATALOG, keys, consistent=True)
        for item in items:
            if isinstance(item, Exception):
                raise item
        return [decode_feed_head(item if isinstance(item, dict) else None) for item in items]

    async def after(self, shard: int, sequence: int, head: int) -> list[Change]:
        """Every entry of the shard behind `sequence`, in order; `head` is the newest that there may be."""
        changes: list[Change] = []
        for bucket in range((sequence + 1) // FEED_BUCKET, head // FEED_BUCKET + 1):
            begin = max(sequence, bucket * FEED_BUCKET - 1)
            changes += await self._bucket(shard, bucket, begin)
        return changes

    async def _bucket(self, shard: int, bucket: int, sequence: int) -> list[Change]:
        partition = feed_entry_key(shard, bucket * FEED_BUCKET)[0]
        changes: list[Change] = []
        start = None
        while True:
            query = Query(partition=partition, after=f"{sequence:012d}", limit=_PAGE, start=start, consistent=True)
            page = await self._database.query(CATALOG, query)
            changes += map(decode_change, page.items)
            if page.last is None:
                return changes
            start = page.last


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a reader stands in a shard: everything up to `settled` is done, beyond it what is in `seen`."""

    settled: int = 0
    seen: frozenset[int] = frozenset()

    @property
    def newest(self) -> int:
        return max(self.seen, default=self.settled)


class Follower:
    """Follows the feed from a given place and tells `on_change` of what is new, at once.

    A transaction's entry can become visible shortly after one with a higher sequence: what is younger than `SETTLED` is
    read again, so that such a one is not missed.
    """

    def __init__(
        self,
        feed: Feed,
        on_change: Sequence[OnChange],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._feed = feed
        self.on_change = [*on_change]
        self._clock = clock
        self._places = [_Place()] * SHARDS
        self.caught_up_at: datetime | None = None
        """When the feed was last read to its end; None before the first time."""

    async def start(self) -> Sequence[Change]:
        """Reads the whole feed from its beginning, telling nobody: the caller builds from it what it needs."""
        self._places = [_Place()] * SHARDS
        every = await self._new()
        self.caught_up_at = self._clock()
        return every

    async def poll(self) -> Sequence[Change]:
        """What is new since the last call; one call to the database when nothing is."""
        changes = await self._new()
        if changes:
            for tell in self.on_change:
                await _told(tell, changes)
        self.caught_up_at = self._clock()
        return changes

    async def run(self, interval: float) -> None:
        """Polls every `interval` seconds until cancelled; failures are logged and waited out, longer each time."""
        failures = 0
        while True:
            pause = min(interval * 2**failures, _LONGEST_PAUSE)
            await asyncio.sleep(pause * random.uniform(0.8, 1.2))
            try:
                await self.poll()
                failures = 0
            except Exception:
                failures += 1
                log.warning("the change feed could not be read (%d times in a row)", failures, exc_info=True)

    async def _new(self) -> list[Change]:
        """Shard after shard, to be gentle with the table; nothing counts as seen unless all could be read."""
        fresh: list[Change] = []
        places: list[_Place] = []
        for shard, (place, head) in enumerate(zip(self._places, await self._feed.heads(), strict=True)):
            changes, reached = await self._shard(shard, place, head)
            fresh += changes
            places.append(reached)
        self._places = places
        return sorted(fresh, key=lambda change: change.at)

    async def _shard(self, shard: int, place: _Place, head: int) -> tuple[list[Change], _Place]:
        if head <= place.newest and not place.seen:
            return [], place
        every = await self._feed.after(shard, place.settled, head)
        until = self._clock() - SETTLED
        old = takewhile(lambda one: one.at <= until, every)
        settled = max((one.sequence for one in old), default=place.settled)
        seen = frozenset(one.sequence for one in every if one.sequence > settled)
        return [one for one in every if one.sequence not in place.seen], _Place(settled, seen)


async def _told(tell: OnChange, changes: Sequence[Change]) -> None:
    try:
        await tell(changes)
    except Exception:
        log.exception("a listener to catalogue changes failed")
