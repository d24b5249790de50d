"""Trending: once a minute one process turns a day of views into rankings, of countries and of everywhere."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from datasources.catalog_feed import decode_ranking, encode_ranking
from datasources.catalog_keys import ranking_key
from datasources.dynamodb import ConditionFailed, Database, Item, Query, Write
from datasources.rankings import EVERYWHERE
from datasources.tables import CATALOG, OPS
from datasources.views import SHARDS, counter_key, decode_counter, utc_now
from domain.discovery import Ranking

SCOPE = "trending"
LEASE = ("LEASE#trending", "-")
"""The item of `ops` that says until when one process leads."""

_HOUR = timedelta(hours=1)
_SETTLED = timedelta(minutes=2)
"""How long after its end an hour may still grow: far longer than a write takes, or clocks differ."""

_IN_FLIGHT = 4
_PAGES = 20
_PAIRS = 20_000
_LONGEST = 500

Views = Mapping[tuple[str, str], int]
"""Views by country and title."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trending:
    """Ranked every `seconds` from the views of `hours`; a view counts half after `half_life` hours.

    A ranking changes when it has at least `least` views; below that the present one stays.
    """

    seconds: float = 60.0
    hours: int = 24
    half_life: float = 6.0
    least: int = 10


@dataclass(slots=True)
class TrendStats:
    """Since the start: turns that this process led, rankings that it wrote, turns that failed."""

    led: int = 0
    written: int = 0
    failed: int = 0


class Trends:
    """The job. All processes run it; a lease lets one of them lead each turn, the others skip it.

    A turn that fails changes nothing more and is counted: the present rankings stay, and the next turn's leader reads
    everything again. Of an hour the 20 000 most viewed pairs count; hours that cannot grow any more are read once.
    """

    def __init__(
        self, database: Database, *, trending: Trending | None = None, now: Callable[[], datetime] = utc_now
    ) -> None:
        self._database, self._now = database, now
        self._trending = trending or Trending()
        self._owner = uuid4().hex
        self._settled: dict[datetime, Views] = {}
        self._gate = asyncio.Semaphore(_IN_FLIGHT)
        self.stats = TrendStats()

    async def turn(self) -> int | None:
        """How many rankings were written; None when another process leads. Raises what the tables raised."""
        now = self._now()
        if not await self._leads(now):
            return None
        self.stats.led += 1
        scores = _scores(await self._hours(now), now, self._trending)
        changed = await self._changed(scores, now) if scores else []
        await asyncio.gather(*(self._put(encode_ranking(one)) for one in changed))
        return len(changed)

    async def _leads(self, now: datetime) -> bool:
        """One conditional write; turns begin at whole multiples of their length, for every process alike."""
        seconds = self._trending.seconds
        until = (now.timestamp() // seconds + 1) * seconds
        lease = Write(
            table=OPS,
            action="update",
            key=LEASE,
            update="SET #own = :own, #until = :until, #ttl = :ttl",
            condition="attribute_not_exists(#until) OR #until <= :now",
            names={"#own": "own", "#until": "until", "#ttl": "ttl"},
            values={
                ":own": self._owner,
                ":until": int(until * 1000),
                ":now": int(now.timestamp() * 1000),
                ":ttl": int(until) + 86_400,
            },
        )
        try:
            await self._database.write(lease)
        except ConditionFailed:
            return False
        return True

    async def _hours(self, now: datetime) -> dict[datetime, Views]:
        this = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        wanted = [this - at * _HOUR for at in range(self._trending.hours)]
        self._settled = {hour: views for hour, views in self._settled.items() if hour in wanted}
        return {hour: await self._hour(hour, now) for hour in wanted}

    async def _hour(self, hour: datetime, now: datetime) -> Views:
        if hour in self._settled:
            return self._settled[hour]
        total: dict[tuple[str, str], int] = defaultdict(int)
        shards = await asyncio.gather(*(self._shard(counter_key(hour, shard, "")[0]) for shard in range(SHARDS)))
        for title_id, countries in map(decode_counter, (item for items in shards for item in items)):
            for country, views in countries.items():
                total[country, title_id] += views
        most = dict(sorted(total.items(), key=lambda one: (-one[1], one[0]))[:_PAIRS])
        if hour + _HOUR + _SETTLED <= now:
            self._settled[hour] = most
        return most

    async def _shard(self, partition: str) -> list[Item]:
        found: list[Item] = []
        start: Item | None = None
        for _ in range(_PAGES):
            async with self._gate:
                page = await self._database.query(OPS, Query(partition=partition, start=start))
            found += page.items
            start = page.last
            if start is None:
                break
        return found

    async def _changed(self, scores: Mapping[str, Mapping[str, float]], now: datetime) -> list[Ranking]:
        """The rankings that differ from the present ones."""
        present = await self._present({*scores, EVERYWHERE})
        nothing = Ranking(country=EVERYWHERE, scope=SCOPE, title_ids=(), updated_at=now)
        changed: list[Ranking] = []
        for country, by_title in scores.items():
            former = present.get(country) or present.get(EVERYWHERE) or nothing
            ids = _ordered(by_title, former.title_ids)
            if country not in present or ids != former.title_ids:
                changed.append(replace(former, country=country, title_ids=ids, updated_at=now))
        return changed

    async def _present(self, countries: Iterable[str]) -> dict[str, Ranking]:
        wanted = [*countries]
        keys = [ranking_key(country, SCOPE) for country in wanted]
        present: dict[str, Ranking] = {}
        for country, item in zip(wanted, await self._database.get_many(CATALOG, keys, consistent=True), strict=True):
            if isinstance(item, Exception):
                raise item
            if item is not None:
                present[country] = decode_ranking(item)
        return present

    async def _put(self, item: Item) -> None:
        async with self._gate:
            await self._database.write(Write(table=CATALOG, action="put", item=item))
        self.stats.written += 1

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Takes its turns beside the operations, ended with the body."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        seconds = self._trending.seconds
        while True:
            # Into the next turn, and not all processes at the same moment.
            await asyncio.sleep(seconds - self._now().timestamp() % seconds + random.uniform(0, seconds / 4))
            try:
                # Ended before the next turn begins: a slow leader never overwrites what the next one wrote.
                async with asyncio.timeout(seconds * 3 / 4):
                    await self.turn()
            except Exception:
                self.stats.failed += 1
                log.warning("trending could not be worked out; the present rankings stay", exc_info=True)


def _scores(hours: Mapping[datetime, Views], now: datetime, trending: Trending) -> dict[str, dict[str, float]]:
    """Weighed views by title, of the countries (and everywhere) that have enough of them."""
    scores: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    seen: dict[str, int] = defaultdict(int)
    for hour, counts in hours.items():
        age = max(now - hour - _HOUR / 2, timedelta()) / _HOUR
        weight = 0.5 ** (age / trending.half_life)
        for (country, title_id), views in counts.items():
            for place in (country, EVERYWHERE):
                scores[place][title_id] += views * weight
                seen[place] += views
    return {place: by_title for place, by_title in scores.items() if seen[place] >= trending.least}


def _ordered(scores: Mapping[str, float], former: Iterable[str]) -> tuple[str, ...]:
    """What was viewed, the most first, then the rest as it was."""
    viewed = sorted(scores, key=lambda title_id: (-scores[title_id], title_id))
    return (*viewed, *(title_id for title_id in former if title_id not in scores))[:_LONGEST]
