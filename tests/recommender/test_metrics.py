"""Figures checked by hand, and splits that leak nothing from the future."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.interactions import collect
from recommender.metrics import Cases, core, leave_last, measure, split_by_time


def cases(history, relevant, items=5):
    return Cases(
        users=np.arange(len(history)),
        history=tuple(np.array(row, np.int32) for row in history),
        relevant=tuple(np.array(row, np.int32) for row in relevant),
        items=items,
    )


def test_quality_of_a_known_ranking():
    scores = np.array([[9, 5, 4, 3, 2], [1, 2, 3, 4, 5]], np.float32)
    quality = measure(lambda _, part: scores[part], cases([[0], [4]], [[2, 4], [3]]))
    second, fourth = 1 / np.log2(3), 1 / np.log2(5)
    assert quality.ndcg10.tolist() == pytest.approx([(second + fourth) / (1 + second), 1.0])
    assert (quality.recall20.tolist(), quality.hit10.tolist()) == ([1.0, 1.0], [1.0, 1.0])
    assert quality.coverage == 1.0
    assert quality.popularity_bias(np.arange(5, dtype=np.float32)) == pytest.approx(0.5)


def test_a_split_by_time_trains_on_the_past_only():
    rng = np.random.default_rng(1)
    user, item = rng.integers(0, 40, 2000).astype(np.int32), rng.integers(0, 60, 2000).astype(np.int32)
    data = collect(user, item, rng.uniform(0, 1000, 2000), users=40, items=60)
    past, found = split_by_time(data)
    moment = np.quantile(data.at, 0.9)
    assert past.at.max() <= moment
    for number, user_ in enumerate(found.users):
        mine = data.where(data.user == user_)
        assert found.history[number].tolist() == mine.item[mine.at <= moment].tolist()
        assert found.relevant[number].tolist() == mine.item[mine.at > moment].tolist()


def test_leave_last_asks_for_the_newest():
    user, item = np.zeros(4, np.int32), np.array([3, 1, 0, 2], np.int32)
    other = collect(
        np.concatenate([user, user + 1]),
        np.concatenate([item, item[::-1]]),
        np.arange(8.0),
        users=2,
        items=4,
    )
    _, found = leave_last(other)
    assert [row.tolist() for row in found.history] == [[3, 1, 0], [2, 0, 1]]
    assert [row.tolist() for row in found.relevant] == [[2], [3]]


def test_a_core_has_no_sparse_user_or_item():
    rng = np.random.default_rng(2)
    user, item = rng.integers(0, 50, 400).astype(np.int32), rng.integers(0, 50, 400).astype(np.int32)
    kept = core(collect(user, item, rng.uniform(0, 1, 400), users=50, items=50), 5)
    assert 0 < len(kept) < 400
    assert (
        min(np.bincount(kept.user, minlength=kept.users).min(), np.bincount(kept.item, minlength=kept.items).min()) >= 5
    )
