"""Series with seasons and episodes, in the caller's language, one after the other."""

from __future__ import annotations

from resolvers.ids import encode_id
from tests.catalogue import World, series
from tests.graph.conftest import names, operation

SERIES = encode_id("Series", "noir")


def episode(season: int, number: int) -> str:
    return encode_id("Episode", "noir", f"s{season}", f"e{number}")


async def test_the_page_of_a_series(ask):
    answer = await ask(operation("series_page"), {"id": SERIES, "season": 2})
    page = answer["data"]["node"]
    season = page.pop("season")
    assert season["episodes"]["pageInfo"].pop("endCursor")
    assert season == {
        "id": encode_id("Season", "noir", "s2"),
        "number": 2,
        "episodes": {
            "nodes": [
                {
                    "id": episode(2, number),
                    "number": number,
                    "name": f"Episode {number}",
                    "synopsis": f"What happens in 2.{number}.",
                    "runtimeSeconds": 2400,
                    "image": {"url": f"http://media.test/art/e{number}.svg", "blurhash": None},
                }
                for number in (1, 2, 3)
            ],
            "pageInfo": {"hasNextPage": False},
        },
    }
    assert page == {
        "id": SERIES,
        "name": "Noir",
        "synopsis": "noir in en.",
        "seasonCount": 2,
        "seasons": {
            "nodes": [
                {"id": encode_id("Season", "noir", f"s{n}"), "number": n, "name": f"Season {n}", "episodeCount": 3}
                for n in (1, 2)
            ]
        },
    }


async def test_the_page_of_a_series_costs_three_calls_cold_and_none_warm(ask):
    await ask(operation("series_page"), {"id": SERIES, "season": 2})
    assert ask.calls.names == ["BatchGetItem catalog 2", "Query catalog", "Query catalog"]
    await ask(operation("series_page"), {"id": SERIES, "season": 2})
    assert ask.calls.names == []


async def test_the_calls_of_a_series_page_do_not_grow_with_its_episodes(open_world):
    ask = await open_world(World(movies=[], series=[(series("noir", "Noir", seasons=3, episodes=40), 3, 40)]))
    answer = await ask(operation("series_page"), {"id": SERIES, "season": 2})
    assert len(answer["data"]["node"]["season"]["episodes"]["nodes"]) == 40
    assert ask.calls.names == ["BatchGetItem catalog 2", "Query catalog", "Query catalog"]


async def test_a_translation_of_episodes_is_one_more_query(ask):
    answer = await ask(operation("series_page"), {"id": SERIES, "season": 1}, languages=("nl-BE", "nl"))
    season = answer["data"]["node"]["season"]
    assert [(one["name"], one["synopsis"]) for one in season["episodes"]["nodes"]] == [
        (f"Aflevering {number}", "In NL.") for number in (1, 2, 3)
    ]
    assert names(answer["data"]["node"]["seasons"]) == ["Seizoen 1", "Seizoen 2"]
    assert ask.calls.names == ["BatchGetItem catalog 3", "Query catalog", "Query catalog", "Query catalog"]


async def test_episodes_follow_each_other_over_the_end_of_a_season(ask):
    answer = await ask(
        """query($id: ID!) { node(id: $id) { ... on Episode { name season { number }
             next { name season { number } next { name next { name season { number } next { name } } } } } } }""",
        {"id": episode(1, 3)},
    )
    assert answer["data"]["node"] == {
        "name": "Episode 3",
        "season": {"number": 1},
        "next": {
            "name": "Episode 1",
            "season": {"number": 2},
            "next": {"name": "Episode 2", "next": {"name": "Episode 3", "season": {"number": 2}, "next": None}},
        },
    }


async def test_the_next_of_many_episodes_is_found_in_one_query(ask):
    answer = await ask(
        """query($ids: [ID!]!) { nodes(ids: $ids) {
             ... on Episode { next { id } series { name } season { number } } } }""",
        {"ids": [episode(1, 1), episode(1, 2), episode(2, 3)]},
    )
    series = {"name": "Noir"}
    assert answer["data"]["nodes"] == [
        {"next": {"id": episode(1, 2)}, "series": series, "season": {"number": 1}},
        {"next": {"id": episode(1, 3)}, "series": series, "season": {"number": 1}},
        {"next": None, "series": series, "season": {"number": 2}},
    ]
    assert sorted(ask.calls.names) == [
        "BatchGetItem catalog 2",  # the seasons
        "BatchGetItem catalog 3",  # the episodes
        "GetItem catalog",  # the series, which decides whether they are shown
        "Query catalog",  # episodes of season 1
        "Query catalog",  # episodes of season 2
        "Query catalog",  # seasons after the last episode
    ]


async def test_a_season_by_its_number(ask):
    answer = await ask(
        """query($id: ID!) { node(id: $id) {
             ... on Series { a: season(number: 1) { number } b: season(number: 9) { number } } } }""",
        {"id": SERIES},
    )
    assert answer["data"]["node"] == {"a": {"number": 1}, "b": None}


async def test_episodes_page_by_page(ask):
    document = """query($id: ID!, $after: String) { node(id: $id) { ... on Season {
        series { name } episodes(first: 2, after: $after) { nodes { name } edges { cursor } pageInfo {
            hasNextPage hasPreviousPage startCursor endCursor } } } } }"""
    season = encode_id("Season", "noir", "s1")
    first = (await ask(document, {"id": season}))["data"]["node"]["episodes"]
    cursors = [edge["cursor"] for edge in first["edges"]]
    assert names(first) == ["Episode 1", "Episode 2"]
    assert first["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": cursors[0],
        "endCursor": cursors[1],
    }
    second = (await ask(document, {"id": season, "after": cursors[1]}))["data"]["node"]["episodes"]
    assert names(second) == ["Episode 3"]
    assert (second["pageInfo"]["hasNextPage"], second["pageInfo"]["hasPreviousPage"]) == (False, True)
