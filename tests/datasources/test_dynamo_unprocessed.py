"""Partial answers on the wire: what DynamoDB leaves unprocessed is asked for again, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from datasources.calls import counted
from datasources.deadline import deadline
from datasources.dynamo import Options, open_database
from datasources.dynamodb import Database, Key
from datasources.tables import CATALOG, VIEWERS
from domain.errors import UpstreamThrottled
from tests.datasources.scripted_dynamodb import Act, Request, Stage, staged

KEYS = [(f"T#{number}", "META") for number in range(40)]
TABLES = {"catalog": "prod-catalog-7F3A", "viewers": "prod-viewers-91BC"}


@pytest.fixture(params=[True, False], ids=["lean", "full"])
async def played(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Stage, Any]]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    async with staged(Act()) as stage:
        options = Options(region="eu-west-1", endpoint_url=stage.url, tables=TABLES, lean=request.param)
        async with open_database(options) as database:
            yield stage, database


def half(request: Request) -> Act:
    """Processes every other key of each table, the first at least."""
    found, left = {}, {}
    for table, wanted in request.body["RequestItems"].items():
        found[table] = [key | {"n": {"N": "1"}} for key in wanted["Keys"][::2]]
        if rest := wanted["Keys"][1::2]:
            left[table] = {"Keys": rest, "ConsistentRead": wanted["ConsistentRead"]}
    return Act(json={"Responses": found, "UnprocessedKeys": left})


def all_but_one(request: Request) -> Act:
    """Throttles one key and serves the others."""
    ((table, entry),) = request.body["RequestItems"].items()
    found = [key for key in entry["Keys"] if key["pk"]["S"] != "T#7"]
    return Act(json={"Responses": {table: found}, "UnprocessedKeys": {table: {"Keys": [_typed(KEYS[7])]}}})


async def test_a_partial_batch_is_completed(played: tuple[Stage, Database]) -> None:
    stage, database = played
    stage.play(half)
    with counted() as calls:
        answer = await database.get_many(CATALOG, KEYS, consistent=True)
    assert answer == [{"pk": key[0], "sk": key[1], "n": 1} for key in KEYS]
    assert [len(call.keys) for call in calls] == [40, 20, 10, 5, 2, 1]
    asked = [request.body["RequestItems"]["prod-catalog-7F3A"] for request in stage.requests]
    assert all(entry["ConsistentRead"] is True for entry in asked)
    assert [len(entry["Keys"]) for entry in asked] == [40, 20, 10, 5, 2, 1]


async def test_a_throttled_key_does_not_stop_the_others(played: tuple[Stage, Database]) -> None:
    stage, database = played
    stage.play(all_but_one)
    with deadline(1):
        answer = await database.get_many(VIEWERS, KEYS[6:9])
    assert type(answer.pop(1)) is UpstreamThrottled
    assert answer == [{"pk": pk, "sk": sk} for pk, sk in (KEYS[6], KEYS[8])]
    again = [request.body["RequestItems"]["prod-viewers-91BC"]["Keys"] for request in stage.requests[1:]]
    assert again and all(keys == [_typed(KEYS[7])] for keys in again)


def _typed(key: Key) -> dict[str, Any]:
    return {"pk": {"S": key[0]}, "sk": {"S": key[1]}}


async def test_unprocessed_writes_are_written(played: tuple[Stage, Database]) -> None:
    stage, database = played

    def first_ten(request: Request) -> Act:
        left = {table: entries[10:] for table, entries in request.body["RequestItems"].items() if entries[10:]}
        return Act(json={"UnprocessedItems": left})

    stage.play(first_ten)
    await database.load(CATALOG, [{"pk": partition, "sk": sort} for partition, sort in KEYS[:25]])
    sizes = [len(request.body["RequestItems"]["prod-catalog-7F3A"]) for request in stage.requests]
    assert sizes == [25, 15, 5]


async def test_consumed_capacity_is_asked_for_only_when_somebody_counts(played: tuple[Stage, Database]) -> None:
    stage, database = played
    capacity = [{"TableName": "a", "CapacityUnits": 2.5}, {"TableName": "b", "CapacityUnits": 1.0}]
    stage.play(Act(json={"Responses": {}, "ConsumedCapacity": capacity}))
    await database.get_many(CATALOG, KEYS[:1])
    with counted() as calls:
        await database.get_many(CATALOG, KEYS[:1])
    assert ["ReturnConsumedCapacity" in request.body for request in stage.requests] == [False, True]
    assert calls.units == 3.5
