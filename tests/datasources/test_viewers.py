"""The reader of one operation: who reads for whom, and what becomes of it when somebody goes away."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, cast

import pytest

from datasources.dynamodb import Database, Item, Key
from datasources.tables import TableSpec
from datasources.viewers import ViewerReader
from datasources.watching import state_of
from domain.errors import Unavailable
from domain.watching import Feedback, ProfileKey, TitleStateRecord

PROFILE = ProfileKey(account="a", profile="p")
LOVED = {"fb": "LOVE", "fbat": 0}


class Table:
    """The reads of a database: what was asked for, and a gate that holds the answers back."""

    def __init__(self, items: Mapping[str, Item] | None = None) -> None:
        self.asked: list[list[str]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.failure: Exception | None = None
        self._items = items or {}

    async def get(self, table: TableSpec, key: Key, *, consistent: bool = False) -> Item | None:
        return (await self._answer([key]))[0]

    async def get_many(self, table: TableSpec, keys: Sequence[Key], *, consistent: bool = False) -> list[Item | None]:
        return await self._answer(keys)

    async def _answer(self, keys: Sequence[Key]) -> list[Item | None]:
        self.asked.append([key[1] for key in keys])
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        return [self._items.get(key[1]) for key in keys]


def reader_of(table: Table) -> ViewerReader:
    return ViewerReader(cast(Database, cast(Any, table)))


def state(title_id: str, feedback: Feedback | None = None) -> TitleStateRecord:
    return TitleStateRecord(title_id=title_id, listed_at=None, feedback=feedback, feedback_at=None)


async def feedback(reader: ViewerReader, *title_ids: str) -> list[Feedback | None]:
    return [cast(TitleStateRecord, one).feedback for one in await reader.states(PROFILE, title_ids)]


def test_a_lone_read_waits_for_nobody() -> None:
    table = Table({"ST#1": LOVED})
    with pytest.raises(StopIteration) as ended:
        reader_of(table).states(PROFILE, ["1"], lone=True).send(None)
    assert ended.value.value == [state_of("1", LOVED)]
    waiting = reader_of(table).states(PROFILE, ["1"])
    assert waiting.send(None) is None
    waiting.close()


async def test_all_that_is_asked_in_one_turn_is_one_read() -> None:
    table = Table({"ST#2": LOVED})
    reader = reader_of(table)
    one, two, three = await asyncio.gather(
        feedback(reader, "1", "2"), feedback(reader, "2", "3"), feedback(reader, "3")
    )
    assert [one, two, three] == [[None, Feedback.LOVE], [Feedback.LOVE, None], [None]]
    assert table.asked == [["ST#1", "ST#2", "ST#3"]]


async def test_what_was_asked_is_not_asked_again() -> None:
    table = Table()
    reader = reader_of(table)
    assert [await feedback(reader, "1"), await feedback(reader, "1", "2")] == [[None], [None, None]]
    assert table.asked == [["ST#1"], ["ST#2"]]


@pytest.mark.parametrize("turns", [0, 1, 2, 4])
async def test_who_reads_for_others_may_go_away(turns: int) -> None:
    table = Table({"ST#1": LOVED})
    table.gate.clear()
    reader = reader_of(table)
    first, second = asyncio.ensure_future(feedback(reader, "1")), asyncio.ensure_future(feedback(reader, "1"))
    for _ in range(turns + 1):
        await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    table.gate.set()
    assert await second == [Feedback.LOVE]
    assert first.cancelled()


async def test_one_of_those_who_wait_may_go_away() -> None:
    table = Table({"ST#1": LOVED})
    table.gate.clear()
    reader = reader_of(table)
    first, second, third = (asyncio.ensure_future(feedback(reader, "1")) for _ in range(3))
    for _ in range(4):
        await asyncio.sleep(0)
    second.cancel()
    await asyncio.sleep(0)
    table.gate.set()
    assert [await first, await third] == [[Feedback.LOVE]] * 2
    assert second.cancelled()
    assert table.asked == [["ST#1"]]


async def test_what_nobody_waited_for_is_asked_again() -> None:
    table = Table({"ST#1": LOVED})
    table.gate.clear()
    reader = reader_of(table)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await feedback(reader, "1")
    table.gate.set()
    assert await feedback(reader, "1") == [Feedback.LOVE]
    assert table.asked == [["ST#1"], ["ST#1"]]


async def test_a_failed_read_is_the_answer_of_all() -> None:
    table = Table()
    table.failure = Unavailable("down")
    reader = reader_of(table)
    one, two = await asyncio.gather(reader.states(PROFILE, ["1"]), reader.states(PROFILE, ["1", "2"]))
    assert [*one, *two] == [table.failure] * 3


async def test_what_the_operation_has_stored_is_not_read_and_the_rest_is_read_again() -> None:
    table = Table()
    reader = reader_of(table)
    await feedback(reader, "1", "2")
    reader.stored(PROFILE, state("1", Feedback.LOVE))
    assert await feedback(reader, "1") == [Feedback.LOVE]
    assert table.asked == [["ST#1", "ST#2"]]
    assert await feedback(reader, "2") == [None]
    assert table.asked[1:] == [["ST#2"]]
    assert await feedback(reader, "2", "1") == [None, Feedback.LOVE]
    reader.forget()
    assert await feedback(reader, "1") == [None]
