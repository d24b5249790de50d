"""Event files as Firehose writes them, JSON lines of progress, feedback and impressions, turned into interactions."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from recommender.catalogue import seconds_of
from recommender.interactions import Interactions, collect, latest

BOUNCE_FRACTION, BOUNCE_SECONDS = 0.02, 120.0
PER_PROFILE = 200
FEEDBACK = {"LIKE": 1.3, "LOVE": 1.5, "DISLIKE": -1.0}
LISTED, DISMISSED = 0.6, -0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """What event files hold: `exposures` counts actions by (model, variant, source); `dropped` says why rows went."""

    data: Interactions
    profiles: tuple[str, ...]
    exposures: Mapping[tuple[str, str, str], Mapping[str, int]]
    dropped: Mapping[str, int]


@dataclass(slots=True)
class _Pair:
    """What one profile did with one title."""

    at: float
    progress: float | None = None
    feedback: float | None = None
    feedback_at: float = float("-inf")
    listed: bool = False
    dismissed: bool = False

    def weight(self) -> float | None:
        """The last opinion counts before viewing, viewing before listing; None where nothing was said."""
        if self.feedback is not None:
            return self.feedback
        if self.progress is not None:
            return self.progress
        return LISTED if self.listed else DISMISSED if self.dismissed else None


def read(
    lines: Iterable[bytes | str],
    index: Mapping[str, int],
    *,
    deleted: frozenset[str] = frozenset(),
    title_of: Mapping[str, str] | None = None,
) -> Log:
    """Interactions over the items of `index`; `title_of` names an episode's series; `deleted` profiles are left out."""
    pairs: dict[tuple[str, int], _Pair] = {}
    exposures: dict[tuple[str, str, str], Counter[str]] = {}
    dropped: Counter[str] = Counter()
    for line in lines:
        if not line.strip():
            continue
        try:
            event = json.loads(line)
            if event["profile"] is None:
                dropped["no profile"] += 1
                continue
            profile, title, at = str(event["profile"]), str(event["title"]), seconds_of(event["at"])
            item = index.get((title_of or {}).get(title, event.get("series", title)))
            if profile in deleted:
                dropped["deleted"] += 1
            elif item is None:
                dropped["unknown title"] += 1
            else:
                reason = _add(event, pairs.setdefault((profile, item), _Pair(at)), at, exposures)
                if reason:
                    dropped[reason] += 1
        except (ValueError, KeyError, TypeError, AttributeError):
            dropped["malformed"] += 1
    data, profiles = _interactions(pairs, len(index))
    return Log(data=data, profiles=profiles, exposures=exposures, dropped=dropped)


def weight_of(fraction: float, completed: bool) -> float:
    """How gladly a title was watched, from how much of it: finished 1, most .9, some .5, given up -.3."""
    if completed:
        return 1.0
    return 0.9 if fraction > 0.7 else 0.5 if fraction >= 0.1 else -0.3


def read_directory(directory: Path) -> Iterable[bytes]:
    """The lines of all event files below a directory, in the order of their names."""
    for path in sorted(directory.rglob("*.jsonl")):
        yield from path.read_bytes().splitlines()


def episodes(records: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """From episode to title, for records that list their `episodes`."""
    return {str(episode): str(record["id"]) for record in records for episode in record.get("episodes") or ()}


def _add(
    event: Mapping[str, Any], pair: _Pair, at: float, exposures: dict[tuple[str, str, str], Counter[str]]
) -> str | None:
    """Takes one event into its pair; returns why it was dropped, if it was."""
    kind = event["type"]
    if kind == "progress":
        return _progress(event, pair, at)
    if kind == "feedback":
        if at >= pair.feedback_at:
            pair.feedback_at, pair.at = at, max(at, pair.at)
            pair.feedback = FEEDBACK[event["value"]] if event["value"] is not None else None
        return None
    if kind == "listed":
        pair.listed = True
        return None
    if kind == "impression":
        key = (str(event.get("model")), str(event.get("variant")), str(event.get("source")))
        exposures.setdefault(key, Counter())[str(event["action"])] += 1
        pair.dismissed |= event["action"] == "DISMISSED"
        return None
    return "unknown type"


def _progress(event: Mapping[str, Any], pair: _Pair, at: float) -> str | None:
    fraction, completed = float(event["fraction"]), bool(event.get("completed", False))
    if not completed and (fraction < BOUNCE_FRACTION or float(event.get("seconds", np.inf)) < BOUNCE_SECONDS):
        return "bounce"
    weight = weight_of(fraction, completed)
    pair.progress = weight if pair.progress is None else max(pair.progress, weight)
    pair.at = max(pair.at, at)
    return None


def _interactions(pairs: Mapping[tuple[str, int], _Pair], items: int) -> tuple[Interactions, tuple[str, ...]]:
    said = [(profile, item, pair.at, weight) for (profile, item), pair in pairs.items() if (weight := pair.weight())]
    profiles = tuple(sorted({profile for profile, *_ in said}))
    number = {profile: at for at, profile in enumerate(profiles)}
    data = collect(
        np.array([number[profile] for profile, *_ in said], np.int32),
        np.array([item for _, item, *_ in said], np.int32),
        np.array([at for *_, at, _ in said], np.float64),
        np.array([weight for *_, weight in said], np.float32),
        users=len(profiles),
        items=items,
    )
    return latest(data, PER_PROFILE), profiles
