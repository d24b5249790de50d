"""Clients of AWS services through aiobotocore, all from one session: AWS's files are read and credentials found once.

A session of its own would cost each client some 10 MB.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession


class Clients:
    """Opens clients for one region; credentials come from AWS's default chain and are refreshed by it."""

    def __init__(self, region: str) -> None:
        self.session = AioSession()
        self._region = region

    def open(self, service: str, config: AioConfig, **more: Any) -> AbstractAsyncContextManager[Any]:
        """A client of the service, such as "s3"; its description is read now, which takes a tenth of a second."""
        client: AbstractAsyncContextManager[Any] = self.session.create_client(
            service, region_name=self._region, config=config, **more
        )
        return client

    @asynccontextmanager
    async def late(self, service: str, config: AioConfig) -> AsyncIterator[Any]:
        """The same for what many processes never ask: it is opened by its first call."""
        async with AsyncExitStack() as stack:
            yield LateClient(lambda: stack.enter_async_context(self.open(service, config)))


class LateClient:
    """Stands for a client until it is called; an opening that fails is tried again by the next call."""

    def __init__(self, open_client: Callable[[], Awaitable[Any]]) -> None:
        self._open = open_client
        self._opening = asyncio.Lock()
        self._client: Any = None

    def __getattr__(self, operation: str) -> Callable[..., Awaitable[Any]]:
        async def call(**parameters: Any) -> Any:
            async with self._opening:
                if self._client is None:
                    self._client = await self._open()
            return await getattr(self._client, operation)(**parameters)

        return call
