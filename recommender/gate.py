"""Whether a new model may be published: paired with the present one, not worse, and never showing what it must not."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from recommender.arrays import F64, Mask
from recommender.contract import decode
from recommender.metrics import Cases, Quality
from recommender.model import Model
from recommender.rank import rank
from recommender.scores import Scorer

DRAWS, GOLDEN, BATCH = 2_000, 20, 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """The thresholds; shares are relative, `latency_ms` None measures nothing."""

    least_cases: int = 5_000
    loss: float = 0.01
    over_trending: float = 0.03
    coverage: float = 0.9
    segment_loss: float = 0.05
    segment_cases: int = 500
    shift: float = 0.3
    latency_ms: float | None = 60.0
    size_mb: float = 200.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    name: str
    passed: bool
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Every check with its figures; a model is published only if all passed."""

    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        return all(check.passed for check in self.checks)

    def reasons(self) -> str:
        """Why not, in one line."""
        return "; ".join(f"{check.name}: {check.detail}" for check in self.checks if not check.passed)

    def write(self, path: Path) -> None:
        """The decision as JSON beside the model that it was about."""
        body = {"passed": self.passed, "checks": [asdict(check) for check in self.checks]}
        path.write_text(json.dumps(body, indent=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Qualities on the same cases; `live` is None for a first model. Segments are masks over the cases."""

    cases: Cases
    candidate: Quality
    trending: Quality
    live: Quality | None = None
    segments: Mapping[str, Mask] = field(default_factory=dict)


def decide(evidence: Evidence, model: Model, *, live: Model | None, bars: Bars, day: float, seed: int = 0) -> Decision:
    """All checks; `day` is now in days since 1970, for the golden requests."""
    checks = [_enough(evidence, bars), _beats_trending(evidence, bars)]
    if evidence.live is not None:
        checks += [_not_worse(evidence, bars, seed), _covers(evidence, bars), *_segments(evidence, bars)]
    if live is not None:
        checks += _shifts(model, live, bars)
    return Decision(checks=(*checks, _golden(model, evidence.cases, day), *_costs(model, evidence.cases, bars, day)))


def lower_bound(candidate: F64, live: F64, *, seed: int = 0, draws: int = DRAWS) -> tuple[float, float]:
    """The relative difference of means, paired per case, and its lower 95 % bound (one-sided, bootstrap)."""
    rng = np.random.default_rng(seed)
    difference, base = candidate - live, max(float(live.mean()), 1e-12)
    size = difference.size
    means = np.array([difference[rng.integers(0, size, size)].mean() for _ in range(draws)])
    return float(difference.mean()) / base, float(np.quantile(means, 0.05)) / base


def _enough(evidence: Evidence, bars: Bars) -> Check:
    found = len(evidence.cases)
    return Check(name="cases", passed=found >= bars.least_cases, detail=f"{found} profiles, {bars.least_cases} needed")


def _beats_trending(evidence: Evidence, bars: Bars) -> Check:
    own, trend = evidence.candidate.ndcg10.mean(), max(evidence.trending.ndcg10.mean(), 1e-12)
    gain = float(own / trend - 1)
    detail = f"NDCG@10 {own:.4f} against {trend:.4f} ({gain:+.1%}), {bars.over_trending:+.0%} needed"
    return Check(name="trending", passed=gain >= bars.over_trending, detail=detail)


def _not_worse(evidence: Evidence, bars: Bars, seed: int) -> Check:
    assert evidence.live is not None
    change, bound = lower_bound(evidence.candidate.ndcg10, evidence.live.ndcg10, seed=seed)
    detail = f"NDCG@10 {change:+.2%}, at least {bound:+.2%} with 95 % confidence; {-bars.loss:+.0%} is allowed"
    return Check(name="present model", passed=bound > -bars.loss, detail=detail)


def _covers(evidence: Evidence, bars: Bars) -> Check:
    assert evidence.live is not None
    own, other = evidence.candidate.coverage, evidence.live.coverage
    return Check(name="coverage", passed=own >= bars.coverage * other, detail=f"{own:.3f} against {other:.3f}")


def _segments(evidence: Evidence, bars: Bars) -> list[Check]:
    assert evidence.live is not None
    checks = []
    for name, mask in evidence.segments.items():
        if mask.sum() >= bars.segment_cases:
            own, other = evidence.candidate.ndcg10[mask].mean(), evidence.live.ndcg10[mask].mean()
            change = float(own / max(other, 1e-12) - 1)
            detail = f"NDCG@10 {change:+.1%} over {int(mask.sum())} profiles; {-bars.segment_loss:+.0%} is allowed"
            checks.append(Check(name=f"segment {name}", passed=change >= -bars.segment_loss, detail=detail))
    return checks


def _shifts(model: Model, live: Model, bars: Bars) -> list[Check]:
    """Data that shrank or swelled at once is more often a fault of the feed than news."""
    checks = []
    for name in ("items", "events"):
        now, then = float(model.facts[name]), max(float(live.facts.get(name, model.facts[name])), 1.0)
        detail = f"{now:.0f} against {then:.0f}"
        checks.append(Check(name=f"number of {name}", passed=abs(now / then - 1) <= bars.shift, detail=detail))
    return checks


def _requests(model: Model, cases: Cases, count: int, day: float) -> dict[str, Any]:
    """Requests with real histories, limits of age that go round, and something excluded."""
    ids = model.catalogue.ids
    limits = sorted({int(value) for value in model.catalogue.maturity})
    requests = []
    for at in range(count):
        history: list[int] = cases.history[at % len(cases)][-50:].tolist() if len(cases) else []
        requests.append(
            {
                "id": str(at),
                "history": [[ids[item], 1.0, 0] for item in history],
                "exclude": [ids[at % len(ids)]],
                "rails": [{"id": "forYou", "k": 40}, {"id": "fresh", "k": 20}],
                "context": {"maxMaturity": limits[at % len(limits)]},
                "seed": at,
            }
        )
    return {"v": 1, "now": day * 86_400, "requests": requests}


def _golden(model: Model, cases: Cases, day: float) -> Check:
    body = _requests(model, cases, GOLDEN, day)
    moment, requests = decode(body)
    faults: list[str] = []
    for sent, result in zip(body["requests"], rank(Scorer(model=model), moment, requests), strict=True):
        faults += _faults(model, sent, result["rails"])
    return Check(name="golden requests", passed=not faults, detail="; ".join(faults[:3]) or f"{GOLDEN} valid")


def _faults(model: Model, sent: Mapping[str, Any], rails: Sequence[Mapping[str, Any]]) -> list[str]:
    refused = set(sent["exclude"]) | {row[0] for row in sent["history"]}
    items = [id_ for rail in rails for id_ in rail["items"]]
    faults = [f"{id_} is excluded" for id_ in items if id_ in refused]
    limit = sent["context"]["maxMaturity"]
    faults += [f"{id_} is over-age" for id_ in items if model.catalogue.maturity[model.catalogue.index[id_]] > limit]
    left = int((model.catalogue.maturity <= limit).sum()) - len(refused)
    faults += ["a rail is empty"] if left > 0 and not rails[0]["items"] else []
    faults += [] if all(np.isfinite(rail["scores"]).all() for rail in rails) else ["a score is not a number"]
    return faults


def _costs(model: Model, cases: Cases, bars: Bars, day: float) -> list[Check]:
    size = model.size_bytes / 2**20
    checks = [Check(name="size", passed=size <= bars.size_mb, detail=f"{size:.1f} MB of {bars.size_mb:.0f}")]
    if bars.latency_ms is not None:
        took = slowest(model, _requests(model, cases, BATCH, day))
        detail = f"{took:.1f} ms of {bars.latency_ms:.0f} for {BATCH} profiles"
        checks.append(Check(name="latency", passed=took <= bars.latency_ms, detail=detail))
    return checks


def slowest(model: Model, body: Mapping[str, Any], rounds: int = 20) -> float:
    """The slowest of some rounds, in milliseconds, without the first, which warms."""
    scorer, times = Scorer(model=model), []
    for _ in range(rounds + 1):
        started = time.perf_counter()
        moment, requests = decode(body)
        rank(scorer, moment, requests)
        times.append((time.perf_counter() - started) * 1000)
    return max(times[1:])
