"""The catalogue by filter and order, and search, page by page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from datasources.catalog_feed import encode_change, encode_feed_head
from datasources.catalog_items import encode_title
from datasources.catalog_keys import shard_of
from datasources.feed import Feed
from datasources.tables import CATALOG
from domain.errors import Unavailable
from domain.titles import AvailabilityWindow, TitleStatus
from resolvers.ids import encode_id
from tests.catalogue import NOW, World, change, movie
from tests.graph.conftest import names, operation


async def test_the_three_orders(ask):
    answer = await ask(
        """{ popular: titles(first: 2) { nodes { name } } newest: titles(sort: NEWEST, first: 2) { nodes { name } }
             named: titles(sort: NAME, first: 3) { nodes { name } } }"""
    )
    assert {order: names(page) for order, page in answer["data"].items()} == {
        "popular": ["Film 1", "Film 2"],
        "newest": ["Noir", "Film 40"],
        "named": ["Film 1", "Film 10", "Film 11"],
    }


@pytest.mark.parametrize(
    ("filter", "shown"),
    [
        ({"kind": "SERIES"}, ["Noir"]),
        ({"genreId": encode_id("Genre", "crime"), "kind": "MOVIE"}, ["Film 1", "Film 3", "Film 5"]),
        ({"genreId": encode_id("Genre", "war")}, []),
        ({"releasedFrom": "2000-01-10", "releasedTo": "2000-01-11"}, ["Film 9", "Film 10"]),
        ({"maxAge": 7}, []),
        ({"maxAge": 8, "language": "EN"}, ["Film 1", "Film 2", "Film 3"]),
        ({"language": "nl"}, []),
    ],
)
async def test_filters(ask, filter, shown):
    document = "query($filter: TitleFilter) { titles(filter: $filter, first: 3) { nodes { name } } }"
    answer = await ask(document, {"filter": filter})
    assert names(answer["data"]["titles"]) == shown


async def test_the_whole_catalogue_page_by_page(ask):
    document = """query($after: String) { titles(first: 15, after: $after) { nodes { name }
        edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
    seen, after, flags = [], None, []
    while True:
        page = (await ask(document, {"after": after}))["data"]["titles"]
        info = page["pageInfo"]
        cursors = [edge["cursor"] for edge in page["edges"]]
        assert (info["startCursor"], info["endCursor"]) == (cursors[0], cursors[-1])
        seen += names(page)
        flags.append((info["hasPreviousPage"], info["hasNextPage"]))
        after = info["endCursor"]
        if not info["hasNextPage"]:
            break
    assert seen == [f"Film {n}" for n in range(1, 41)] + ["Noir"]
    assert flags == [(False, True), (True, True), (True, False)]


async def test_a_page_of_titles_is_one_batch(ask):
    await ask("{ titles(first: 20) { nodes { name } } }")
    assert ask.calls.names == ["BatchGetItem catalog 26"]
    await ask("{ titles(first: 20) { nodes { name } } }")
    assert ask.calls.names == []


async def test_titles_that_left_since_the_index_was_built_are_not_shown(ask, database):
    """The index may be seconds behind; the catalogue decides."""
    await database.load(CATALOG, [encode_title(movie(2, status=TitleStatus.UNPUBLISHED))])
    answer = await ask(
        '{ titles(first: 2) { nodes { name } } search(text: "film 2") { nodes { ... on Movie { name } } } }'
    )
    assert names(answer["data"]["titles"]) == ["Film 1", "Film 3"]
    assert "Film 2" not in names(answer["data"]["search"])


async def test_genres_with_their_titles_are_two_calls(ask):
    answer = await ask("{ genres { id slug name titles(first: 2, sort: NEWEST) { nodes { name } } } }")
    assert answer["data"]["genres"] == [
        {
            "id": encode_id("Genre", slug),
            "slug": slug,
            "name": name,
            "titles": {"nodes": [{"name": one} for one in shown]},
        }
        for slug, name, shown in [
            ("crime", "Crime", ["Noir", "Film 39"]),
            ("drama", "Drama", ["Film 40", "Film 39"]),
            ("war", "War", []),
        ]
    ]
    assert ask.calls.names == ["Query catalog", "BatchGetItem catalog 5"]


async def test_a_search_finds_titles_episodes_and_people(ask):
    answer = await ask(operation("search"), {"text": "noir"})
    assert answer == {
        "data": {
            "search": {
                "totalCount": 1,
                "edges": [
                    {
                        "highlight": "<em>Noir</em>",
                        "node": {
                            "__typename": "Series",
                            "id": encode_id("Series", "noir"),
                            "slug": "noir",
                            "name": "Noir",
                            "seasonCount": 2,
                            "image": {"url": "http://media.test/art/m900.svg"},
                        },
                    }
                ],
                "pageInfo": answer["data"]["search"]["pageInfo"],
            }
        }
    }
    people = (await ask(operation("search"), {"text": "Persn 7"}))["data"]["search"]
    assert people["edges"][0] == {
        "highlight": "<em>Person</em> <em>7</em>",
        "node": {
            "__typename": "Person",
            "id": encode_id("Person", "p07"),
            "name": "Person 7",
            "image": {"url": "http://media.test/art/p07.svg"},
        },
    }
    episodes = (await ask(operation("search"), {"text": "aflevering 2"}))["data"]["search"]
    assert sorted((edge["node"] for edge in episodes["edges"][:2]), key=str) == [
        {
            "__typename": "Episode",
            "id": encode_id("Episode", "noir", f"s{season}", "e2"),
            "name": "Episode 2",
            "number": 2,
            "series": {"id": encode_id("Series", "noir"), "name": "Noir"},
        }
        for season in (1, 2)
    ]


async def test_a_page_of_finds_costs_one_batch(ask):
    answer = await ask(operation("search"), {"text": "film"})
    assert len(answer["data"]["search"]["edges"]) == 20
    assert ask.calls.names == ["BatchGetItem catalog 26"]
    await ask(operation("search"), {"text": "film"})
    assert ask.calls.names == []


async def test_finds_page_by_page(ask):
    page = (await ask(operation("search"), {"text": "film"}))["data"]["search"]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (40, True)
    rest = (await ask(operation("search"), {"text": "film", "after": page["pageInfo"]["endCursor"]}))["data"]["search"]
    assert (len(rest["edges"]), rest["totalCount"], rest["pageInfo"]["hasNextPage"]) == (20, 40, False)
    ids = [edge["node"]["id"] for edge in [*page["edges"], *rest["edges"]]]
    assert len(set(ids)) == 40


async def test_hidden_titles_are_not_counted_where_all_finds_are_at_hand(open_world):
    adult = replace(movie(1).maturity, minimum_age=18)

    elsewhere = (AvailabilityWindow(countries=frozenset({"BE"}), starts_at=movie(1).windows[0].starts_at),)
    ask = await open_world(World(movies=[movie(1), movie(2, windows=elsewhere), movie(3, maturity=adult)], series=[]))
    answer = await ask(operation("search"), {"text": "film"})
    assert [edge["node"]["name"] for edge in answer["data"]["search"]["edges"]] == ["Film 1"]
    assert answer["data"]["search"]["totalCount"] == 1


async def test_the_count_is_what_all_pages_hold_together(open_world):
    """Of forty films ten are licensed elsewhere: one page tells that thirty can be seen."""
    elsewhere = (AvailabilityWindow(countries=frozenset({"BE"}), starts_at=movie(1).windows[0].starts_at),)
    movies = [movie(n, windows=elsewhere) if n % 4 == 0 else movie(n) for n in range(1, 41)]
    ask = await open_world(World(movies=movies, series=[]))
    document = """query($after: String) { search(text: "film", first: 7, after: $after) { totalCount
        nodes { __typename }
        pageInfo { endCursor hasNextPage } } }"""
    counts, shown, after, more = set(), 0, None, True
    while more:
        page = (await ask(document, {"after": after}))["data"]["search"]
        counts.add(page["totalCount"])
        shown += len(page["nodes"])
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert (counts, shown) == ({30}, 30)
    abroad = (await ask(document, country="BE"))["data"]["search"]
    assert abroad["totalCount"] == 40


async def test_a_search_while_the_index_is_being_built_says_so(ask):
    ask.sources.search.built = False
    answer = await ask('{ search(text: "film") { totalCount } genres { name } }')
    assert answer["data"] == {"search": None, "genres": [{"name": name} for name in ("Crime", "Drama", "War")]}
    assert answer["errors"] == [
        {
            "message": "The search index is being built. Try again in a moment.",
            "path": ["search"],
            "code": Unavailable.code,
        }
    ]


async def test_changes_reach_lists_search_and_pages(ask, database):
    """A film is renamed and published anew: the next poll of the feed shows it everywhere."""
    document = """{ title(by: {slug: "film-2"}) { name } titles(first: 1) { nodes { name } }
        trending(first: 50) { nodes { name } } search(text: "zebra") { nodes { ... on Movie { name } } } }"""
    before = (await ask(document))["data"]
    assert (before["title"]["name"], names(before["search"])) == ("Film 2", [])
    shard = shard_of("m002")
    head = max(one.sequence for one in await feed_of(database, shard)) + 1
    renamed = movie(2, names={"en": "Zebra"}, version=4, popularity=9999.0)
    entry = change(head, "m002", shard=shard, at=NOW)
    await database.load(CATALOG, [encode_title(renamed), encode_change(entry), encode_feed_head(shard, head)])
    await ask.upkeep.follower.poll()
    after = (await ask(document))["data"]
    assert (after["title"]["name"], names(after["titles"]), names(after["search"])) == ("Zebra", ["Zebra"], ["Zebra"])
    assert "Zebra" in names(after["trending"])


async def feed_of(database, shard):

    return await Feed(database).after(shard, 0, 1000)
