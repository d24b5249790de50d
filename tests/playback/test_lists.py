"""What a profile watches, over lists: exact AWS calls, and pages that hidden titles cannot end."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from datasources.catalog_items import encode_title
from datasources.tables import CATALOG
from datasources.viewers import ViewerReader
from domain.titles import MaturityRating, MediaRecord, Quality, TitleStatus
from domain.watching import MarkerRecord, ProfileKey, ProgressRecord, milliseconds
from resolvers.ids import encode_id
from resolvers.playback import revoke
from tests.catalogue import NOW as STARTED
from tests.catalogue import World, movie, series
from tests.graph.conftest import deliverable, edge_keys, open_world
from tests.graph.households import BEN, KIM, Household
from tests.graph.test_playback import BEAT, beat, film, started

__all__ = ["deliverable", "edge_keys", "open_world"]

NOW = datetime(2026, 11, 23, 20, tzinfo=UTC)
MEDIA = MediaRecord(version="v1", max_quality=Quality.HD, duration_seconds=6000)
GROWN_UP = MaturityRating(code="R", system="MPA", minimum_age=17)
FOR_ALL = MaturityRating(code="G", system="MPA", minimum_age=0)

SHELF = """query($first: Int, $after: String) { viewer { profile {
  LIST(first: $first, after: $after) { nodes { positionSeconds playable { name } }
    pageInfo { hasNextPage endCursor } } } } }"""
STATES = """query { titles(first: 20, sort: POPULARITY) { nodes { id name ... on Movie { progress { fraction } }
  viewerState { inWatchlist upNext { name progress { positionSeconds } } } } } }"""


@pytest.fixture
async def household(open_world, deliverable):
    films = [movie(n, media=MEDIA, maturity=FOR_ALL if n in (1, 30) else GROWN_UP) for n in range(1, 31)]
    world = World(movies=films, series=[(series("noir", "Noir", seasons=2, episodes=3), 2, 3)])
    return await Household(ask=deliverable(await open_world(world)), sub=uuid4().hex).stored()


async def watched(household, numbers, profile=BEN, finished=False):
    """The profile is somewhere in these films, the first one lately."""
    source = household.ask.sources.viewers.watching
    key = ProfileKey(account=household.sub, profile=profile.id)
    for age, number in enumerate(numbers):
        at = NOW - timedelta(minutes=age)
        path = f"m{number:03d}"
        await source.mark(key, MarkerRecord(title_id=path, playable=path, at=at, finished=finished))
        seen = ProgressRecord(
            playable=path,
            position_seconds=number,
            duration_seconds=6000,
            completed=finished,
            observed_ms=milliseconds(at),
        )
        await source.save_progress(key, seen)


async def shelf(household, name, first=20, after=None, profile=BEN):
    answer = await household(SHELF.replace("LIST", name), {"first": first, "after": after}, profile=profile)
    return answer["data"]["viewer"]["profile"][name]


def names(page):
    return [node["playable"]["name"] for node in page["nodes"]]


@pytest.mark.parametrize(("name", "finished"), [("continueWatching", False), ("history", True)])
async def test_a_shelf_of_twenty_is_one_query_and_one_batch(household, name, finished):
    await watched(household, range(1, 21), replace(BEN, max_age=18), finished)
    grown_up = replace(BEN, max_age=18)
    await shelf(household, name, profile=grown_up)
    page = await shelf(household, name, profile=grown_up)
    assert names(page) == [f"Film {n}" for n in range(1, 21)]
    assert [node["positionSeconds"] for node in page["nodes"]] == list(range(1, 21))
    assert sorted(household.ask.calls.names) == ["BatchGetItem viewers 2", "BatchGetItem viewers 20", "Query viewers"]


async def test_states_progress_and_what_comes_next_of_twenty_titles_are_batches(household):
    grown_up = replace(BEN, max_age=18)
    await watched(household, range(1, 11), grown_up)
    await household(STATES, profile=grown_up)
    answer = await household(STATES, profile=grown_up)
    nodes = answer["data"]["titles"]["nodes"]
    assert len(nodes) == 20
    assert nodes[0]["viewerState"]["upNext"] == {"name": "Film 1", "progress": {"positionSeconds": 1}}
    keys = sum(len(call.keys) for call in household.ask.calls)
    assert {call.operation for call in household.ask.calls} == {"BatchGetItem"}
    # Twenty states, twenty markers and twenty positions, each asked for once, in at most three turns.
    assert keys == 60
    assert len(household.ask.calls) <= 3


@pytest.mark.parametrize("first", [1, 4, 5])
async def test_pages_neither_end_early_nor_miss_nor_repeat(household, first):
    grown_up = replace(BEN, max_age=18)
    await watched(household, range(1, 11), grown_up)
    found, after, more = [], None, True
    while more:
        page = await shelf(household, "continueWatching", first, after, grown_up)
        found += names(page)
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert found == [f"Film {n}" for n in range(1, 11)]


async def test_a_page_goes_on_over_what_the_profile_may_not_see(household):
    """Kim was given two films for all among twenty-eight for adults, by someone who changed its age since."""
    await watched(household, range(1, 31), KIM)
    first = await shelf(household, "continueWatching", first=2, profile=KIM)
    assert names(first) == ["Film 1"]
    assert first["pageInfo"]["hasNextPage"] is True
    pages, page = [first], first
    while page["pageInfo"]["hasNextPage"]:
        page = await shelf(household, "continueWatching", first=2, after=page["pageInfo"]["endCursor"], profile=KIM)
        pages.append(page)
    assert [name for one in pages for name in names(one)] == ["Film 1", "Film 30"]
    assert all(one["pageInfo"]["endCursor"] for one in pages if one["pageInfo"]["hasNextPage"])


async def test_a_page_is_filled_from_behind_what_is_hidden(household):
    await watched(household, [1, 2, 3, 30], KIM)
    page = await shelf(household, "continueWatching", first=2, profile=KIM)
    assert names(page) == ["Film 1", "Film 30"]
    assert page["pageInfo"]["hasNextPage"] is False


async def test_an_empty_shelf_has_no_cursor(household):
    page = await shelf(household, "history")
    assert page == {"nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}


async def saved(household, title):
    """The catalogue holds this title from now on, and this process has heard of it."""
    sources = household.ask.sources
    await sources.viewers.database.load(CATALOG, [encode_title(title)])
    sources.catalog.cache.clear()


async def test_a_film_that_leaves_the_catalogue_ends_at_the_next_heartbeat(household):
    session = (await started(household, film(1)))["session"]
    await saved(household, movie(1, media=MEDIA, maturity=FOR_ALL, status=TitleStatus.UNPUBLISHED))
    answer = await household(BEAT, beat(session))
    assert answer["data"]["heartbeatPlayback"] == {
        "session": None,
        "errors": [{"code": "NOT_AVAILABLE", "message": "This film was taken out of the catalogue."}],
    }
    assert (await household("{ viewer { sessions { id } } }"))["data"]["viewer"]["sessions"] == []


async def test_a_licence_that_ends_lets_the_film_finish_and_keeps_its_progress(household):
    session = (await started(household, film(1)))["session"]
    (window,) = movie(1).windows
    await saved(household, movie(1, media=MEDIA, maturity=FOR_ALL, windows=(replace(window, ends_at=NOW),)))
    answer = await household(BEAT, beat(session, 60))
    assert answer["data"]["heartbeatPlayback"]["errors"] == []
    reader = ViewerReader(household.ask.sources.viewers.database)
    (stored,) = await reader.progress(ProfileKey(account=household.sub, profile=BEN.id), ["m001"])
    assert isinstance(stored, ProgressRecord)
    assert stored.position_seconds == 60
    refused = await started(household, film(1), "phone")
    assert [error["reason"] for error in refused["errors"]] == ["ENDED"]


async def test_a_lowered_membership_ends_the_streams_beyond_it_and_tells_their_players(household):
    kept = (await started(household, film(1), "tv"))["session"]
    ended = (await started(household, film(30), "phone", now=STARTED + timedelta(seconds=1)))["session"]
    sources = household.ask.sources
    with sources.signals.listening(household.sub) as listener:
        revoked = await revoke(sources, household.sub, STARTED + timedelta(seconds=2), keep=1)
        assert listener.heard()
        assert await revoke(sources, household.sub, STARTED + timedelta(seconds=3), keep=1) == []
        assert not listener.heard()
    assert [encode_id("PlaybackSession", one.id) for one in revoked] == [ended["id"]]
    answers = [await household(BEAT, beat(one), now=STARTED + timedelta(seconds=30)) for one in (kept, ended)]
    codes = [[error["code"] for error in one["data"]["heartbeatPlayback"]["errors"]] for one in answers]
    assert codes == [[], ["NOT_AVAILABLE"]]
