"""Counting the AWS calls of an operation."""

from __future__ import annotations

import asyncio

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session

from datasources.calls import Call, counted, counting, record, watch
from emulation.outputs import Outputs


def test_calls_are_listed_as_they_begin() -> None:
    with counted() as calls:
        record("dynamodb", "GetItem", "viewers", [("A#1", "ACCOUNT")])
        record("s3", "HeadObject", "media")
        record("sns", "Publish")
    assert calls == [
        Call("dynamodb", "GetItem", "viewers", (("A#1", "ACCOUNT"),)),
        Call("s3", "HeadObject", "media"),
        Call("sns", "Publish"),
    ]
    assert calls.names == ["GetItem viewers", "HeadObject media", "Publish"]


def test_nothing_is_kept_when_nobody_counts() -> None:
    assert not counting()
    assert record("dynamodb", "GetItem", "viewers") is None


def test_what_happens_after_the_count_is_not_in_it() -> None:
    with counted() as calls:
        assert counting()
    record("dynamodb", "GetItem", "viewers")
    assert calls == []


def test_counts_nest() -> None:
    with counted() as outer:
        record("dynamodb", "GetItem", "a")
        with counted() as inner:
            record("dynamodb", "GetItem", "b")
        record("dynamodb", "GetItem", "c")
    assert outer.names == ["GetItem a", "GetItem b", "GetItem c"]
    assert inner.names == ["GetItem b"]


def test_units_are_added_up_and_do_not_make_calls_differ() -> None:
    with counted() as calls:
        for units in (0.5, None, 2.0):
            call = record("dynamodb", "Query", "catalog")
            assert call is not None
            call.units = units
    assert calls.units == 2.5
    assert calls == [Call("dynamodb", "Query", "catalog")] * 3


async def test_tasks_of_the_operation_are_counted_and_those_of_others_are_not() -> None:
    async def operation(table: str) -> list[str]:
        with counted() as calls:
            await asyncio.gather(*(asyncio.create_task(one(table)) for _ in range(3)))
            await asyncio.to_thread(record, "s3", "HeadObject", table)
        return calls.names

    async def one(table: str) -> None:
        await asyncio.sleep(0)
        record("dynamodb", "GetItem", table)

    both = await asyncio.gather(operation("a"), operation("b"))
    assert list(both) == [["GetItem a"] * 3 + ["HeadObject a"], ["GetItem b"] * 3 + ["HeadObject b"]]


async def test_a_watched_client_is_counted_call_by_call(cloud: Outputs, aws_environment: None) -> None:
    async with get_session().create_client(
        "s3", region_name=cloud.region, endpoint_url=cloud.endpoint_url, config=AioConfig(connect_timeout=5)
    ) as client:
        watch(client, "s3", "Bucket")
        with counted() as calls:
            await client.list_buckets()
            await client.head_bucket(Bucket=cloud.buckets["media"])
    assert calls == [Call("s3", "ListBuckets"), Call("s3", "HeadBucket", cloud.buckets["media"])]
