"""What the recommender is asked and answers: rails for a history of watching, under a pseudonym."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from domain.watching import Feedback, MarkerRecord, ProfileKey, ProgressRecord, TitleStateRecord

HISTORY = 100
"""The newest titles that are sent."""

FINISHED, MOSTLY, BEGUN, ABANDONED = 1.0, 0.9, 0.5, -0.3
"""Weights of what was watched: to its end, more than 70 %, some of it, less than 10 % and left for a day."""

LISTED = 0.6
_FEEDBACK = {Feedback.LOVE: 1.5, Feedback.LIKE: 1.3, Feedback.DISLIKE: -1.0}
_LEFT_FOR = timedelta(days=1)


class RailForm(Enum):
    """What the model can make; the value is its name on the wire."""

    FOR_YOU = "forYou"
    BECAUSE = "because"
    SIMILAR = "similar"
    FRESH = "fresh"


class ImpressionAction(Enum):
    """What a viewer did with a title that was shown."""

    SHOWN = "SHOWN"
    CLICKED = "CLICKED"
    PLAYED = "PLAYED"
    DISMISSED = "DISMISSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class RailWish:
    """One rail of `size` titles; BECAUSE and SIMILAR start from the title `seed`."""

    form: RailForm
    size: int
    seed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A title of a history with its weight, negative for what was disliked."""

    title_id: str
    weight: float
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """For whom rails are made: `history` oldest first, `exclude` never to return, and who may see what.

    `id` is a pseudonym, empty for nobody in particular. `stamp` changes with everything that the profile does.
    """

    id: str = ""
    account: str = ""
    """A pseudonym too: what experiments are sticky by."""
    history: tuple[Watched, ...] = ()
    exclude: frozenset[str] = frozenset()
    stamp: str = ""
    country: str
    max_age: int | None = None

    @property
    def known(self) -> frozenset[str]:
        """What is never recommended: what the profile has touched, and what it does not want."""
        return self.exclude | {one.title_id for one in self.history}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """A chosen title; `propensity` is the probability with which it was chosen where chance had a part."""

    title_id: str
    source: str
    propensity: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A rail as a model made it: which one, of which variant, and whether it is an earlier answer standing in."""

    picks: tuple[Pick, ...]
    model: str
    variant: str
    stale: bool = False

    def without(self, known: Collection[str]) -> Choice:
        """The choice without these titles: a model is not trusted to leave them out, an old answer cannot know."""
        return replace(self, picks=tuple(pick for pick in self.picks if pick.title_id not in known))


def pseudonym(key: bytes, *parts: str) -> str:
    """A name for an account or a profile that only the holder of `key` can make; 24 hexadecimal digits."""
    text = "\0".join(parts).encode()
    return hashlib.blake2b(text, key=key[:64], digest_size=12, person=b"pseudonym").hexdigest()


def profile_pseudonym(key: bytes, profile: ProfileKey) -> str:
    """The profile in events, tokens and requests to the model."""
    return pseudonym(key, profile.account, profile.profile)


def variant_of(account: str, weights: Mapping[str, int]) -> str | None:
    """The variant of an account by the shares of an experiment, the same every time; None where there is none."""
    total = sum(weights.values())
    if not total or not account:
        return None
    place = int.from_bytes(hashlib.sha256(f"variant {account}".encode()).digest()[:8], "big") % total
    for name, weight in weights.items():
        place -= weight
        if place < 0:
            return name
    return None


def history_of(
    markers: Sequence[MarkerRecord],
    progress: Mapping[str, ProgressRecord],
    states: Sequence[TitleStateRecord],
    now: datetime,
) -> tuple[Watched, ...]:
    """One entry for each title that the profile touched, oldest first; what it said outweighs what it did."""
    found = {one.title_id: _watched(one, progress.get(one.playable), now) for one in markers}
    for state in states:
        if state.feedback is not None and state.feedback_at is not None:
            at = max(state.feedback_at, found[state.title_id].at) if state.title_id in found else state.feedback_at
            found[state.title_id] = Watched(title_id=state.title_id, weight=_FEEDBACK[state.feedback], at=at)
        elif state.listed_at is not None and state.title_id not in found:
            found[state.title_id] = Watched(title_id=state.title_id, weight=LISTED, at=state.listed_at)
    return tuple(sorted(found.values(), key=lambda one: (one.at, one.title_id))[-HISTORY:])


def _watched(marker: MarkerRecord, seen: ProgressRecord | None, now: datetime) -> Watched:
    return Watched(title_id=marker.title_id, weight=_weight(marker, seen, now), at=marker.at)


def _weight(marker: MarkerRecord, seen: ProgressRecord | None, now: datetime) -> float:
    if marker.finished:
        return FINISHED
    if seen is None:  # a later episode that has not begun: the ones before it were watched
        return MOSTLY if "/" in marker.playable else BEGUN
    if seen.fraction > 0.7:
        return MOSTLY
    left = seen.fraction < 0.1 and now - marker.at > _LEFT_FOR
    return ABANDONED if left and "/" not in marker.playable else BEGUN
