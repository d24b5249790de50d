"""Fixtures of the playback tests: one cloud and two gateway processes for all of them, on one worker."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from emulation.child import embedded_aws
from emulation.households import HOUSEHOLDS
from emulation.provision import Clients
from gateway.demo import environment
from tests.playback.stage import Person, Stage, fill, gateway, origin


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker for all of them: the processes start once."""
    for item in items:
        if "playback/" in item.nodeid and "tests/graph" not in item.nodeid:
            item.add_marker(pytest.mark.xdist_group("playback"))


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    """The cloud with its films, and two gateways that share it and nothing else."""
    with embedded_aws(media=True) as cloud:
        fill(cloud)
        settings = environment(cloud, None)
        with gateway(settings) as first, gateway(settings) as second, httpx.Client(timeout=30) as http:
            origin(cloud, first)
            tables = Clients(endpoint_url=cloud.endpoint_url)("dynamodb")
            yield Stage(cloud=cloud, settings=settings, gateways=(first, second), http=http, tables=tables)


@pytest.fixture
def viewer(stage: Stage) -> Person:
    """Four streams and none in use."""
    return _fresh(stage, "viewer", "vera")


@pytest.fixture
def second(stage: Stage) -> Person:
    """One stream, not in use."""
    return _fresh(stage, "second", "sam")


@pytest.fixture
def parent(stage: Stage) -> Person:
    """Two streams, not in use, in a household with a child."""
    return _fresh(stage, "kid", "parent", pin="1234")


def _fresh(stage: Stage, persona: str, profile: str, **more: str) -> Person:
    """Signed in once for all tests: that takes longer than most of them."""
    stage.free(persona)
    stage.buys(persona, HOUSEHOLDS[persona].tier)
    if persona not in stage.people:
        stage.people[persona] = stage.person(persona, profile, **more)
    return replace(stage.people[persona])
