"""Closed-form linear item-to-item models, EASE (with EDLAE's dropout) and SLIT, and their int8 form; float32."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.arrays import F32, F64, I8, I64
from recommender.interactions import Interactions
from recommender.solve import BLOCK, invert, solve

STRIP, ENTRIES = 16, 1 << 17
"""Rows of a matrix that are filled together, and how many pairs at most: what stays in a processor's cache."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pairs:
    """An `earlier` and a `later` row of one user; `cell` is their place among the matrix rows `begin` to `end`."""

    begin: int
    end: int
    cell: I64
    earlier: I64
    later: I64

    def add(self, matrix: F32, weight: F64 | None = None) -> None:
        """Adds the weight of every pair, or 1, to its cell."""
        width = matrix.shape[1]
        summed = np.bincount(self.cell, weight, minlength=(self.end - self.begin) * width)
        matrix[self.begin : self.end] += summed.reshape(-1, width)


def _pairs(data: Interactions) -> Iterator[_Pairs]:
    """Every row with every later one of the same user, by the earlier one's item."""
    item = data.item.astype(np.int64)
    order = np.argsort(data.item, kind="stable")
    items, lengths = item[order], data.left()[order]
    total = np.cumsum(lengths)
    at = 0
    while at < order.size:
        full = int(np.searchsorted(total, total[at] + ENTRIES))
        strip = int(np.searchsorted(items, items[at] + STRIP))
        rows = slice(at, max(at + 1, min(full, strip)))
        at, begin, long = rows.stop, int(items[rows.start]), lengths[rows]
        ends = np.cumsum(long)
        later = np.arange(ends[-1]) + np.repeat(order[rows] + 1 - (ends - long), long)
        cell = np.repeat((items[rows] - begin) * data.items, long) + item[later]
        earlier = np.repeat(order[rows], long)
        yield _Pairs(begin=begin, end=int(items[at - 1]) + 1, cell=cell, earlier=earlier, later=later)


def _both_ways(matrix: F32, diagonal: NDArray[Any]) -> F32:
    """The matrix plus its mirror image, in place."""
    for begin in range(0, len(matrix), BLOCK):
        end = begin + BLOCK
        both = matrix[begin:end, begin:] + matrix[begin:, begin:end].T
        matrix[begin:end, begin:] = both
        matrix[begin:, begin:end] = both.T
    np.fill_diagonal(matrix, diagonal)
    return matrix


def gram(data: Interactions) -> F32:
    """How many users share each two items; the diagonal counts an item's users."""
    shared = np.zeros((data.items, data.items), np.float32)
    for pairs in _pairs(data):
        pairs.add(shared)
    return _both_ways(shared, np.bincount(data.item, minlength=data.items))


def ease(shared: F32, *, ridge: float, dropout: float = 0.0) -> F32:
    """Weights n x n whose rows are history and columns targets, in place of `shared`; the diagonal is zero."""
    shared[np.diag_indices_from(shared)] += ridge + dropout / (1 - dropout) * np.diag(shared)
    weights = invert(shared)
    weights /= -np.diag(weights)[None, :]
    np.fill_diagonal(weights, 0)
    return weights


def slit(data: Interactions, *, ridge: float, memory: float) -> F32:
    """Weights n x n from what came before to what came after; `memory` is the distance at which influence falls to 1/e.

    Every history is cut at every place; the rows before the cut predict those after it. Influence decays
    geometrically with the distance from the cut, so both sums over cuts have a closed form per pair.
    """
    decay = float(np.exp(-1 / memory))
    left = data.left()
    cuts = (1 - decay ** (2.0 * left)) / (1 - decay**2)
    distances = np.arange(int(left.max(initial=0)) + 1)
    near, next_ = decay**distances, distances * decay ** (distances - 1.0)
    before, after = np.zeros((data.items, data.items), np.float32), np.zeros((data.items, data.items), np.float32)
    for pairs in _pairs(data):
        apart = pairs.later - pairs.earlier
        pairs.add(before, near[apart] * cuts[pairs.later])
        pairs.add(after, next_[apart])
    _both_ways(before, ridge + np.bincount(data.item, cuts, minlength=data.items))
    weights = solve(before, after)
    np.fill_diagonal(weights, 0)
    return weights


def quantise(weights: F32) -> tuple[I8, F32]:
    """Weights as int8 with one scale per target column: weights ~ int8 * scale."""
    peak = np.maximum(weights.max(axis=0), -weights.min(axis=0))
    scale = np.where(peak > 0, peak / 127, 1).astype(np.float32)
    small = np.empty(weights.shape, np.int8)
    for begin in range(0, len(weights), BLOCK):
        small[begin : begin + BLOCK] = np.rint(weights[begin : begin + BLOCK] / scale)
    return small, scale


def recency(weights: F64 | F32, fade: float) -> F32:
    """A history's weights, newest last, faded by rank: `fade` places halve it, towards a tenth."""
    rank = np.arange(weights.size - 1, -1, -1)
    faded: F32 = (weights * (0.1 + 0.9 * np.exp2(-rank / fade))).astype(np.float32)
    return faded
