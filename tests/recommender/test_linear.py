"""The closed forms against their textbook definitions in float64."""

from __future__ import annotations

import numpy as np
import pytest

from recommender import linear, solve
from recommender.interactions import collect, latest
from recommender.trend import trending


@pytest.fixture
def data():
    rng = np.random.default_rng(5)
    size = 900
    user, item = rng.integers(0, 60, size).astype(np.int32), rng.integers(0, 30, size).astype(np.int32)
    return collect(user, item, rng.uniform(0, 1e6, size), users=60, items=30)


def dense(data):
    matrix = np.zeros((data.users, data.items))
    matrix[data.user, data.item] = 1
    return matrix


@pytest.mark.parametrize("size", [1, 255, 256, 257, 700])
def test_inverses_and_solutions_are_exact_across_blocks(size):
    rng = np.random.default_rng(0)
    half = rng.normal(size=(size, size + 200))
    matrix, right = half @ half.T / size + np.eye(size), rng.normal(size=(size, size))
    inverse = solve.invert(matrix.astype(np.float32))
    assert np.abs(inverse - np.linalg.inv(matrix)).max() < 1e-4
    solution = solve.solve(matrix.astype(np.float32), right.astype(np.float32))
    assert np.abs(solution - np.linalg.solve(matrix, right)).max() < 1e-3


def test_the_size_of_a_strip_changes_nothing(data, monkeypatch):
    expected = linear.gram(data), linear.slit(data, ridge=5.0, memory=3.0)
    monkeypatch.setattr(linear, "STRIP", 1)
    monkeypatch.setattr(linear, "ENTRIES", 7)
    assert np.array_equal(linear.gram(data), expected[0])
    assert np.abs(linear.slit(data, ridge=5.0, memory=3.0) - expected[1]).max() < 1e-6


def test_gram_counts_shared_users(data):
    matrix = dense(data)
    assert np.array_equal(linear.gram(data), (matrix.T @ matrix).astype(np.float32))


def test_ease_is_the_constrained_ridge_regression(data):
    matrix = dense(data)
    weights = linear.ease(linear.gram(data), ridge=10.0)
    for target in range(data.items):
        others = np.delete(np.arange(data.items), target)
        left = matrix[:, others]
        expected = np.linalg.solve(left.T @ left + 10 * np.eye(len(others)), left.T @ matrix[:, target])
        assert np.abs(weights[others, target] - expected).max() < 1e-4
    assert np.all(np.diag(weights) == 0)


def test_slit_regresses_what_comes_after_every_cut_on_what_came_before(data):
    decay = np.exp(-1 / 3.0)
    before, after = [], []
    starts = data.starts()
    for user in range(data.users):
        items = data.item[starts[user] : starts[user + 1]]
        for cut in range(1, items.size):
            left, right = np.zeros(data.items), np.zeros(data.items)
            left[items[:cut]] = decay ** (cut - 1 - np.arange(cut))
            right[items[cut:]] = decay ** np.arange(items.size - cut)
            before.append(left)
            after.append(right)
    source, target = np.array(before), np.array(after)
    expected = np.linalg.solve(source.T @ source + 5 * np.eye(data.items), source.T @ target)
    np.fill_diagonal(expected, 0)
    assert np.abs(linear.slit(data, ridge=5.0, memory=3.0) - expected).max() < 1e-4


def test_int8_weights_are_within_half_a_step(data):
    weights = linear.ease(linear.gram(data), ridge=10.0)
    small, scale = linear.quantise(weights)
    assert small.dtype == np.int8
    assert np.all(np.abs(small * scale - weights) <= scale / 2 + 1e-7)


def test_histories_fade_by_rank_to_a_tenth():
    faded = linear.recency(np.ones(100, np.float32), 5.0)
    assert [round(float(value), 3) for value in faded[[-1, -6, 0]]] == [1.0, 0.55, 0.1]


def test_the_last_row_of_a_pair_counts_and_caps_keep_the_newest():
    user, item = np.array([1, 0, 0, 0], np.int32), np.array([2, 1, 0, 1], np.int32)
    data = collect(user, item, np.array([5.0, 1.0, 2.0, 3.0]), users=2, items=3)
    assert (data.user.tolist(), data.item.tolist(), data.at.tolist()) == ([0, 0, 1], [0, 1, 2], [2.0, 3.0, 5.0])
    assert latest(data, 1).item.tolist() == [1, 2]


def test_a_play_counts_half_after_its_half_life():
    user = np.arange(3, dtype=np.int32)
    data = collect(user, np.array([0, 1, 1], np.int32), np.array([86_400.0, 0, 0]), users=3, items=3)
    trend = trending(data, half_life_days=1)
    assert trend[1] == pytest.approx(trend[0])
    assert trend[2] == 0
