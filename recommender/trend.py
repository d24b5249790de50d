"""What is watched now: popularity in which every play fades with a half-life."""

from __future__ import annotations

import numpy as np

from recommender.arrays import F32
from recommender.interactions import Interactions

DAY = 86_400.0


def trending(data: Interactions, *, half_life_days: float, now: float | None = None) -> F32:
    """One number per item, standard deviation one (zero without plays); `now` defaults to the newest row."""
    if not len(data):
        return np.zeros(data.items, np.float32)
    moment = float(data.at.max()) if now is None else now
    faded = np.exp2((data.at - moment) / (half_life_days * DAY)) * (data.weight > 0)
    return standard(np.bincount(data.item, faded, minlength=data.items).astype(np.float32))


def popularity(data: Interactions) -> F32:
    """Plays per item, standard deviation one."""
    return standard(np.bincount(data.item, data.weight > 0, minlength=data.items).astype(np.float32))


def standard(values: F32) -> F32:
    """Values divided by their standard deviation; zeros stay."""
    spread = values.std()
    scaled: F32 = values / spread if spread > 0 else values
    return scaled
