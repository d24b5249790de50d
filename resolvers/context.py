"""The context of one operation: who asks, in which languages, from where and when, and the sources to ask."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache

from datasources import Sources, doubt
from datasources.loaders import Loaders
from datasources.once import once
from domain.availability import Audience
from domain.viewers import ANONYMOUS, Viewer


@dataclass(kw_only=True)
class Context:
    """One per operation, and one per event of a subscription; never shared between them.

    `languages` is the caller's preference, best first (the active profile's, then Accept-Language), canonical BCP 47;
    `country` ISO 3166-1 alpha-2.
    """

    sources: Sources
    viewer: Viewer = ANONYMOUS
    languages: tuple[str, ...] = ()
    country: str
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    lone: bool = False
    """Whether the engine waits for one call of this operation and for nothing beside it; it keeps that up to date."""

    def __post_init__(self) -> None:
        doubt.begin()

    @once
    def audience(self) -> Audience:
        """What this caller may see. Its clock is in whole minutes, so that callers of one minute share answers."""
        viewer, minute = self.viewer, self.now.replace(second=0, microsecond=0)
        age = None if viewer.profile is None else viewer.profile.max_age
        return _audience(self.country, minute, age, viewer.staff, viewer.partner)

    @once
    def segment_key(self) -> Hashable:
        """Everything that catalogue output depends on beside the record and the arguments."""
        return (self.audience, self.languages, self.viewer.roles, self.viewer.scopes)

    @property
    def makeshift(self) -> bool:
        """Whether something stood in for what could not be read, so that nothing of the answer may be kept."""
        return doubt.raised()

    @once
    def loaders(self) -> Loaders:
        """The memory of this operation, built when first asked for."""
        return Loaders(self.sources, self.audience)


@lru_cache(maxsize=256)
def _audience(country: str, now: datetime, max_age: int | None, staff: bool, partner: bool) -> Audience:
    return Audience(country=country, now=now, max_age=max_age, staff=staff, partner=partner)
