"""Runs one scenario over its servers, round by round, and keeps the medians."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import Any

from bench import load
from bench.contestants import FLOOR, MARQUEE, Contestant, Setting
from bench.match import Differs, answer_of, check, target_of
from bench.processes import Running, free_port, server
from bench.scenarios import Scenario

WARM_UP_SECONDS = 2.0
_LONGEST = 60.0
"""Seconds of a round in which something must be answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The medians of a server's rounds; latencies and CPU are milliseconds, memory is megabytes after the rounds."""

    scenario: str
    contestant: str
    title: str
    requests_per_second: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float
    resident_mb: float
    answer_bytes: int
    rounds: tuple[float, ...]
    """Requests per second of each."""

    def as_json(self) -> dict[str, Any]:
        """For the results file."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long and how often."""

    rounds: int
    seconds: float
    warm_up: float
    loader: load.Loader
    connections: int = load.CONNECTIONS


@dataclass(slots=True)
class _Entry:
    contestant: Contestant
    running: Running
    target: load.Target
    size: int
    rounds: list[tuple[load.Load, float]]


def measure(
    scenario: Scenario, takers: Sequence[Contestant], setting: Setting, plan: Plan, tell: Callable[[str], None]
) -> list[Result]:
    """Starts all takers, compares their answers, warms them up, and measures them in turns.

    Raises Differs when answers are not the same, or when a request fails under load.
    """
    with ExitStack() as stack:
        entries = _started(scenario, takers, setting, stack)
        for entry in entries:
            _faultless(entry, _loaded(entry, plan, plan.warm_up, check=True))
        for number in range(plan.rounds):
            for entry in entries:
                entry.rounds.append(_round(entry, plan))
            tell(f"  round {number + 1}: " + ", ".join(_short(entry) for entry in entries))
        return [_result(scenario, entry) for entry in entries]


def _started(scenario: Scenario, takers: Sequence[Contestant], setting: Setting, stack: ExitStack) -> list[_Entry]:
    """All of them, answers compared; the floor comes last, because it sends what Marquee answered."""
    entries: list[_Entry] = []
    answers: dict[str, bytes] = {}
    for contestant in sorted(takers, key=lambda one: one.name == FLOOR):
        if contestant.name == FLOOR:
            _write_floor(scenario, answers, setting)
        port = free_port()
        running = stack.enter_context(
            server(
                contestant.command,
                contestant.variables(setting, port),
                port=port,
                log=setting.folder / "logs" / f"{scenario.name}.{contestant.name}.log",
                ready=contestant.ready,
            )
        )
        target = target_of(scenario, contestant, running, setting)
        body = answers[contestant.name] = answer_of(target, contestant.name)
        check(next(iter(answers.items())), contestant, body)
        entries.append(_Entry(contestant, running, target, len(body), []))
    return entries


def _write_floor(scenario: Scenario, answers: dict[str, bytes], setting: Setting) -> None:
    folder = setting.folder / "bodies"
    folder.mkdir(parents=True, exist_ok=True)
    ours = (body for name, body in answers.items() if name.startswith(MARQUEE))
    (folder / f"{scenario.name}.json").write_bytes(next(ours, next(iter(answers.values()), b"{}")))


def _round(entry: _Entry, plan: Plan) -> tuple[load.Load, float]:
    """One round; where not a single answer came in time, a longer one."""
    seconds = plan.seconds
    while True:
        before = entry.running.cpu_seconds()
        found = _loaded(entry, plan, seconds)
        spent = entry.running.cpu_seconds() - before
        _faultless(entry, found)
        if found.requests or seconds > _LONGEST:
            return found, spent
        seconds *= 2


def _loaded(entry: _Entry, plan: Plan, seconds: float, *, check: bool = False) -> load.Load:
    return load.run(plan.loader, entry.target, seconds, connections=plan.connections, check=check)


def _faultless(entry: _Entry, found: load.Load) -> None:
    if found.errors or found.refused:
        raise Differs(
            f"{entry.contestant.name} under load: {found.requests} answers, {found.refused} of them refusals, "
            f"{found.errors} connections that failed"
        )


def _short(entry: _Entry) -> str:
    found, _ = entry.rounds[-1]
    return f"{entry.contestant.name} {found.requests / found.seconds:.0f}/s"


def _result(scenario: Scenario, entry: _Entry) -> Result:
    loads = [found for found, _ in entry.rounds]
    rates = tuple(round(one.requests / one.seconds, 1) for one in loads)
    return Result(
        scenario=scenario.name,
        contestant=entry.contestant.name,
        title=entry.contestant.title,
        requests_per_second=statistics.median(rates),
        p50_ms=statistics.median(one.p50 for one in loads) * 1000,
        p99_ms=statistics.median(one.p99 for one in loads) * 1000,
        cpu_ms=statistics.median(spent / one.requests for one, spent in entry.rounds) * 1000,
        resident_mb=entry.running.resident_bytes() / 1e6,
        answer_bytes=entry.size,
        rounds=rates,
    )
