"""The process-wide read-through memory of catalogue records: bounded, single flight, stale while it revalidates."""

from __future__ import annotations

import asyncio
import random
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Final

from datasources.deadline import remaining
from domain.errors import DeadlineExceeded

Fetch = Callable[[list[Any]], Awaitable[Mapping[Any, Any]]]
"""`fetch(keys)`: a value or an Exception for each key that exists; absent keys are absent."""


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()
"""What `peek` answers when the cache does not know; None means that it knows of nothing there."""

_SETTLING = 5.0
"""Seconds after an invalidation in which a replica may still answer the old value."""

_SETTLING_TTL = 2.0
"""Seconds that a value read in that time is kept."""

_RETRY = 1.0
"""Seconds until a failed revalidation is tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Seconds: `ttl` fresh (+- a fifth, so that entries do not expire together), `stale` usable beyond that
    while a newer value is fetched, `absent` for what does not exist."""

    ttl: float = 60.0
    stale: float = 60.0
    absent: float = 10.0


@dataclass(slots=True)
class Stats:
    """Counts since the start: keys answered fresh, answered stale, fetched, joined to a running fetch, dropped."""

    hits: int = 0
    stale: int = 0
    fetched: int = 0
    joined: int = 0
    evicted: int = 0
    invalidated: int = 0


@dataclass(slots=True)
class _Entry:
    value: Any
    tag: Hashable
    fresh_until: float
    stale_until: float
    size: int
    used: bool = False


@dataclass(slots=True, eq=False)
class _Flight:
    """One running fetch; `spoiled` are the tags that were invalidated after it began."""

    task: asyncio.Task[Mapping[Any, Any]]
    spoiled: set[Hashable] = field(default_factory=set)


