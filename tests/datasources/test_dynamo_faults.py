"""What becomes of a read when DynamoDB misbehaves: both paths give the same errors, none loses an item."""

from __future__ import annotations

import asyncio
import time
from email.utils import formatdate
from typing import Any

import pytest

from datasources.calls import counted
from datasources.deadline import deadline
from datasources.dependency import Limits
from datasources.dynamodb import Query
from datasources.tables import CATALOG, VIEWERS
from domain.errors import DeadlineExceeded, Unavailable, UpstreamInvalid, UpstreamThrottled
from tests.datasources.scripted_dynamodb import (
    ITEM,
    KEY,
    THROTTLED,
    TYPED,
    Act,
    Request,
    opened,
    refusal,
    staged,
)

pytestmark = pytest.mark.usefixtures("aws_keys", "no_waits")

GOOD = Act(json={"Item": TYPED})

ONCE_WRONG = {
    "throttled": THROTTLED,
    "throttled by another name": refusal("ThrottlingException"),
    "internal error": refusal("InternalServerError", status=500),
    "unavailable without a body": Act(status=503, body=b"", crc=False),
    "a proxy's page": Act(status=502, body=b"<html>bad gateway</html>", crc=False),
    "reset": Act(reset=True),
    "cut": Act(json={"Item": TYPED}, cut=10),
    "wrong checksum": Act(json={"Item": TYPED}, headers={"x-amz-crc32": "1"}),
    "silent": Act(hold=True),
}


@pytest.mark.parametrize("fault", ONCE_WRONG.values(), ids=ONCE_WRONG)
async def test_one_fault_is_survived_by_the_second_attempt(lean: bool, fault: Act) -> None:
    async with staged(fault, GOOD) as stage, opened(stage, lean) as database:
        assert await database.get(CATALOG, KEY) == ITEM
        assert stage.operations == ["GetItem", "GetItem"]


ALWAYS_WRONG = {
    "throttled": (THROTTLED, UpstreamThrottled, 2),
    "request limit": (refusal("RequestLimitExceeded"), UpstreamThrottled, 2),
    "internal error": (refusal("InternalServerError", status=500), Unavailable, 2),
    "unavailable": (Act(status=503, body=b"", crc=False), Unavailable, 2),
    "reset": (Act(reset=True), Unavailable, 2),
    "cut": (Act(json={"Item": TYPED}, cut=10), Unavailable, 2),
    "wrong checksum": (Act(json={"Item": TYPED}, headers={"x-amz-crc32": "1"}), UpstreamInvalid, 2),
    "silent": (Act(hold=True), Unavailable, 2),
    "no JSON": (Act(body=b"all is well"), UpstreamInvalid, 1),
    "half JSON": (Act(body=b'{"Item": {"pk": {"S": "T#1"}'), UpstreamInvalid, 1),
    "a list": (Act(json=[]), UpstreamInvalid, 1),
    "an empty 200": (Act(body=b""), UpstreamInvalid, 1),
    "an item without types": (Act(json={"Item": {"pk": "T#1"}}), UpstreamInvalid, 1),
    "an item of no known type": (Act(json={"Item": {"pk": {"Q": "T#1"}}}), UpstreamInvalid, 1),
    "an item that is a list": (Act(json={"Item": ["pk"]}), UpstreamInvalid, 1),
    "no number": (Act(json={"Item": {"pk": {"N": "seven"}}}), UpstreamInvalid, 1),
    "a refusal": (refusal("AccessDeniedException"), UpstreamInvalid, 1),
    "an unknown table": (refusal("ResourceNotFoundException"), UpstreamInvalid, 1),
    "an unreadable refusal": (Act(status=400, body=b"\xff\xfe", crc=False), UpstreamInvalid, 1),
}


@pytest.mark.parametrize(("fault", "error", "attempts"), ALWAYS_WRONG.values(), ids=ALWAYS_WRONG)
async def test_a_lasting_fault_is_an_error_of_its_class(
    lean: bool, fault: Act, error: type[Unavailable], attempts: int
) -> None:
    async with staged(fault) as stage, opened(stage, lean) as database:
        with pytest.raises(Unavailable) as caught:
            await database.get(CATALOG, KEY)
        assert isinstance(caught.value, error)
        assert caught.value.code == error.code
        assert len(stage.requests) == attempts


@pytest.mark.parametrize("answer", [{}, {"Responses": None}, {"Responses": []}, {"Responses": {"catalog": [{}]}}])
async def test_a_batch_answer_without_its_parts_is_no_empty_answer(lean: bool, answer: Any) -> None:
    async with staged(Act(json=answer)) as stage, opened(stage, lean) as database:
        assert [*map(type, await database.get_many(CATALOG, [KEY]))] == [UpstreamInvalid]


async def test_a_page_without_items_is_no_empty_page(lean: bool) -> None:
    async with staged(Act(json={"Count": 0})) as stage, opened(stage, lean) as database:
        with pytest.raises(UpstreamInvalid):
            await database.query(CATALOG, Query(partition="T#1"))


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed_with_our_signature(status: int) -> None:
    async with staged(GOOD) as elsewhere:
        away = Act(status=status, json={"Item": TYPED}, headers={"location": elsewhere.url})
        async with staged(away) as stage, opened(stage, True) as database:
            with pytest.raises(UpstreamInvalid):
                await database.get(CATALOG, KEY)
            assert (len(stage.requests), elsewhere.requests) == (1, [])


