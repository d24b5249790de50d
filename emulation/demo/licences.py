"""Where and when the demo's titles may be watched: open everywhere, but for a few that show every rule."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache

from domain.titles import AvailabilityWindow, PlanTier, TitleStatus

_OPENED = datetime(2020, 1, 1, tzinfo=UTC)
_EVERYWHERE = frozenset({"*"})

RULES: dict[str, str] = {
    "Antonia's Line 1995": "benelux",
    "Paper Tigers": "commonwealth",
    "The Understudies": "islands",
    "Galaxy Quest 1999": "america",
    "Lone Star 1996": "america",
    "Marty 1955": "america",
    "Aimée & Jaguar 1999": "german",
    "Comedian Harmonists 1997": "german",
    "The Eel 1997": "japan",
    "After Life 1998": "japan",
    "Hard Boiled 1992": "upcoming",
    "Playtime 1967": "upcoming",
    "Kwaidan 1964": "upcoming",
    "Babe 1995": "upcoming",
    "The Leopard 1963": "expired",
    "Network 1976": "expired",
    "Gigi 1958": "expired",
    "Twister 1996": "expired",
    "Black Narcissus 1947": "gone in Britain",
    "Hud 1963": "America first",
    "Tess 1979": "America first",
    "Inside Llewyn Davis 2013": "premium first",
    "The Look of Silence 2014": "premium first",
    "Interstellar 2014": "premium",
    "Gravity 2013": "premium",
    "The Quiet Ward": "premium",
    "Saltwater Bureau": "standard",
}
"""Name (and year, for a film) to a rule below; all others are open, or open for a plan by chance."""

STATUSES: dict[str, TitleStatus] = {
    "Satyricon 1969": TitleStatus.DRAFT,
    "The Swindle 1997": TitleStatus.DRAFT,
    "Opera 1987": TitleStatus.DRAFT,
    "Araya 1959": TitleStatus.SCHEDULED,
    "Matador 1986": TitleStatus.SCHEDULED,
    "Goya in Bordeaux 1999": TitleStatus.UNPUBLISHED,
    "The Beyond 1981": TitleStatus.UNPUBLISHED,
}
"""What only the studio shows; all others are published."""

_STANDARD_SHARE, _PREMIUM_SHARE = 0.06, 0.10


def windows_of(name: str, chance: float, today: date) -> tuple[AvailabilityWindow, ...]:
    """The windows of a title; `chance` (0..1) decides on the plan of those that no rule names."""
    rule = RULES.get(name)
    if rule is None and chance < _PREMIUM_SHARE:
        rule = "standard" if chance < _STANDARD_SHARE else "premium"
    return _windows(today)[rule or "open"]


def publish_at(name: str, today: date) -> datetime | None:
    """When a scheduled title appears: in two weeks."""
    return _at(today, 14) if STATUSES.get(name) is TitleStatus.SCHEDULED else None


def _at(today: date, days: int) -> datetime:
    return datetime.combine(today + timedelta(days=days), time(), UTC)


def _window(
    countries: str = "*",
    starts_at: datetime = _OPENED,
    ends_at: datetime | None = None,
    minimum_plan: PlanTier = PlanTier.BASIC,
) -> AvailabilityWindow:
    return AvailabilityWindow(
        countries=frozenset(countries.split()), starts_at=starts_at, ends_at=ends_at, minimum_plan=minimum_plan
    )


@cache
def _windows(today: date) -> dict[str, tuple[AvailabilityWindow, ...]]:
    soon, later, gone = _at(today, 45), _at(today, 120), _at(today, -90)
    return {
        "open": (_window(),),
        "standard": (_window(minimum_plan=PlanTier.STANDARD),),
        "premium": (_window(minimum_plan=PlanTier.PREMIUM),),
        "benelux": (_window("NL BE"),),
        "america": (_window("US"),),
        "german": (_window("DE AT CH"),),
        "japan": (_window("JP"),),
        "islands": (_window("GB IE"),),
        "commonwealth": (_window("IN GB AU NZ CA"),),
        "upcoming": (_window(starts_at=soon),),
        "expired": (_window(ends_at=gone),),
        "gone in Britain": (_window("GB", ends_at=gone), _window("US CA NL BE DE AT CH FR ES IT JP")),
        "America first": (_window("US"), _window(starts_at=later)),
        "premium first": (_window(minimum_plan=PlanTier.PREMIUM), _window(starts_at=soon)),
    }
