"""Interactions and a catalogue in, a model out: the closed forms, their mix, and what a retrain tunes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from recommender import linear
from recommender.arrays import F32
from recommender.catalogue import Catalogue
from recommender.interactions import Interactions, latest
from recommender.model import Model
from recommender.trend import trending

SAMPLE = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`mix` is the share of SLIT (0: EASE alone, 1: SLIT alone), `beta` the weight of the trend, which fades."""

    ridge: float = 200.0
    dropout: float = 0.3
    slit_ridge: float = 50.0
    memory: float = 3.0
    mix: float = 0.5
    fade: float = 5.0
    beta: float = 0.5
    half_life_days: float = 7.0
    cap: int = 200
    max_columns: int = 8_000


def weights(data: Interactions, settings: Settings) -> F32:
    """The mixed weights n x n, each part first brought to the same spread of scores."""
    liked = latest(data.where(data.weight > 0), settings.cap)
    if settings.mix <= 0:
        return linear.ease(linear.gram(liked), ridge=settings.ridge, dropout=settings.dropout)
    directed = linear.slit(liked, ridge=settings.slit_ridge, memory=settings.memory)
    if settings.mix >= 1:
        return directed
    plain = linear.ease(linear.gram(liked), ridge=settings.ridge, dropout=settings.dropout)
    first, second = shares(spreads(plain, directed, liked, settings.fade), settings.mix)
    plain *= first
    directed *= second
    plain += directed
    return plain


def shares(spreads: tuple[float, float], mix: float) -> tuple[np.float32, np.float32]:
    """What to multiply EASE and SLIT by, so that `mix` of the spread of the scores comes of SLIT."""
    return np.float32((1 - mix) / spreads[0]), np.float32(mix / spreads[1])


def spreads(plain: F32, directed: F32, data: Interactions, fade: float) -> tuple[float, float]:
    """The spread of the scores of each of the two."""
    return spread(plain, data, fade), spread(directed, data, fade)


def spread(matrix: F32, data: Interactions, fade: float) -> float:
    """The mean standard deviation of the scores of the first users' histories."""
    starts = data.starts()
    users = np.flatnonzero(np.diff(starts))[:SAMPLE]
    values = []
    for user in users:
        items = data.item[starts[user] : starts[user + 1]]
        values.append(float((linear.recency(np.ones(items.size, np.float32), fade) @ matrix[items]).std()))
    return float(np.mean(values)) or 1.0 if values else 1.0


def columns(data: Interactions, settings: Settings) -> np.ndarray[Any, np.dtype[np.int32]]:
    """The items that get weights: all, or the most watched `max_columns`."""
    if data.items <= settings.max_columns:
        return np.arange(data.items, dtype=np.int32)
    counts = np.bincount(data.item, data.weight > 0, minlength=data.items)
    return np.sort(np.argsort(-counts, kind="stable")[: settings.max_columns]).astype(np.int32)


def narrowed(data: Interactions, kept: np.ndarray[Any, np.dtype[np.int32]]) -> Interactions:
    """The interactions with the kept items only, renumbered."""
    places = np.full(data.items, -1, np.int32)
    places[kept] = np.arange(kept.size, dtype=np.int32)
    inside = data.where(places[data.item] >= 0)
    return replace(inside, item=places[inside.item], items=int(kept.size))


def fit(
    data: Interactions,
    catalogue: Catalogue,
    settings: Settings,
    *,
    version: str,
    facts: Mapping[str, Any] | None = None,
) -> Model:
    """A model of all the data; the same input gives the same bytes."""
    kept = columns(data, settings)
    small, scale = linear.quantise(weights(narrowed(data, kept) if kept.size < data.items else data, settings))
    return Model(
        version=version,
        catalogue=catalogue,
        weights=small,
        scale=scale,
        columns=kept,
        trend=trending(data, half_life_days=settings.half_life_days).astype(np.float32),
        beta=settings.beta,
        fade=settings.fade,
        facts={
            **(facts or {}),
            "settings": asdict(settings),
            "events": len(data),
            "users": int(np.unique(data.user).size),
            "items": len(catalogue),
        },
    )
