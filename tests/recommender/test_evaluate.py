"""On planted data the model comes near the exact optimum and beats every baseline; the report says so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recommender.baselines import constant
from recommender.evaluate import _oracle, report, synthetic, write
from recommender.metrics import leave_last, measure, split_by_time
from recommender.synthetic import planted, simulate
from recommender.trend import popularity, trending


@pytest.fixture(scope="module")
def outcome():
    return synthetic(users=900, items=150)


def closed(outcome, name):
    low, high = outcome.mean("popularity"), outcome.mean("exact oracle")
    return (outcome.mean(name) - low) / (high - low)


def test_the_hybrid_closes_most_of_the_gap_to_the_optimum(outcome):
    assert closed(outcome, "hybrid") >= 0.75
    assert outcome.mean("hybrid") > 3 * outcome.mean("popularity")
    for baseline in ("popularity", "trending, 3 days", "item-kNN", "ALS", "EASE"):
        assert outcome.mean("hybrid") > 1.2 * outcome.mean(baseline)


def test_int8_costs_no_accuracy(outcome):
    assert abs(outcome.mean("hybrid, int8") - outcome.mean("hybrid")) <= 0.003


def test_no_ranking_beats_the_oracle(outcome):
    assert outcome.mean("exact oracle") == max(quality.ndcg10.mean() for _, quality in outcome.rows)


def test_the_report_has_every_row_and_the_gap(outcome):
    text = report(outcome)
    assert all(f"| {name} |" in text for name, _ in outcome.rows)
    assert f"hybrid {closed(outcome, 'hybrid'):.2f}" in text.splitlines()[-1]


def test_a_public_file_is_evaluated_on_both_splits(tmp_path):
    data = simulate(planted(items=60, days=60, fading_days=5.0), users=300, seed=1).data
    rows = zip(data.user, data.item, data.at, strict=True)
    path = tmp_path / "ratings.dat"
    path.write_text("\n".join(f"{user}::{item}::8::{int(at) + 10_000_000}" for user, item, at in rows))
    text = write(users=200, items=40, seed=0, ratings=path, to=tmp_path / "report.md")
    assert (tmp_path / "report.md").read_text() == text
    assert ["global time split" in text, "leave-last-one" in text] == [True, True]


def test_the_oracle_is_a_probability_over_unseen_titles():
    world = planted(items=50, clusters=5)
    simulation = simulate(world, users=100, seed=3)
    _, found = leave_last(simulation.data)
    scores = _oracle(world, simulation)(found, slice(0, len(found)))
    assert np.allclose(scores.sum(axis=1), 1, atol=1e-5)
    assert all(not scores[row, history].any() for row, history in enumerate(found.history))


def test_trending_beats_popularity_where_choices_follow_releases():
    world = replace(planted(items=200, days=60, fading_days=3.0), roam=0.6)
    past, found = split_by_time(simulate(world, users=300, seed=1).data)
    trend = measure(constant(trending(past, half_life_days=3)), found).ndcg10.mean()
    assert trend > 1.5 * measure(constant(popularity(past)), found).ndcg10.mean()


def test_a_seed_makes_the_same_world_and_another_seed_another():
    first, second, third = (simulate(planted(seed=1), users=50, seed=seed).data for seed in (4, 4, 5))
    assert np.array_equal(first.item, second.item)
    assert not np.array_equal(first.item[:100], third.item[:100])
