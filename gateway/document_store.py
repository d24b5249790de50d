"""Where automatically persisted documents are kept: a bounded memory, and Valkey behind it when servers share them."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Protocol

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from gateway.manifests import sha256_of

VALKEY_SECONDS = 0.25
"""The longest wait for Valkey; a client whose document is not found sends it again, so waiting longer never pays."""

log = structlog.get_logger(__name__)


class DocumentStore(Protocol):
    """Documents by the SHA-256 of their text."""

    async def get(self, digest: str) -> str | None:
        """The document, None when it is not kept (any more)."""
        ...

    async def put(self, digest: str, text: str) -> None:
        """Keeps a document whose hash has been checked."""
        ...


class MemoryStore:
    """The least recently used documents leave first, at `entries` documents or `size` characters."""

    def __init__(self, entries: int = 1000, size: int = 8_000_000) -> None:
        self._entries = entries
        self._size = size
        self._texts: OrderedDict[str, str] = OrderedDict()
        self.size = 0

    def __len__(self) -> int:
        return len(self._texts)

    async def get(self, digest: str) -> str | None:
        """The document, which is now the most recently used."""
        text = self._texts.get(digest)
        if text is not None:
            self._texts.move_to_end(digest)
        return text

    async def put(self, digest: str, text: str) -> None:
        """Keeps it; the oldest make room."""
        self.size += len(text) - len(self._texts.pop(digest, ""))
        self._texts[digest] = text
        while len(self._texts) > self._entries or self.size > self._size:
            _, dropped = self._texts.popitem(last=False)
            self.size -= len(dropped)


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
            async with asyncio.timeout(VALKEY_SECONDS):
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
            async with asyncio.timeout(VALKEY_SECONDS):
                await self._client.set(_key(digest), text.encode("utf-8", "replace"), ex=self._life)
        except (RedisError, OSError, TimeoutError) as error:
            self._failed(error)

    def _failed(self, error: Exception) -> None:
        if self.failures == 0:
            log.warning("document_store_down", error=type(error).__name__)
        self.failures += 1


def _key(digest: str) -> str:
    return f"marquee:document:{digest}"
