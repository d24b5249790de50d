"""Version 1 of the request that /invocations takes, checked and turned into records."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recommender.catalogue import seconds_of

VERSION = 1
HISTORY_CAP, ITEM_CAP, RAIL_CAP, PROFILE_CAP = 100, 200, 20, 512
RAILS = ("forYou", "because", "similar", "fresh", "trending")
SEEDED = ("because", "similar")


class BadRequest(Exception):
    """The request does not follow the contract; the message names the field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """What may be shown: `None` means no limit."""

    country: str | None = None
    max_maturity: int | None = None
    kinds: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RailRequest:
    id: str
    k: int
    seed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileRequest:
    """One profile: history oldest first as (title, weight), titles never to return, and the rails it wants."""

    id: str
    history: tuple[tuple[str, float], ...]
    exclude: frozenset[str]
    boost: Mapping[str, float]
    rails: tuple[RailRequest, ...]
    facets: Facets
    seed: int


def decode(body: object) -> tuple[float, list[ProfileRequest]]:
    """The day (since 1970, with its fraction) and the profiles of a request body."""
    fields = _mapping(body, "the body")
    if fields.get("v") != VERSION:
        raise BadRequest(f"v must be {VERSION}")
    now = fields.get("now")
    try:
        day = (seconds_of(now) if isinstance(now, str) else float(time.time() if now is None else now)) / 86_400
    except (ValueError, TypeError) as error:
        raise BadRequest(f"now must be an ISO 8601 time or Unix seconds: {error}") from error
    requests = _sequence(fields.get("requests"), "requests", PROFILE_CAP)
    facets = _facets(fields.get("context"), Facets())
    k = _whole(fields.get("k", 40), "k", 1, ITEM_CAP)
    return day, [_profile(request, at, facets, k) for at, request in enumerate(requests)]


def _profile(value: object, at: int, facets: Facets, k: int) -> ProfileRequest:
    where = f"requests[{at}]"
    fields = _mapping(value, where)
    rails = _sequence(fields.get("rails", [{"id": "forYou"}]), f"{where}.rails", RAIL_CAP)
    return ProfileRequest(
        id=_text(fields.get("id"), f"{where}.id"),
        history=_history(fields.get("history"), f"{where}.history"),
        exclude=frozenset(str(id_) for id_ in _sequence(fields.get("exclude", []), f"{where}.exclude", 10_000)),
        boost=_boost(fields.get("boost"), f"{where}.boost"),
        rails=tuple(_rail(rail, f"{where}.rails[{number}]", k) for number, rail in enumerate(rails)),
        facets=_facets(fields.get("context"), facets),
        seed=_whole(fields.get("seed", 0), f"{where}.seed", 0, 2**63 - 1),
    )


def _history(value: object, where: str) -> tuple[tuple[str, float], ...]:
    rows = _sequence(value if value is not None else [], where, 10_000)[-HISTORY_CAP:]
    try:
        history = tuple((_text(row[0], where), float(row[1])) for row in rows)
        if not all(math.isfinite(weight) for _, weight in history):
            raise ValueError("a weight is not a finite number")
        return history
    except (TypeError, IndexError, ValueError, KeyError) as error:
        raise BadRequest(f"{where} must hold [title, weight, seconds] rows, newest last") from error


def _rail(value: object, where: str, k: int) -> RailRequest:
    fields = _mapping(value, where)
    name = _text(fields.get("id"), f"{where}.id")
    if name not in RAILS:
        raise BadRequest(f"{where}.id must be one of {', '.join(RAILS)}")
    seed = fields.get("seed")
    if name in SEEDED and not isinstance(seed, str):
        raise BadRequest(f"{where}.seed must be the title that {name} starts from")
    size = _whole(fields.get("k", k), f"{where}.k", 1, ITEM_CAP)
    return RailRequest(id=name, k=size, seed=seed if name in SEEDED else None)


def _facets(value: object, default: Facets) -> Facets:
    """The facets of a `context`; a field that it leaves out comes from `default`."""
    if value is None:
        return default
    fields = _mapping(value, "context")
    maturity, kinds = fields.get("maxMaturity"), fields.get("kinds")
    country = fields.get("country")
    return Facets(
        country=default.country if country is None else _text(country, "context.country"),
        max_maturity=default.max_maturity if maturity is None else _whole(maturity, "context.maxMaturity", 0, 99),
        kinds=default.kinds if kinds is None else tuple(str(kind) for kind in _sequence(kinds, "context.kinds", 50)),
    )


def _boost(value: object, where: str) -> dict[str, float]:
    if value is None:
        return {}
    genres = _mapping(_mapping(value, where).get("genres", {}), f"{where}.genres")
    try:
        return {str(name): float(weight) for name, weight in genres.items()}
    except (TypeError, ValueError) as error:
        raise BadRequest(f"{where}.genres must map genres to numbers") from error


def _mapping(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise BadRequest(f"{where} must be an object")
    return value


def _sequence(value: object, where: str, cap: int) -> Sequence[Any]:
    if not isinstance(value, list):
        raise BadRequest(f"{where} must be a list")
    if len(value) > cap:
        raise BadRequest(f"{where} holds {len(value)} entries; at most {cap} are allowed")
    return value


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or not value:
        raise BadRequest(f"{where} must be a text")
    return value


def _whole(value: object, where: str, low: int, high: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise BadRequest(f"{where} must be a whole number from {low} to {high}")
    return value
