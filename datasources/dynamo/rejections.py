"""What an error answer means for the caller: a condition that failed, a cancelled transaction, or no service at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from datasources.dynamo import answers
from datasources.dynamo.failures import nonsense, refusal, throttled
from datasources.dynamo.values import decode_item
from datasources.dynamodb import ConditionFailed, TransactionFailed
from domain.errors import Unavailable

_CONTENTION = frozenset({"ConditionalCheckFailed", "TransactionConflict", "DuplicateItem"})
_LOAD = frozenset({"ProvisionedThroughputExceeded", "ThrottlingError"})


def rejection(
    status: int, code: str, message: str, answer: Mapping[str, Any]
) -> Unavailable | ConditionFailed | TransactionFailed:
    """The error to raise for an HTTP status, DynamoDB's code and message, and the whole `answer` that they stand in."""
    if code == "ConditionalCheckFailedException":
        return _failed(answer)
    if code == "ValidationException" and "document path" in message:
        return ConditionFailed()
    if code == "TransactionCanceledException":
        return _cancelled(answer.get("CancellationReasons") or ())
    return refusal(status, code)


def _failed(answer: Mapping[str, Any]) -> Unavailable | ConditionFailed:
    try:
        return ConditionFailed(answers.item(answer, "Item", decode_item))
    except Unavailable as error:
        return error


def _cancelled(reasons: Iterable[Mapping[str, Any]]) -> Unavailable | TransactionFailed:
    try:
        codes = [reason.get("Code", "None") for reason in reasons]
        if not codes:
            return nonsense()
        if _CONTENTION.isdisjoint(codes) and not _LOAD.isdisjoint(codes):
            return throttled()
        return TransactionFailed(codes, [answers.item(reason, "Item", decode_item) for reason in reasons])
    except (AttributeError, TypeError):
        return nonsense()
    except Unavailable as error:
        return error
