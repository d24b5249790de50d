"""Batches: chunks of what DynamoDB takes at once, each repeated until nothing is left or the time is over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from datasources.deadline import deadline
from datasources.dynamo.answers import Found
from datasources.dynamo.batches import read_batches, write_batches
from datasources.dynamo.pacing import Pace, jitter
from datasources.dynamo.requests import Request, entry_key, put_entry
from datasources.dynamodb import Key
from datasources.tables import CATALOG, TableSpec
from domain.errors import Unavailable, UpstreamThrottled


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.random", lambda: 0.0)


def keys(count: int) -> list[Key]:
    return [(f"T#{number}", "META") for number in range(count)]


class Reader:
    """Answers the first `portion` keys of each call; knows all but `absent`."""

    def __init__(self, portion: int = 100, absent: Sequence[Key] = ()) -> None:
        self.portion, self.absent = portion, absent
        self.calls: list[int] = []

    async def __call__(self, table: TableSpec, wanted: Sequence[Key], consistent: bool) -> Found:
        self.calls.append(len(wanted))
        done, rest = wanted[: self.portion], wanted[self.portion :]
        found = items([key for key in done if key not in self.absent])
        return Found(found, list(rest))


def items(found: Sequence[Key]) -> dict[Key, Any]:
    return {key: {"pk": key[0], "sk": key[1]} for key in found}


async def test_distinct_keys_in_chunks_of_a_hundred() -> None:
    reader = Reader()
    wanted = keys(205) + keys(30)
    assert await read_batches(reader, CATALOG, wanted, False, 1.0) == items(keys(205))
    assert reader.calls == [100, 100, 5]


async def test_absent_keys_are_absent() -> None:
    reader = Reader(absent=[("T#1", "META")])
    assert await read_batches(reader, CATALOG, keys(2), False, 1.0) == items(keys(1))
    assert reader.calls == [2]


async def test_unprocessed_keys_are_asked_again_until_all_are_there() -> None:
    reader = Reader(portion=40)
    assert await read_batches(reader, CATALOG, keys(100), False, 1.0) == items(keys(100))
    assert reader.calls == [100, 60, 20]


async def test_keys_that_stay_unprocessed_are_throttled_in_their_place(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stuck(Reader):
        async def __call__(self, table: TableSpec, wanted: Sequence[Key], consistent: bool) -> Found:
            if ("T#1", "META") not in wanted or len(wanted) > 1:
                found = await super().__call__(table, wanted, consistent)
                return Found(found.items, [("T#1", "META")])
            return Found({}, list(wanted))

    monkeypatch.setattr("random.random", lambda: 1.0)
    answer = await read_batches(Stuck(absent=[("T#1", "META")]), CATALOG, keys(3), False, 0.3)
    throttled = answer.pop(("T#1", "META"))
    assert type(throttled) is UpstreamThrottled
    assert answer == items([("T#0", "META"), ("T#2", "META")])


async def test_a_failed_chunk_leaves_the_others_whole() -> None:
    reader = Reader()
    down = Unavailable("down")

    async def second_fails(table: TableSpec, wanted: Sequence[Key], consistent: bool) -> Found:
        if ("T#100", "META") in wanted:
            raise down
        return await reader(table, wanted, consistent)

    answer = await read_batches(second_fails, CATALOG, keys(150), False, 1.0)
    assert answer == items(keys(100)) | {key: down for key in keys(150)[100:]}


async def test_what_was_found_before_a_failure_is_kept() -> None:
    reader, down = Reader(portion=1), Unavailable("down")

    async def then_fails(table: TableSpec, wanted: Sequence[Key], consistent: bool) -> Found:
        if reader.calls:
            raise down
        return await reader(table, wanted, consistent)

    answer = await read_batches(then_fails, CATALOG, keys(3), False, 1.0)
    assert answer == items(keys(1)) | {key: down for key in keys(3)[1:]}


class Writer:
    """Takes the first `portion` writes of each call."""

    def __init__(self, portion: int = 25) -> None:
        self.portion = portion
        self.calls: list[int] = []
        self.written: set[Key] = set()

    async def __call__(self, table: TableSpec, entries: Sequence[Request]) -> list[Request]:
        self.calls.append(len(entries))
        self.written |= {entry_key(entry) for entry in entries[: self.portion]}
        return list(entries[self.portion :])


def puts(count: int) -> list[Request]:
    return [put_entry({"pk": partition, "sk": sort}) for partition, sort in keys(count)]


async def test_writes_go_in_chunks_of_25_and_unprocessed_ones_again() -> None:
    writer = Writer(portion=20)
    await write_batches(writer, CATALOG, puts(60), 1.0)
    assert sorted(writer.calls) == [5, 5, 10, 25, 25]
    assert writer.written == set(keys(60))


async def test_writes_that_stay_unprocessed_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.random", lambda: 1.0)
    with pytest.raises(UpstreamThrottled):
        await write_batches(Writer(portion=0), CATALOG, puts(30), 0.2)


async def test_no_round_begins_that_would_outlive_the_operation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.random", lambda: 1.0)
    with deadline(0.04):
        assert not await Pace(60.0).wait(progress=True)
    with deadline(5.0):
        assert await Pace(60.0).wait(progress=True)


def test_jitter_is_anywhere_below_a_doubling_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.random", lambda: 1.0)
    assert [jitter(attempt, 0.05, 1.0) for attempt in range(7)] == [0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0]
    monkeypatch.setattr("random.random", lambda: 0.5)
    assert jitter(10_000, 0.05, 1.0) == 0.5
