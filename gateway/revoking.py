"""Opens the memory of revoked sign-ins, from settings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from datasources.dynamodb import Database
from datasources.revocations import Revocations
from gateway.settings import Settings


@asynccontextmanager
async def open_revocations(settings: Settings, database: Database) -> AsyncIterator[Revocations | None]:
    """Looks for what other processes revoked as long as it is open; None where the deployment does not revoke."""
    seconds = settings.identity.revocation_seconds
    if not seconds:
        yield None
        return
    revocations = Revocations(database, seconds=seconds)
    async with revocations.running():
        yield revocations