class Cache:
    """Values by key, each with a tag to invalidate it by. For one event loop."""

    def __init__(
        self,
        *,
        max_bytes: int = 64_000_000,
        clock: Callable[[], float] = time.monotonic,
        spread: Callable[[], float] = lambda: random.uniform(0.8, 1.2),
    ) -> None:
        self.stats = Stats()
        self._max_bytes = max_bytes
        self._clock = clock
        self._spread = spread
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._tagged: dict[Hashable, set[Hashable]] = {}
        self._flights: dict[Hashable, _Flight] = {}
        self._settling: dict[Hashable, float] = {}
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def peek(self, keys: Iterable[Hashable]) -> list[Any]:
        """The fresh values, MISSING for the others; never waits."""
        now, entries, hits = self._clock(), self._entries, 0
        answers: list[Any] = []
        for key in keys:
            entry = entries.get(key)
            if entry is None or entry.fresh_until <= now:
                answers.append(MISSING)
            else:
                entry.used = True
                answers.append(entry.value)
                hits += 1
        self.stats.hits += hits
        return answers

    async def read(
        self, keys: Sequence[Hashable], fetch: Fetch, tag: Callable[[Any], Hashable], policy: Callable[[Any], Policy]
    ) -> list[Any]:
        """A value, None or an Exception for each key; what is not fresh is fetched, once for all who ask."""
        answers = self.peek(keys)
        wanted = list(dict.fromkeys(key for key, value in zip(keys, answers, strict=True) if value is MISSING))
        if not wanted:
            return answers
        found = self._outdated(wanted, fetch, tag, policy)
        found.update(await self._awaited([key for key in wanted if key not in found], fetch, tag, policy))
        return [found[key] if value is MISSING else value for key, value in zip(keys, answers, strict=True)]

    def forget(self, tag: Hashable) -> None:
        """Drops every entry of the tag; a fetch that is under way is delivered but not kept."""
        for key in self._tagged.pop(tag, ()):
            self.bytes -= self._entries.pop(key).size
            self.stats.invalidated += 1
        for flight in self._flights.values():
            flight.spoiled.add(tag)
        now = self._clock()
        self._settling = {one: until for one, until in self._settling.items() if until > now}
        self._settling[tag] = now + _SETTLING

    def clear(self) -> None:
        """Drops everything."""
        for tag in list(self._tagged):
            self.forget(tag)

    def _outdated(self, keys: list[Any], fetch: Fetch, tag: Any, policy: Any) -> dict[Any, Any]:
        """Values past their time but not too old; their revalidation is begun."""
        now, found = self._clock(), {}
        for key in keys:
            entry = self._entries.get(key)
            if entry is not None and now < entry.stale_until:
                entry.used = True
                found[key] = entry.value
        self.stats.stale += len(found)
        begun = [key for key in found if key not in self._flights]
        if begun:
            for key in begun:
                self._entries[key].fresh_until = now + _RETRY
            self._begin(begun, fetch, tag, policy)
        return found

    async def _awaited(self, keys: list[Any], fetch: Fetch, tag: Any, policy: Any) -> dict[Any, Any]:
        flights: dict[_Flight, list[Any]] = {}
        alone = [key for key in keys if key not in self._flights]
        self.stats.joined += len(keys) - len(alone)
        if alone:
            self._begin(alone, fetch, tag, policy)
        for key in keys:
            flights.setdefault(self._flights[key], []).append(key)
        found: dict[Any, Any] = {}
        for flight, mine in flights.items():
            try:
                values: Mapping[Any, Any] = await asyncio.shield(flight.task)
            except DeadlineExceeded as error:
                # Another operation's time ran out, ours has not: fetch again with our own.
                values = dict.fromkeys(mine, error) if set(mine) <= set(alone) else await self._again(mine, fetch)
            found.update((key, values.get(key)) for key in mine)
        return found

    @staticmethod
    async def _again(keys: list[Any], fetch: Fetch) -> Mapping[Any, Any]:
        if remaining() <= 0:
            raise DeadlineExceeded("The operation ran out of time. Ask for less, or allow it more time.")
        return await fetch(keys)

    def _begin(self, keys: list[Any], fetch: Fetch, tag: Any, policy: Any) -> None:
        self.stats.fetched += len(keys)

        async def fly() -> Mapping[Any, Any]:
            try:
                values = await fetch(keys)
                self._keep(keys, values, flight.spoiled, tag, policy)
                return values
            finally:
                for key in keys:
                    del self._flights[key]

        flight = _Flight(asyncio.get_running_loop().create_task(fly()))
        flight.task.add_done_callback(_noticed)
        for key in keys:
            self._flights[key] = flight

    def _keep(self, keys: list[Any], values: Mapping[Any, Any], spoiled: set[Hashable], tag: Any, policy: Any) -> None:
        now = self._clock()
        for key in keys:
            value, mark = values.get(key), tag(key)
            if isinstance(value, Exception) or mark in spoiled:
                continue
            rule: Policy = policy(key)
            ttl = (rule.ttl if value is not None else rule.absent) * self._spread()
            stale = rule.stale if value is not None else 0.0
            if self._settling.get(mark, 0.0) > now:
                ttl, stale = min(ttl, _SETTLING_TTL), 0.0
            self._store(key, _Entry(value, mark, now + ttl, now + ttl + stale, weigh(value) + 250))

    def _store(self, key: Hashable, entry: _Entry) -> None:
        old = self._entries.pop(key, None)
        self.bytes += entry.size - (old.size if old else 0)
        self._entries[key] = entry
        self._tagged.setdefault(entry.tag, set()).add(key)
        while self.bytes > self._max_bytes and self._entries:
            self._evict()

    def _evict(self) -> None:
        """The oldest goes, unless it was used since: that one gets a second round."""
        key, entry = next(iter(self._entries.items()))
        if entry.used and entry.stale_until > self._clock():
            entry.used = False
            self._entries.move_to_end(key)
            return
        del self._entries[key]
        self.bytes -= entry.size
        self.stats.evicted += 1
        keys = self._tagged[entry.tag]
        keys.discard(key)
        if not keys:
            del self._tagged[entry.tag]


def _noticed(task: asyncio.Task[Any]) -> None:
    """A revalidation that nobody waits for may fail in silence: the stale value stands until its end."""
    if not task.cancelled():
        task.exception()


def weigh(value: object) -> int:
    """Roughly the bytes that a record takes, its own objects only."""
    if isinstance(value, str):
        return 50 + len(value)
    if isinstance(value, tuple | list | frozenset | set):
        return 60 + sum(8 + weigh(one) for one in value)
    if isinstance(value, Mapping):
        return 120 + sum(weigh(key) + weigh(one) for key, one in value.items())
    if is_dataclass(value) and not isinstance(value, type):
        return 50 + sum(8 + weigh(getattr(value, one.name)) for one in fields(value))
    return 32
