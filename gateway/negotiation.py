"""Reads Accept and Content-Type: which of our media types the client wants, and whether it sent JSON."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

RESPONSE_JSON = "application/graphql-response+json"
JSON = "application/json"
EVENTS = "text/event-stream"
MULTIPART = "multipart/mixed"
HTML = "text/html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a client takes.

    `json` is the type of a single answer, None where it takes neither; `plain` whether application/json would do;
    `events` that a stream of events is its first choice; `multipart` that it takes multipart/mixed, with
    `subscriptions` when it understands subscriptions in it; `html` that it is a browser asking for a page.
    """

    json: str | None
    plain: bool
    events: bool
    multipart: bool
    subscriptions: bool
    html: bool

    @property
    def strict(self) -> bool:
        """Whether errors of a request have a 4xx status: also where no JSON type was asked for at all."""
        return self.json != JSON


@dataclass(frozen=True, slots=True)
class _Range:
    name: str
    quality: float
    parameters: frozenset[str]


@lru_cache(maxsize=512)
def negotiate(accept: bytes | None) -> Offer:
    """Decides once per distinct header; a missing header takes anything."""
    ranges = _ranges(accept.decode("latin-1")) if accept and accept.strip() else [_Range("*/*", 1.0, frozenset())]
    named = {one.name: one.quality for one in reversed(ranges)}
    wanted = [one for one in ranges if one.quality > 0]
    best = max(wanted, key=lambda one: one.quality, default=None)
    parameters = frozenset().union(*(one.parameters for one in wanted if one.name == MULTIPART))
    return Offer(
        json=_json(named),
        plain=_quality(JSON, named) > 0,
        events=best is not None and best.name == EVENTS,
        multipart=named.get(MULTIPART, 0) > 0,
        subscriptions=any(one.startswith("subscriptionspec=") for one in parameters),
        html=named.get(HTML, 0) > 0,
    )


def _json(named: dict[str, float]) -> str | None:
    """The new type when it is named and not liked less; else the old one, also for wildcards."""
    new, old = named.get(RESPONSE_JSON, 0.0), _quality(JSON, named)
    if new > 0 and new >= named.get(JSON, 0.0):
        return RESPONSE_JSON
    if old > 0:
        return JSON
    return RESPONSE_JSON if new > 0 else None


def _quality(kind: str, named: dict[str, float]) -> float:
    major = kind.partition("/")[0]
    return named.get(kind, named.get(f"{major}/*", named.get("*/*", 0.0)))


def _ranges(accept: str) -> list[_Range]:
    ranges: list[_Range] = []
    for part in accept.split(",")[:32]:
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = next((_weight(piece[2:]) for piece in parameters if piece.startswith("q=")), 1.0)
        if name and not _foreign_charset(parameters):
            ranges.append(_Range(name, quality, frozenset(piece.replace('"', "") for piece in parameters)))
    return ranges


def _weight(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 1.0


def _foreign_charset(parameters: list[str]) -> bool:
    return any(piece.startswith("charset=") and piece[8:].strip('"') not in ("utf-8", "utf8") for piece in parameters)


@lru_cache(maxsize=256)
def is_json(content_type: bytes) -> bool:
    """Exactly application/json, in UTF-8: compared, never searched."""
    name, *parameters = (piece.strip().lower() for piece in content_type.decode("latin-1").split(";"))
    return name == JSON and not _foreign_charset(parameters)
