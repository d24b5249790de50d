"""What the demo's model is told of the catalogue: published titles with what they can be filtered and compared by."""

from __future__ import annotations

import json

from domain.titles import TitleStatus
from emulation.recommender import described, write_items
from tests.catalogue import World, movie, person

HIDDEN = movie(3, status=TitleStatus.DRAFT)


def test_published_titles_with_their_people(tmp_path):
    world = World(movies=[movie(1), movie(2), HIDDEN], people=[person(n) for n in range(1, 5)])
    file = tmp_path / "items.jsonl"
    write_items(world.items(), file)
    lines = [json.loads(line) for line in file.read_bytes().splitlines()]
    assert [line["id"] for line in lines] == ["m001", "m002", "noir"]
    assert lines[0] == {
        "id": "m001",
        "kind": "MOVIE",
        "genres": ["drama", "crime"],
        "countries": ["*"],
        "maturity": 8,
        "releaseDate": "2000-01-02",
        "popularity": 999.0,
        "people": ["p02", "p03", "p04", "p01"],
    }
    assert [*tmp_path.iterdir()] == [file]


def test_nothing_gives_nothing():
    assert list(described([])) == []
