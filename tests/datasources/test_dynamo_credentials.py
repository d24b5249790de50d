"""The keys that the lean path signs with: asked for seldom, given up in time, forgotten when they are refused."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from botocore.credentials import ReadOnlyCredentials

from datasources.deadline import deadline
from datasources.dynamo.client import Client
from datasources.dynamo.credentials import Credentials
from datasources.dynamo.http import Pool
from datasources.dynamo.options import Options
from datasources.dynamo.signing import Clock, Keys, Signer
from domain.errors import DeadlineExceeded, Unavailable, UpstreamInvalid
from tests.datasources.scripted_dynamodb import Act, refusal, staged


class Provider:
    """Gives KEY1, KEY2, ... and counts how often it is asked."""

    def __init__(self, *, slow: float = 0.0, empty: bool = False) -> None:
        self.asked, self.loaded = 0, 0
        self._slow, self._empty = slow, empty

    async def load(self) -> Any:
        self.loaded += 1
        return self

    async def get_frozen_credentials(self) -> ReadOnlyCredentials:
        self.asked += 1
        await asyncio.sleep(self._slow)
        return ReadOnlyCredentials(None if self._empty else f"KEY{self.asked}", "secret", None)


def soon() -> float:
    return time.monotonic() + 5.0


async def test_the_provider_is_loaded_once_and_asked_again_only_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = Provider()
    credentials = Credentials(provider.load)
    assert [await credentials.current(soon()) for _ in range(3)] == [Keys("KEY1", "secret", None)] * 3
    monkeypatch.setattr("datasources.dynamo.credentials.LOOK_SECONDS", -1.0)
    credentials.forget()
    assert [(await credentials.current(soon())).access_key for _ in range(2)] == ["KEY2", "KEY3"]
    assert provider.loaded == 1


async def test_keys_that_were_refused_are_asked_for_again() -> None:
    credentials = Credentials(Provider().load)
    await credentials.current(soon())
    credentials.forget()
    assert (await credentials.current(soon())).access_key == "KEY2"


async def test_empty_keys_are_no_keys() -> None:
    with pytest.raises(Unavailable):
        await Credentials(Provider(empty=True).load).current(soon())


async def test_no_provider_at_all_is_asked_for_again_next_time() -> None:
    answers: list[Any] = [None, Provider()]

    async def load() -> Any:
        return answers.pop(0)

    credentials = Credentials(load)
    with pytest.raises(Unavailable):
        await credentials.current(soon())
    assert (await credentials.current(soon())).access_key == "KEY1"


@asynccontextmanager
async def client_of(provider: Provider, url: str) -> AsyncIterator[Client]:
    clock = Clock()
    signer = Signer(url, "eu-west-1", clock, "test")
    pool = Pool(signer.host, signer.port, None, size=1, connect=1.0, keepalive=1.0, room=1000)
    yield Client(Options(region="eu-west-1"), signer, clock, Credentials(provider.load), pool)
    await pool.close()


async def test_a_provider_that_hangs_ends_with_the_operation() -> None:
    async with client_of(Provider(slow=60), "http://127.0.0.1:9") as client:
        with pytest.raises(DeadlineExceeded), deadline(0.02):
            await client.call("GetItem", b"{}")


@pytest.mark.parametrize("code", ["ExpiredTokenException", "UnrecognizedClientException"])
async def test_a_call_refused_for_its_keys_is_made_again_with_new_ones(code: str) -> None:
    async with staged(refusal(code), Act(json={})) as stage, client_of(Provider(), stage.url) as client:
        assert await client.call("GetItem", b"{}") == {}
    credentials = [request.headers["authorization"].partition("Credential=")[2] for request in stage.requests]
    assert [text.partition("/")[0] for text in credentials] == ["KEY1", "KEY2"]


async def test_keys_that_are_refused_again_are_refused() -> None:
    async with staged(refusal("UnrecognizedClientException")) as stage, client_of(Provider(), stage.url) as client:
        with pytest.raises(UpstreamInvalid):
            await client.call("GetItem", b"{}")
    assert len(stage.requests) == 2
