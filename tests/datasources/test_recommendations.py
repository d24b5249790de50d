"""The model through the real wire: one call for a whole operation, memories, faults, the breaker and its probe."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import httpx
import pytest

from datasources.calls import counted
from datasources.clients import Clients
from datasources.recommendations import LIMITS, Pace, RecommendationReader, Recommendations
from datasources.sagemaker import Endpoint, open_endpoint
from domain.recommending import Asking, Choice, RailForm, RailWish, Watched
from emulation.outputs import Outputs
from tests.catalogue import NOW
from tests.clock import Clock
from tests.recommender_stub import Script, model_server

FOR_YOU = RailWish(form=RailForm.FOR_YOU, size=3)
ALIKE = RailWish(form=RailForm.SIMILAR, size=2, seed="t3")
PATIENT = Pace(page=5.0, call=10.0)


def asking(*watched: str, stamp: str = "1", id_: str = "p") -> Asking:
    history = tuple(Watched(title_id=one, weight=1.0, at=NOW) for one in watched)
    return Asking(id=id_, account="a", history=history, stamp=stamp, country="NL", max_age=12)


def ids(choice: Choice | None) -> list[str] | None:
    return None if choice is None else [pick.title_id for pick in choice.picks]


@pytest.fixture
def script(cloud: Outputs, control: httpx.Client) -> Iterator[Script]:
    with model_server([f"t{n}" for n in range(1, 9)]) as (url, script):
        control.post("/_marquee/recommender", json={"url": url}).raise_for_status()
        yield script
        control.post("/_marquee/recommender", json={"url": None})
        control.post("/_marquee/faults", json={"rules": []})


@pytest.fixture
async def endpoint(cloud: Outputs, aws_environment: None) -> AsyncIterator[Endpoint]:
    async with open_endpoint(cloud.sagemaker_endpoint_name, Clients(cloud.region), cloud.endpoint_url) as opened:
        yield opened


async def test_all_rails_and_profiles_of_a_turn_are_one_invocation(endpoint, script):
    reader = RecommendationReader(Recommendations(endpoint, pace=PATIENT))
    with counted() as calls:
        mine, alike = await asyncio.gather(
            reader.rails(asking("t1"), [FOR_YOU]), reader.rails(asking(id_=""), [ALIKE, FOR_YOU])
        )
    assert [ids(one) for one in (*mine, *alike)] == [["t2", "t3", "t4"], ["t4", "t5"], ["t1", "t2", "t3"]]
    assert calls.names == ["InvokeEndpoint marquee-recommender"]
    (request,) = script.asked
    first, second = request["requests"]
    assert (first["id"], second["id"]) == ("0:p", "1:")
    assert first["history"][0][:2] == ["t1", 1.0]
    assert first["context"] == {"country": "NL", "maxMaturity": 12}
    assert second["rails"] == [{"id": "similar", "k": 2, "seed": "t3"}, {"id": "forYou", "k": 3}]


async def test_an_answer_is_used_again_until_the_profile_does_something(endpoint, script):
    clock = Clock(1000.0)
    source = Recommendations(endpoint, pace=PATIENT, clock=clock)
    for watched, calls in ((asking("t1"), 1), (asking("t1"), 0), (asking("t1", "t2", stamp="2"), 1)):
        with counted() as made:
            (choice,) = await RecommendationReader(source).rails(watched, [FOR_YOU])
        assert len(made) == calls
    assert ids(choice) == ["t3", "t4", "t5"]
    clock.now += 301
    with counted() as made:
        await RecommendationReader(source).rails(asking("t1", "t2", stamp="2"), [FOR_YOU])
    assert len(made) == 1


async def test_what_the_model_should_have_left_out_is_left_out(endpoint, script):
    script.cheats = True
    wish = replace(asking("t1"), exclude=frozenset({"t2"}))
    (choice,) = await RecommendationReader(Recommendations(endpoint, pace=PATIENT)).rails(wish, [FOR_YOU])
    assert ids(choice) == ["t3"]


@pytest.mark.parametrize(
    "corrupt",
    [
        b"",
        b"<html>",
        b"[]",
        b'{"v":2,"model":"m","results":[]}',
        b'{"v":1,"model":"m","results":[]}',
        b'{"v":1,"model":"m","results":[{"id":"1:q","rails":[]}]}',
        b'{"v":1,"model":"m","results":[{"id":"0:p","rails":[{"id":"fresh","items":[],"source":[],"propensity":[]}]}]}',
        b'{"v":1,"model":7,"results":[{"id":"0:p","rails":[{"id":"forYou","items":[],"source":[],"propensity":[]}]}]}',
        b'{"v":1,"model":"m","results":[{"id":"0:p","rails":[{"id":"forYou","items":["t1"],"source":[],'
        b'"propensity":[]}]}]}',
        b'{"v":1,"model":"m","results":[{"id":"0:p","rails":[{"id":"forYou","items":[{}],"source":["cf"],'
        b'"propensity":[1]}]}]}',
        b'{"v":1,"model":"m","results":[{"id":"0:p","rails":[{"id":"forYou","items":["t1"],"source":["cf"],'
        b'"propensity":[9]}]}]}',
    ],
)
async def test_nonsense_is_no_answer(endpoint, script, corrupt):
    script.corrupt = corrupt
    source = Recommendations(endpoint, pace=PATIENT)
    assert await RecommendationReader(source).rails(asking(), [FOR_YOU]) == [None]
    script.corrupt = None
    (choice,) = await RecommendationReader(source).rails(asking(), [FOR_YOU])
    script.corrupt = corrupt
    (again,) = await RecommendationReader(source).rails(asking("t1", stamp="2"), [FOR_YOU])
    assert choice is not None and again is not None
    assert (ids(again), again.stale, choice.stale) == (["t2", "t3"], True, False)


async def test_load_and_unreadiness_are_tried_once_more_and_a_broken_model_is_not(endpoint, script):
    source = Recommendations(endpoint, pace=PATIENT)
    for number, (statuses, calls, found) in enumerate(
        [([503], 2, ["t1", "t2", "t3"]), ([429], 2, ["t1", "t2", "t3"]), ([503, 503], 2, None), ([500], 1, None)]
    ):
        script.statuses = list(statuses)
        with counted() as made:
            (choice,) = await RecommendationReader(source).rails(asking(id_=str(number)), [FOR_YOU])
        assert (ids(choice), len(made)) == (found, calls)


async def test_a_page_goes_on_without_a_late_answer_and_the_next_one_has_it(endpoint, script):
    script.late = threading.Event()
    source = Recommendations(endpoint, pace=Pace(page=0.01, call=10.0))
    assert await RecommendationReader(source).rails(asking(), [FOR_YOU]) == [None]
    script.late.set()
    while source._running:
        await next(iter(source._running))
    (choice,) = await RecommendationReader(source).rails(asking(), [FOR_YOU])
    assert choice is not None
    assert (ids(choice), choice.stale) == (["t1", "t2", "t3"], False)
    assert len(script.asked) == 1


async def test_the_breaker_spares_a_dead_endpoint_and_one_probe_finds_it_alive(endpoint, script):
    clock = Clock(1000.0)
    source = Recommendations(endpoint, pace=PATIENT, limits=replace(LIMITS, open_seconds=5.0), clock=clock)
    script.status = 500
    for number in range(8):
        await RecommendationReader(source).rails(asking(id_=str(number)), [FOR_YOU])
    assert len(script.asked) == 5
    assert source.dependency.breaker.rest > 0
    script.status = 200
    clock.now += 6
    script.late = threading.Event()
    probes = [
        asyncio.create_task(RecommendationReader(source).rails(asking(id_=f"probe{n}"), [FOR_YOU])) for n in range(4)
    ]
    while len(script.asked) < 6:  # noqa: ASYNC110 - it happens in another thread
        await asyncio.sleep(0.001)
    script.late.set()
    answers = await asyncio.gather(*probes)
    assert len(script.asked) == 6
    assert sorted(ids(one) is None for (one,) in answers) == [False, True, True, True]
    assert source.dependency.breaker.state == "closed"


async def test_what_is_on_its_way_ends_with_the_process(endpoint, script):
    script.late = threading.Event()
    source = Recommendations(endpoint, pace=Pace(page=0.01, call=30.0))
    async with source.running():
        await RecommendationReader(source).rails(asking(), [FOR_YOU])
        (task,) = source._running
    assert task.cancelled()


async def test_an_account_keeps_its_variant(endpoint, script):
    source = Recommendations(endpoint, variants={"AllTraffic": 50, "challenger": 50}, pace=PATIENT)
    accounts = [replace(asking(), account=f"a{n}") for n in range(200)]
    chosen = [source.variant_of(one) for one in accounts]
    assert chosen == [source.variant_of(one) for one in accounts]
    assert 60 < chosen.count("challenger") < 140
    control_group = accounts[chosen.index("AllTraffic")]
    (choice,) = await RecommendationReader(source).rails(control_group, [FOR_YOU])
    assert choice is not None
    assert (choice.variant, choice.model) == ("AllTraffic", "m1")


async def test_without_an_endpoint_there_is_no_answer_and_no_call():
    assert await RecommendationReader(None).rails(asking(), [FOR_YOU, ALIKE]) == [None, None]
