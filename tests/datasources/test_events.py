"""The event lake: files in the layout of a Firehose stream, pseudonyms, and a bucket that is down."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from aiobotocore.session import AioSession
from botocore.exceptions import EndpointConnectionError

from datasources.events import Buffering, EventLake
from domain.errors import Unavailable
from domain.recommending import ImpressionAction, profile_pseudonym
from domain.watching import Feedback, ProfileKey, ProgressRecord, milliseconds
from emulation.outputs import Outputs
from tests.catalogue import NOW
from tests.heap import taken

KEY = b"k" * 32
BEN = ProfileKey(account="a", profile="ben")
SEEN = ProgressRecord(
    playable="noir/s1/e1", position_seconds=900, duration_seconds=1800, completed=False, observed_ms=milliseconds(NOW)
)


@pytest.fixture
async def client(cloud: Outputs, aws_environment: None) -> AsyncIterator[Any]:
    session = AioSession()
    async with session.create_client("s3", region_name=cloud.region, endpoint_url=cloud.endpoint_url) as client:
        await _emptied(client, cloud.buckets["events"])
        yield client
        await _emptied(client, cloud.buckets["events"])


async def _emptied(client: Any, bucket: str) -> None:
    for entry in (await client.list_objects_v2(Bucket=bucket)).get("Contents", ()):
        await client.delete_object(Bucket=bucket, Key=entry["Key"])


async def _files(client: Any, bucket: str) -> dict[str, list[Any]]:
    found = {}
    for entry in (await client.list_objects_v2(Bucket=bucket)).get("Contents", ()):
        answer = await client.get_object(Bucket=bucket, Key=entry["Key"])
        async with answer["Body"] as body:
            found[entry["Key"]] = [json.loads(line) for line in (await body.read()).splitlines()]
    return found


async def test_events_are_lines_of_one_file_when_the_process_ends(client, cloud):
    lake = EventLake(client, cloud.buckets["events"], KEY)
    shown = {"rail": "recommended", "position": 2, "model": "m1", "variant": "AllTraffic", "source": "cf"}
    async with lake.running():
        lake.progress(BEN, SEEN)
        lake.feedback(BEN, "m001", Feedback.LOVE, NOW)
        lake.feedback(BEN, "m001", None, NOW + timedelta(seconds=1))
        lake.impression(BEN, "m002", NOW, ImpressionAction.CLICKED, shown)
        lake.impression(None, "m002", NOW, ImpressionAction.SHOWN, shown)
    ((name, lines),) = (await _files(client, cloud.buckets["events"])).items()
    assert re.fullmatch(r"dt=\d{4}-\d\d-\d\d/\d\d/part-[0-9a-f-]{36}\.jsonl", name)
    who, at = profile_pseudonym(KEY, BEN), "2026-11-23T20:15:30.000Z"
    assert lines == [
        {"type": "progress", "profile": who, "title": "noir", "at": at, "fraction": 0.5, "completed": False},
        {"type": "feedback", "profile": who, "title": "m001", "at": at, "value": "LOVE"},
        {"type": "feedback", "profile": who, "title": "m001", "at": "2026-11-23T20:15:31.000Z", "value": None},
        {"type": "impression", "profile": who, "title": "m002", "at": at, "action": "CLICKED", **shown},
        {"type": "impression", "profile": None, "title": "m002", "at": at, "action": "SHOWN", **shown},
    ]
    assert (lake.stats.written, lake.stats.dropped) == (5, 0)


async def test_a_file_is_written_when_enough_events_wait(client, cloud):
    lake = EventLake(client, cloud.buckets["events"], KEY, buffering=Buffering(lines=3, seconds=60))
    async with lake.running():
        for _ in range(3):
            lake.progress(BEN, SEEN)
        while lake.stats.written < 3:  # noqa: ASYNC110 - a test that waits in vain runs into its time-out
            await asyncio.sleep(0.01)
        assert len(await _files(client, cloud.buckets["events"])) == 1


class Down:
    """A bucket that cannot be reached until it can."""

    def __init__(self) -> None:
        self.up = False
        self.bodies: list[bytes] = []

    async def put_object(self, **wish: Any) -> None:
        if not self.up:
            raise EndpointConnectionError(endpoint_url="http://127.0.0.1:9")
        self.bodies.append(wish["Body"])


async def test_what_could_not_be_written_waits_and_what_does_not_fit_is_counted():
    bucket = Down()
    lake = EventLake(bucket, "events", KEY, buffering=Buffering(lines=2, waiting=3))
    for _ in range(5):
        lake.progress(BEN, SEEN)
    with pytest.raises(Unavailable):
        await lake.flush()
    assert (lake.stats.written, lake.stats.dropped) == (0, 2)
    bucket.up = True
    await lake.flush()
    assert [len(body.splitlines()) for body in bucket.bodies] == [2, 1]
    assert (lake.stats.written, lake.stats.dropped) == (3, 2)


def test_an_event_that_waits_takes_no_more_than_it_is_long():
    def wait():
        lake = EventLake(None, "events", KEY)
        for _ in range(400):
            lake.impression(BEN, "m002", NOW, ImpressionAction.CLICKED, {"rail": "x" * 1000})
        return lake

    assert taken(wait) < 400 * 2000


async def test_the_process_ends_although_the_bucket_is_down():
    lake = EventLake(Down(), "events", KEY)
    async with lake.running():
        lake.progress(BEN, SEEN)
    assert (lake.stats.written, lake.stats.dropped) == (0, 1)
