"""A graph over the small catalogue in the embedded AWS."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from datasources.cdn import Signer
from datasources.dynamodb import Database
from datasources.edge import Edge
from datasources.tables import CATALOG
from emulation.outputs import Outputs
from tests.catalogue import Asker, World, sources, upkeep_of
from tests.graph.households import Playlists, with_delivery

SHELVES: Mapping[str, Sequence[str]] = {
    "home": ["trending", "editorial:night", "editorial:gone", "genre:crime", "genre:drama"],
    "trending": [f"m{n:03d}" for n in range(1, 41)],
    "NL/trending": [f"m{n:03d}" for n in range(40, 0, -1)],
    "editorial:night": ["m007", "noir", "m009"],
    "genre:crime": [f"m{n:03d}" for n in range(1, 41, 2)],
    "genre:drama": [f"m{n:03d}" for n in range(1, 41)],
}

Open = Callable[[World], Awaitable[Asker]]


@pytest.fixture
def open_world(empty_cloud: Outputs, database: Database) -> Open:
    """Fills the tables with a world and opens it cold: an anonymous caller in the Netherlands who reads English."""

    async def fill(world: World) -> Asker:
        await database.load(CATALOG, world.items())
        upkeep = await upkeep_of(database)
        return Asker(sources=await sources(database, upkeep), upkeep=upkeep)

    return fill


@pytest.fixture
async def ask(open_world: Open) -> Asker:
    """The world of forty films, one series and a few shelves."""
    return await open_world(World(rankings=SHELVES))


def operation(name: str) -> str:
    """A client's operation, without what the schema does not serve yet."""
    return (Path(__file__).parent / "operations" / f"{name}.graphql").read_text()


def names(connection: Any) -> list[str]:
    return [node["name"] for node in connection["nodes"]]


@pytest.fixture(scope="session")
def edge_keys() -> tuple[bytes, bytes]:
    """An ECDSA P-256 pair in PEM: private, public."""
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private, key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


@pytest.fixture
def deliverable(edge_keys: tuple[bytes, bytes]) -> Callable[[Asker], Asker]:
    """Makes an asker whose sources deliver films and issue profile tokens."""

    def make(asker: Asker) -> Asker:
        return with_delivery(asker, Edge("https://media.test", Signer("K1", edge_keys[0])), Playlists())

    return make
