"""Progress, continue watching, watchlist and feedback of profiles, in the viewers table.

A heartbeat writes one unindexed item, which costs one write unit; the order of continue watching lives on a marker
that changes only at start and stop.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from datasources.dynamodb import ConditionFailed, Database, Item, Key, Page, Query, Write
from datasources.tables import VIEWERS
from domain.watching import Feedback, MarkerRecord, ProfileKey, ProgressRecord, TitleStateRecord, milliseconds

ASKED_ALONE = 10
"""Up to so many episodes of one series are asked for by key: each costs half a read unit, begun or not."""
MOST_BEGUN = 100
"""Episodes that a profile may have begun of a series for one Query to tell them all: 20 kB, three read units."""
RECENT = "recent"
CONTINUE, FINISHED, LISTED = "CW#", "HI#", "WL#"
"""Prefixes of the `recent` index's sort key: "CW#<milliseconds since 1970, 13 digits>#<title>"."""

_AFTER_PROGRESS = len("PROG#")
_record = tuple.__new__
"""A named tuple's own constructor is written in Python, and takes twice as long."""


def partition(profile: ProfileKey) -> str:
    """Where everything of a profile is stored."""
    return f"P#{profile.account}#{profile.profile}"


def progress_key(profile: ProfileKey, playable: str) -> Key:
    return partition(profile), f"PROG#{playable}"


def progress_keys(profile: ProfileKey, playables: Iterable[str]) -> list[Key]:
    """The keys of many, their partition written once."""
    pk = partition(profile)
    return [(pk, f"PROG#{one}") for one in playables]


def series_of(playables: Sequence[str]) -> str | None:
    """The series that all of them are episodes of; None where there is none."""
    series, slash, _ = playables[0].partition("/")
    above = series + slash
    return series if slash and all([one.startswith(above) for one in playables]) else None


def begun_query(profile: ProfileKey, series: str) -> Query:
    """What the profile has begun of a series, as far as that costs less than to ask for its episodes one by one."""
    return Query(partition=partition(profile), prefix=f"PROG#{series}/", limit=MOST_BEGUN)


def marker_key(profile: ProfileKey, title_id: str) -> Key:
    return partition(profile), f"CW#{title_id}"


def state_key(profile: ProfileKey, title_id: str) -> Key:
    return partition(profile), f"ST#{title_id}"


def progress_of(item: Item) -> ProgressRecord:
    """Decodes a PROG# item."""
    record: ProgressRecord = progress_records([item])[0]
    return record


def progress_records(found: Sequence[Item | Exception | None]) -> list[Any]:
    """Decodes the PROG# items of a column and leaves what else is in it as it is; a page has dozens."""
    return [
        _record(ProgressRecord, (one["sk"][_AFTER_PROGRESS:], one["pos"], one["dur"], one["done"], one["obs"]))
        if isinstance(one, dict)
        else one
        for one in found
    ]


def marker_of(item: Item) -> MarkerRecord:
    """Decodes a CW# item."""
    return MarkerRecord(
        title_id=item["sk"].removeprefix("CW#"),
        playable=item["play"],
        at=_instant(int(item["rk"][3:16])),
        finished=item["rk"].startswith(FINISHED),
    )


def state_of(title_id: str, item: Item | None) -> TitleStateRecord:
    """Decodes an ST# item; a title never touched has the defaults."""
    stored: Mapping[str, int | str] = item or {}
    return TitleStateRecord(
        title_id=title_id,
        listed_at=_instant(int(stored["wl"])) if "wl" in stored else None,
        feedback=Feedback(stored["fb"]) if "fb" in stored else None,
        feedback_at=_instant(int(stored["fbat"])) if "fbat" in stored else None,
    )


