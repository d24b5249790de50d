"""Clients of AWS services other than DynamoDB through aiobotocore, all from one session.

A session of its own would cost each client some 10 MB. aiobotocore itself costs 11 and a third of a second, so it is
imported with the first client: a process that needs DynamoDB alone never loads it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import import_module
from typing import Any

from botocore.config import Config


class Clients:
    """Opens clients for one region; credentials come from AWS's default chain and are refreshed by it."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._session: Any = None

    async def session(self) -> Any:
        """aiobotocore's session; its import does not hold up what else the process does."""
        if self._session is None:
            module = await asyncio.to_thread(import_module, "aiobotocore.session")
            self._session = self._session or module.AioSession()
        return self._session

    @asynccontextmanager
    async def open(self, service: str, config: Config, **more: Any) -> AsyncIterator[Any]:
        """A client of the service, such as "s3"; its description is read now, which takes a tenth of a second."""
        session = await self.session()
        async with session.create_client(service, region_name=self._region, config=config, **more) as client:
            yield client

    @asynccontextmanager
    async def late(self, service: str, config: Config) -> AsyncIterator[Any]:
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
