"""What a profile did with titles: progress, continue watching, watchlist and feedback."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import NamedTuple

from domain.errors import ClockAhead
from domain.titles import MarkerKind, MediaRecord

COMPLETE_FRACTION = 0.95
CLOCK_SKEW = timedelta(seconds=5)
"""No observation is stored with a date later than this from now: it would win over all that other devices see."""
CLOCK_TOLERANCE = timedelta(minutes=1)
"""How far a device's clock may run ahead before its observations are refused."""


class Feedback(Enum):
    """What a profile thinks of a title."""

    DISLIKE = "DISLIKE"
    LIKE = "LIKE"
    LOVE = "LOVE"


class ProfileKey(NamedTuple):
    """Whose data: the account's id and one of its profiles."""

    account: str
    profile: str


class ProgressRecord(NamedTuple):
    """How far a profile is in a playable ("<movie>" or "<series>/<season>/<episode>"); times in seconds.

    A tuple, which is made in a third of the time: a page has dozens.
    """

    playable: str
    position_seconds: int
    duration_seconds: int
    completed: bool
    observed_ms: int
    """Since the epoch."""

    @property
    def observed_at(self) -> datetime:
        return datetime.fromtimestamp(self.observed_ms / 1000, UTC)

    @property
    def fraction(self) -> float:
        """0..1; a completed playable is 1."""
        _, position, duration, completed, _ = self
        if completed or position >= duration > 0:
            return 1.0
        return position / duration if duration else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerRecord:
    """Where a profile is in a title: `playable` is what the play button starts; `finished` titles are history."""

    title_id: str
    playable: str
    at: datetime
    finished: bool


class TitleStateRecord(NamedTuple):
    """What a profile did with a title; a title it never touched has the defaults."""

    title_id: str
    listed_at: datetime | None = None
    feedback: Feedback | None = None
    feedback_at: datetime | None = None

    @property
    def in_watchlist(self) -> bool:
        return self.listed_at is not None


def title_of(playable: str) -> str:
    """The title that a playable belongs to: the movie itself or the series."""
    return playable.partition("/")[0]


def is_completed(position_seconds: int, duration_seconds: int, media: MediaRecord | None) -> bool:
    """Whether the film counts as seen: past the start of the credits, or 95 % where no marker tells."""
    credits = next((m.start_seconds for m in media.markers if m.kind is MarkerKind.CREDITS), None) if media else None
    if credits is not None:
        return position_seconds >= credits
    return duration_seconds > 0 and position_seconds >= COMPLETE_FRACTION * duration_seconds


def milliseconds(at: datetime) -> int:
    """Since the epoch, as times are stored."""
    return int(at.timestamp() * 1000)


def observation(observed_at: datetime, now: datetime) -> datetime:
    """When a device saw something, by its own clock; raises ClockAhead for one that is clearly wrong.

    A clock that is a little ahead is believed for CLOCK_SKEW, so that it cannot freeze a title for other devices.
    """
    if observed_at - now > CLOCK_TOLERANCE:
        raise ClockAhead(
            f"This device's clock is {_length(observed_at - now)} ahead, so nothing was changed. Set it right, or "
            "date what it sees by `serverTime`, and send this again.",
            server_time=now,
            path=("input", "observedAt"),
        )
    return min(observed_at, now + CLOCK_SKEW)


def _length(span: timedelta) -> str:
    """In whole units of the largest that fits."""
    for name, size in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if span >= timedelta(seconds=2 * size):
            return f"{span // timedelta(seconds=size)} {name}"
    return f"{span // timedelta(seconds=1)} seconds"