class WatchingSource:
    """What profiles did; every method is one call unless it says otherwise."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save_progress(self, profile: ProfileKey, seen: ProgressRecord) -> ProgressRecord:
        """Keeps the newest observation; the answer is what is stored now, which may be another device's."""
        write = Write(
            table=VIEWERS,
            action="update",
            key=progress_key(profile, seen.playable),
            update="SET pos = :pos, #dur = :dur, done = :done, obs = :obs",
            condition="attribute_not_exists(obs) OR obs < :obs",
            names={"#dur": "dur"},
            values={
                ":pos": seen.position_seconds,
                ":dur": seen.duration_seconds,
                ":done": seen.completed,
                ":obs": seen.observed_ms,
            },
        )
        try:
            await self._database.write(write)
        except ConditionFailed as newer:
            return progress_of(newer.item) if newer.item else seen
        return seen

    async def mark(self, profile: ProfileKey, marker: MarkerRecord) -> None:
        """Moves a title to the front of continue watching, or of the history when it is finished."""
        pk, sk = marker_key(profile, marker.title_id)
        rk = _recent_key(FINISHED if marker.finished else CONTINUE, milliseconds(marker.at), marker.title_id)
        item = {"pk": pk, "sk": sk, "rk": rk, "play": marker.playable}
        await self._database.write(Write(table=VIEWERS, action="put", item=item))

    async def set_watchlist(self, profile: ProfileKey, title_id: str, listed: bool, now: datetime) -> TitleStateRecord:
        """Puts a title on the list or takes it off; one that is listed keeps its place."""
        listing = "SET wl = if_not_exists(wl, :now), rk = if_not_exists(rk, :rk)"
        values: dict[str, int | str] = {}
        if listed:
            at = milliseconds(now)
            values = {":now": at, ":rk": _recent_key(LISTED, at, title_id)}
        return await self._set_state(profile, title_id, listing if listed else "REMOVE wl, rk", values)

    async def set_feedback(
        self, profile: ProfileKey, title_id: str, feedback: Feedback | None, now: datetime
    ) -> TitleStateRecord:
        """Keeps what the profile thinks of a title; None takes it back."""
        if feedback is None:
            return await self._set_state(profile, title_id, "REMOVE fb, fbat", {})
        return await self._set_state(
            profile, title_id, "SET fb = :fb, fbat = :now", {":fb": feedback.value, ":now": milliseconds(now)}
        )

    async def _set_state(
        self, profile: ProfileKey, title_id: str, update: str, values: Mapping[str, int | str]
    ) -> TitleStateRecord:
        write = Write(table=VIEWERS, action="update", key=state_key(profile, title_id), update=update, values=values)
        return state_of(title_id, await self._database.write(write, returning="ALL_NEW"))

    async def recent(
        self, profile: ProfileKey, prefix: str, *, limit: int, before: str | None = None, consistent: bool = False
    ) -> Page:
        """The newest items of one kind (`CONTINUE`, `FINISHED`, `LISTED`); `before` is the last `rk` that was seen."""
        query = Query(
            partition=partition(profile),
            index=RECENT,
            prefix=None if before else prefix,
            after=prefix if before else None,
            before=before,
            descending=True,
            limit=limit,
            consistent=consistent,
        )
        return await self._database.query(VIEWERS, query)

    async def touched(self, profile: ProfileKey) -> tuple[TitleStateRecord, ...]:
        """The titles that are listed or rated, in no order: one strong Query, of the 10,000 that fit into an answer."""
        page = await self._database.query(VIEWERS, Query(partition=partition(profile), prefix="ST#", consistent=True))
        return tuple(state_of(item["sk"].removeprefix("ST#"), item) for item in page.items)

    async def rated(self, profile: ProfileKey) -> list[TitleStateRecord]:
        """Every title with feedback, newest first: one Query a page, for the profile's own list and its export."""
        found: list[TitleStateRecord] = []
        start: Item | None = None
        while True:
            page = await self._database.query(VIEWERS, Query(partition=partition(profile), prefix="ST#", start=start))
            found += [state_of(item["sk"].removeprefix("ST#"), item) for item in page.items if "fb" in item]
            if (start := page.last) is None:
                return sorted(found, key=lambda s: s.feedback_at or datetime.min.replace(tzinfo=UTC), reverse=True)


def _recent_key(prefix: str, at: int, title_id: str) -> str:
    """Unique even within a millisecond, so that pages neither repeat nor miss a title."""
    return f"{prefix}{at:013d}#{title_id}"


def _instant(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