async def test_an_answer_beyond_the_bound_is_refused() -> None:
    async with staged(Act(json={"Item": TYPED, "more": "x" * 50_000})) as stage:
        async with opened(stage, True, answer_bytes=1000) as database:
            with pytest.raises(UpstreamInvalid):
                await database.get(CATALOG, KEY)


async def test_nobody_listening_is_unavailable(lean: bool) -> None:
    async with staged(GOOD) as stage:
        pass
    async with opened(stage, lean) as database:
        with pytest.raises(Unavailable):
            await database.get(CATALOG, KEY)


async def test_no_credentials_are_unavailable(lean: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    async with staged(GOOD) as stage, opened(stage, lean) as database:
        with pytest.raises(Unavailable):
            await database.get(CATALOG, KEY)
        assert stage.requests == []


async def test_the_operations_deadline_cuts_a_silent_store(lean: bool) -> None:
    async with staged(Act(hold=True)) as stage, opened(stage, lean, read_seconds=60, call_seconds=60) as database:
        with pytest.raises(DeadlineExceeded), deadline(0.1):
            await database.get(CATALOG, KEY)


async def test_a_trickle_of_bytes_does_not_outlive_the_deadline(lean: bool) -> None:
    async with staged(Act(json={"Item": TYPED}, drip=0.03)) as stage, opened(stage, lean) as database:
        with deadline(0.2):
            found = await database.get_many(CATALOG, [KEY])
        assert [*map(type, found)] == [DeadlineExceeded]


async def test_a_slow_answer_that_keeps_coming_is_waited_for(lean: bool) -> None:
    async with staged(Act(json={"Item": TYPED}, drip=0.01)) as stage, opened(stage, lean) as database:
        assert await database.get(CATALOG, KEY) == ITEM
        assert len(stage.requests) == 1


async def test_no_call_is_made_once_the_time_is_over(lean: bool) -> None:
    async with staged(GOOD) as stage, opened(stage, lean) as database:
        with pytest.raises(DeadlineExceeded), deadline(0):
            await database.get(CATALOG, KEY)
        assert stage.requests == []


async def test_the_calls_own_limit_is_unavailable_and_not_the_operations_fault(lean: bool) -> None:
    async with staged(Act(hold=True)) as stage, opened(stage, lean, read_seconds=60, call_seconds=0.1) as database:
        with pytest.raises(Unavailable) as caught, deadline(30):
            await database.get(CATALOG, KEY)
        assert caught.value.code == "UNAVAILABLE"


@pytest.mark.parametrize("code", ["RequestTimeTooSkewed", "InvalidSignatureException"])
async def test_a_wrong_clock_is_corrected_by_one_attempt_and_stays_so(lean: bool, code: str) -> None:
    ahead = 7200.0

    def service(request: Request) -> Act:
        sent = time.strptime(request.headers["x-amz-date"], "%Y%m%dT%H%M%SZ")
        now = time.time() + ahead
        if abs(time.mktime(sent) - time.mktime(time.gmtime(now))) > 300:
            return refusal(code, "Signature expired", date=formatdate(now, usegmt=True))
        return GOOD

    async with staged(service) as stage, opened(stage, lean, attempts=1) as database:
        assert await database.get(CATALOG, KEY) == ITEM
        assert len(stage.requests) == 2
        assert await database.get(CATALOG, KEY) == ITEM
        assert len(stage.requests) == 3


async def test_a_refused_signature_with_right_clocks_is_not_tried_again(lean: bool) -> None:
    async with staged(refusal("InvalidSignatureException")) as stage, opened(stage, lean) as database:
        with pytest.raises(UpstreamInvalid):
            await database.get(CATALOG, KEY)
        assert len(stage.requests) == 1


async def test_a_failing_store_is_left_alone_and_asked_again_by_one_probe(lean: bool) -> None:
    limits = Limits(least_calls=4, open_seconds=1.5)
    async with staged(refusal("InternalServerError", status=500)) as stage:
        async with opened(stage, lean, attempts=1, limits=limits) as database:
            for _ in range(6):
                with pytest.raises(Unavailable):
                    await database.get(CATALOG, KEY)
            assert len(stage.requests) == 4
            stage.play(GOOD)
            with pytest.raises(Unavailable):
                await database.get(CATALOG, KEY)
            assert stage.requests == []
            await asyncio.sleep(1.6)
            assert await database.get(CATALOG, KEY) == ITEM
            assert len(stage.requests) == 1


async def test_a_broken_table_does_not_close_the_others(lean: bool) -> None:
    def service(request: Request) -> Act:
        return THROTTLED if request.body["TableName"] == "catalog" else GOOD

    async with staged(service) as stage:
        async with opened(stage, lean, attempts=1, limits=Limits(least_calls=2)) as database:
            for _ in range(4):
                with pytest.raises(Unavailable):
                    await database.get(CATALOG, KEY)
            assert await database.get(VIEWERS, KEY) == ITEM


async def test_requests_that_are_refused_do_not_speak_against_the_store(lean: bool) -> None:
    async with staged(refusal("ValidationException")) as stage:
        async with opened(stage, lean, limits=Limits(least_calls=2)) as database:
            for _ in range(6):
                with pytest.raises(UpstreamInvalid):
                    await database.get(CATALOG, KEY)
            assert len(stage.requests) == 6


async def test_a_call_is_counted_once_however_many_attempts_it_took(lean: bool) -> None:
    async with staged(THROTTLED, GOOD) as stage, opened(stage, lean) as database:
        with counted() as calls:
            await database.get(CATALOG, KEY)
        assert calls.names == ["GetItem catalog"]
        assert len(stage.requests) == 2
