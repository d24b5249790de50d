"""The loop with the real recommender: what was watched a moment ago is in the next page's rails, and its reasons."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from datasources.clients import Clients
from datasources.dynamodb import Database
from datasources.recommendations import Pace, Recommendations
from datasources.sagemaker import open_endpoint
from emulation.outputs import Outputs
from tests.catalogue import Asker, sources, upkeep_of
from tests.graph.households import KIM, Household

ROOT = Path(__file__).parents[2]
SCALE = 200
HOME = """{ home(first: 6) { nodes { kind source name titles(first: 10) { nodes {
  id name maturity { minimumAge } } } } } }"""
FILMS = "{ titles(filter: {kind: MOVIE}, first: 40) { nodes { id name genres { id } } } }"
WATCH = """mutation($id: ID!, $at: DateTime!) { setProgress(input: {
  playableId: $id, positionSeconds: 5000, completed: true, observedAt: $at}) { errors { message } } }"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The container's own app as the demo starts it."""
    folder = tmp_path_factory.mktemp("recommender")
    child = subprocess.Popen(
        [sys.executable, "-m", "emulation.recommender", "--scale", str(SCALE), "--dir", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    assert child.stdin is not None and child.stdout is not None
    yield f"http://127.0.0.1:{json.loads(child.stdout.readline())['port']}"
    child.stdin.close()
    assert child.wait(20) == 0
    child.stdout.close()


@pytest.fixture
def endpoint(demo_cloud: Outputs, control: httpx.Client, model: str) -> Iterator[None]:
    """The cloud's endpoint, with that app behind it."""
    control.post("/_marquee/recommender", json={"url": model}).raise_for_status()
    yield
    control.post("/_marquee/recommender", json={"url": None})


@pytest.fixture
async def household(demo_cloud: Outputs, database: Database, endpoint: None) -> AsyncIterator[Household]:
    upkeep = await upkeep_of(database)
    async with open_endpoint(
        demo_cloud.sagemaker_endpoint_name, Clients(demo_cloud.region), demo_cloud.endpoint_url
    ) as opened:
        source = Recommendations(opened, pace=Pace(page=20.0, call=30.0))
        ask = Asker(sources=replace(await sources(database, upkeep), recommendations=source))
        yield await Household(ask=ask, sub=uuid4().hex).stored()


async def rails(household: Household, **more: object) -> list[dict[str, Any]]:
    answer = await household(HOME, now=datetime.now(UTC), **more)
    assert "errors" not in answer
    return answer["data"]["home"]["nodes"]


async def watch(household: Household, film: str, **more: object) -> None:
    now = datetime.now(UTC)
    answer = await household(WATCH, {"id": film, "at": now.isoformat()}, now=now, **more)
    assert answer["data"]["setProgress"] == {"errors": []}


async def test_two_films_change_the_next_page(household):
    before = await rails(household)
    assert (before[0]["kind"], before[0]["source"]) == ("RECOMMENDED", "MODEL")
    films = (await household(FILMS, now=datetime.now(UTC)))["data"]["titles"]["nodes"]
    for film in films[:2]:
        await watch(household, film["id"])
    after = await rails(household)
    assert [(rail["kind"], rail["source"]) for rail in after[:3]] == [
        ("RECOMMENDED", "MODEL"),
        ("BECAUSE_YOU_WATCHED", "MODEL"),
        ("BECAUSE_YOU_WATCHED", "MODEL"),
    ]
    assert [rail["name"] for rail in after[1:3]] == [f"Because you watched {one['name']}" for one in films[1::-1]]
    shown = [node["id"] for rail in after[:3] for node in rail["titles"]["nodes"]]
    assert len(set(shown)) == len(shown)
    assert not {film["id"] for film in films[:2]} & set(shown)
    assert before[0]["titles"] != after[0]["titles"]


async def test_a_child_is_recommended_what_it_may_see(household):
    found = await rails(household, profile=KIM)
    assert (found[0]["kind"], found[0]["source"]) == ("RECOMMENDED", "MODEL")
    assert max(node["maturity"]["minimumAge"] for rail in found for node in rail["titles"]["nodes"]) <= KIM.max_age
