"""A graph over the small catalogue in the embedded AWS."""

from __future__ import annotations

import pytest

from datasources.dynamodb import Database
from datasources.tables import CATALOG
from emulation.outputs import Outputs
from tests.catalogue import Asker, World, sources

SHELVES = {
    "home": ["trending", "editorial:night", "genre:crime", "genre:drama"],
    "trending": [f"m{n:03d}" for n in range(1, 41)],
    "NL/trending": [f"m{n:03d}" for n in range(40, 0, -1)],
    "editorial:night": ["m007", "noir", "m009"],
    "genre:crime": [f"m{n:03d}" for n in range(1, 41, 2)],
    "genre:drama": [f"m{n:03d}" for n in range(1, 41)],
}


@pytest.fixture
async def ask(empty_cloud: Outputs, database: Database) -> Asker:
    """Asks as an anonymous caller in the Netherlands who reads English; the first operation is cold."""
    world = World(rankings=SHELVES)
    await database.load(CATALOG, world.items())
    return Asker(sources=await sources(database))
