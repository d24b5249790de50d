"""The container over real HTTP: answers, refusals, JSON lines, and a new artifact while it runs."""

from __future__ import annotations

import asyncio
import dataclasses
import json

import httpx
import pytest

from recommender.model import MANIFEST, save
from tests.recommender.conftest import NOW, served


def request(**fields):
    profile = {"id": "p", "history": [["tt9", 1.0, -60]], "rails": [{"id": "forYou", "k": 5}]} | fields
    return {"v": 1, "now": NOW, "requests": [profile]}


@pytest.fixture
async def endpoint(model, tmp_path):
    save(model, tmp_path)
    async with served(tmp_path) as address, httpx.AsyncClient(base_url=address) as client:
        yield client


async def test_ping_names_the_model(endpoint):
    answer = await endpoint.get("/ping")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "model": "tested"})


async def test_many_profiles_and_rails_are_answered_in_order(endpoint):
    rails = [{"id": "forYou", "k": 4}, {"id": "because", "seed": "tt9", "k": 3}, {"id": "fresh", "k": 2}]
    profiles = [{"id": f"p{at}", "history": [["tt9", 1, -5]], "rails": rails} for at in range(20)]
    answer = await endpoint.post("/invocations", json={"v": 1, "now": NOW, "requests": profiles})
    body = answer.json()
    assert (answer.status_code, body["v"], body["model"]) == (200, 1, "tested")
    assert [result["id"] for result in body["results"]] == [f"p{at}" for at in range(20)]
    for result in body["results"]:
        assert [(rail["id"], rail["seed"], len(rail["items"])) for rail in result["rails"]] == [
            ("forYou", None, 4),
            ("because", "tt9", 3),
            ("fresh", None, 2),
        ]
        assert set(result["rails"][0]) == {"id", "seed", "items", "scores", "because", "source", "propensity"}
        assert result["fallback"] is None


async def test_an_unknown_profile_gets_the_trend_and_says_so(endpoint):
    result = (await endpoint.post("/invocations", json=request(history=[]))).json()["results"][0]
    assert result["fallback"] == "trend"
    assert set(result["rails"][0]["source"]) <= {"trend", "fresh", "explore"}
    assert len(result["rails"][0]["items"]) == 5


async def test_json_lines_answer_line_by_line(endpoint):
    lines = [json.dumps(request(id="one")), "{broken", json.dumps(request(id="two"))]
    answer = await endpoint.post(
        "/invocations", content="\n".join(lines), headers={"content-type": "application/jsonlines"}
    )
    first, second, third = map(json.loads, answer.text.splitlines())
    assert answer.headers["content-type"] == "application/jsonlines"
    assert (first["results"][0]["id"], third["results"][0]["id"]) == ("one", "two")
    assert set(second) == {"v", "error"}


REFUSALS = [
    (b"{", {}, 400, "the body is not JSON"),
    (b"[]", {}, 400, "the body must be an object"),
    (b'{"v":2,"requests":[]}', {}, 400, "v must be 1"),
    (b'{"v":1,"now":"soon","requests":[]}', {}, 400, "now must be an ISO 8601 time"),
    (b'{"v":1,"requests":[{"id":"p","rails":[{"id":"best"}]}]}', {}, 400, "requests[0].rails[0].id must be one of"),
    (b'{"v":1,"requests":[{"id":"p","rails":[{"id":"because"}]}]}', {}, 400, "requests[0].rails[0].seed must be"),
    (b'{"v":1,"requests":[{"id":"p","history":[["a",NaN]]}]}', {}, 400, "requests[0].history must hold"),
    (b"{}", {"content-type": "text/csv"}, 415, "send application/json"),
    (b"{}", {"accept": "text/csv"}, 406, "the answer is application/json"),
    (b" " * (6 * 1024 * 1024 + 1), {}, 413, "a request may have 6291456 bytes"),
]


async def test_a_bad_request_says_what_is_wrong(endpoint):
    for content, headers, status, message in REFUSALS:
        answer = await endpoint.post("/invocations", content=content, headers=headers)
        assert (answer.status_code, message in answer.json()["error"]) == (status, True), answer.text


async def test_without_a_model_the_container_is_unhealthy_until_one_comes(model, tmp_path):
    async with served(tmp_path) as address, httpx.AsyncClient(base_url=address) as client:
        assert (await client.get("/ping")).status_code == 503
        assert (await client.post("/invocations", json=request())).status_code == 503
        save(model, tmp_path)
        assert (await client.get("/ping")).status_code == 200
        assert (await client.post("/invocations", json=request())).json()["model"] == "tested"


async def test_a_published_model_is_used_at_once_and_a_broken_one_never(endpoint, model, tmp_path):
    save(dataclasses.replace(model, version="newer"), tmp_path)
    assert (await endpoint.post("/invocations", json=request())).json()["model"] == "newer"
    (tmp_path / "draft").write_text("{}")
    (tmp_path / "draft").rename(tmp_path / MANIFEST)
    assert (await endpoint.post("/invocations", json=request())).json()["model"] == "newer"


async def test_ping_is_answered_during_a_large_batch(endpoint):
    profiles = [{"id": f"p{at}", "history": [["tt9", 1, 0]], "rails": [{"id": "forYou"}]} for at in range(256)]
    ended = []

    async def batch():
        await endpoint.post("/invocations", json={"v": 1, "requests": profiles})
        ended.append("batch")

    async def ping():
        await asyncio.sleep(0.02)
        await endpoint.get("/ping")
        ended.append("ping")

    await asyncio.gather(batch(), ping())
    assert ended == ["ping", "batch"]
