"""Anything again by its id, many at once, and the same calls whichever way an operation is executed."""

from __future__ import annotations

import pytest

from resolvers.ids import encode_id
from tests.catalogue import sources
from tests.graph.conftest import operation

EACH = [
    ("Movie", "m001"),
    ("Series", "noir"),
    ("Season", "noir", "s1"),
    ("Episode", "noir", "s1", "e1"),
    ("Person", "p01"),
    ("Genre", "war"),
    ("Rail", "trending"),
]


@pytest.mark.parametrize("parts", EACH, ids=lambda parts: parts[0])
async def test_every_type_is_found_again_by_its_id(ask, parts):
    id_ = encode_id(*parts)
    answer = await ask("query($id: ID!) { node(id: $id) { __typename id } }", {"id": id_})
    assert answer == {"data": {"node": {"__typename": parts[0], "id": id_}}}


async def test_many_of_many_types_are_one_batch_and_one_query(ask):
    ids = [encode_id(*parts) for parts in [*EACH, ("Movie", "nope"), ("Movie", "m002"), ("Movie", "m001")]]
    answer = await ask("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ids})
    shown = [node and node["id"] for node in answer["data"]["nodes"]]
    assert shown == [*ids[:7], None, ids[8], ids[0]]
    assert sorted(ask.calls.names) == [
        "BatchGetItem catalog 8",  # three films, the series, its season, the person and two rankings
        "GetItem catalog",  # the episode, after its series
        "Query catalog",  # genres
    ]


async def test_a_hundred_titles_are_one_batch(ask):
    ids = [encode_id("Movie", f"x{n:03d}") for n in range(100)]
    answer = await ask("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ids})
    assert answer["data"]["nodes"] == [None] * 100
    assert ask.calls.names == ["BatchGetItem catalog 100"]


async def test_items_that_an_editor_saves_have_a_name_and_an_age(ask):
    answer = await ask(
        "query($ids: [ID!]!) { nodes(ids: $ids) { ... on CatalogItem { __typename name updatedAt } } }",
        {"ids": [encode_id(*parts) for parts in EACH]},
    )
    saved = {"updatedAt": "2026-03-01T09:30:00Z"}
    assert answer["data"]["nodes"] == [
        {"__typename": "Movie", "name": "Film 1", **saved},
        {"__typename": "Series", "name": "Noir", **saved},
        {"__typename": "Season", "name": "Season 1", **saved},
        {"__typename": "Episode", "name": "Episode 1", **saved},
        {"__typename": "Person", "name": "Person 1", **saved},
        {"__typename": "Genre", "name": "War", **saved},
        {},
    ]


VARIABLES = {
    "home": {},
    "movie_page": {"slug": "film-1"},
    "series_page": {"id": encode_id("Series", "noir"), "season": 2},
    "search": {"text": "film"},
    "person_page": {"id": encode_id("Person", "p03")},
}


@pytest.mark.parametrize("name", VARIABLES)
async def test_graphql_core_alone_answers_the_same_with_the_same_calls(ask, database, name):
    """An introspection field takes an operation off the compiled path."""
    compiled = await ask(operation(name), VARIABLES[name])
    calls = sorted(ask.calls.names)
    document = operation(name)
    at = document.index("{") + 1
    slow = document[:at] + " __schema { queryType { name } }" + document[at:]
    ask.sources = await sources(database)
    answer = await ask(slow, VARIABLES[name])
    assert answer["data"].pop("__schema") == {"queryType": {"name": "Query"}}
    assert answer == compiled
    assert sorted(ask.calls.names) == calls
