"""What a retrain chooses anew: the mix of the two linear parts, the weight of the trend and its half-life."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from recommender import linear
from recommender.arrays import F32
from recommender.baselines import level, sums
from recommender.fit import Settings, shares, spreads
from recommender.interactions import Interactions, latest
from recommender.metrics import Cases, measure, split_by_time
from recommender.trend import trending

MIXES, FADES = (0.0, 0.3, 0.5, 0.7, 1.0), (1.0, 2.0, 5.0)
BETAS = (0.0, 0.25, 0.5, 1.0, 2.0)
HALF_LIVES = (0.5, 1.0, 3.0, 14.0)
MOST_CASES = 1_000
WORTH = 1.005  # A stronger trend costs variety, so it has to earn half a percent.


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The two linear models of one training set, before they are mixed."""

    plain: F32
    directed: F32
    data: Interactions

    def mixed(self, mix: float, fade: float) -> F32:
        """The weights at this share of SLIT."""
        first, second = shares(spreads(self.plain, self.directed, self.data, fade), mix)
        return self.plain * first + self.directed * second


def parts(data: Interactions, settings: Settings) -> Parts:
    """EASE and SLIT of the liked, newest rows."""
    liked = latest(data.where(data.weight > 0), settings.cap)
    return Parts(
        plain=linear.ease(linear.gram(liked), ridge=settings.ridge, dropout=settings.dropout),
        directed=linear.slit(liked, ridge=settings.slit_ridge, memory=settings.memory),
        data=liked,
    )


def tune(data: Interactions, settings: Settings, split: tuple[Interactions, Cases] | None = None) -> Settings:
    """The settings that foretell best what came last in the data: by time, or by the split that is given."""
    past, cases = split or split_by_time(data)
    cases = _some(cases)
    if len(cases) < 20:
        return settings
    made = parts(past, settings)
    chosen, scores = _linear(made, cases, settings)
    best, found = -1.0, chosen
    for beta, days in _trends():
        lift = np.float32(beta) * trending(past, half_life_days=days)
        quality = _quality(scores + lift, cases)
        if quality > best * WORTH:
            best, found = quality, replace(chosen, beta=beta, half_life_days=days)
    return found


def _linear(made: Parts, cases: Cases, settings: Settings) -> tuple[Settings, F32]:
    """The best mix and fading without a trend, and the scores that they give."""
    best, found, kept = -1.0, settings, np.zeros((len(cases), cases.items), np.float32)
    for fade in FADES:
        # The mixed scores are the mix of the scores: no mixed weights are made.
        plain, directed = (sums(weights, cases.history, fade=fade) for weights in (made.plain, made.directed))
        apart = spreads(made.plain, made.directed, made.data, fade)
        for mix in MIXES:
            first, second = shares(apart, mix)
            scores = level(plain * first + directed * second)
            quality = _quality(scores, cases)
            if quality > best:
                best, found, kept = quality, replace(settings, mix=mix, fade=fade), scores
    return found, kept


def _trends() -> Iterable[tuple[float, float]]:
    return ((beta, days) for beta, days in product(BETAS, HALF_LIVES) if beta or days == HALF_LIVES[0])


def _quality(scores: F32, cases: Cases) -> float:
    return float(measure(lambda _, part: scores[part], cases).ndcg10.mean())


def _some(cases: Cases) -> Cases:
    step = max(1, len(cases) // MOST_CASES)
    return replace(cases, users=cases.users[::step], history=cases.history[::step], relevant=cases.relevant[::step])
