"""Closed-form linear item-to-item models, EASE (with EDLAE's dropout) and SLIT, and their int8 form; float32."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from recommender.arrays import F32, F64, I8, I64
from recommender.interactions import Interactions

BLOCK = 256


def invert(matrix: F32) -> F32:
    """The inverse of a symmetric positive definite matrix by Cholesky, all in float32."""
    lower = _invert_lower(np.linalg.cholesky(matrix))
    inverse: F32 = lower.T @ lower
    return inverse


def _invert_lower(lower: F32) -> F32:
    """Halves recursively, so that nearly all the work is matrix products."""
    size = lower.shape[0]
    if size <= BLOCK:
        small: F32 = np.linalg.inv(lower.astype(np.float64)).astype(np.float32)
        return np.tril(small)
    half = size // 2
    inverse = np.zeros_like(lower)
    inverse[:half, :half] = _invert_lower(lower[:half, :half])
    inverse[half:, half:] = _invert_lower(lower[half:, half:])
    inverse[half:, :half] = -(inverse[half:, half:] @ (lower[half:, :half] @ inverse[:half, :half]))
    return inverse


def _pairs(data: Interactions) -> Iterator[tuple[int, I64, I64]]:
    """For each distance, the rows (earlier, later) of one user that lie that far apart."""
    earlier = np.arange(len(data), dtype=np.int64)
    left = data.starts()[1:][data.user] - earlier
    for distance in range(1, int(left.max(initial=1))):
        earlier = earlier[left[earlier] > distance]
        yield distance, earlier, earlier + distance


def gram(data: Interactions) -> F32:
    """How many users share each two items; the diagonal counts an item's users."""
    size = data.items
    shared = np.zeros(size * size, np.float32)
    item = data.item.astype(np.int64)
    for _, earlier, later in _pairs(data):
        np.add.at(shared, item[earlier] * size + item[later], np.float32(1))
    square = shared.reshape(size, size)
    square += square.T
    square[np.diag_indices(size)] = np.bincount(item, minlength=size)
    return square


def ease(shared: F32, *, ridge: float, dropout: float = 0.0) -> F32:
    """Weights n x n whose rows are history and columns targets; the diagonal is zero."""
    counts = np.diag(shared)
    held = shared.copy()
    held[np.diag_indices_from(held)] += ridge + dropout / (1 - dropout) * counts
    precision = invert(held)
    weights: F32 = precision / -np.diag(precision)[None, :]
    np.fill_diagonal(weights, 0)
    return weights


def slit(data: Interactions, *, ridge: float, memory: float) -> F32:
    """Weights n x n from what came before to what came after; `memory` is the distance at which influence falls to 1/e.

    Every history is cut at every place; the rows before the cut predict those after it. Influence decays
    geometrically with the distance from the cut, so both sums over cuts have a closed form per pair.
    """
    size, item = data.items, data.item.astype(np.int64)
    decay = float(np.exp(-1 / memory))
    left = (data.starts()[1:][data.user] - np.arange(len(data)) - 1).astype(np.float64)
    cuts = ((1 - decay ** (2 * left)) / (1 - decay**2)).astype(np.float32)
    before, after = np.zeros(size * size, np.float32), np.zeros(size * size, np.float32)
    for distance, earlier, later in _pairs(data):
        flat = item[earlier] * size + item[later]
        np.add.at(before, flat, np.float32(decay**distance) * cuts[later])
        np.add.at(after, flat, np.float32(distance * decay ** (distance - 1)))
    square = before.reshape(size, size)
    square += square.T
    square[np.diag_indices(size)] = ridge + np.bincount(item, cuts, minlength=size)
    weights: F32 = invert(square) @ after.reshape(size, size)
    np.fill_diagonal(weights, 0)
    return weights


def quantise(weights: F32) -> tuple[I8, F32]:
    """Weights as int8 with one scale per target column: weights ~ int8 * scale."""
    peak = np.abs(weights).max(axis=0)
    scale = np.where(peak > 0, peak / 127, 1).astype(np.float32)
    return np.rint(weights / scale).astype(np.int8), scale


def recency(weights: F64 | F32, fade: float) -> F32:
    """A history's weights, newest last, faded by rank: `fade` places halve it, towards a tenth."""
    rank = np.arange(weights.size - 1, -1, -1)
    faded: F32 = (weights * (0.1 + 0.9 * np.exp2(-rank / fade))).astype(np.float32)
    return faded
