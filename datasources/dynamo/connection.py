"""Opens the database: one client, its pool and its credentials, closed together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession

from datasources.dynamo.aio import AioDatabase
from datasources.dynamo.options import Options
from datasources.dynamodb import Database


@asynccontextmanager
async def open_database(options: Options) -> AsyncIterator[Database]:
    """The deployment's tables; credentials come from AWS's default chain and are refreshed by it."""
    session = AioSession()
    async with session.create_client(
        "dynamodb", region_name=options.region, endpoint_url=options.endpoint_url, config=client_config(options)
    ) as client:
        yield AioDatabase(client, options)


def client_config(options: Options) -> AioConfig:
    """Every setting whose default would not survive a bad day, stated; the regional endpoint, for both paths alike."""
    return AioConfig(
        retries={"mode": "standard", "total_max_attempts": options.attempts},
        connect_timeout=options.connect_seconds,
        read_timeout=options.read_seconds,
        max_pool_connections=options.pool,
        connector_args={"keepalive_timeout": options.keepalive_seconds},
        tcp_keepalive=True,
        parameter_validation=False,
        account_id_endpoint_mode="disabled",
    )
