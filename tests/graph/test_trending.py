"""From started playbacks to what is trending, through the graph."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

from datasources.trends import Trending, Trends
from datasources.views import ViewCounts
from domain.titles import MediaRecord, Quality
from resolvers.ids import encode_id
from tests.catalogue import NOW, Asker, World, movie, sources
from tests.graph.conftest import SHELVES, names
from tests.graph.households import Household

START = """mutation($input: StartPlaybackInput!) { startPlayback(input: $input) {
  session { id } errors { code } } }"""
TRENDING = "{ trending(first: 3) { nodes { name } } }"


async def test_films_that_were_started_head_what_is_trending_in_the_country_and_everywhere(
    open_world, deliverable, database
):
    media = MediaRecord(
        version="v1",
        max_quality=Quality.HD,
        duration_seconds=5400,
        audio_languages=("en",),
        subtitle_languages=(),
        markers=(),
    )
    world = World(movies=[movie(n, media=media) for n in range(1, 41)], series=[], rankings=SHELVES)
    ask = deliverable(await open_world(world))
    views = ViewCounts(database, now=lambda: NOW)
    ask = replace(ask, sources=replace(ask.sources, views=views))
    household = await Household(ask=ask, sub=uuid4().hex).stored()
    assert names((await ask(TRENDING))["data"]["trending"]) == ["Film 40", "Film 39", "Film 38"]
    for number, device in ((7, "tv"), (7, "tablet"), (9, "tv"), (11, "phone")):
        wish = {"playableId": encode_id("Movie", f"m{number:03d}"), "deviceId": device, "deviceName": device}
        answer = await household(START, {"input": {**wish, "deviceKind": "TV"}})
        if number == 11:
            assert [one["code"] for one in answer["data"]["startPlayback"]["errors"]] == ["LIMIT_REACHED"]
        else:
            assert answer["data"]["startPlayback"]["errors"] == []
    await views.flush()
    assert await Trends(database, trending=Trending(least=3), now=lambda: NOW).turn() == 2
    later = Asker(sources=await sources(database))
    assert names((await later(TRENDING))["data"]["trending"]) == ["Film 7", "Film 9", "Film 40"]
    assert names((await later(TRENDING, country="BE"))["data"]["trending"]) == ["Film 7", "Film 9", "Film 1"]
