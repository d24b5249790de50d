"""The model against its baselines in one run, as Markdown: planted data with its optimum, or a public data set."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from recommender import baselines, linear
from recommender.arrays import F32, Mask
from recommender.fit import Settings
from recommender.interactions import Interactions, collect, latest
from recommender.metrics import Cases, Quality, Ranking, core, leave_last, measure, split_by_time
from recommender.synthetic import Simulation, World, oracle, planted, simulate
from recommender.trend import popularity, trending
from recommender.tune import Parts, parts, tune

HEAD = "| | NDCG@10 | NDCG@100 | Recall@20 | HR@10 | coverage@10 | popularity bias |\n|---|---|---|---|---|---|---|"
Row = tuple[str, Quality]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """All rows of one data set and split; `plays` orders the items by popularity."""

    title: str
    settings: Settings
    rows: tuple[Row, ...]
    plays: F32
    seconds: float

    def mean(self, name: str) -> float:
        """The mean NDCG@10 of a row."""
        return float(next(quality for row, quality in self.rows if row == name).ndcg10.mean())


def compare(
    title: str, past: Interactions, cases: Cases, settings: Settings, extra: Sequence[tuple[str, Ranking]] = ()
) -> Outcome:
    """Baselines, the model's parts and the hybrid, all trained on `past` and measured on the same cases."""
    started = time.perf_counter()
    made = parts(past, settings)
    rankings = [*_baselines(past, settings, made), *_own(past, settings, made), *extra]
    rows = tuple((name, measure(ranking, cases)) for name, ranking in rankings)
    return Outcome(
        title=title, settings=settings, rows=rows, plays=popularity(past), seconds=time.perf_counter() - started
    )


def _baselines(past: Interactions, settings: Settings, made: Parts) -> list[tuple[str, Ranking]]:
    near = baselines.neighbours(linear.gram(latest(past, settings.cap)))
    return [
        ("popularity", baselines.constant(popularity(past))),
        ("trending, 3 days", baselines.constant(trending(past, half_life_days=3))),
        (f"trending, tuned ({settings.half_life_days:g} days)", baselines.constant(_trend(past, settings))),
        ("item-kNN", baselines.linear(near, fade=None)),
        ("ALS", baselines.least_squares(past)),
        ("EASE", baselines.linear(made.plain, fade=None)),
    ]


def _own(past: Interactions, settings: Settings, made: Parts) -> list[tuple[str, Ranking]]:
    mixed = made.mixed(settings.mix, settings.fade)
    small, scale = linear.quantise(mixed)
    trend = _trend(past, settings)
    return [
        ("EASE, faded history", baselines.linear(made.plain, fade=settings.fade)),
        ("SLIT", baselines.linear(made.directed, fade=settings.fade)),
        ("EASE + SLIT", baselines.linear(mixed, fade=settings.fade)),
        ("hybrid", baselines.with_trend(baselines.linear(mixed, fade=settings.fade), trend, settings.beta)),
        (
            "hybrid, int8",
            baselines.with_trend(baselines.linear(small * scale, fade=settings.fade), trend, settings.beta),
        ),
    ]


def _trend(past: Interactions, settings: Settings) -> F32:
    return trending(past, half_life_days=settings.half_life_days)


def synthetic(*, users: int = 4_000, items: int = 600, seed: int = 0) -> Outcome:
    """Leave-last-one on planted data, with the exact oracle as the last row."""
    world = planted(items=items, seed=seed)
    simulation = simulate(world, users=users, seed=seed + 1)
    past, cases = leave_last(simulation.data)
    settings = tune(past, Settings(), leave_last(past))
    return compare(
        f"Planted, {users} users x {items} items, leave-last-one",
        past,
        cases,
        settings,
        [("exact oracle", _oracle(world, simulation))],
    )


def _oracle(world: World, simulation: Simulation) -> Ranking:
    def ranking(cases: Cases, part: slice) -> F32:
        histories, users = cases.history[part], cases.users[part]
        seen: Mask = np.zeros((len(histories), world.items), np.bool_)
        for row, history in enumerate(histories):
            seen[row, history] = True
        last = np.array([history[-1] for history in histories], np.int64)
        known = replace(simulation, taste=simulation.taste[users])
        return oracle(world, known, last=last, at=np.full(len(users), simulation.start), seen=seen)

    return ranking


def read_ratings(path: Path) -> Interactions:
    """Interactions of a `user::item::rating::unix time` file, of users and items with five ratings each."""
    rows = np.array([line.split("::") for line in path.read_text().split()], dtype=np.int64)
    users, user = np.unique(rows[:, 0], return_inverse=True)
    items, item = np.unique(rows[:, 1], return_inverse=True)
    at = rows[:, 3].astype(np.float64)
    return core(collect(user.astype(np.int32), item.astype(np.int32), at, users=users.size, items=items.size))


def public(path: Path) -> list[Outcome]:
    """A global split by time and leave-last-one on a public data set that lies at `path`."""
    data = read_ratings(path)
    past, cases = split_by_time(data)
    settings = tune(past, Settings())
    timed = compare(f"{path.parent.name}, global time split", past, cases, settings)
    past, cases = leave_last(data)
    settings = tune(past, Settings(), leave_last(past))
    return [timed, compare(f"{path.parent.name}, leave-last-one", past, cases, settings)]


def report(outcome: Outcome) -> str:
    """The Markdown table of an outcome and, where an oracle is among its rows, the gap closed."""
    chosen = outcome.settings
    lines = [f"### {outcome.title}", "", f"{outcome.rows[0][1].ndcg10.size} cases, {outcome.plays.size} items; ", HEAD]
    lines[2] += f"tuned: mix {chosen.mix:g}, fade {chosen.fade:g}, beta {chosen.beta:g}, "
    lines[2] += f"half-life {chosen.half_life_days:g} days.\n"
    for name, quality in outcome.rows:
        means = [float(getattr(quality, part).mean()) for part in ("ndcg10", "ndcg100", "recall20", "hit10")]
        means += [quality.coverage, quality.popularity_bias(outcome.plays)]
        lines.append(f"| {name} | " + " | ".join(f"{mean:.3f}" for mean in means) + " |")
    if outcome.rows[-1][0] == "exact oracle":
        low, high = outcome.mean("popularity"), outcome.mean("exact oracle")
        closed = {name: (outcome.mean(name) - low) / (high - low) for name in ("ALS", "EASE", "SLIT", "hybrid")}
        lines += ["", "Gap closed: " + ", ".join(f"{name} {share:.2f}" for name, share in closed.items()) + "."]
    return "\n".join(lines) + "\n"


def write(*, users: int, items: int, seed: int, ratings: Path | None, to: Path | None) -> str:
    """The whole report: planted data, and the public data set if its file is given."""
    outcomes = [synthetic(users=users, items=items, seed=seed)]
    if ratings is not None:
        outcomes += public(ratings)
    text = "\n".join(report(outcome) for outcome in outcomes)
    if to is not None:
        to.write_text(text)
    return text
