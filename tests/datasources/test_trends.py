"""Trending: one leader a turn, rankings from weighed views, and nothing written without enough of them."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from datasources.calls import counted
from datasources.catalog_feed import decode_ranking, encode_ranking
from datasources.catalog_keys import ranking_key
from datasources.dynamodb import Query
from datasources.tables import CATALOG, OPS
from datasources.trends import Trending, Trends, TrendStats
from datasources.views import ViewCounts
from domain.discovery import Ranking
from domain.errors import Unavailable
from tests.clock import Clock

NOW = datetime(2026, 11, 23, 20, 15, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FORMER = ("a", "b", "c", "d")


@pytest.fixture
def clock():
    return Clock(NOW)


@pytest.fixture
async def shelves(empty_cloud, database):
    """A ranking for everywhere and one of the Netherlands."""
    rankings = [Ranking(country=country, scope="trending", title_ids=FORMER, updated_at=NOW) for country in ("*", "NL")]
    await database.load(CATALOG, map(encode_ranking, rankings))


@pytest.fixture
def trends(database, clock, shelves):
    return Trends(database, trending=Trending(least=3), now=clock)


async def viewed(database, *views, at=NOW, shard=None):
    counts = ViewCounts(database, shard=shard, now=lambda: at)
    for country, title_id, number in views:
        counts.add(country, title_id, number)
    await counts.flush()


async def ranked(database, country):
    item = await database.get(CATALOG, ranking_key(country, "trending"), consistent=True)
    return decode_ranking(item).title_ids if item else None


async def test_views_of_all_shards_come_first_and_the_rest_keeps_its_order(database, trends):
    await viewed(database, ("NL", "c", 2), ("NL", "new", 1), shard=0)
    await viewed(database, ("NL", "c", 1), ("BE", "d", 3), ("US", "b", 2), shard=15)
    assert await trends.turn() == 3
    assert await ranked(database, "NL") == ("c", "new", "a", "b", "d")
    assert await ranked(database, "BE") == ("d", "a", "b", "c")
    assert await ranked(database, "*") == ("c", "d", "b", "new", "a")
    assert await ranked(database, "US") is None
    assert trends.stats == TrendStats(led=1, written=3)


async def test_views_count_half_after_six_hours_and_not_at_all_after_a_day(database, trends):
    await viewed(database, ("NL", "a", 40), at=NOW - timedelta(hours=24))
    await viewed(database, ("NL", "b", 10), at=NOW - timedelta(hours=18))
    await viewed(database, ("NL", "c", 3), at=NOW - timedelta(hours=6))
    await viewed(database, ("NL", "d", 2))
    await trends.turn()
    assert await ranked(database, "NL") == ("d", "c", "b", "a")


async def test_without_views_nothing_is_written_but_the_lease(database, trends):
    with counted() as calls:
        assert await trends.turn() == 0
    assert sorted(set(calls.names)) == ["Query ops", "UpdateItem ops"]
    assert (len(calls), await ranked(database, "NL")) == (1 + 16 * 24, FORMER)


async def test_too_few_views_leave_the_ranking_as_it_is(database, trends):
    await viewed(database, ("NL", "d", 2))
    assert (await trends.turn(), await ranked(database, "NL"), await ranked(database, "*")) == (0, FORMER, FORMER)


async def test_settled_hours_are_read_once_and_an_unchanged_order_is_not_written_again(database, trends, clock):
    await viewed(database, ("NL", "d", 3))
    assert await trends.turn() == 2
    clock.now += MINUTE
    with counted() as calls:
        assert await trends.turn() == 0
    assert sorted(calls.names) == ["BatchGetItem catalog 2", *["Query ops"] * 16, "UpdateItem ops"]


async def test_of_forty_processes_one_leads_each_turn(database, clock, shelves):
    await viewed(database, ("NL", "d", 3))
    trending = Trending(least=3, hours=1)
    processes = [Trends(database, trending=trending, now=clock) for _ in range(40)]
    for turn, title in ((1, "d"), (2, "c")):
        await viewed(database, ("NL", title, 10 * turn))
        outcomes = await asyncio.gather(*(process.turn() for process in processes))
        assert sorted(outcomes, key=str) == [2, *[None] * 39]
        assert sum(process.stats.led for process in processes) == turn
        clock.now += MINUTE
    assert await ranked(database, "NL") == ("c", "d", "a", "b")


async def test_a_leader_that_died_is_followed_by_another_in_the_next_turn(database, clock, shelves):
    first, second = (Trends(database, now=clock, trending=Trending(hours=1)) for _ in range(2))
    assert (await first.turn(), await second.turn()) == (0, None)
    clock.now = NOW + MINUTE
    assert (await second.turn(), await first.turn()) == (0, None)
    lease = await database.query(OPS, Query(partition="LEASE#trending"))
    assert [item["until"] for item in lease.items] == [int((NOW + 2 * MINUTE).timestamp() * 1000)]


class Failing:
    """The database, one of whose shards does not answer."""

    def __init__(self, database):
        self._database = database

    def __getattr__(self, name):
        return getattr(self._database, name)

    async def query(self, table, query):
        if query.partition.endswith("#7"):
            raise Unavailable("Down.", retry_after=1)
        return await self._database.query(table, query)


async def test_a_turn_that_cannot_read_everything_changes_no_ranking(database, clock, shelves):
    await viewed(database, ("NL", "d", 30), shard=1)
    with pytest.raises(Unavailable):
        await Trends(Failing(database), now=clock).turn()
    assert await ranked(database, "NL") == FORMER
