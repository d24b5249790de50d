"""View counts: exact under concurrent flushes, kept when the table is down, bounded in memory."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from datasources.calls import counted
from datasources.dynamodb import Query
from datasources.tables import OPS
from datasources.views import Tallying, ViewCounts, ViewStats, counter_key, decode_counter
from domain.errors import Unavailable

NOW = datetime(2026, 11, 23, 20, 15, tzinfo=UTC)


async def stored(database, shard=3):
    page = await database.query(OPS, Query(partition=counter_key(NOW, shard, "")[0]))
    return dict(map(decode_counter, page.items))


def counter(database, **more):
    return ViewCounts(database, shard=3, now=lambda: NOW, **more)


class Table:
    """Takes writes, or raises what it is told to."""

    def __init__(self):
        self.errors = []
        self.writes = []

    async def write(self, write):
        await asyncio.sleep(0)
        if self.errors:
            raise self.errors.pop()
        self.writes.append((write.key[1], write.values))


async def test_of_four_hundred_concurrent_flushes_of_two_processes_no_view_is_lost_or_doubled(empty_cloud, database):
    """What a full bulkhead refuses has not been sent: it waits for a later flush."""
    processes = [counter(database), counter(database)]

    async def watched(number):
        process = processes[number % 2]
        process.add("NL", "heat")
        process.add("US" if number % 4 else "BE", "heat", 2)
        process.add("NL", f"film-{number % 10}")
        with suppress(Unavailable):
            await process.flush()

    await asyncio.gather(*(watched(number) for number in range(400)))
    for process in processes:
        await process.flush()
    films = {f"film-{number}": {"NL": 40} for number in range(10)}
    assert await stored(database) == {"heat": {"NL": 400, "US": 600, "BE": 200}, **films}
    assert [process.stats.written for process in processes] == [800, 800]


async def test_a_flush_is_one_write_per_title_that_lives_eight_days_and_then_nothing_waits(empty_cloud, database):
    views = counter(database)
    for country in ("NL", "NL", "PK"):
        views.add(country, "heat")
    views.add("NL", "noir")
    with counted() as calls:
        await views.flush()
        await views.flush()
    assert calls.names == ["UpdateItem ops", "UpdateItem ops"]
    item = await database.get(OPS, ("TR#2026112320#3", "heat"))
    assert item == {"pk": "TR#2026112320#3", "sk": "heat", "NL": 2, "PK": 1, "ttl": int(NOW.timestamp()) + 8 * 86_400}


async def test_what_the_table_does_not_take_waits_for_the_next_flush():
    table = Table()
    views = counter(table)
    for number in range(30):
        views.add("NL", f"film-{number}")
    table.errors = [Unavailable("Down.", retry_after=1)]
    with pytest.raises(Unavailable):
        await views.flush()
    views.add("NL", "film-0")
    await views.flush()
    total = {}
    for title, values in table.writes:
        total[title] = total.get(title, 0) + values[":0"]
    assert total == {"film-0": 2} | {f"film-{number}": 1 for number in range(1, 30)}
    assert views.stats == ViewStats(written=31)


async def test_a_counter_that_is_refused_for_its_own_sake_does_not_hold_up_the_others():
    table = Table()
    views = counter(table)
    views.add("NL", "heat", 3)
    views.add("NL", "noir")
    table.errors = [ValueError("no such update")]
    await views.flush()
    assert (len(table.writes), views.stats.written + views.stats.dropped, views.stats.dropped > 0) == (1, 4, True)


async def test_no_more_pairs_wait_than_allowed_but_known_ones_go_on_counting():
    table = Table()
    views = counter(table, tallying=Tallying(waiting=2))
    for title in ("heat", "noir", "late", "heat"):
        views.add("NL", title)
    await views.flush()
    assert sorted((title, values[":0"]) for title, values in table.writes) == [("heat", 2), ("noir", 1)]
    assert views.stats == ViewStats(written=3, dropped=1)


async def test_what_is_left_is_written_when_the_process_ends():
    table = Table()
    views = counter(table, tallying=Tallying(seconds=3600))
    async with views.running():
        views.add("NL", "heat")
    assert (len(table.writes), views.stats) == (1, ViewStats(written=1))


async def test_what_cannot_be_written_at_the_end_is_counted_as_dropped():
    table = Table()
    table.errors = [Unavailable("Down.", retry_after=1)]
    views = counter(table, tallying=Tallying(seconds=3600))
    async with views.running():
        views.add("NL", "heat", 2)
    assert (table.writes, views.stats) == ([], ViewStats(dropped=2, failed=1))
