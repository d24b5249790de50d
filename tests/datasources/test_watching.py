"""What profiles did, on the real wire: newest observations win, lists keep their order, each write is one call."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from datasources.calls import counted
from datasources.dynamodb import Database
from datasources.tables import VIEWERS
from datasources.watching import CONTINUE, FINISHED, LISTED, WatchingSource, marker_of, progress_key, progress_of
from domain.errors import ClockAhead
from domain.titles import Marker, MarkerKind, MediaRecord, Quality
from domain.watching import (
    Feedback,
    MarkerRecord,
    ProfileKey,
    ProgressRecord,
    TitleStateRecord,
    is_completed,
    milliseconds,
    observation,
    title_of,
)

NOW = datetime(2026, 11, 23, 20, tzinfo=UTC)


@pytest.fixture
async def watching(database: Database) -> AsyncIterator[WatchingSource]:
    yield WatchingSource(database)


@pytest.fixture
def profile() -> ProfileKey:
    return ProfileKey(account=uuid4().hex, profile="p1")


def seen(position, at=NOW, playable="heat"):
    return ProgressRecord(
        playable=playable,
        position_seconds=position,
        duration_seconds=6000,
        completed=False,
        observed_ms=milliseconds(at),
    )


def marker(title, second, finished=False):
    return MarkerRecord(title_id=title, playable=title, at=NOW + timedelta(seconds=second), finished=finished)


async def test_the_newest_observation_wins_whatever_the_order_of_arrival(watching, database, profile):
    writes = [seen(n, NOW + timedelta(seconds=n)) for n in range(60)]
    random.Random(7).shuffle(writes)
    await asyncio.gather(*(watching.save_progress(profile, one) for one in writes))
    stored = progress_of(await database.get(VIEWERS, progress_key(profile, "heat")))
    assert stored == seen(59, NOW + timedelta(seconds=59))


async def test_a_late_observation_is_told_what_is_newer(watching, profile):
    await watching.save_progress(profile, seen(500, NOW))
    with counted() as calls:
        assert await watching.save_progress(profile, seen(10, NOW - timedelta(hours=1))) == seen(500, NOW)
    assert calls.names == ["UpdateItem viewers"]


async def test_continue_watching_is_newest_first_and_finished_titles_are_history(watching, profile):
    for number, title in enumerate(["a", "b", "c"]):
        await watching.mark(
            profile, MarkerRecord(title_id=title, playable=title, at=NOW + timedelta(seconds=number), finished=False)
        )
    await watching.mark(profile, MarkerRecord(title_id="b", playable="b", at=NOW + timedelta(seconds=9), finished=True))
    running = await watching.recent(profile, CONTINUE, limit=10)
    finished = await watching.recent(profile, FINISHED, limit=10)
    assert [item["play"] for item in running.items] == ["c", "a"]
    assert [marker_of(item) for item in finished.items] == [marker("b", 9, finished=True)]


async def test_pages_of_a_list_neither_repeat_nor_miss_a_title(watching, profile):
    for number in range(5):
        await watching.set_watchlist(profile, f"t{number}", True, NOW + timedelta(seconds=number))
    first = await watching.recent(profile, LISTED, limit=3, consistent=True)
    second = await watching.recent(profile, LISTED, limit=3, before=first.items[-1]["rk"], consistent=True)
    assert [item["sk"] for page in (first, second) for item in page.items] == [f"ST#t{n}" for n in (4, 3, 2, 1, 0)]


async def test_a_listed_title_keeps_its_place_and_leaves_when_taken_off(watching, profile):
    assert (await watching.set_watchlist(profile, "t", True, NOW)).listed_at == NOW
    assert (await watching.set_watchlist(profile, "t", True, NOW + timedelta(hours=1))).listed_at == NOW
    assert await watching.set_watchlist(profile, "t", False, NOW) == TitleStateRecord(title_id="t")
    assert (await watching.recent(profile, LISTED, limit=3, consistent=True)).items == ()


async def test_feedback_and_watchlist_live_side_by_side(watching, profile):
    await watching.set_watchlist(profile, "t", True, NOW)
    await watching.set_feedback(profile, "t", Feedback.LOVE, NOW)
    assert await watching.rated(profile) == [
        TitleStateRecord(title_id="t", listed_at=NOW, feedback=Feedback.LOVE, feedback_at=NOW)
    ]
    assert (await watching.set_feedback(profile, "t", None, NOW)).feedback is None
    assert await watching.rated(profile) == []


def test_a_film_is_seen_from_the_credits_on_or_at_95_percent():
    credits = Marker(kind=MarkerKind.CREDITS, start_seconds=90, end_seconds=100)
    media = MediaRecord(version="v1", max_quality=Quality.HD, duration_seconds=100, markers=(credits,))
    assert [is_completed(second, 100, media) for second in (89, 90)] == [False, True]
    assert [is_completed(second, 100, None) for second in (94, 95)] == [False, True]


def test_a_clock_that_is_a_little_ahead_cannot_freeze_a_title():
    assert observation(NOW + timedelta(seconds=60), NOW) == NOW + timedelta(seconds=5)
    assert observation(NOW + timedelta(seconds=4), NOW) == NOW + timedelta(seconds=4)
    assert observation(NOW - timedelta(days=9), NOW) == NOW - timedelta(days=9)


@pytest.mark.parametrize(
    ("ahead", "told"),
    [
        (timedelta(seconds=61), "61 seconds"),
        (timedelta(minutes=59, seconds=59), "59 minutes"),
        (timedelta(hours=3, minutes=30), "3 hours"),
        (timedelta(days=9), "9 days"),
        (datetime.max.replace(tzinfo=UTC) - NOW, "2912116 days"),
    ],
)
def test_a_clock_that_is_more_than_a_minute_ahead_is_refused(ahead, told):
    with pytest.raises(ClockAhead, match=f"clock is {told} ahead") as refused:
        observation(NOW + ahead, NOW)
    assert (refused.value.code, refused.value.server_time) == ("CLOCK_AHEAD", NOW)
    assert refused.value.path == ("input", "observedAt")


def test_the_title_of_an_episode_is_its_series():
    assert [title_of("heat"), title_of("dark/s1/e1")] == ["heat", "dark"]
