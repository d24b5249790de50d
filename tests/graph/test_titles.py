"""Titles by id and slug, with their texts, people and relations."""

from __future__ import annotations


async def test_a_film_by_its_slug(ask):
    answer = await ask('{ title(by: {slug: "film-1"}) { __typename id name slug synopsis tagline } }')
    assert answer == {
        "data": {
            "title": {
                "__typename": "Movie",
                "id": "TW92aWU6bTAwMQ",
                "name": "Film 1",
                "slug": "film-1",
                "synopsis": "m001 in en.",
                "tagline": "en!",
            }
        }
    }
    assert ask.calls.names == ["GetItem catalog", "BatchGetItem catalog 2"]
