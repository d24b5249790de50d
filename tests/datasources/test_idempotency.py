"""Keys that make a write happen once, and what becomes of them when an answer is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from datasources.dynamo import Options, open_database
from datasources.dynamodb import Database
from datasources.idempotency import LOCKED, Earlier, IdempotencySource
from tests.datasources.scripted_dynamodb import Act, Request, staged

NOW = datetime(2100, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def key() -> str:
    return uuid4().hex


async def test_a_key_is_claimed_once_done_and_told_again(database: Database, key: str) -> None:
    source = IdempotencySource(database)
    assert await source.claim("me", key, "digest", NOW) is None
    assert await source.claim("me", key, "digest", NOW) == Earlier(same_input=True, result=None)
    assert await source.claim("me", key, "other", NOW) == Earlier(same_input=False, result=None)
    await source.done("me", key, "result")
    assert await source.claim("me", key, "digest", NOW) == Earlier(same_input=True, result="result")
    assert await source.claim("you", key, "digest", NOW) is None


async def test_a_key_that_was_released_or_left_is_free(database: Database, key: str) -> None:
    source = IdempotencySource(database)
    await source.claim("me", key, "digest", NOW)
    await source.release("me", key)
    assert await source.claim("me", key, "other", NOW) is None
    assert await source.claim("me", key, "third", NOW + LOCKED + timedelta(seconds=1)) is None


async def test_a_claim_whose_answer_was_lost_is_the_callers_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    stored: list[dict[str, Any]] = []

    def service(request: Request) -> Act:
        if not stored:
            stored.append(request.body["Item"])
            return Act(reset=True)
        body = {"__type": "x#ConditionalCheckFailedException", "message": "no", "Item": stored[0]}
        return Act(status=400, json=body)

    async with staged(service) as stage:
        async with open_database(Options(region="eu-west-1", endpoint_url=stage.url)) as database:
            source = IdempotencySource(database)
            assert await source.claim("me", "key", "digest", NOW) is None
            assert stage.operations == ["PutItem"] * 2
            assert await source.claim("me", "key", "digest", NOW) == Earlier(same_input=True, result=None)
