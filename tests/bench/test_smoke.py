"""The benchmark runs from end to end, and sees when servers disagree; how fast they are is not asked here."""

from __future__ import annotations

import sys
from pathlib import Path

import orjson
import pytest

from bench import report
from bench.__main__ import run
from bench.contestants import FLOOR, contestants
from bench.dataset import CAST, EPISODES, PER_RAIL, RAILS, build
from bench.match import Differs, check, data_of
from bench.measure import Plan, Result
from bench.processes import ROOT
from bench.scenarios import ALIAS, scenarios

PLAN = Plan(rounds=1, seconds=1, warm_up=0.1, loader="python", connections=2)


@pytest.mark.parametrize("scenario", ["page", "mutation"])
def test_marquee_and_plain_strawberry_answer_the_same_under_load(scenario: str, tmp_path: Path) -> None:
    asked, results = run([scenario, "marquee", "strawberry-plain"], PLAN, tmp_path, sys.executable)
    assert [one.name for one in asked] == [scenario]
    assert [one.contestant for one in results] == ["strawberry-plain", "marquee-memory"]
    assert all(one.requests_per_second > 0 and one.resident_mb > 1 for one in results)


def test_always_new_documents_are_answered(tmp_path: Path) -> None:
    _, results = run(["new-title", "marquee", "strawberry-caches"], PLAN, tmp_path, sys.executable)
    assert [one.contestant for one in results] == ["strawberry-caches", "marquee-memory"]


def test_marquee_answers_over_the_dynamodb_stub_with_and_without_its_cache(tmp_path: Path) -> None:
    _, results = run(["dynamodb-home", "marquee"], PLAN, tmp_path, sys.executable)
    assert [one.contestant for one in results] == ["marquee-dynamodb", "marquee-uncached"]
    assert len({one.answer_bytes for one in results}) == 1


def test_the_floor_sends_the_bytes_of_marquee(tmp_path: Path) -> None:
    _, results = run(["title", "marquee", "floor"], PLAN, tmp_path, sys.executable)
    assert [one.contestant for one in results] == ["marquee-memory", FLOOR]
    assert len({one.answer_bytes for one in results}) == 1


def test_what_runs_in_python_runs_on_what_a_deployment_installs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ran: list[list[str]] = []

    def installed(command: list[str], **_: object) -> None:
        ran.append(command)
        (tmp_path / "deployed").mkdir(exist_ok=True)

    monkeypatch.setattr("bench.contestants.VENVS", tmp_path)
    monkeypatch.setattr("subprocess.run", installed)
    ours = [one for one in contestants() if one.name.startswith(("marquee", "strawberry", FLOOR))]
    assert {one.command[0] for one in ours} == {str(tmp_path / "deployed" / "bin" / "python")}
    for one in ours:
        one.needs()
    assert [command[-3:] for command in ran[1:]] == [["--require-hashes", "-r", str(ROOT / "requirements.lock")]]


def test_the_dataset_is_what_the_scenarios_say() -> None:
    facts = build().facts
    assert [len(rail["titles"]) for rail in facts["rails"]] == [PER_RAIL] * RAILS
    films = [one["key"] for one in facts["titles"].values() if one["__typename"] == "Movie"]
    actors = [sum(one["role"] == "ACTOR" for one in facts["credits"][key]) for key in films]
    assert min(actors) >= CAST
    assert [len(one) for one in facts["episodes"].values()] == [EPISODES]
    assert len(facts["progress"]) > 20


def test_every_scenario_has_a_marquee_and_each_target_has_its_servers() -> None:
    asked = {one.name: one for one in scenarios(build())}
    kinds = {one.name: one.kinds for one in contestants()}
    assert all(any(one.kinds & kinds[name] for name in kinds if "marquee" in name) for one in asked.values())
    sides = [(target.scenario, name) for target in report.TARGETS for name in (target.ours, *target.against)]
    assert [(scenario, name) for scenario, name in sides if not asked[scenario].kinds & kinds[name]] == []


def test_always_new_documents_hold_the_place_of_the_alias_once() -> None:
    assert {one.name: one.query.count(ALIAS) for one in scenarios(build())} == {
        "home": 0,
        "page": 0,
        "title": 0,
        "mutation": 0,
        "anonymous": 0,
        "new-home": 1,
        "new-title": 1,
        "dynamodb-home": 0,
    }


def test_data_is_compared_without_regard_to_aliases_and_the_order_of_keys() -> None:
    peer = next(one for one in contestants() if one.name == "ariadne")
    check(("marquee", b'{"data":{"a12x3":1,"name":"n"}}'), peer, b'{"data":{"name":"n","a7x1":1}}')
    with pytest.raises(Differs, match=r'ariadne: \{"name": "m"\}'):
        check(("marquee", b'{"data":{"name":"n"}}'), peer, b'{"data":{"name":"m"}}')
    assert data_of(b'{"data":[{"a1x0":{"max":2}}]}') == [{ALIAS: {"max": 2}}]


def test_ratios_are_told_for_what_was_measured(tmp_path: Path) -> None:
    results = [_result("home", "marquee-memory", 500.0), _result("home", "mercurius-memory", 250.0)]
    assert report.ratios(results).splitlines()[2:] == [
        "| home | mercurius-memory | 2.5x | 2.00x | 1.00x | missed |",
        "| resident memory | | 100 MB | 60 MB | | reached |",
    ]
    how = {"rounds": 1, "seconds": 1.0, "connections": 16, "loader": "python", "load_average": "0.1"}
    how["python"] = sys.executable
    markdown, data = report.write(tmp_path, "today", "the tables", how, results)
    assert "the tables" in markdown.read_text()
    assert [one["rounds"] for one in orjson.loads(data.read_bytes())["results"]] == [[500.0], [250.0]]


def _result(scenario: str, name: str, rate: float) -> Result:
    return Result(
        scenario=scenario,
        contestant=name,
        title=name,
        requests_per_second=rate,
        p50_ms=1.0,
        p99_ms=2.0,
        cpu_ms=0.5,
        resident_mb=60.0,
        answer_bytes=10,
        rounds=(rate,),
    )
