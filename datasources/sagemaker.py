"""InvokeEndpoint of the SageMaker runtime through aiobotocore: one attempt, and one more where that is worth it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
)

from datasources.calls import record
from datasources.clients import Clients
from domain.errors import Unavailable, UpstreamThrottled

CONFIG = Config(
    connect_timeout=0.1,
    read_timeout=0.3,
    max_pool_connections=32,
    retries={"mode": "standard", "total_max_attempts": 1},
    tcp_keepalive=True,
)
"""The caller bounds the whole: these only make sure that no socket outlives it by much."""

WORTH_RETRYING = 0.15
"""Seconds that must be left for a second attempt."""

_LARGEST = 6 * 1024 * 1024
_AGAIN = frozenset({"ThrottlingException", "ModelNotReadyException", "ServiceUnavailable", "429", "503"})


class Endpoint:
    """One endpoint; `client` is an aiobotocore `sagemaker-runtime` client."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    async def invoke(self, body: bytes, variant: str | None, until: float) -> tuple[bytes, str]:
        """The answer's body and the variant that gave it; a second attempt ends before `until`. Raises Unavailable.

        Refusals for load and refused connections are tried again; an answer that is late or wrong is not.
        """
        try:
            return await self._attempt(body, variant)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") not in _AGAIN or not _time_left(until):
                raise _unavailable(error) from error
        except (EndpointConnectionError, ConnectTimeoutError) as error:
            if not _time_left(until):
                raise _unavailable(error) from error
        except (BotoCoreError, TimeoutError, OSError) as error:
            raise _unavailable(error) from error
        try:
            return await self._attempt(body, variant)
        except (ClientError, BotoCoreError, TimeoutError, OSError) as error:
            raise _unavailable(error) from error

    async def _attempt(self, body: bytes, variant: str | None) -> tuple[bytes, str]:
        record("sagemaker", "InvokeEndpoint", self._name)
        chosen = {"TargetVariant": variant} if variant is not None else {}
        answer = await self._client.invoke_endpoint(
            EndpointName=self._name, Body=body, ContentType="application/json", Accept="application/json", **chosen
        )
        async with answer["Body"] as stream:
            text: bytes = await stream.read(_LARGEST)
        return text, str(answer.get("InvokedProductionVariant") or variant or "")


@asynccontextmanager
async def open_endpoint(name: str, clients: Clients, endpoint_url: str | None = None) -> AsyncIterator[Endpoint]:
    """The endpoint with its connections."""
    async with clients.open("sagemaker-runtime", CONFIG, endpoint_url=endpoint_url) as client:
        yield Endpoint(client, name)


def _time_left(until: float) -> bool:
    return until - time.monotonic() > WORTH_RETRYING


def _unavailable(error: Exception) -> Unavailable:
    code = error.response.get("Error", {}).get("Code") if isinstance(error, ClientError) else None
    if code in ("ThrottlingException", "429"):
        return UpstreamThrottled("The recommender is busy.", retry_after=1)
    return Unavailable("The recommender did not answer.", retry_after=1)
