"""Maximal marginal relevance over many rails at once: each pick trades its score against likeness to those before."""

from __future__ import annotations

import numpy as np

from recommender.arrays import F32, I64

CHUNK = 32


def pool(scores: F32, size: int) -> I64:
    """The positions of each row's `size` best scores, best first."""
    size = min(size, scores.shape[1])
    if size < scores.shape[1]:
        best = np.argpartition(scores, -size, axis=1)[:, -size:]
    else:
        best = np.broadcast_to(np.arange(size), scores.shape)
    order = np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1, kind="stable")
    return np.take_along_axis(best, order, axis=1).astype(np.int64)


def rerank(scores: F32, candidates: I64, vectors: F32, relevance: F32, picks: int) -> I64:
    """Columns of `candidates` in the order of picking; -1 where a row ran out.

    `scores` are those of `candidates` (minus infinity: not allowed); `vectors` n x d have length one; `relevance` is
    lambda per row: 1 keeps the order of scores.
    """
    parts = [
        _rerank(scores[at : at + CHUNK], vectors[candidates[at : at + CHUNK]], relevance[at : at + CHUNK], picks)
        for at in range(0, len(scores), CHUNK)
    ]
    return np.concatenate(parts) if parts else np.zeros((0, 0), np.int64)


def _rerank(scores: F32, vectors: F32, relevance: F32, picks: int) -> I64:
    rows, steps = np.arange(len(scores)), min(picks, scores.shape[1])
    alike = vectors @ vectors.transpose(0, 2, 1)
    alike *= (1 - relevance)[:, None, None]
    worth = _zero_to_one(scores) * relevance[:, None]
    nearest = np.zeros_like(worth)
    picked = np.full((len(scores), steps), -1, np.int64)
    for step in range(steps):
        gain = worth - nearest
        best = gain.argmax(axis=1)
        picked[:, step] = np.where(np.isfinite(gain[rows, best]), best, -1)
        np.maximum(nearest, alike[rows, best], out=nearest)
        worth[rows, best] = -np.inf
    return picked


def _zero_to_one(scores: F32) -> F32:
    finite = np.isfinite(scores)
    top = np.where(finite, scores, -np.inf).max(axis=1, keepdims=True, initial=-1e30)
    low = np.where(finite, scores, np.inf).min(axis=1, keepdims=True, initial=1e30)
    width = np.where(top > low, top - low, 1)
    scaled: F32 = np.where(finite, (scores - low) / width, -np.inf).astype(np.float32)
    return scaled
