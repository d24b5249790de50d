"""The context of one operation: who asks, in which languages, from where and when, and the sources to ask."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from datasources import Sources, doubt
from datasources.loaders import Loaders
from datasources.once import once
from domain.availability import Audience
from domain.viewers import ANONYMOUS, Viewer

_MINUTE = timedelta(minutes=1)


class Shown(NamedTuple):
    """What decides which catalogue a caller is shown in the minute from `begin` to before `end`."""

    begin: datetime
    end: datetime
    audience: Audience
    """Its clock is in whole minutes, so that callers of one minute share answers."""
    segment_key: Hashable
    """Everything that catalogue output depends on beside the record and the arguments."""


class Standing:
    """Where a caller's operations of one minute find what they are shown; never shared by two callers."""

    __slots__ = ("shown",)

    def __init__(self) -> None:
        self.shown: Shown | None = None


@dataclass(kw_only=True)
class Context:
    """One per operation, and one per event of a subscription; never shared between them.

    `languages` is the caller's preference, best first (the active profile's, then Accept-Language), canonical BCP 47;
    `country` ISO 3166-1 alpha-2. `standing` is the caller's, with the same viewer, languages and country.
    """

    sources: Sources
    viewer: Viewer = ANONYMOUS
    languages: tuple[str, ...] = ()
    country: str
    standing: Standing = field(default_factory=Standing)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    lone: bool = False
    """Whether the engine waits for one call of this operation and for nothing beside it; it keeps that up to date."""

    def __post_init__(self) -> None:
        doubt.begin()

    @once
    def shown(self) -> Shown:
        """What this caller is shown now."""
        shown = self.standing.shown
        if shown is None or not shown.begin <= self.now < shown.end:
            shown = self.standing.shown = self._shown()
        return shown

    def _shown(self) -> Shown:
        viewer, begin = self.viewer, self.now.replace(second=0, microsecond=0)
        age = None if viewer.profile is None else viewer.profile.max_age
        audience = Audience(self.country, begin, age, viewer.staff, viewer.partner)
        return Shown(begin, begin + _MINUTE, audience, (audience, self.languages, viewer.roles, viewer.scopes))

    @property
    def audience(self) -> Audience:
        """What this caller may see."""
        return self.shown.audience

    @property
    def segment_key(self) -> Hashable:
        """For the engine: under which the rendered parts of answers are kept."""
        return self.shown.segment_key

    @property
    def makeshift(self) -> bool:
        """Whether something stood in for what could not be read, so that nothing of the answer may be kept."""
        return doubt.raised()

    @once
    def loaders(self) -> Loaders:
        """The memory of this operation, built when first asked for."""
        return Loaders(self.sources, self.audience)
