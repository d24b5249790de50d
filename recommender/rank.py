"""From requests to rails: filter, score, diversify, cap franchises, keep slots for new titles, repeat nothing."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from recommender import diversity
from recommender.arrays import F32, I64, Mask
from recommender.contract import Facets, ProfileRequest, RailRequest
from recommender.scores import History, Scorer

FRANCHISE_CAP = 2
EXPLORATION = 0.05
FIRST_SLOT, SLOT_EVERY = 3, 5
NEW_DAYS, NEW_POOL = 90.0, 20
PERSONAL, BALANCED = 0.9, 0.75
RESERVE = 60
TURN = 8
"""Titles that a rail takes before the next one has its turn."""


@dataclass(slots=True, kw_only=True)
class _Profile:
    """What the rails of one profile share."""

    request: ProfileRequest
    history: History
    allowed: Mask
    collaborative: F32
    base: F32
    newest: list[int] = field(default_factory=list)
    used: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Pick:
    item: int
    score: float
    source: str
    propensity: float = 1.0


def rank(scorer: Scorer, day: float, requests: Sequence[ProfileRequest]) -> list[dict[str, Any]]:
    """The answer's `results`, in the order of the requests; `day` is now in days since 1970."""
    profiles = _profiles(scorer, day, requests)
    jobs = [(profile, rail) for profile in profiles for rail in profile.request.rails]
    if not jobs:
        return [{"id": request.id, "rails": [], "fallback": None} for request in requests]
    scores = np.stack([_rail_scores(scorer, day, profile, rail) for profile, rail in jobs])
    candidates, order = _order(scorer, jobs, scores)
    lists = [_List(scorer, *job, candidates[at], order[at], scores[at]) for at, job in enumerate(jobs)]
    _take_turns(lists)
    answers: dict[int, list[dict[str, Any]]] = {id(profile): [] for profile in profiles}
    for one in lists:
        answers[id(one.profile)].append(_rail(scorer, one))
    return [
        {
            "id": profile.request.id,
            "rails": answers[id(profile)],
            "fallback": None if profile.history.item.size else "trend",
        }
        for profile in profiles
    ]


def _profiles(scorer: Scorer, day: float, requests: Sequence[ProfileRequest]) -> list[_Profile]:
    histories = [scorer.history(request) for request in requests]
    collaborative = scorer.collaborative(histories)
    masks: dict[Facets, Mask] = {}
    profiles = []
    for row, (request, history) in enumerate(zip(requests, histories, strict=True)):
        allowed = _allowed(scorer, day, request, masks)
        base = collaborative[row] + scorer.trend
        _boost(scorer, request, base)
        profile = _Profile(
            request=request, history=history, allowed=allowed, collaborative=collaborative[row], base=base
        )
        profile.newest = _newest(scorer, day, profile)
        profiles.append(profile)
    return profiles


def _allowed(scorer: Scorer, day: float, request: ProfileRequest, masks: dict[Facets, Mask]) -> Mask:
    catalogue, facets = scorer.model.catalogue, request.facets
    if facets not in masks:
        masks[facets] = catalogue.allowed(
            country=facets.country, max_maturity=facets.max_maturity, kinds=facets.kinds, today=day
        )
    allowed = masks[facets].copy()
    allowed[catalogue.rows(request.exclude)] = False
    allowed[catalogue.rows(id_ for id_, _ in request.history)] = False
    return allowed


def _boost(scorer: Scorer, request: ProfileRequest, base: F32) -> None:
    catalogue = scorer.model.catalogue
    for genre, weight in request.boost.items():
        if genre in catalogue.genre_names:
            base += np.float32(weight) * catalogue.genres[:, catalogue.genre_names.index(genre)]


def _newest(scorer: Scorer, day: float, profile: _Profile) -> list[int]:
    """The new titles nearest to the history, for the slots that are kept for them."""
    if not any(rail.id == "forYou" for rail in profile.request.rails):
        return []
    among = np.flatnonzero(profile.allowed & (scorer.model.catalogue.released > day - NEW_DAYS))
    best = np.argsort(-scorer.fresh(profile.history, day, among), kind="stable")[:NEW_POOL]
    found: list[int] = among[best].tolist()
    return found


def _rail_scores(scorer: Scorer, day: float, profile: _Profile, rail: RailRequest) -> F32:
    """Scores of all titles for one rail; minus infinity where a title may not be shown."""
    seed = scorer.model.catalogue.index.get(rail.seed) if rail.seed is not None else None
    if rail.id == "fresh":
        scores = scorer.fresh(profile.history, day)
    elif rail.id == "trending":
        scores = scorer.model.trend
    elif rail.id == "forYou" or seed is None:
        scores = profile.base
    else:
        scores = scorer.from_title(seed) + np.float32(0.25 if rail.id == "because" else 0) * profile.collaborative
    shown = np.where(profile.allowed, scores, np.float32(-np.inf))
    if seed is not None:
        shown[seed] = -np.inf
    return shown


