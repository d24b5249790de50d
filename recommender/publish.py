"""From interactions to a published model: tune, prove on what came last, pass the gate, swap."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from recommender.arrays import F32
from recommender.baselines import constant, gather, with_trend
from recommender.baselines import linear as faded
from recommender.catalogue import Catalogue
from recommender.fit import Settings, columns, fit, narrowed, weights
from recommender.gate import Bars, Decision, Evidence, decide
from recommender.interactions import Interactions
from recommender.metrics import Cases, Ranking, measure, split_at
from recommender.model import MANIFEST, BadArtifact, Model, load, save
from recommender.trend import DAY, trending
from recommender.tune import tune

HELD_OUT_DAYS = 7.0
NEW_EVENTS = 5
GATE = "gate.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a training: the model, the gate's decision, and whether it now lies in the directory."""

    model: Model
    decision: Decision
    published: bool


def held_out(data: Interactions) -> tuple[Interactions, Cases]:
    """The last week is to be foretold from what came before."""
    return split_at(data, float(data.at.max()) - HELD_OUT_DAYS * DAY, least=1)


def recipe(data: Interactions, settings: Settings) -> Ranking:
    """What a model of these settings, trained on `data`, ranks for a bare history."""
    kept = columns(data, settings)
    full: F32 = np.zeros((data.items, data.items), np.float32)
    full[np.ix_(kept, kept)] = weights(narrowed(data, kept), settings)
    trend = trending(data, half_life_days=settings.half_life_days)
    return with_trend(faded(full, fade=settings.fade), trend, settings.beta)


def artifact(model: Model, catalogue: Catalogue) -> Ranking:
    """What a finished model ranks, in the numbering of another catalogue; titles that it lacks rank last."""
    theirs = np.array([model.catalogue.index.get(id_, -1) for id_ in catalogue.ids], np.int64)
    places = np.where(theirs >= 0, model.column_of()[theirs], -1)
    full: F32 = np.zeros((len(catalogue), len(catalogue)), np.float32)
    known = np.flatnonzero(places >= 0)
    own = model.weights[np.ix_(places[known], places[known])].astype(np.float32) * model.scale[places[known]]
    full[np.ix_(known, known)] = own
    lift = np.where(theirs >= 0, model.trend[theirs], 0) * np.float32(model.beta)

    def ranking(cases: Cases, part: slice) -> F32:
        return np.asarray(gather(full, cases.history[part], fade=model.fade) + lift, np.float32)

    return ranking


def prove(data: Interactions, catalogue: Catalogue, settings: Settings, live: Model | None) -> Evidence:
    """The candidate's recipe against the present model, both judged on the last week.

    The candidate is trained without that week. So is the present model's recipe if it has already learned from any of
    that week, since it would else be judged on its own lessons; an older one is judged as it is.
    """
    past, cases = held_out(data)
    other = None
    if live is not None:
        leaks = float(live.facts.get("until", np.inf)) > float(past.at.max(initial=-np.inf))
        ranking = recipe(past, settings_of(live)) if leaks else artifact(live, catalogue)
        other = measure(ranking, cases)
    length = np.array([history.size for history in cases.history])
    return Evidence(
        cases=cases,
        candidate=measure(recipe(past, settings), cases),
        trending=measure(constant(trending(past, half_life_days=settings.half_life_days)), cases),
        live=other,
        segments={"new profiles": length < NEW_EVENTS, "known profiles": length >= NEW_EVENTS},
    )


def settings_of(model: Model) -> Settings:
    """The settings that a model was made with."""
    known = {field.name for field in fields(Settings)}
    return Settings(**{name: value for name, value in model.facts.get("settings", {}).items() if name in known})


def publish(
    data: Interactions,
    catalogue: Catalogue,
    directory: Path,
    *,
    settings: Settings,
    tuned: bool,
    bars: Bars,
    now: float,
    live: Model | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Outcome:
    """Trains on all data and swaps the directory's model if the gate lets it; the decision is written either way."""
    if tuned:
        past, _ = held_out(data)
        settings = tune(past, settings, held_out(past))
    facts = {**(facts or {}), "until": float(data.at.max()), "trainedAt": int(now)}
    model = fit(data, catalogue, settings, version="candidate", facts=facts)
    model = replace(model, version=version_of(model, data, now))
    decision = decide(prove(data, catalogue, settings, live), model, live=live, bars=bars, day=now / DAY)
    directory.mkdir(parents=True, exist_ok=True)
    decision.write(directory / GATE)
    if decision.passed:
        save(model, directory)
    return Outcome(model=model, decision=decision, published=decision.passed)


def version_of(model: Model, data: Interactions, now: float) -> str:
    """A name from the hour and from everything that went into the model."""
    digest = hashlib.sha256()
    for part in (data.user, data.item, data.at, data.weight, model.weights, model.trend):
        digest.update(np.ascontiguousarray(part).tobytes())
    digest.update("\n".join(model.catalogue.ids).encode())
    hour = np.datetime64(int(now), "s").astype("datetime64[h]")
    return f"{hour}-{digest.hexdigest()[:8]}"


def present(directory: Path) -> Model | None:
    """The model of a directory, or None; an unreadable one counts as none."""
    if not (directory / MANIFEST).exists():
        return None
    try:
        return load(directory)
    except BadArtifact:
        return None
