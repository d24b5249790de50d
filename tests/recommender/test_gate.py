"""The gate lets an equal or better model through and refuses every kind of worse one, with its reason."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recommender.demo import SETTINGS
from recommender.fit import fit
from recommender.gate import Bars, decide, lower_bound
from recommender.interactions import collect
from recommender.metrics import measure
from recommender.model import load, save
from recommender.publish import artifact, held_out, prove, publish
from recommender.synthetic import from_catalogue, simulate
from tests.recommender.conftest import TODAY

BARS = Bars(least_cases=100, segment_cases=50, latency_ms=None)
NOW = TODAY * 86_400


@pytest.fixture(scope="module")
def data(catalogue):
    return simulate(
        from_catalogue(catalogue, TODAY, count=1, follow=0.25)[0], users=600, seed=9, end=NOW, length=(8, 20)
    ).data


@pytest.fixture(scope="module")
def live(catalogue, data):
    past, _ = held_out(data)
    return fit(past, catalogue, SETTINGS, version="live", facts={"until": float(past.at.max())})


@pytest.fixture(scope="module")
def evidence(catalogue, data):
    return prove(data, catalogue, SETTINGS, None)


def shuffled(data):
    """The same viewers and times with titles at random: a feed that broke."""
    item = np.random.default_rng(1).permutation(data.item)
    return collect(data.user, item, data.at, users=data.users, items=data.items)


def refused(decision):
    return {check.name for check in decision.checks if not check.passed}


def test_a_model_as_good_as_the_present_one_is_published(catalogue, data, live, tmp_path):
    save(live, tmp_path)
    outcome = publish(data, catalogue, tmp_path, settings=SETTINGS, tuned=False, bars=BARS, now=NOW, live=live)
    assert (outcome.published, refused(outcome.decision)) == (True, set())
    assert load(tmp_path).version == outcome.model.version
    assert '"passed": true' in (tmp_path / "gate.json").read_text()


def test_a_worse_model_is_refused_and_the_present_one_stays(catalogue, data, live, tmp_path):
    save(live, tmp_path)
    broken = replace(SETTINGS, ridge=1e9, slit_ridge=1e9, beta=50.0)
    outcome = publish(data, catalogue, tmp_path, settings=broken, tuned=False, bars=BARS, now=NOW, live=live)
    assert not outcome.published
    assert {"present model", "trending"} <= refused(outcome.decision)
    assert load(tmp_path).version == "live"
    assert "NDCG@10 -" in outcome.decision.reasons()
    assert '"passed": false' in (tmp_path / "gate.json").read_text()


def test_a_broken_feed_is_refused(catalogue, data, live, evidence):
    past, _ = held_out(shuffled(data))
    worse = fit(past, catalogue, SETTINGS, version="worse")
    found = replace(
        evidence,
        candidate=measure(artifact(worse, catalogue), evidence.cases),
        live=measure(artifact(live, catalogue), evidence.cases),
    )
    decision = decide(found, worse, live=None, bars=BARS, day=TODAY)
    assert {"present model", "segment known profiles"} <= refused(decision)


def test_the_present_artifact_ranks_as_its_recipe_does(catalogue, data, live, evidence):
    found = measure(artifact(live, catalogue), evidence.cases).ndcg10.mean()
    assert found == pytest.approx(evidence.candidate.ndcg10.mean(), abs=0.004)


@pytest.mark.parametrize(
    ("bars", "name"),
    [
        (replace(BARS, least_cases=10_000), "cases"),
        (replace(BARS, over_trending=1e6), "trending"),
        (replace(BARS, size_mb=0.001), "size"),
        (replace(BARS, latency_ms=0.0), "latency"),
    ],
)
def test_each_bar_refuses_alone(model, evidence, bars, name):
    assert refused(decide(evidence, model, live=None, bars=bars, day=TODAY)) == {name}


def test_data_that_shrank_are_refused(model, evidence):
    former = replace(model, facts={"items": 160, "events": model.facts["events"] * 2})
    assert refused(decide(evidence, model, live=former, bars=BARS, day=TODAY)) == {"number of events"}


def test_less_variety_is_refused(model, evidence):
    shown = np.zeros_like(evidence.candidate.shown)
    shown[:10] = 1
    found = replace(evidence, candidate=replace(evidence.candidate, shown=shown), live=evidence.candidate)
    assert refused(decide(found, model, live=None, bars=BARS, day=TODAY)) == {"coverage"}


def test_golden_requests_catch_scores_that_are_not_numbers(model, evidence):
    broken = replace(model, trend=np.full_like(model.trend, np.nan))
    assert "golden requests" in refused(decide(evidence, broken, live=None, bars=BARS, day=TODAY))


def test_the_bound_is_paired_and_one_sided():
    rng = np.random.default_rng(0)
    base = rng.random(2_000)
    assert lower_bound(base, base) == (0.0, 0.0)
    change, bound = lower_bound(base * 1.02 + rng.normal(0, 0.01, 2_000), base)
    assert 0.015 < bound < change < 0.025
