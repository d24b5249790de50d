"""A world whose viewers' choices are known exactly: it makes interactions, and the best possible ranking of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from recommender.arrays import F32, F64, I32, I64, Mask
from recommender.catalogue import Catalogue
from recommender.diversity import pool
from recommender.interactions import Interactions, collect
from recommender.trend import DAY

ROUNDS = 12
STRIP = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """How a next title is chosen among those not yet seen.

    With `follow` it is the successor of the last one; else with `roam` it comes from the background of that day, else
    from a cluster drawn by the viewer's taste. `clusters` is C x n and `background` days x n; every row sums to one.
    """

    clusters: F64
    background: F64
    successor: I32
    concentration: float = 0.15
    follow: float = 0.25
    roam: float = 0.1

    @property
    def items(self) -> int:
        return int(self.clusters.shape[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """Interactions and the tastes (users x C) that made them."""

    data: Interactions
    taste: F64
    start: float


def planted(*, items: int = 600, clusters: int = 20, seed: int = 0, days: int = 1, fading_days: float = 0.0) -> World:
    """Zipf clusters and a successor for every title; with `fading_days` the background follows releases."""
    rng = np.random.default_rng(seed)
    member = rng.permutation(np.arange(items) % clusters)
    weights, successor = np.zeros((clusters, items)), np.empty(items, np.int32)
    for cluster in range(clusters):
        own = np.flatnonzero(member == cluster)
        weights[cluster, own] = 1 / np.arange(1, own.size + 1)
        cycle = rng.permutation(own)
        successor[cycle] = np.roll(cycle, -1)
    background = np.tile(weights.sum(axis=0), (days, 1))
    if fading_days:
        age = np.arange(days)[:, None] - rng.uniform(-30, days, items)[None, :]
        background = np.where(age >= 0, np.exp2(-age / fading_days), 1e-9)
    return World(clusters=_rows_to_one(weights), background=_rows_to_one(background), successor=successor)


def from_catalogue(catalogue: Catalogue, today: float, *, count: int, follow: float) -> list[World]:
    """Worlds over real titles: genres are the clusters, popularity their weight, content says what follows.

    In the first one the successor of a title is the released title that is most like it, in the second one the next,
    and so on.
    """
    rank = np.empty(len(catalogue))
    rank[np.argsort(-catalogue.popularity, kind="stable")] = np.arange(len(catalogue))
    weight = np.where(catalogue.released <= today, (rank + 5) ** -0.8, 1e-12)
    genres = catalogue.genres / np.maximum(catalogue.genres.sum(axis=1, keepdims=True), 1)
    clusters = np.vstack([(genres * weight[:, None]).T, weight[None, :]])
    clusters = _rows_to_one(clusters[clusters.sum(axis=1) > 0])
    background = _rows_to_one(weight[None, :])
    return [
        World(clusters=clusters, background=background, successor=successor, follow=follow)
        for successor in _nearest(catalogue, catalogue.released <= today, count)
    ]


def _nearest(catalogue: Catalogue, released: Mask, count: int) -> I32:
    """The `count` titles nearest in content to each title, as rows from near to far; a part of the titles at a time."""
    content, size = catalogue.content, len(catalogue)
    found = np.zeros((count, size), np.int32)
    for begin in range(0, size, STRIP):
        strip = content[begin : begin + STRIP] @ content.T
        strip[:, ~released] = -2
        strip[np.arange(len(strip)), np.arange(begin, begin + len(strip))] = -2
        best = pool(strip, count)
        found[: best.shape[1], begin : begin + STRIP] = best.T
    return found


def simulate(
    world: World, *, users: int, seed: int, end: float = 0.0, length: tuple[int, int] = (15, 45)
) -> Simulation:
    """`users` viewers with `length` choices each, spread over the world's days (or 90) up to `end` in Unix seconds."""
    rng = np.random.default_rng(seed)
    days = len(world.background) if len(world.background) > 1 else 90
    taste = rng.dirichlet(np.full(len(world.clusters), world.concentration), users)
    counts = rng.integers(length[0], length[1] + 1, users)
    drawn = rng.uniform(0, days, (users, length[1]))
    times = np.sort(np.where(np.arange(length[1]) < counts[:, None], drawn, np.inf), axis=1)
    seen = np.zeros((users, world.items), np.bool_)
    last = np.full(users, -1, np.int64)
    rows: list[tuple[I64, I64, F64]] = []
    for step in range(length[1]):
        active = np.flatnonzero(counts > step)
        viewers, chosen = _choose(world, rng, taste, seen, last, active, times[active, step])
        seen[viewers, chosen] = True
        last[viewers] = chosen
        rows.append((viewers, chosen, times[viewers, step]))
    start = end - days * DAY
    user, item = np.concatenate([row[0] for row in rows]), np.concatenate([row[1] for row in rows])
    at = start + np.concatenate([row[2] for row in rows]) * DAY
    data = collect(user.astype(np.int32), item.astype(np.int32), at, users=users, items=world.items)
    return Simulation(data=data, taste=taste, start=start)


def oracle(world: World, simulation: Simulation, *, last: I64, at: F64, seen: Mask) -> F32:
    """The exact probability of each next title per user at the times `at`: no ranking can do better."""
    day = _day(world, (at - simulation.start) / DAY)
    drawn = (1 - world.roam) * (simulation.taste @ world.clusters) + world.roam * world.background[day]
    drawn *= 1 - world.follow
    known = np.flatnonzero(last >= 0)
    drawn[known, world.successor[last[known]]] += world.follow
    drawn[seen] = 0
    return _rows_to_one(drawn).astype(np.float32)


def _choose(world: World, rng: Generator, taste: F64, seen: Mask, last: I64, active: I64, time: F64) -> tuple[I64, I64]:
    """One unseen title for each active viewer, by drawing again what was seen; a few give up."""
    mixture, places = np.cumsum(taste, axis=1), _cumulative(world.clusters)
    ambient, day = _cumulative(world.background), _day(world, time)
    chosen = np.full(active.size, -1, np.int64)
    open_ = np.arange(active.size)
    for _ in range(ROUNDS):
        who = active[open_]
        cluster = np.minimum((mixture[who] < rng.random((open_.size, 1))).sum(axis=1), len(world.clusters) - 1)
        drawn = _draw(places, cluster, rng.random(open_.size))
        roaming = rng.random(open_.size) < world.roam
        drawn = np.where(roaming, _draw(ambient, day[open_], rng.random(open_.size)), drawn)
        following = (rng.random(open_.size) < world.follow) & (last[who] >= 0)
        drawn = np.where(following, world.successor[last[who]], drawn)
        free = ~seen[who, drawn]
        chosen[open_[free]] = drawn[free]
        open_ = open_[~free]
    found = chosen >= 0
    return active[found], chosen[found]


def _cumulative(rows: F64) -> F64:
    """Row r runs from r to r + 1, so that one sorted array serves the draws of all rows."""
    sums = np.cumsum(rows, axis=1)
    return np.asarray(np.minimum(sums / sums[:, -1:], 1) + np.arange(len(rows))[:, None])


def _draw(cumulative: F64, row: I64, uniform: F64) -> I64:
    width = cumulative.shape[1]
    found = np.searchsorted(cumulative.ravel(), row + uniform, side="right") - row * width
    return np.asarray(np.clip(found, 0, width - 1), np.int64)


def _day(world: World, time: F64) -> I64:
    return np.asarray(np.clip(time.astype(np.int64), 0, len(world.background) - 1), np.int64)


def _rows_to_one(rows: F64) -> F64:
    scaled: F64 = rows / rows.sum(axis=1, keepdims=True)
    return scaled
