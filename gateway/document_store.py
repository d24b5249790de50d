"""Where automatically persisted documents are kept: a bounded memory; see `valkey` for what servers share."""

from __future__ import annotations

from collections import OrderedDict
from typing import Protocol


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
