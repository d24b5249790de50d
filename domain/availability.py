"""Who may see a title, where and when: licences, ratings and the one rule that every path applies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from domain.titles import AvailabilityStatus, AvailabilityWindow, PlanTier, TitleRecord, TitleStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """What a country may do with a title at a moment."""

    status: AvailabilityStatus
    starts_at: datetime | None
    ends_at: datetime | None
    minimum_plan: PlanTier


class Visibility(Enum):
    """How far a title is shown: in lists, by its own link only, or not at all."""

    LISTED = "LISTED"
    LINKED = "LINKED"
    HIDDEN = "HIDDEN"


class Audience(NamedTuple):
    """Who is looking: the one filter that every path to a title applies.

    A tuple, because it is part of keys that are looked up for every operation.
    """

    country: str
    now: datetime
    max_age: int | None = None
    """Years; None is no limit."""
    staff: bool = False
    """Editors and admins see every title in every status."""
    partner: bool = False
    """Partners see every published title, in whichever country and at whichever time it is licensed."""


def availability(windows: Sequence[AvailabilityWindow], country: str, now: datetime) -> Availability:
    """The best window for the country: running first, then the next to come, then the last that ended."""
    mine = [w for w in windows if country in w.countries or "*" in w.countries]
    running = [w for w in mine if w.starts_at <= now and (w.ends_at is None or now < w.ends_at)]
    if running:
        return _told(AvailabilityStatus.AVAILABLE, min(running, key=lambda w: w.minimum_plan.rank))
    coming = [w for w in mine if now < w.starts_at]
    if coming:
        return _told(AvailabilityStatus.UPCOMING, min(coming, key=lambda w: w.starts_at))
    if mine:
        return _told(AvailabilityStatus.EXPIRED, max(mine, key=lambda w: w.starts_at))
    return Availability(status=AvailabilityStatus.BLOCKED, starts_at=None, ends_at=None, minimum_plan=PlanTier.BASIC)


def _told(status: AvailabilityStatus, window: AvailabilityWindow) -> Availability:
    return Availability(
        status=status, starts_at=window.starts_at, ends_at=window.ends_at, minimum_plan=window.minimum_plan
    )


_SHOWN = {
    AvailabilityStatus.AVAILABLE: Visibility.LISTED,
    AvailabilityStatus.UPCOMING: Visibility.LINKED,
    AvailabilityStatus.EXPIRED: Visibility.HIDDEN,
    AvailabilityStatus.BLOCKED: Visibility.HIDDEN,
}


def visibility(title: TitleRecord, audience: Audience) -> Visibility:
    """The one rule of who sees a title: status, maturity, then country and date."""
    if audience.staff:
        return Visibility.LISTED
    if not permitted(title, audience):
        return Visibility.HIDDEN
    if audience.partner:
        return Visibility.LISTED
    return _SHOWN[availability(title.windows, audience.country, audience.now).status]


def permitted(title: TitleRecord, audience: Audience) -> bool:
    """Status and maturity alone: what a viewer's own lists keep even where a licence has ended."""
    if audience.staff:
        return True
    of_age = audience.max_age is None or title.maturity.minimum_age <= audience.max_age
    return of_age and title.status is TitleStatus.PUBLISHED
