"""Attribution: what chose a title, sealed into a token that comes back with what the viewer did with it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, overload

from domain.recommending import Choice, Pick
from domain.sealed import NotSealed, Sealer
from resolvers.context import Context

LIFE = timedelta(days=7)
"""How long after it was shown something may still be told of a title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chooser:
    """Who chose the titles of a list; `owner` is the pseudonym of the profile that it was chosen for, if for one."""

    rail: str
    source: str
    owner: str | None = None
    model: str = ""
    variant: str = ""
    picks: Mapping[str, Pick] = field(default_factory=dict)

    @classmethod
    def of(cls, rail: str, source: str, choice: Choice | None, owner: str | None = None) -> Chooser:
        """Of a list that a model chose, or a stand-in for it."""
        if choice is None:
            return cls(rail=rail, source=source, owner=owner)
        picks = {pick.title_id: pick for pick in choice.picks}
        return cls(rail=rail, source=source, owner=owner, model=choice.model, variant=choice.variant, picks=picks)


class Tokens(Sequence[str | None]):
    """The tokens of a page's titles; they are sealed when somebody asks for them, for many never do."""

    def __init__(self, ctx: Context, chooser: Chooser, shown: Sequence[tuple[int, str]]) -> None:
        self._key, self._now = ctx.sources.cursor_key, ctx.audience.now
        self._chooser, self._shown = chooser, shown

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str | None]: ...
    def __getitem__(self, at: int | slice) -> str | list[str | None]:
        if isinstance(at, slice):
            return [self._sealed(*one) for one in self._shown[at]]
        return self._sealed(*self._shown[at])

    def __len__(self) -> int:
        return len(self._shown)

    def __iter__(self) -> Iterator[str]:
        return (self._sealed(place, title_id) for place, title_id in self._shown)

    def _sealed(self, place: int, title_id: str) -> str:
        chooser = self._chooser
        pick = chooser.picks.get(title_id)
        value: dict[str, Any] = {
            "t": title_id,
            "r": chooser.rail,
            "n": place,
            "m": chooser.model,
            "v": chooser.variant,
            "s": pick.source if pick else chooser.source,
        }
        if chooser.owner is not None:
            value["u"] = chooser.owner
        if pick is not None and pick.propensity != 1.0:
            value["p"] = pick.propensity
        return _sealer(self._key).seal(value, expires_at=self._now + LIFE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a token says."""

    title_id: str
    owner: str | None
    facts: Mapping[str, Any]
    """As events tell it: rail, position, model, variant, source, and propensity where chance had a part."""


def opened(ctx: Context, token: str, now: datetime) -> Shown | None:
    """What the token says; None for one that was not made here or is over its time."""
    try:
        value = _sealer(ctx.sources.cursor_key).open(token, now)
    except NotSealed:
        return None
    facts = {
        "rail": value["r"],
        "position": value["n"],
        "model": value["m"],
        "variant": value["v"],
        "source": value["s"],
    }
    if "p" in value:
        facts["propensity"] = value["p"]
    return Shown(title_id=value["t"], owner=value.get("u"), facts=facts)


@lru_cache(maxsize=16)
def _sealer(key: bytes) -> Sealer:
    return Sealer(hashlib.sha256(key).digest(), "attribution")
