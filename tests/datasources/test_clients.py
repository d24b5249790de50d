"""Clients share one session, and one that is opened late is opened once, by whoever calls first."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from botocore.config import Config

from datasources.clients import Clients, LateClient
from emulation.outputs import Outputs


class Client:
    async def list_users(self, **parameters: Any) -> dict[str, Any]:
        return parameters


class Opening:
    def __init__(self, *failures: Exception) -> None:
        self.failures = [*failures]
        self.calls = 0

    async def __call__(self) -> Client:
        self.calls += 1
        await asyncio.sleep(0)
        if self.failures:
            raise self.failures.pop(0)
        return Client()


async def test_a_late_client_is_opened_once_however_many_call():
    opening = Opening()
    client = LateClient(opening)
    assert opening.calls == 0
    answers = await asyncio.gather(*(client.list_users(Limit=number) for number in range(3)))
    assert (answers, opening.calls) == ([{"Limit": 0}, {"Limit": 1}, {"Limit": 2}], 1)


async def test_an_opening_that_fails_is_tried_again():
    opening = Opening(ConnectionError("no credentials"))
    client = LateClient(opening)
    with pytest.raises(ConnectionError):
        await client.list_users()
    assert (await client.list_users(Limit=1), opening.calls) == ({"Limit": 1}, 2)


async def test_a_late_client_asks_the_service_and_is_closed_with_its_block(
    cloud: Outputs, aws_environment: None, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("AWS_ENDPOINT_URL", cloud.endpoint_url)
    clients = Clients(cloud.region)
    opened: list[str] = []
    session = await clients.session()
    create = session.create_client

    def counted(service: str, **more: Any) -> Any:
        opened.append(service)
        return create(service, **more)

    monkeypatch.setattr(session, "create_client", counted)
    async with clients.late("s3", Config()) as client:
        assert opened == []
        for _ in range(2):
            found = await client.list_buckets()
            assert cloud.buckets["media"] in {bucket["Name"] for bucket in found["Buckets"]}
    assert opened == ["s3"]
    async with clients.late("cognito-idp", Config()):
        pass
    assert opened == ["s3"], "what nobody asks is never opened"
