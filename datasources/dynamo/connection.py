"""Opens the database: the lean client, or aiobotocore's where that is asked for or needed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ssl import SSLContext, create_default_context
from typing import TYPE_CHECKING, Any

from botocore.httpsession import get_cert_path
from botocore.utils import get_environ_proxies

from datasources.chain import Chain
from datasources.dependency import Dependencies, Limits, Observe
from datasources.dynamo.aio import AioDatabase
from datasources.dynamo.client import Client
from datasources.dynamo.credentials import Credentials
from datasources.dynamo.endpoint import endpoint_of
from datasources.dynamo.failures import down
from datasources.dynamo.http import Pool
from datasources.dynamo.options import Options
from datasources.dynamo.signing import Clock, Signer
from datasources.dynamo.skew import follow
from datasources.dynamo.slim import SlimDatabase
from datasources.dynamodb import Database

if TYPE_CHECKING:  # it costs 11 MB, and most processes never need it
    from aiobotocore.config import AioConfig


@asynccontextmanager
async def open_database(
    options: Options,
    *,
    chain: Chain | None = None,
    limits: Limits | None = None,
    observe: Observe | None = None,
) -> AsyncIterator[Database]:
    """The deployment's tables; credentials come from AWS's default chain and are refreshed by it.

    With `options.lean` off, or behind an HTTP proxy, which the lean client does not speak, aiobotocore does it all.
    Each table has a breaker and a bulkhead of its own by `limits`; `observe` is told how each call ended.
    """
    guards = Dependencies("dynamodb", limits or Limits(seconds=None), observe=observe, failed=down)
    chain = chain or Chain()
    endpoint = options.endpoint_url or endpoint_of(chain.session, options.region)
    if options.lean and not get_environ_proxies(endpoint):
        async with _lean(chain, endpoint, options, guards) as lean:
            yield lean
    else:
        async with _full(options, guards) as full:
            yield full


@asynccontextmanager
async def _lean(chain: Chain, endpoint: str, options: Options, guards: Dependencies) -> AsyncIterator[SlimDatabase]:
    clock = Clock()
    signer = Signer(endpoint, options.region, clock, options.user_agent)
    pool = Pool(
        signer.host,
        signer.port,
        await asyncio.to_thread(_tls, chain.session) if signer.tls else None,
        size=options.pool,
        connect=options.connect_seconds,
        keepalive=options.keepalive_seconds,
        room=options.answer_bytes,
    )
    try:
        client = Client(options, signer, clock, Credentials(chain.load), pool)
        yield SlimDatabase(client, options, guards)
    finally:
        await pool.close()


@asynccontextmanager
async def _full(options: Options, guards: Dependencies) -> AsyncIterator[AioDatabase]:
    from aiobotocore.session import AioSession

    async with AioSession().create_client(
        "dynamodb", region_name=options.region, endpoint_url=options.endpoint_url, config=client_config(options)
    ) as client:
        follow(client, Clock())
        yield AioDatabase(client, options, guards)


def client_config(options: Options) -> AioConfig:
    """Every setting whose default would not survive a bad day, stated; the regional endpoint, for both paths alike."""
    from aiobotocore.config import AioConfig

    return AioConfig(
        retries={"mode": "standard", "total_max_attempts": options.attempts},
        connect_timeout=options.connect_seconds,
        read_timeout=options.read_seconds,
        max_pool_connections=options.pool,
        connector_args={"keepalive_timeout": options.keepalive_seconds},
        tcp_keepalive=True,
        parameter_validation=False,
        account_id_endpoint_mode="disabled",
        user_agent_extra=options.user_agent,
    )


def _tls(session: Any) -> SSLContext:
    """The same trust as botocore's: its own certificates, or AWS_CA_BUNDLE / ca_bundle where configured."""
    return create_default_context(cafile=get_cert_path(session.get_config_variable("ca_bundle") or True))
