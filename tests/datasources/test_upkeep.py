"""The index is built from the feed, again until it succeeds, and stays in step with what is saved."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from datasources.audiences import Audiences
from datasources.cache import Cache
from datasources.calls import counted
from datasources.catalog import Catalog
from datasources.catalog_feed import encode_change, encode_feed_head
from datasources.catalog_items import encode_person, encode_title
from datasources.catalog_keys import shard_of, title_key
from datasources.dynamodb import Database
from datasources.feed import Feed
from datasources.search import EmbeddedSearch
from datasources.tables import CATALOG
from datasources.upkeep import Upkeep
from domain.discovery import Change, ChangeKind, ItemKind
from domain.errors import Unavailable
from domain.search import TitleSort
from domain.titles import TitleStatus
from emulation.outputs import Outputs
from tests.catalogue import World, movie, person, series


@pytest.fixture
async def database(empty_cloud: Outputs, database: Database) -> Database:
    world = World(
        movies=[movie(1), movie(2, status=TitleStatus.DRAFT)],
        series=[(series("noir", "Noir", seasons=1, episodes=2), 1, 2)],
        people=[person(n) for n in range(1, 5)],
    )
    await database.load(CATALOG, world.items())
    return database


@pytest.fixture
def upkeep(database: Database) -> Upkeep:
    return Upkeep(database, Catalog(database, Cache()), Audiences(), EmbeddedSearch())


async def found(upkeep: Upkeep, text: str) -> list[str]:
    return sorted(hit.path for hit in (await upkeep.search.search(text, first=50)).hits)


async def tell(database: Database, *, kind: ChangeKind = ChangeKind.UPSERTED, item: ItemKind, path: str) -> None:
    """Adds an entry to the feed."""
    shard = shard_of(path)
    sequence = (await Feed(database).heads())[shard] + 1
    entry = Change(shard=shard, sequence=sequence, kind=kind, item_kind=item, path=path, at=datetime.now(UTC))
    await database.load(CATALOG, [encode_change(entry), encode_feed_head(shard, sequence)])


async def test_titles_episodes_and_people_are_found_in_all_languages(upkeep):
    await upkeep.build()
    assert await found(upkeep, "filmpje") == ["m001"]
    assert await found(upkeep, "aflevering") == ["noir/s1/e1", "noir/s1/e2"]
    assert await found(upkeep, "person 3") == ["p03"]
    titles = await upkeep.search.titles(sort=TitleSort.NAME, first=10)
    assert titles.ids == ("m001", "noir")


async def test_the_build_reads_items_and_texts_in_batches(upkeep, database):
    with counted() as calls:
        await upkeep.build()
    shards = [head for head in await Feed(database).heads() if head]
    assert calls.names == [
        "BatchGetItem catalog 4",  # the feed's heads
        *["Query catalog"] * len(shards),
        "BatchGetItem catalog 8",  # two titles, two episodes, four people
        "BatchGetItem catalog 6",  # texts of the titles, translations of the episodes
    ]


async def test_before_it_is_built_the_index_says_so(upkeep):
    for ask in (upkeep.search.search("film", first=1), upkeep.search.titles(sort=TitleSort.NAME, first=1)):
        with pytest.raises(Unavailable, match="The search index is being built. Try again in a moment.") as refused:
            await ask
        assert refused.value.retry_after == 1


async def test_what_is_published_renamed_and_taken_back_is_followed(upkeep, database):
    await upkeep.build()
    await database.load(CATALOG, [encode_title(movie(2, names={"en": "Zebra"})), encode_person(person(9))])
    await tell(database, item=ItemKind.MOVIE, path="m002")
    await tell(database, item=ItemKind.PERSON, path="p09")
    await tell(database, item=ItemKind.MOVIE, path="m001", kind=ChangeKind.REMOVED)
    await upkeep.follower.poll()
    assert await found(upkeep, "zebra") == ["m002"]
    assert await found(upkeep, "person 9") == ["p09"]
    assert await found(upkeep, "filmpje") == []


async def test_a_title_that_is_no_longer_published_is_removed_whatever_the_entry_says(upkeep, database):
    await upkeep.build()
    await database.load(CATALOG, [encode_title(movie(1, status=TitleStatus.UNPUBLISHED))])
    await tell(database, item=ItemKind.MOVIE, path="m001")
    await upkeep.follower.poll()
    assert await found(upkeep, "film") == []


async def test_the_cache_is_fresh_before_listeners_hear_of_a_change(upkeep, database):
    heard: list[tuple[int, list[str]]] = []

    async def listen(changes: Sequence[Change]) -> None:
        (record,) = await upkeep.catalog.read([title_key("m001")])
        heard.append((record.version, await found(upkeep, "zebra")))

    upkeep.follower.on_change.append(listen)
    await upkeep.build()
    await upkeep.catalog.read([title_key("m001")])
    await database.load(CATALOG, [encode_title(movie(1, names={"en": "Zebra"}, version=9))])
    await tell(database, item=ItemKind.MOVIE, path="m001")
    await upkeep.follower.poll()
    assert heard == [(9, ["m001"])]


async def test_a_first_build_settles_by_its_success_or_its_failure(upkeep, monkeypatch):
    assert not upkeep.settled()
    waiting = asyncio.Event()

    async def fail(*_: object, **__: bool) -> None:
        await waiting.wait()
        raise Unavailable("down")

    with monkeypatch.context() as patched:
        patched.setattr(upkeep._indexer, "apply", fail)
        building = asyncio.create_task(upkeep.build())
        await asyncio.sleep(0.1)
        assert not upkeep.settled()
        waiting.set()
        with pytest.raises(Unavailable):
            await building
    assert (upkeep.settled(), upkeep.ready) == (True, False)
    await upkeep.build()
    assert (upkeep.settled(), upkeep.ready) == (True, True)


async def test_a_build_that_fails_is_done_again_from_the_beginning(upkeep, monkeypatch, caplog):
    """Whatever failed, the feed or the index: nothing is missing in the end."""
    apply, failures = upkeep._indexer.apply, [Unavailable("down"), Unavailable("down")]
    applied = asyncio.Event()

    async def sometimes(changes: Sequence[Change], **options: bool) -> None:
        if failures:
            raise failures.pop()
        await apply(changes, **options)
        applied.set()

    monkeypatch.setattr(upkeep._indexer, "apply", sometimes)
    monkeypatch.setattr("datasources.upkeep.random.uniform", lambda _low, _high: 0.001)
    async with upkeep.running(60):
        await asyncio.wait_for(applied.wait(), 10)
        await asyncio.sleep(0)
        assert await found(upkeep, "film") == ["m001"]
    assert [record.getMessage() for record in caplog.records] == [
        f"the search index could not be built ({n} times in a row)" for n in (1, 2)
    ]


async def test_a_shard_that_cannot_be_read_loses_no_change_of_another(upkeep, database, monkeypatch):
    await upkeep.build()
    await tell(database, item=ItemKind.MOVIE, path="m001")
    feed = upkeep.follower._feed
    after, broken = feed.after, True

    async def sometimes(shard: int, sequence: int, head: int) -> list[Change]:
        found = await after(shard, sequence, head)
        if broken:
            raise Unavailable("down")
        return found

    monkeypatch.setattr(feed, "after", sometimes)
    with pytest.raises(Unavailable):
        await upkeep.follower.poll()
    broken = False
    assert [one.path for one in await upkeep.follower.poll()] == ["m001"]
