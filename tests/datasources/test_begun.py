"""Progress in a series, on the real wire: what was begun is read in one Query, at the price of what was begun."""

from __future__ import annotations

from typing import Any, cast
from uuid import uuid4

import pytest

from datasources.calls import counted
from datasources.dynamodb import Database, Item, Page, Query
from datasources.tables import VIEWERS, TableSpec
from datasources.viewers import ViewerReader
from datasources.watching import ASKED_ALONE, MOST_BEGUN, progress_key
from domain.errors import Unavailable
from domain.watching import ProfileKey, ProgressRecord

EPISODES = [f"dark/s{season}/e{number}" for season in (1, 2) for number in range(ASKED_ALONE)]
ELSEWHERE = ["darker/s1/e1", "dar/s1/e1", "dark"]


@pytest.fixture
def profile() -> ProfileKey:
    return ProfileKey(account=uuid4().hex, profile="p1")


async def begin(database: Database, profile: ProfileKey, *playables: str) -> dict[str, ProgressRecord]:
    """Puts the profile somewhere into each of them."""
    seen = {one: ProgressRecord(one, 60 + number, 3000, False, number) for number, one in enumerate(playables)}
    items: list[Item] = []
    for one in seen.values():
        pk, sk = progress_key(profile, one.playable)
        items.append(
            {"pk": pk, "sk": sk, "pos": one.position_seconds, "dur": 3000, "done": False, "obs": one.observed_ms}
        )
    await database.load(VIEWERS, items)
    return seen


async def test_many_episodes_of_a_series_are_one_query(database: Database, profile: ProfileKey) -> None:
    seen = await begin(database, profile, EPISODES[0], EPISODES[7], EPISODES[-1], *ELSEWHERE)
    reader = ViewerReader(database)
    with counted() as calls:
        assert await reader.progress(profile, EPISODES, lone=True) == [seen.get(one) for one in EPISODES]
        assert calls.names == ["Query viewers"]
        assert await reader.progress(profile, EPISODES[:3], lone=True) == [seen[EPISODES[0]], None, None]
        assert calls.names == ["Query viewers"], "what was found, and what was not, is not asked for again"
        assert await reader.progress(profile, ["dark"], lone=True) == [seen["dark"]]
    assert calls.names == ["Query viewers", "GetItem viewers"]
    assert calls.units == 1, "half a unit each, where every episode by its key would have cost half a unit"


@pytest.mark.parametrize(
    ("asked", "lone"),
    [
        (EPISODES[:ASKED_ALONE], True),
        ([*EPISODES, "darker/s1/e1"], True),
        ([f"m{number}" for number in range(20)], True),
        (EPISODES, False),
    ],
    ids=["few", "two series", "movies", "together with others"],
)
async def test_anything_else_is_asked_for_by_its_keys(
    database: Database, profile: ProfileKey, asked: list[str], lone: bool
) -> None:
    seen = await begin(database, profile, EPISODES[0], "m3", *ELSEWHERE)
    with counted() as calls:
        found = await ViewerReader(database).progress(profile, asked, lone=lone)
    assert found == [seen.get(one) for one in asked]
    assert calls.names == [f"BatchGetItem viewers {len(asked)}"]


async def test_where_too_much_was_begun_the_keys_are_asked_for(database: Database, profile: ProfileKey) -> None:
    seen = await begin(database, profile, *[f"dark/s0/e{number:03}" for number in range(MOST_BEGUN)], EPISODES[-1])
    with counted() as calls:
        found = await ViewerReader(database).progress(profile, EPISODES, lone=True)
    assert found == [seen.get(one) for one in EPISODES]
    assert calls.names == ["Query viewers", "BatchGetItem viewers 20"]


async def test_a_failed_query_is_the_answer_for_each(profile: ProfileKey) -> None:
    down = Unavailable("down")

    class Down:
        async def query(self, table: TableSpec, query: Query) -> Page:
            raise down

    reader = ViewerReader(cast(Database, cast(Any, Down())))
    assert await reader.progress(profile, EPISODES, lone=True) == [down] * len(EPISODES)
