"""Credentials from AWS's default chain, asked for again before they can have expired."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from datasources.dynamo.failures import unreachable
from datasources.dynamo.signing import Keys

LOOK_SECONDS = 1.0
"""How long the keys are used without asking the provider, which itself knows when they must be renewed."""


class Credentials:
    """The current keys; renewal is the provider's, which refreshes minutes ahead and once for all callers."""

    def __init__(self, load: Callable[[], Awaitable[Any]]) -> None:
        self._load = load
        self._provider: Any = None
        self._keys: Keys | None = None
        self._look = 0.0

    async def current(self, end: float) -> Keys:
        """Keys to sign with now; raises Unavailable when there are none by `end` (of time.monotonic)."""
        keys = self._keys
        if keys is not None and time.monotonic() < self._look:
            return keys
        return await self._ask(end)

    async def _ask(self, end: float) -> Keys:
        try:
            async with asyncio.timeout(end - time.monotonic()):
                if self._provider is None:
                    self._provider = await self._load()
                frozen = await self._provider.get_frozen_credentials() if self._provider is not None else None
        except Exception as error:  # each provider has its own: metadata services, STS, files, processes
            raise unreachable() from error
        if frozen is None or not frozen.access_key or not frozen.secret_key:
            raise unreachable()
        self._keys = Keys(frozen.access_key, frozen.secret_key, frozen.token)
        self._look = time.monotonic() + LOOK_SECONDS
        return self._keys

    def forget(self) -> None:
        """Asks the provider at the next call: the service refused the keys."""
        self._keys = None