def _order(scorer: Scorer, jobs: Sequence[tuple[_Profile, RailRequest]], scores: F32) -> tuple[I64, I64]:
    """Each rail's candidates and the order in which they are picked; long enough for what other rails take away."""
    most = max(sum(rail.k for rail in profile.request.rails) for profile, _ in jobs)
    candidates = diversity.pool(scores, most + RESERVE)
    relevance = np.array([_relevance(profile, rail) for profile, rail in jobs], np.float32)
    own = np.take_along_axis(scores, candidates, axis=1)
    return candidates, diversity.rerank(own, candidates, scorer.genres, relevance, most + RESERVE // 4)


def _relevance(profile: _Profile, rail: RailRequest) -> float:
    if rail.id in ("similar", "trending"):
        return 1.0
    return PERSONAL if profile.history.item.size else BALANCED


class _List:
    """A rail that is being filled from its order; a title page's `similar` stands alone, others share what is used."""

    def __init__(
        self, scorer: Scorer, profile: _Profile, rail: RailRequest, candidates: I64, order: I64, scores: F32
    ) -> None:
        ranked = candidates[order[order >= 0]]
        self.profile, self.rail = profile, rail
        self.picks: list[_Pick] = []
        self._scorer, self._scores = scorer, scores
        self._ranked = iter(ranked[np.isfinite(scores[ranked])].tolist())
        self._used: set[int] = set() if rail.id == "similar" else profile.used
        self._franchises: dict[int, int] = {}
        self._slots = _Slots(profile) if rail.id == "forYou" else None

    def fill(self, size: int) -> None:
        """Picks on until there are `size`, or there is nothing left to pick from."""
        while len(self.picks) < min(size, self.rail.k):
            new = self._slots.at(len(self.picks), self._used) if self._slots else None
            if new is None:
                item = next(self._ranked, None)
                if item is None:
                    return
                if not self._fits(item):
                    continue
                new = item, _source(self._scorer, self.profile, self.rail, item), 1.0
            self._used.add(new[0])
            self.picks.append(_Pick(new[0], float(self._scores[new[0]]), new[1], new[2]))

    def _fits(self, item: int) -> bool:
        franchise = int(self._scorer.model.catalogue.franchise[item])
        if item in self._used or (franchise >= 0 and self._franchises.get(franchise, 0) >= FRANCHISE_CAP):
            return False
        self._franchises[franchise] = self._franchises.get(franchise, 0) + 1
        return True


def _take_turns(lists: Sequence[_List]) -> None:
    """Fills the rails a few titles at a time: each begins with its best, none with what another one left over."""
    for size in range(TURN, max(one.rail.k for one in lists) + TURN, TURN):
        for one in lists:
            one.fill(size)


def _rail(scorer: Scorer, one: _List) -> dict[str, Any]:
    picks, rail = one.picks, one.rail
    items = np.array([pick.item for pick in picks], np.int64)
    ids = scorer.model.catalogue.ids
    return {
        "id": rail.id,
        "seed": rail.seed,
        "items": [ids[pick.item] for pick in picks],
        "scores": [round(pick.score, 4) for pick in picks],
        "because": _because(scorer, one.profile, rail, items),
        "source": [pick.source for pick in picks],
        "propensity": [round(pick.propensity, 6) for pick in picks],
    }


def _source(scorer: Scorer, profile: _Profile, rail: RailRequest, item: int) -> str:
    if rail.id == "fresh":
        return "fresh"
    if rail.id == "trending" or not profile.history.item.size:
        return "trend"
    return "cf" if rail.seed or profile.collaborative[item] >= scorer.trend[item] else "trend"


def _because(scorer: Scorer, profile: _Profile, rail: RailRequest, items: I64) -> list[int | None]:
    """Places in the history: the seed of a rail that names one, else the title that contributed most."""
    reasons = scorer.reasons(profile.history, items)
    sent = [id_ for id_, _ in profile.request.history]
    if rail.id != "because" or rail.seed not in sent or rail.seed not in scorer.model.catalogue.index:
        return reasons
    place = len(sent) - 1 - sent[::-1].index(rail.seed)
    spoke = scorer.contributes(scorer.model.catalogue.index[rail.seed], items)
    return [place if yes else reason for yes, reason in zip(spoke, reasons, strict=True)]


class _Slots:
    """The places of a rail that are kept for new titles: mostly the nearest, sometimes any, with its probability."""

    def __init__(self, profile: _Profile) -> None:
        self._left = list(profile.newest)
        self._random = random.Random(profile.request.seed)

    def at(self, place: int, used: set[int]) -> tuple[int, str, float] | None:
        """The new title for this place of the rail, its source and the probability of having been chosen."""
        if place < FIRST_SLOT or (place - FIRST_SLOT) % SLOT_EVERY:
            return None
        self._left = [item for item in self._left if item not in used]
        if not self._left:
            return None
        share = EXPLORATION / len(self._left)
        if self._random.random() < EXPLORATION:
            chosen = self._random.choice(self._left)
        else:
            chosen = self._left[0]
        greedy = chosen == self._left[0]
        self._left.remove(chosen)
        return chosen, "fresh" if greedy else "explore", share + (1 - EXPLORATION if greedy else 0)
