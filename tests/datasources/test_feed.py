"""The change feed on the real wire: in order, across buckets, nothing missed, and told to those who listen."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from datasources.cache import MISSING, Cache
from datasources.calls import counted
from datasources.catalog import Catalog, Place, credits_of, filmography_of
from datasources.catalog_feed import encode_change, encode_feed_head
from datasources.catalog_items import encode_credit, encode_person, encode_slug, encode_title
from datasources.catalog_keys import person_key, slug_key, title_key
from datasources.dynamodb import Database
from datasources.feed import Feed, Follower
from datasources.tables import CATALOG
from domain.discovery import Change
from emulation.outputs import Outputs
from tests.catalogue import World, change, movie, person
from tests.clock import Clock

NOW = datetime(2026, 11, 23, 20, tzinfo=UTC)


@pytest.fixture
async def database(empty_cloud: Outputs, database: Database) -> Database:
    return database


async def write(database: Database, *changes: Change, head: int | None = None) -> None:
    """Entries, then the heads of their shards."""
    heads = {one.shard: one.sequence for one in changes}
    items = [encode_change(one) for one in changes]
    items += [encode_feed_head(shard, head or newest) for shard, newest in heads.items()]
    await database.load(CATALOG, items)


@pytest.fixture
def clock() -> Clock[datetime]:
    return Clock(NOW)


@pytest.fixture
def told() -> list[Sequence[int]]:
    return []


@pytest.fixture
def follower(database: Database, clock: Clock[datetime], told: list[Sequence[int]]) -> Follower:
    async def listen(changes: Sequence[Change]) -> None:
        told.append([one.sequence for one in changes])

    return Follower(Feed(database), [listen], clock=clock)


async def test_the_whole_feed_is_read_once_over_all_shards(database, follower, told):
    await write(database, change(1, "m001"), change(2, "m002"), change(1, "m003", shard=3))
    assert [(one.shard, one.sequence) for one in await follower.start()] == [(0, 1), (0, 2), (3, 1)]
    assert await follower.poll() == []
    assert told == []


async def test_an_idle_poll_is_one_call(database, follower):
    await write(database, change(1, "m001"))
    await follower.start()
    with counted() as calls:
        await follower.poll()
    assert calls.names == ["BatchGetItem catalog 4"]


async def test_what_is_new_is_told_and_costs_one_query_for_its_shard(database, follower, told):
    await write(database, change(1, "m001"))
    await follower.start()
    await write(database, change(2, "m002"))
    with counted() as calls:
        await follower.poll()
    assert told == [[2]]
    assert calls.names == ["BatchGetItem catalog 4", "Query catalog"]


async def test_the_feed_goes_on_in_the_next_bucket(database, follower, told):
    await write(database, change(9_998, "m001"))
    assert [one.sequence for one in await follower.start()] == [9_998]
    await write(database, *(change(n, "m001") for n in (9_999, 10_000, 10_001)))
    await follower.poll()
    assert told == [[9_999, 10_000, 10_001]]


async def test_an_entry_that_appears_behind_a_newer_one_is_not_missed(database, follower, told, clock):
    await write(database, change(1, "m001"))
    await follower.start()
    await write(database, change(3, "m003", at=NOW))
    await follower.poll()
    await write(database, change(2, "m002", at=NOW), head=3)
    await follower.poll()
    await follower.poll()
    assert told == [[3], [2]]
    clock.now = NOW + timedelta(seconds=6)
    await follower.poll()
    with counted() as calls:
        await follower.poll()
    assert told == [[3], [2]]
    assert calls.names == ["BatchGetItem catalog 4"]


async def test_a_head_that_is_seen_before_its_entry_is_read_again(database, follower, told):
    await write(database, change(1, "m001"), head=2)
    assert len(await follower.start()) == 1
    await follower.poll()
    await write(database, change(2, "m002"))
    await follower.poll()
    assert told == [[2]]


async def test_a_listener_that_fails_does_not_keep_the_others_from_hearing(database, clock, told, caplog):
    async def broken(_changes: Sequence[Change]) -> None:
        raise RuntimeError("broken")

    async def listen(changes: Sequence[Change]) -> None:
        told.append([one.sequence for one in changes])

    follower = Follower(Feed(database), [broken, listen], clock=clock)
    await write(database, change(1, "m001"))
    await follower.poll()
    assert told == [[1]]
    assert [record.getMessage() for record in caplog.records] == ["a listener to catalogue changes failed"]


async def test_following_survives_a_database_that_is_down(follower, caplog, monkeypatch):
    outcomes: Iterator[Exception | list[Change]] = iter([OSError("down"), []])
    done = asyncio.Event()

    async def new() -> list[Change]:
        outcome = next(outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        done.set()
        return outcome

    monkeypatch.setattr(follower, "_new", new)
    task = asyncio.create_task(follower.run(0.001))
    await asyncio.wait_for(done.wait(), 10)
    task.cancel()
    assert follower.caught_up_at is not None
    assert "1 times in a row" in caplog.text


async def test_a_change_drops_all_that_is_kept_of_the_title(database):
    """Its record, its credits, its address and its people with their filmographies; nothing of another title."""
    film = movie(1)
    world = World(movies=[film], series=[], people=[person(n) for n in range(1, 6)])
    credits = list(world.credits_of(film))
    await database.load(
        CATALOG,
        [encode_title(film), encode_slug(film.slug, film.id), *map(encode_credit, credits), encode_person(person(2))],
    )
    catalog = Catalog(database, Cache())
    people = [filmography_of(one.person_id) for one in credits]
    places: list[Place] = [
        title_key("m001"),
        credits_of("m001"),
        slug_key("film-1"),
        *people,
        person_key("p02"),
        title_key("m002"),
    ]
    await catalog.read(places)
    catalog.forget(title_key("m001"))
    kept = catalog.peek(places)
    assert [one is MISSING for one in kept] == [True] * 8 + [False]
    await database.load(CATALOG, [encode_title(replace(film, version=4))])
    (again,) = await catalog.read([title_key("m001")])
    assert again.version == 4
