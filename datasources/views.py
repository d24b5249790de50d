"""View counts: every process adds up the playbacks that it starts and adds them to the hour's counters now and then."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zlib import crc32

from datasources.dynamodb import Database, Item, Key, Write
from datasources.tables import OPS
from domain.errors import Refused

SHARDS = 16
"""Shards of an hour's counters; a process always writes to the same one."""

_LIFE = timedelta(days=8)
_IN_FLIGHT = 8
_PLAIN = frozenset({"pk", "sk", "ttl"})

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tallying:
    """Counts are written every `seconds`; no more than `waiting` pairs of country and title wait.

    `farewell` is how many seconds the process tries to write what is left when it stops.
    """

    seconds: float = 10.0
    waiting: int = 20_000
    farewell: float = 5.0


@dataclass(slots=True)
class ViewStats:
    """Views since the start: written, and dropped as too many pairs waited, as unwritable, or as the process ended.

    `failed` counts flushes that the table did not take.
    """

    written: int = 0
    dropped: int = 0
    failed: int = 0


def utc_now() -> datetime:
    """The present."""
    return datetime.now(UTC)


def counter_key(hour: datetime, shard: int, title_id: str) -> Key:
    """Where the views of a title are that one shard counted in the hour of `hour` (UTC)."""
    return f"TR#{hour.astimezone(UTC):%Y%m%d%H}#{shard}", title_id


def decode_counter(item: Item) -> tuple[str, dict[str, int]]:
    """The title of a counter and its views by country."""
    return item["sk"], {country: int(views) for country, views in item.items() if country not in _PLAIN}


class ViewCounts:
    """Adds up views and writes them as atomic additions: one UpdateItem per title and flush, all countries in it.

    What could not be written is kept for the next flush. A write whose answer was lost is sent again, so that in an
    outage a view may count twice; none is lost but those in `stats.dropped`.
    """

    def __init__(
        self,
        database: Database,
        *,
        tallying: Tallying | None = None,
        shard: int | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database, self._now = database, now
        self._tallying = tallying or Tallying()
        self._waiting: dict[tuple[str, str], int] = {}
        # Drawn, as process ids repeat from container to container.
        self._shard = crc32(uuid4().bytes) % SHARDS if shard is None else shard
        self._stopping = asyncio.Event()
        self.stats = ViewStats()

    def add(self, country: str, title_id: str, views: int = 1) -> None:
        """Counts playbacks that started; never waits."""
        pair = (title_id, country)
        if pair not in self._waiting and len(self._waiting) >= self._tallying.waiting:
            self.stats.dropped += views
            return
        self._waiting[pair] = self._waiting.get(pair, 0) + views

    async def flush(self) -> None:
        """Writes what waits; raises what the table raised, and keeps the rest, when it does not take it."""
        todo: dict[str, dict[str, int]] = {}
        for (title_id, country), views in self._waiting.items():
            todo.setdefault(title_id, {})[country] = views
        self._waiting.clear()
        workers = [self._write_all(todo) for _ in range(min(_IN_FLIGHT, len(todo)))]
        for outcome in await asyncio.gather(*workers, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome

    async def _write_all(self, todo: dict[str, dict[str, int]]) -> None:
        while todo:
            title_id, views = todo.popitem()
            try:
                now = self._now()
                await self._database.write(_addition(counter_key(now, self._shard, title_id), views, now))
                self.stats.written += sum(views.values())
            except (Refused, asyncio.CancelledError):
                self._keep({title_id: views, **todo})
                todo.clear()
                raise
            except Exception:
                # What the table refuses for its own sake would be refused for ever and hold up the others.
                self.stats.dropped += sum(views.values())
                log.warning("the views of a title could not be counted", exc_info=True)

    def _keep(self, rest: dict[str, dict[str, int]]) -> None:
        for title_id, countries in rest.items():
            for country, views in countries.items():
                self.add(country, title_id, views)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Writes beside the operations; at the end what is left, for a bounded time."""
        writing = asyncio.create_task(self._run())
        try:
            yield
        finally:
            self._stopping.set()
            await asyncio.wait([writing], timeout=self._tallying.farewell)
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            self.stats.dropped += sum(self._waiting.values())

    async def _run(self) -> None:
        last = False
        while not last:
            await self._rest()
            last = self._stopping.is_set()
            try:
                await self.flush()
            except Refused:
                self.stats.failed += 1
                log.warning("views could not be written; they wait for the next flush", exc_info=True)

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(self._tallying.seconds):
                await self._stopping.wait()
        except TimeoutError:
            pass


def _addition(key: Key, views: dict[str, int], now: datetime) -> Write:
    """Adds to an attribute per country; the counter is forgotten eight days later."""
    numbered = [*enumerate(views)]
    return Write(
        table=OPS,
        action="update",
        key=key,
        update=f"ADD {', '.join(f'#{at} :{at}' for at, _ in numbered)} SET #ttl = :ttl",
        names={"#ttl": "ttl"} | {f"#{at}": country for at, country in numbered},
        values={":ttl": int((now + _LIFE).timestamp())} | {f":{at}": views[country] for at, country in numbered},
    )
