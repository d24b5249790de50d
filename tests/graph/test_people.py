"""People and what they made."""

from __future__ import annotations

from resolvers.ids import encode_id
from tests.catalogue import World, movie, person
from tests.graph.conftest import operation

PERSON = encode_id("Person", "p03")


async def test_the_page_of_a_person(open_world):
    ask = await open_world(World(movies=[movie(1), movie(2)], series=[]))
    answer = await ask(operation("person_page"), {"id": PERSON})
    assert answer == {
        "data": {
            "node": {
                "id": PERSON,
                "name": "Person 3",
                "biography": "Born in 1903.",
                "born": "1903-05-06",
                "image": {"url": "http://media.test/art/p03.svg"},
                "filmography": {
                    "nodes": [
                        {"role": "ACTOR", "character": "Role 0", "title": title(2)},
                        {"role": "ACTOR", "character": "Role 1", "title": title(1)},
                    ]
                },
            }
        }
    }
    assert ask.calls.names == ["GetItem catalog", "Query catalog", "BatchGetItem catalog 2"]
    await ask(operation("person_page"), {"id": PERSON})
    assert ask.calls.names == []


def title(number: int) -> dict[str, object]:
    return {
        "id": encode_id("Movie", f"m{number:03d}"),
        "slug": f"film-{number}",
        "name": f"Film {number}",
        "releaseDate": f"2000-01-{number + 1:02d}",
        "image": {"url": f"http://media.test/art/m{number:03d}-342.svg"},
    }


async def test_the_calls_of_a_person_do_not_grow_with_the_titles(open_world):
    """Sixty titles, all by the same four people."""
    ask = await open_world(
        World(movies=[movie(n) for n in range(1, 61)], series=[], people=[person(n) for n in range(1, 5)])
    )
    answer = await ask(operation("person_page"), {"id": PERSON})
    assert len(answer["data"]["node"]["filmography"]["nodes"]) == 40
    assert ask.calls.names == ["GetItem catalog", "Query catalog", "BatchGetItem catalog 60"]


async def test_credits_by_role_and_page_by_page(ask):
    document = """query($after: String) { title(by: {slug: "film-1"}) {
        directors: credits(role: DIRECTOR) { nodes { character person { name } } }
        actors: credits(role: ACTOR, first: 2, after: $after) {
            nodes { person { name } } pageInfo { endCursor hasNextPage } }
    } }"""
    first = (await ask(document))["data"]["title"]
    assert first["directors"]["nodes"] == [{"character": None, "person": {"name": "Person 4"}}]
    assert [one["person"]["name"] for one in first["actors"]["nodes"]] == ["Person 2", "Person 3"]
    assert first["actors"]["pageInfo"]["hasNextPage"]
    rest = (await ask(document, {"after": first["actors"]["pageInfo"]["endCursor"]}))["data"]["title"]["actors"]
    assert [one["person"]["name"] for one in rest["nodes"]] == ["Person 5"]
    assert not rest["pageInfo"]["hasNextPage"]


async def test_a_filmography_by_role(ask):
    answer = await ask(
        """query($id: ID!) { node(id: $id) { ... on Person {
             filmography(role: DIRECTOR, first: 3) { nodes { role title { name } } } } } }""",
        {"id": PERSON},
    )
    assert answer["data"]["node"]["filmography"]["nodes"] == [
        {"role": "DIRECTOR", "title": {"name": name}} for name in ("Noir", "Film 40", "Film 30")
    ]
