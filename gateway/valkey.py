"""What several processes share through Valkey: the buckets of rates, and documents that were persisted on the way.

The redis client takes 6 MB: this module is imported where an address of Valkey is configured, and nowhere else.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from gateway.document_store import MemoryStore
from gateway.manifests import sha256_of
from gateway.rates import Rate, Verdict

DOCUMENT_SECONDS = 0.25
"""The longest wait for Valkey; a client whose document is not found sends it again, so waiting longer never pays."""

log = structlog.get_logger(__name__)

_TAKE = """
local now = redis.call('TIME')
now = tonumber(now[1]) + tonumber(now[2]) / 1000000
local capacity, rate, amount = tonumber(ARGV[1]), tonumber(ARGV[1]) / tonumber(ARGV[2]), tonumber(ARGV[3])
local entry = redis.call('HMGET', KEYS[1], 'level', 'at')
local level = capacity
if entry[1] then level = math.min(capacity, tonumber(entry[1]) + math.max(0, now - tonumber(entry[2])) * rate) end
local allowed = 0
if level >= amount then allowed = 1; level = level - amount end
redis.call('HSET', KEYS[1], 'level', string.format('%.6f', level), 'at', string.format('%.6f', now))
redis.call('EXPIRE', KEYS[1], tonumber(ARGV[2]) + 1)
return {allowed, string.format('%.6f', level)}
"""


def _client(url: str, **options: Any) -> Redis:
    """`url` is redis://, rediss://, valkey:// or valkeys://; the redis client speaks to both servers."""
    plain = url.replace("valkeys://", "rediss://", 1).replace("valkey://", "redis://", 1)
    client: Redis = Redis.from_url(plain, **options)
    return client


class SharedBuckets:
    """The buckets of all processes, by the server's own clock and in one round trip; `url` as in `_client`."""

    def __init__(self, url: str, **options: Any) -> None:
        self._client = _client(url, **options)
        self._script = self._client.register_script(_TAKE)

    async def take(self, key: str, rate: Rate, amount: int) -> Verdict:
        """As the protocol says; raises ConnectionError when Valkey does not do it."""
        try:
            found = await self._script([f"marquee:rate:{key}"], [rate.limit, rate.window, amount])
        except RedisError as error:
            raise ConnectionError(f"Valkey failed: {type(error).__name__}") from error
        allowed, level = bool(found[0]), float(found[1])
        return Verdict(rate, allowed, level, 0.0 if allowed else (amount - level) * rate.window / rate.limit)

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.aclose()


class ValkeyStore:
    """Memory first, Valkey behind it. Without Valkey it is a memory; that is said once in the log."""

    def __init__(self, client: Redis, memory: MemoryStore, *, life_seconds: int = 7 * 86_400) -> None:
        self._client = client
        self._memory = memory
        self._life = life_seconds
        self.failures = 0

    async def get(self, digest: str) -> str | None:
        """From memory, else from Valkey, where a text that does not match its hash is no answer."""
        text = await self._memory.get(digest)
        if text is not None:
            return text
        try:
            async with asyncio.timeout(DOCUMENT_SECONDS):
                found = await self._client.get(_key(digest))
        except (RedisError, OSError, TimeoutError) as error:
            self._failed(error)
            return None
        text = found.decode("utf-8", "replace") if isinstance(found, bytes) else found
        if text is None or sha256_of(text) != digest:
            return None
        await self._memory.put(digest, text)
        return text

    async def put(self, digest: str, text: str) -> None:
        """Into both; Valkey's failure costs a later repetition by some client and nothing else."""
        await self._memory.put(digest, text)
        try:
            async with asyncio.timeout(DOCUMENT_SECONDS):
                await self._client.set(_key(digest), text.encode("utf-8", "replace"), ex=self._life)
        except (RedisError, OSError, TimeoutError) as error:
            self._failed(error)

    def _failed(self, error: Exception) -> None:
        if self.failures == 0:
            log.warning("document_store_down", error=type(error).__name__)
        self.failures += 1


def _key(digest: str) -> str:
    return f"marquee:document:{digest}"


@asynccontextmanager
async def open_store(url: str, memory: MemoryStore) -> AsyncIterator[ValkeyStore]:
    """The documents of all processes, with `memory` in front; connecting waits for the first request."""
    async with _client(url) as client:
        yield ValkeyStore(client, memory)
