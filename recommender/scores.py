"""One number per title for a profile: weights of its history, what is trending, and content for new titles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from recommender.arrays import F32, I32, I64
from recommender.contract import ProfileRequest
from recommender.linear import recency
from recommender.model import Model

FRESH_DAYS = 60.0
CONTENT_SHARE = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The known titles of a history: `item` positions, faded `weight`, and `place` in the history that was sent."""

    item: I32
    weight: F32
    place: I32


@dataclass(frozen=True, kw_only=True)
class Scorer:
    """A model with what is derived from it once."""

    model: Model

    @cached_property
    def places(self) -> I32:
        """For every item its place among the weights, or -1."""
        return self.model.column_of()

    @cached_property
    def genres(self) -> F32:
        """Genre rows of length one, by which rails are kept diverse."""
        genres = self.model.catalogue.genres.astype(np.float32)
        unit: F32 = genres / np.sqrt(np.maximum(genres.sum(axis=1, keepdims=True), 1))
        return unit

    @cached_property
    def trend(self) -> F32:
        """What the trend adds to every score."""
        return (self.model.trend * np.float32(self.model.beta)).astype(np.float32)

    def history(self, request: ProfileRequest) -> History:
        """The request's history without unknown titles, newest last, weights faded by rank."""
        index = self.model.catalogue.index
        known = [(index[id_], weight, at) for at, (id_, weight) in enumerate(request.history) if id_ in index]
        faded = recency(np.array([weight for _, weight, _ in known], np.float32), self.model.fade)
        return History(
            item=np.array([item for item, _, _ in known], np.int32),
            weight=faded,
            place=np.array([at for _, _, at in known], np.int32),
        )

    def collaborative(self, histories: Sequence[History]) -> F32:
        """Profiles x n, each row of standard deviation one; a row without known weights is zero."""
        scores = np.zeros((len(histories), len(self.model.catalogue)), np.float32)
        for row, history in enumerate(histories):
            if history.item.size:
                scores[row] = self._gather(history.item, history.weight)
        spread = scores.std(axis=1, keepdims=True)
        scores /= np.where(spread > 0, spread, 1)
        return scores

    def _gather(self, items: I32, weights: F32) -> F32:
        """The weighted sum of the items' rows: only the history's rows are touched, never the whole matrix."""
        places = self.places[items]
        held = places >= 0
        columns = (weights[held] @ self.model.weights[places[held]].astype(np.float32)) * self.model.scale
        if self.model.columns.size == len(self.model.catalogue):
            return np.asarray(columns, np.float32)
        full = np.zeros(len(self.model.catalogue), np.float32)
        full[self.model.columns] = columns
        return full

    def from_title(self, item: int) -> F32:
        """How strongly one title leads to each other: its weights beside its content."""
        row = self._gather(np.array([item], np.int32), np.ones(1, np.float32))
        alike = self.alike(item)
        spread, apart = row.std(), alike.std()
        return (row / (spread or 1) + CONTENT_SHARE * alike / (apart or 1)).astype(np.float32)

    def alike(self, item: int) -> F32:
        """The cosine of content between one title and each other."""
        content = self.model.catalogue.content
        return np.asarray(content @ content[item], np.float32)

    def fresh(self, history: History, day: float, among: I64 | None = None) -> F32:
        """How new and how near to the history's content each title is, 0 to 1; `among` narrows the titles."""
        catalogue = self.model.catalogue
        content = catalogue.content if among is None else catalogue.content[among]
        released = catalogue.released if among is None else catalogue.released[among]
        decay = 1 / (1 + np.maximum(day - released, 0) / FRESH_DAYS)
        near = content @ (history.weight @ catalogue.content[history.item])
        peak = np.abs(near).max(initial=0)
        taste = near / peak if peak > 0 else near
        return np.asarray((0.3 + 0.7 * np.clip(taste, 0, 1)) * decay, np.float32)

    def reasons(self, history: History, items: I64) -> list[int | None]:
        """For each item the place in the sent history that spoke most for it; None where nothing did."""
        places, targets = self.places[history.item], self.places[items]
        held = np.flatnonzero((places >= 0) & (history.weight > 0))
        if not held.size:
            return [None] * len(items)
        part = self.model.weights[np.ix_(places[held], np.maximum(targets, 0))].astype(np.float32)
        part *= history.weight[held][:, None]
        best = part.argmax(axis=0)
        spoke = (part[best, np.arange(len(items))] > 0) & (targets >= 0)
        sent = history.place[held][best]
        return [int(place) if yes else None for place, yes in zip(sent, spoke, strict=True)]

    def contributes(self, source: int, items: I64) -> list[bool]:
        """Whether one title's weight for each item is above zero."""
        place, targets = self.places[source], self.places[items]
        if place < 0:
            return [False] * len(items)
        return ((self.model.weights[place][np.maximum(targets, 0)] > 0) & (targets >= 0)).tolist()  # type: ignore[no-any-return]
