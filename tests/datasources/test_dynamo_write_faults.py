"""What becomes of a write when DynamoDB refuses it, loses it or answers rubbish: both paths do and say the same."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from datasources.calls import counted
from datasources.deadline import deadline
from datasources.dependency import Limits
from datasources.dynamodb import ConditionFailed, Database, TransactionFailed, Write
from datasources.tables import CATALOG
from domain.errors import DeadlineExceeded, Unavailable, UpstreamInvalid, UpstreamThrottled
from tests.datasources.scripted_dynamodb import ITEM, KEY, THROTTLED, TYPED, Act, opened, refusal, staged

pytestmark = pytest.mark.usefixtures("aws_keys", "no_waits")

GOOD = Act(json={"Attributes": TYPED})
WRITE = Write(
    table=CATALOG, action="update", key=KEY, update="SET a = :a", condition="b = :b", values={":a": 1, ":b": 2}
)
PUT = Write(table=CATALOG, action="put", item=ITEM)

CALLS: dict[str, Callable[[Database], Awaitable[Any]]] = {
    "PutItem": lambda database: database.write(PUT),
    "UpdateItem": lambda database: database.write(WRITE, returning="ALL_NEW"),
    "DeleteItem": lambda database: database.write(Write(table=CATALOG, action="delete", key=KEY)),
    "TransactWriteItems": lambda database: database.transact([WRITE, PUT]),
    "BatchWriteItem": lambda database: database.load(CATALOG, [ITEM]),
}


@pytest.fixture(params=CALLS)
def operation(request: pytest.FixtureRequest) -> str:
    return str(request.param)


ONCE_WRONG = {
    "throttled": THROTTLED,
    "a transaction under way": refusal("TransactionInProgressException"),
    "internal error": refusal("InternalServerError", status=500),
    "unavailable without a body": Act(status=503, body=b"", crc=False),
    "reset": Act(reset=True),
    "cut": Act(json={"Attributes": TYPED}, cut=10),
    "wrong checksum": Act(json={"Attributes": TYPED}, headers={"x-amz-crc32": "1"}),
    "silent": Act(hold=True),
}


@pytest.mark.parametrize("fault", ONCE_WRONG.values(), ids=ONCE_WRONG)
async def test_the_second_attempt_sends_the_very_same_write(lean: bool, operation: str, fault: Act) -> None:
    async with staged(fault, GOOD) as stage, opened(stage, lean) as database:
        await CALLS[operation](database)
        assert stage.operations == [operation] * 2
        assert stage.requests[0].body == stage.requests[1].body


ALWAYS_WRONG = {
    "throttled": (THROTTLED, UpstreamThrottled, 2),
    "internal error": (refusal("InternalServerError", status=500), Unavailable, 2),
    "reset": (Act(reset=True), Unavailable, 2),
    "wrong checksum": (Act(json={"Attributes": TYPED}, headers={"x-amz-crc32": "1"}), UpstreamInvalid, 2),
    "silent": (Act(hold=True), Unavailable, 2),
    "no JSON": (Act(body=b"all is well"), UpstreamInvalid, 1),
    "an empty 200": (Act(body=b""), UpstreamInvalid, 1),
    "a list": (Act(json=[]), UpstreamInvalid, 1),
    "a refusal": (refusal("AccessDeniedException"), UpstreamInvalid, 1),
    "a mistake of ours": (refusal("ValidationException", "The update expression is wrong"), UpstreamInvalid, 1),
    "a token that was used": (refusal("IdempotentParameterMismatchException"), UpstreamInvalid, 1),
    "a collection that is full": (refusal("ItemCollectionSizeLimitExceededException"), UpstreamInvalid, 1),
    "an unknown table": (refusal("ResourceNotFoundException"), UpstreamInvalid, 1),
}


@pytest.mark.parametrize(("fault", "error", "attempts"), ALWAYS_WRONG.values(), ids=ALWAYS_WRONG)
async def test_a_lasting_fault_is_an_error_of_its_class(
    lean: bool, operation: str, fault: Act, error: type[Unavailable], attempts: int
) -> None:
    async with staged(fault) as stage, opened(stage, lean) as database:
        with pytest.raises(Unavailable) as caught:
            await CALLS[operation](database)
        assert isinstance(caught.value, error)
        assert caught.value.code == error.code
        assert len(stage.requests) == attempts


async def test_a_write_is_not_sent_twice_where_one_attempt_is_allowed(lean: bool, operation: str) -> None:
    async with staged(GOOD, Act(reset=True), GOOD) as stage, opened(stage, lean, attempts=1) as database:
        await CALLS[operation](database)
        with pytest.raises(Unavailable):
            await CALLS[operation](database)
        assert stage.operations == [operation] * 2


async def test_a_read_over_a_connection_that_went_while_it_rested_is_sent_over_a_fresh_one() -> None:
    found = Act(json={"Item": TYPED})
    async with staged(found, Act(reset=True), found) as stage, opened(stage, True, attempts=1) as database:
        assert [await database.get(CATALOG, KEY), await database.get(CATALOG, KEY)] == [ITEM, ITEM]
        assert stage.operations == ["GetItem"] * 3


async def test_each_transaction_has_a_token_of_its_own(lean: bool) -> None:
    async with staged(GOOD) as stage, opened(stage, lean) as database:
        for _ in range(2):
            await database.transact([WRITE])
        first, second = (request.body["ClientRequestToken"] for request in stage.requests)
        assert first != second


async def test_the_operations_deadline_cuts_a_silent_write(lean: bool, operation: str) -> None:
    async with staged(Act(hold=True)) as stage, opened(stage, lean, read_seconds=60, call_seconds=60) as database:
        with pytest.raises(DeadlineExceeded), deadline(0.1):
            await CALLS[operation](database)


async def test_conditions_that_fail_do_not_speak_against_the_store(lean: bool) -> None:
    async with staged(refusal("ConditionalCheckFailedException")) as stage:
        async with opened(stage, lean, limits=Limits(least_calls=2)) as database:
            for _ in range(6):
                with pytest.raises(ConditionFailed):
                    await database.write(WRITE)
            assert len(stage.requests) == 6


async def test_a_write_is_counted_once_however_many_attempts_it_took(lean: bool) -> None:
    async with staged(THROTTLED, GOOD) as stage, opened(stage, lean) as database:
        with counted() as calls:
            await database.write(WRITE)
        assert calls.names == ["UpdateItem catalog"]
        assert len(stage.requests) == 2


UNREADABLE = {
    "an item without types": {"Item": {"pk": "T#1"}},
    "an item that is a list": {"Item": ["pk"]},
}


@pytest.mark.parametrize("found", UNREADABLE.values(), ids=UNREADABLE)
async def test_a_failed_condition_with_an_unreadable_item_is_no_failed_condition(lean: bool, found: Any) -> None:
    body = {"__type": "x#ConditionalCheckFailedException", "message": "no", **found}
    async with staged(Act(status=400, json=body)) as stage, opened(stage, lean) as database:
        with pytest.raises(UpstreamInvalid):
            await database.write(WRITE)


@pytest.mark.parametrize("reasons", [{}, ["None"], [{"Code": "ConditionalCheckFailed", "Item": {"pk": "T#1"}}]])
async def test_a_cancelled_transaction_with_unreadable_reasons_cannot_be_read(lean: bool, reasons: Any) -> None:
    body = {"__type": "x#TransactionCanceledException", "Message": "cancelled", "CancellationReasons": reasons}
    async with staged(Act(status=400, json=body)) as stage, opened(stage, lean) as database:
        with pytest.raises(UpstreamInvalid):
            await database.transact([WRITE])


async def test_a_condition_that_fails_after_the_answer_was_lost_is_a_failed_condition(lean: bool) -> None:
    async with staged(Act(reset=True), refusal("ConditionalCheckFailedException")) as stage:
        async with opened(stage, lean) as database:
            with pytest.raises(ConditionFailed):
                await database.write(WRITE)


async def test_text_that_is_no_unicode_is_refused() -> None:
    half = Write(table=CATALOG, action="put", item={**ITEM, "name": "\ud83d"})
    async with staged(GOOD) as stage, opened(stage, True) as database:
        with pytest.raises(UpstreamInvalid):
            await database.write(half)
        assert stage.requests == []


async def test_a_failed_condition_carries_what_was_found(lean: bool) -> None:
    body = {
        "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
        "message": "no",
        "Item": TYPED,
    }
    async with staged(Act(status=400, json=body)) as stage, opened(stage, lean) as database:
        with pytest.raises(ConditionFailed) as caught:
            await database.write(WRITE)
        assert caught.value.item == ITEM
        assert stage.requests[0].body["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD"


async def test_a_transaction_cancelled_for_conflict_says_which_write(lean: bool) -> None:
    reasons = [{"Code": "None"}, {"Code": "TransactionConflict"}, {"Code": "ConditionalCheckFailed", "Item": TYPED}]
    body = {"__type": "x#TransactionCanceledException", "Message": "cancelled", "CancellationReasons": reasons}
    async with staged(Act(status=400, json=body)) as stage, opened(stage, lean) as database:
        with pytest.raises(TransactionFailed) as caught:
            await database.transact([WRITE, WRITE, WRITE])
        assert caught.value.reasons == ("None", "TransactionConflict", "ConditionalCheckFailed")
        assert caught.value.items == (None, None, ITEM)
        assert len(stage.requests) == 1
        assert stage.requests[0].body["ClientRequestToken"]


async def test_a_transaction_cancelled_for_load_is_throttling(lean: bool) -> None:
    body = {
        "__type": "x#TransactionCanceledException",
        "CancellationReasons": [{"Code": "None"}, {"Code": "ThrottlingError"}],
    }
    async with staged(Act(status=400, json=body)) as stage, opened(stage, lean) as database:
        with pytest.raises(UpstreamThrottled):
            await database.transact([WRITE, WRITE])


async def test_a_cancelled_transaction_without_reasons_cannot_be_read(lean: bool) -> None:
    async with staged(refusal("TransactionCanceledException")) as stage, opened(stage, lean) as database:
        with pytest.raises(UpstreamInvalid):
            await database.transact([WRITE])


async def test_a_write_that_meets_a_transaction_may_be_tried_later(lean: bool) -> None:
    async with staged(refusal("TransactionConflictException")) as stage, opened(stage, lean) as database:
        with pytest.raises(UpstreamThrottled):
            await database.write(WRITE)


async def test_a_write_answered_with_rubbish_does_not_count_as_written(lean: bool) -> None:
    async with staged(Act(body=b"ok")) as stage, opened(stage, lean) as database:
        with pytest.raises(UpstreamInvalid):
            await database.write(Write(table=CATALOG, action="put", item=ITEM))
