"""The public home page: rails in the editors' order, and calls that do not grow with them."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from datasources import doubt
from datasources.catalog import Catalog
from domain.errors import Unavailable
from domain.viewers import ActiveProfile, Viewer
from resolvers.attribution import opened
from resolvers.context import Context
from resolvers.ids import encode_id
from tests.catalogue import NOW, World, movie
from tests.graph.conftest import names, operation
from tests.graph.households import ADA, BEN, signed_in


def home(rails: int, *, titles: int = 20, films: int = 40) -> World:
    """So many rails of so many titles each, over that many films."""
    every = [f"m{n:03d}" for n in range(1, films + 1)]
    scopes = [f"editorial:shelf-{n}" for n in range(rails)]
    shelves = {scope: [every[(at * titles + n) % films] for n in range(titles + 10)] for at, scope in enumerate(scopes)}
    return World(movies=[movie(n) for n in range(1, films + 1)], series=[], rankings={"home": scopes, **shelves})


async def test_rails_stand_in_the_editors_order(ask):
    answer = await ask("{ home { nodes { id name kind source titles(first: 3) { nodes { name } } } } }")
    assert answer == {
        "data": {
            "home": {
                "nodes": [
                    {
                        "id": encode_id("Rail", "trending"),
                        "name": "Trending now",
                        "kind": "TRENDING",
                        "source": "RANKING",
                        "titles": {"nodes": [{"name": "Film 40"}, {"name": "Film 39"}, {"name": "Film 38"}]},
                    },
                    {
                        "id": encode_id("Rail", "editorial:night"),
                        "name": "Night",
                        "kind": "EDITORIAL",
                        "source": "EDITORIAL",
                        "titles": {"nodes": [{"name": "Film 7"}, {"name": "Noir"}, {"name": "Film 9"}]},
                    },
                    {
                        "id": encode_id("Rail", "genre:crime"),
                        "name": "Crime",
                        "kind": "GENRE",
                        "source": "RANKING",
                        "titles": {"nodes": [{"name": "Film 1"}, {"name": "Film 3"}, {"name": "Film 5"}]},
                    },
                    {
                        "id": encode_id("Rail", "genre:drama"),
                        "name": "Drama",
                        "kind": "GENRE",
                        "source": "RANKING",
                        "titles": {"nodes": [{"name": "Film 1"}, {"name": "Film 2"}, {"name": "Film 3"}]},
                    },
                ]
            }
        }
    }


@pytest.mark.parametrize("rails", [3, 8])
async def test_home_costs_the_same_calls_with_more_rails(open_world, rails):
    ask = await open_world(home(rails))
    answer = await ask(operation("home"))
    shown = answer["data"]["home"]["nodes"]
    assert [len(rail["titles"]["edges"]) for rail in shown] == [20] * rails
    assert ask.calls.names == [
        "BatchGetItem catalog 2",  # which rails
        f"BatchGetItem catalog {2 * rails}",  # their rankings, in the country and everywhere
        "BatchGetItem catalog 40",  # every title once
    ]
    await ask(operation("home"))
    assert ask.calls.names == []


async def test_titles_of_a_whole_page_come_in_hundreds(open_world):
    ask = await open_world(home(8, films=160))
    await ask(operation("home"))
    assert ask.calls.names[2:] == ["BatchGetItem catalog 100", "BatchGetItem catalog 60"]


async def test_a_country_has_its_own_ranking_or_that_of_everywhere(ask):
    document = "{ trending(first: 2) { nodes { name } edges { attribution } } }"
    dutch = (await ask(document))["data"]["trending"]
    belgian = (await ask(document, country="BE"))["data"]["trending"]
    assert (names(dutch), names(belgian)) == (["Film 40", "Film 39"], ["Film 1", "Film 2"])
    context = Context(sources=ask.sources, country="NL", now=NOW)
    shown = [opened(context, edge["attribution"], NOW) for edge in dutch["edges"]]
    facts = {"rail": "trending", "model": "", "variant": "", "source": "RANKING"}
    assert [(one.title_id, one.owner) for one in shown] == [("m040", None), ("m039", None)]
    assert [one.facts for one in shown] == [facts | {"position": 0}, facts | {"position": 1}]


async def test_trending_is_null_without_a_ranking(open_world):
    ask = await open_world(World(movies=[movie(1)], series=[]))
    assert await ask("{ trending { nodes { name } } }") == {"data": {"trending": None}}


async def test_without_a_list_of_the_editors_every_ranking_is_a_rail(open_world):
    ask = await open_world(World(movies=[movie(1)], series=[], rankings={"trending": ["m001"], "genre:war": ["m001"]}))
    answer = await ask("{ home { nodes { name } } }", languages=("nl",))
    assert names(answer["data"]["home"]) == ["Nu populair", "Oorlog"]


async def test_rails_and_their_titles_page_by_page(ask):
    document = """query($rail: String, $title: String) { home(first: 2, after: $rail) {
        nodes { name titles(first: 25, after: $title) { nodes { name } pageInfo { hasNextPage endCursor } } }
        pageInfo { hasNextPage hasPreviousPage endCursor } } }"""
    first = (await ask(document))["data"]["home"]
    assert names(first) == ["Trending now", "Night"]
    assert (first["pageInfo"]["hasNextPage"], first["pageInfo"]["hasPreviousPage"]) == (True, False)
    rest = (await ask(document, {"rail": first["pageInfo"]["endCursor"]}))["data"]["home"]
    assert names(rest) == ["Crime", "Drama"]
    assert (rest["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasPreviousPage"]) == (False, True)
    trending = first["nodes"][0]["titles"]
    assert (len(trending["nodes"]), trending["pageInfo"]["hasNextPage"]) == (25, True)
    document = """query($id: ID!, $after: String) { node(id: $id) { ... on Rail {
        titles(first: 25, after: $after) { nodes { name } pageInfo { hasNextPage } } } } }"""
    variables = {"id": encode_id("Rail", "trending"), "after": trending["pageInfo"]["endCursor"]}
    rest = (await ask(document, variables))["data"]["node"]["titles"]
    assert names(rest) == [f"Film {n}" for n in range(15, 0, -1)]
    assert not rest["pageInfo"]["hasNextPage"]


async def test_a_page_is_full_although_titles_are_hidden(open_world):
    """Two of three titles are rated for adults; the third is read in as many rounds as that takes."""
    adult = replace(movie(1).maturity, minimum_age=18)
    films = [movie(n) if n % 3 == 0 else movie(n, maturity=adult) for n in range(1, 61)]
    ask = await open_world(
        World(movies=films, series=[], rankings={"trending": [film.id for film in films], "home": ["trending"]})
    )
    viewer = Viewer(sub="a", profile=ActiveProfile(id="kid", kids=True, max_age=12))
    answer = await ask("{ trending(first: 10) { nodes { name } pageInfo { hasNextPage } } }", viewer=viewer)
    assert names(answer["data"]["trending"]) == [f"Film {n}" for n in range(3, 31, 3)]
    assert answer["data"]["trending"]["pageInfo"]["hasNextPage"]
    assert ask.calls.names == ["BatchGetItem catalog 2"] + ["BatchGetItem catalog 13"] * 3


@pytest.mark.parametrize("lost", ["m039", "HOME"])
async def test_a_page_that_lacks_something_is_not_remembered_for_others(ask, monkeypatch, lost):
    """A title that could not be read, and the list of the rails."""
    document = "{ home { nodes { name titles(first: 3) { nodes { name } } } } trending(first: 3) { nodes { name } } }"
    read = Catalog.read

    async def partly(self, places):
        found = await read(self, places)
        return [
            Unavailable("down") if lost.lower() in str(place).lower() else one
            for place, one in zip(places, found, strict=True)
        ]

    with monkeypatch.context() as patched:
        patched.setattr(Catalog, "read", partly)
        makeshift = await ask(document)
        assert "errors" not in makeshift
        assert doubt.raised()
    whole = await ask(document)
    assert not doubt.raised()
    assert whole != makeshift
    assert [rail["name"] for rail in whole["data"]["home"]["nodes"]] == ["Trending now", "Night", "Crime", "Drama"]
    assert names(whole["data"]["trending"]) == ["Film 40", "Film 39", "Film 38"]


async def test_a_child_is_not_told_of_rails_in_which_nothing_is_for_it(open_world):
    """Neither of one whose only fitting title is far down, which stays, at the price of one more read."""
    adult = replace(movie(1).maturity, minimum_age=18)
    films = [movie(n, maturity=adult) for n in range(1, 41)] + [movie(41)]
    every = [film.id for film in films]
    shelves = {"editorial:midnight": every[:40], "editorial:far": every, "editorial:near": ["m041"]}
    ask = await open_world(World(movies=films, series=[], rankings={"home": [*shelves], **shelves}))
    document = "{ home { nodes { id } } }"
    seen = {}
    for who, profile in (("child", BEN), ("grown", ADA)):
        answer = await ask(document, viewer=signed_in(uuid4().hex, profile))
        assert "errors" not in answer, answer
        nodes = answer["data"]["home"]["nodes"]
        seen[who] = [node["id"] for node in nodes if node["id"] != encode_id("Rail", "recommended")]
    near, far, midnight = (encode_id("Rail", f"editorial:{name}") for name in ("near", "far", "midnight"))
    assert seen == {"child": [far, near], "grown": [midnight, far, near]}
