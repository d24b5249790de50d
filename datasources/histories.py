"""What a profile has watched, listed and rated lately: three strong Queries, asked once in an operation.

Progress costs one BatchGetItem more and is read only when the model is to be asked.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from datasources.dynamodb import Page
from datasources.viewers import ViewerReader, Viewers
from datasources.watching import CONTINUE, FINISHED, marker_of
from domain.watching import Feedback, MarkerRecord, ProfileKey, ProgressRecord, TitleStateRecord

_BEGUN, _FINISHED = 30, 200
"""The newest that are read; what was finished before them may be recommended again."""

_PROGRESS = 20
"""The newest begun titles whose progress is read."""

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Each part newest first, or the Exception that kept it away: begun, finished, and listed or rated titles."""

    begun: tuple[MarkerRecord, ...] | Exception
    finished: tuple[MarkerRecord, ...] | Exception
    states: tuple[TitleStateRecord, ...] | Exception

    @property
    def failure(self) -> Exception | None:
        """Why nothing can be recommended: what was watched must not come back."""
        return next((one for one in (self.begun, self.finished, self.states) if isinstance(one, Exception)), None)

    @property
    def markers(self) -> tuple[MarkerRecord, ...]:
        """Begun and finished titles, newest first."""
        return tuple(sorted((*_told(self.begun), *_told(self.finished)), key=_at, reverse=True))

    @property
    def listed(self) -> tuple[str, ...]:
        """The titles of the list, newest first."""
        dated = [(one.listed_at, one.title_id) for one in _told(self.states) if one.listed_at is not None]
        return tuple(title_id for _, title_id in sorted(dated, reverse=True))

    @property
    def touched(self) -> frozenset[str]:
        """Titles that are not to be recommended: begun, finished, listed or rated."""
        return frozenset(
            [*(one.title_id for one in self.markers), *(one.title_id for one in _told(self.states))],
        )

    @property
    def disliked(self) -> frozenset[str]:
        """Titles that are never to be recommended."""
        return frozenset(one.title_id for one in _told(self.states) if one.feedback is Feedback.DISLIKE)

    @property
    def stamp(self) -> str:
        """Another text after everything that the profile did."""
        parts = [f"{one.title_id}{one.at.timestamp()}{one.finished}" for one in self.markers]
        parts += [f"{s.title_id}{s.listed_at}{s.feedback}{s.feedback_at}" for s in _told(self.states)]
        return hashlib.blake2b("\0".join(parts).encode(), digest_size=12).hexdigest()


class HistoryReader:
    """One operation's histories."""

    def __init__(self, viewers: Viewers, reader: ViewerReader) -> None:
        self._viewers, self._reader = viewers, reader
        self._reading: dict[ProfileKey, asyncio.Future[History]] = {}

    def begin(self, profile: ProfileKey) -> asyncio.Future[History]:
        """Starts to read, unless that has happened already."""
        reading = self._reading.get(profile)
        if reading is None:
            reading = self._reading[profile] = asyncio.ensure_future(self._read(profile))
        return reading

    async def of(self, profile: ProfileKey) -> History:
        """The profile's history; the parts that could not be read say so."""
        return await asyncio.shield(self.begin(profile))

    async def _read(self, profile: ProfileKey) -> History:
        watching = self._viewers.watching
        begun, finished, states = await asyncio.gather(
            watching.recent(profile, CONTINUE, limit=_BEGUN, consistent=True),
            watching.recent(profile, FINISHED, limit=_FINISHED, consistent=True),
            watching.touched(profile),
            return_exceptions=True,
        )
        return History(begun=_markers(begun), finished=_markers(finished), states=_or_failed(states))

    async def progress(self, profile: ProfileKey, history: History) -> Mapping[str, ProgressRecord]:
        """By playable, of the newest begun titles; what cannot be read is as good as unknown."""
        playables = [one.playable for one in history.markers if not one.finished][:_PROGRESS]
        found = await self._reader.progress(profile, playables) if playables else []
        return {one.playable: one for one in found if isinstance(one, ProgressRecord)}


def _markers(page: Page | BaseException) -> tuple[MarkerRecord, ...] | Exception:
    found = _or_failed(page)
    if isinstance(found, Exception):
        return found
    return tuple(map(marker_of, found.items))


def _or_failed(found: Record | BaseException) -> Record | Exception:
    """Only failures of a read may stand in its place; a cancellation goes on its way."""
    if isinstance(found, BaseException) and not isinstance(found, Exception):
        raise found
    return found


def _told(part: tuple[Record, ...] | Exception) -> tuple[Record, ...]:
    return () if isinstance(part, Exception) else part


def _at(marker: MarkerRecord) -> datetime:
    return marker.at
