"""Version 1 of the recommender's request and answer: many profiles and rails in one body, checked on the way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from typing import Any
from zlib import crc32

import orjson

from domain.errors import UpstreamInvalid
from domain.recommending import Asking, Choice, Pick, RailWish

VERSION = 1
RAILS_OF_ONE = 20
"""Rails of one entry of `requests`; more become further entries."""

LARGEST_RAIL = 200


@dataclass(frozen=True, slots=True)
class Job:
    """One entry of `requests`."""

    asking: Asking
    rails: tuple[RailWish, ...]


def jobs_of(wishes: Sequence[tuple[Asking, RailWish]]) -> list[Job]:
    """The wishes by whom they are for, in their order.

    The model shows nothing twice within an entry, and lets its rails take turns: each begins with its best.
    """
    grouped: dict[Asking, list[RailWish]] = {}
    for asking, rail in wishes:
        grouped.setdefault(asking, []).append(rail)
    return [
        Job(asking, tuple(rails[at : at + RAILS_OF_ONE]))
        for asking, rails in grouped.items()
        for at in range(0, len(rails), RAILS_OF_ONE)
    ]


def encode(jobs: Sequence[Job], now: datetime | None = None) -> bytes:
    """The request's body."""
    moment = now or datetime.now(UTC)
    requests = [_request(job, at, moment) for at, job in enumerate(jobs)]
    return orjson.dumps({"v": VERSION, "now": moment.isoformat(timespec="seconds"), "requests": requests})


def _request(job: Job, place: int, now: datetime) -> dict[str, Any]:
    asking = job.asking
    context: dict[str, Any] = {"country": asking.country}
    if asking.max_age is not None:
        context["maxMaturity"] = asking.max_age
    return {
        "id": f"{place}:{asking.id}",
        "history": [[one.title_id, one.weight, min(0, int((one.at - now).total_seconds()))] for one in asking.history],
        "exclude": sorted(asking.exclude),
        "rails": [_rail(rail) for rail in job.rails],
        "context": context,
        # Chance differs from day to day, not from load to load.
        "seed": crc32(f"{asking.id} {now.date()}".encode()),
    }


def _rail(rail: RailWish) -> dict[str, Any]:
    wanted: dict[str, Any] = {"id": rail.form.value, "k": min(rail.size, LARGEST_RAIL)}
    return wanted if rail.seed is None else wanted | {"seed": rail.seed}


def decode(body: bytes, jobs: Sequence[Job], variant: str) -> list[list[Choice]]:
    """The rails of each job in the order of its wishes; raises UpstreamInvalid for anything but an answer to them."""
    try:
        answer = orjson.loads(body)
        results = answer["results"]
        if answer["v"] != VERSION or len(results) != len(jobs):
            raise ValueError("another version, or answers to other questions")
        model = _text(answer["model"])
        parts = zip(results, jobs, strict=True)
        return [_result(result, job, at, model, variant) for at, (result, job) in enumerate(parts)]
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise UpstreamInvalid("The recommender answered what nobody asked.", retry_after=1) from error


def _result(result: Any, job: Job, place: int, model: str, variant: str) -> list[Choice]:
    rails, asked = result["rails"], [rail.form.value for rail in job.rails]
    if result["id"] != f"{place}:{job.asking.id}" or [rail["id"] for rail in rails] != asked:
        raise ValueError("rails that were not asked for")
    return [Choice(picks=_picks(rail), model=model, variant=variant) for rail in rails]


def _picks(rail: Any) -> tuple[Pick, ...]:
    parts = zip(rail["items"], rail["source"], rail["propensity"], strict=True)
    picks = {id_: Pick(title_id=_text(id_), source=_text(why), propensity=_share(p)) for id_, why, p in parts}
    return tuple(picks.values())


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value or len(value) > 200:
        raise ValueError("not a short text")
    return value


def _share(value: Any) -> float:
    share = float(value)
    if not isfinite(share) or not 0 <= share <= 1:
        raise ValueError("not a probability")
    return share
