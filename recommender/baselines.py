"""What the model has to beat: popularity, trending, item neighbours, alternating least squares, and its own parts."""

from __future__ import annotations

import numpy as np

from recommender.arrays import F32, F64, I32
from recommender.interactions import Interactions
from recommender.linear import recency
from recommender.metrics import Cases, Ranking


def constant(scores: F32) -> Ranking:
    """The same ranking for everybody."""

    def ranking(_: Cases, part: slice) -> F32:
        return np.repeat(scores[None, :], part.stop - part.start, axis=0)

    return ranking


def linear(weights: F32, *, fade: float | None) -> Ranking:
    """The sum of the weights of a history's items, which count alike or fade with their age."""

    def ranking(cases: Cases, part: slice) -> F32:
        return gather(weights, cases.history[part], fade=fade)

    return ranking


def gather(weights: F32, histories: tuple[I32, ...], *, fade: float | None) -> F32:
    """Rows of scores, each of standard deviation one."""
    return level(sums(weights, histories, fade=fade))


def sums(weights: F32, histories: tuple[I32, ...], *, fade: float | None) -> F32:
    """For each history the sum of its items' weights, which count alike or fade with their age."""
    scores = np.empty((len(histories), weights.shape[1]), np.float32)
    for row, history in enumerate(histories):
        weight = np.ones(history.size, np.float32)
        scores[row] = (weight if fade is None else recency(weight, fade)) @ weights[history]
    return scores


def level(scores: F32) -> F32:
    """Brings each row to standard deviation one, in place; a row without any stays."""
    spread = scores.std(axis=1, keepdims=True)
    scores /= np.where(spread > 0, spread, 1)
    return scores


def with_trend(ranking: Ranking, trend: F32, beta: float) -> Ranking:
    """A ranking that what is watched now lifts."""

    def lifted(cases: Cases, part: slice) -> F32:
        return ranking(cases, part) + np.float32(beta) * trend

    return lifted


def neighbours(shared: F32, *, shrink: float = 20.0, keep: int = 200) -> F32:
    """Cosine of item columns, shrunk where few users are shared; each target keeps its nearest."""
    length = np.sqrt(np.diag(shared))
    near = shared / (length[:, None] * length[None, :] + np.float32(shrink))
    np.fill_diagonal(near, 0)
    if keep < len(near):
        near[near < np.partition(near, -keep, axis=0)[-keep]] = 0
    weights: F32 = near.astype(np.float32)
    return weights


def least_squares(
    data: Interactions,
    *,
    factors: int = 32,
    ridge: float = 30.0,
    confidence: float = 2.0,
    rounds: int = 8,
    seed: int = 0,
) -> Ranking:
    """Implicit-feedback matrix factorisation (Hu, Koren, Volinsky 2008); a history is folded in when it is ranked."""
    rng = np.random.default_rng(seed)
    items: F64 = rng.normal(0, 0.1, (data.items, factors)).astype(np.float64)
    starts = data.starts()
    by_user = [data.item[starts[user] : starts[user + 1]] for user in range(data.users)]
    order = np.argsort(data.item, kind="stable")
    ends = np.searchsorted(data.item[order], np.arange(data.items + 1))
    by_item = [data.user[order[ends[item] : ends[item + 1]]] for item in range(data.items)]
    for _ in range(rounds):
        users = _solve(items, by_user, ridge, confidence)
        items = _solve(users, by_item, ridge, confidence)

    def ranking(cases: Cases, part: slice) -> F32:
        folded = _solve(items, list(cases.history[part]), ridge, confidence)
        return (folded @ items.T).astype(np.float32)

    return ranking


def _solve(other: F64, positions: list[I32], ridge: float, confidence: float) -> F64:
    """The factors of every row given those of the other side."""
    common = other.T @ other + ridge * np.eye(other.shape[1])
    systems = np.empty((len(positions), *common.shape))
    sides = np.empty((len(positions), other.shape[1]))
    for row, position in enumerate(positions):
        near = other[position]
        systems[row] = common + confidence * (near.T @ near)
        sides[row] = (1 + confidence) * near.sum(axis=0)
    return np.asarray(np.linalg.solve(systems, sides[:, :, None])[:, :, 0], np.float64)
