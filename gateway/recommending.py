"""Opens the recommender and the event lake from settings; each is absent where the deployment has none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256

from botocore.config import Config

from datasources.clients import Clients
from datasources.events import Buffering, EventLake
from datasources.recommendations import Pace, Recommendations
from datasources.sagemaker import open_endpoint
from gateway.settings import Settings
from gateway.telemetry import Telemetry

_CONFIG = Config(connect_timeout=1.0, read_timeout=3.0, retries={"mode": "standard", "total_max_attempts": 1})


@asynccontextmanager
async def open_recommendations(
    settings: Settings, telemetry: Telemetry, clients: Clients
) -> AsyncIterator[Recommendations | None]:
    """The model behind the deployment's endpoint."""
    if settings.sagemaker_endpoint is None:
        yield None
        return
    chosen = settings.recommender
    pace = Pace(page=chosen.page_seconds, call=chosen.call_seconds, fresh=chosen.fresh_seconds)
    async with open_endpoint(settings.sagemaker_endpoint, clients) as endpoint:
        source = Recommendations(endpoint, variants=chosen.shares, pace=pace, observe=telemetry.call)
        async with source.running():
            yield source


def pseudonym_key(settings: Settings) -> bytes:
    """What makes pseudonyms: a secret of its own, for who was who would be lost with it."""
    return sha256(settings.pseudonym_secret.reveal().encode()).digest()


@asynccontextmanager
async def open_events(settings: Settings, telemetry: Telemetry, clients: Clients) -> AsyncIterator[EventLake | None]:
    """The event lake in the deployment's bucket; what waits is written before it closes."""
    if settings.buckets.events is None:
        yield None
        return
    key, chosen = pseudonym_key(settings), settings.recommender
    buffering = Buffering(lines=chosen.event_lines, seconds=chosen.event_seconds)
    async with clients.open("s3", _CONFIG) as client:
        lake = EventLake(client, settings.buckets.events, key, buffering=buffering, observe=telemetry.call)
        async with lake.running():
            yield lake
