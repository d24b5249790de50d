"""Finds the text of a request's document: sent along, published in a manifest, or registered by its hash."""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from domain.errors import BadRequest, Refused
from gateway.document_store import DocumentStore, MemoryStore
from gateway.manifests import MAX_ID, sha256_of
from gateway.request import GraphQLRequest
from graph.callers import CallerClass
from graph.extensions.limits import DocumentLimits, check_source

Mode = Literal["open", "apq", "trusted-only"]
"""open: any text, nothing is registered. apq: any text, hashes register. trusted-only: published documents alone."""

_HASH = re.compile("[0-9a-f]{64}")
_PREFIX = "sha256:"


class DocumentNotFound(Refused):
    """No published document has that id, or the text is not among the published ones."""

    code = "PERSISTED_DOCUMENT_NOT_FOUND"


class QueryNotFound(Refused):
    """A step of automatic persistence: the client now sends text and hash. The message is the protocol's own."""

    code = "PERSISTED_QUERY_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("PersistedQueryNotFound")


class HashMismatch(Refused):
    """The hash is not the text's; nothing was stored."""

    code = "PERSISTED_QUERY_HASH_MISMATCH"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentPolicy:
    """Which documents run for whom, and how fast one client may register new ones."""

    mode: Mode = "apq"
    by_caller: Mapping[CallerClass, Mode] = field(default_factory=dict)
    """Other modes for some callers; staff are exempt from trusted-only unless it is said here."""
    registrations_per_minute: int = 60
    clients: int = 10_000
    """How many clients' registrations are counted at a time."""

    def mode_of(self, caller: CallerClass) -> Mode:
        """The mode for that caller."""
        if caller in self.by_caller:
            return self.by_caller[caller]
        return "open" if self.mode == "trusted-only" and caller is CallerClass.STAFF else self.mode


class Documents:
    """`trusted` are the manifests' documents by id; what clients register goes to `store`."""

    def __init__(
        self,
        *,
        policy: DocumentPolicy,
        limits: DocumentLimits,
        trusted: Mapping[str, str] | None = None,
        store: DocumentStore | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._modes = {caller: policy.mode_of(caller) for caller in CallerClass}
        self._limits = limits
        self._trusted = dict(trusted or {})
        self._store: DocumentStore = MemoryStore() if store is None else store
        self._quota = _Quota(policy.registrations_per_minute, policy.clients, clock)

    def at_hand(self, request: GraphQLRequest, caller: CallerClass) -> str | None:
        """The text of a request that sends it and no more, where any text runs; None for all others: `resolve` them."""
        text = request.query
        if text is None or request.document_id is not None or request.extensions:
            return None
        if len(text) > self._limits.characters or self._modes[caller] == "trusted-only":
            return None
        return text

    async def resolve(self, request: GraphQLRequest, *, caller: CallerClass, client: str) -> str:
        """The text to execute; `client` (account or address) is who pays for a registration.

        Raises BadRequest, DocumentNotFound, QueryNotFound, HashMismatch, or GraphQLError (TOO_COMPLEX) by length. A
        request without `query` that is resolved is a persisted one.
        """
        mode = self._modes[caller]
        digest = _apq_hash(request.extensions)
        if request.document_id is not None:
            return await self._by_id(request, mode)
        if request.query is None:
            if digest is None:
                raise BadRequest("Send `query`, `documentId`, or `extensions.persistedQuery`.")
            return await self._by_hash(digest, mode)
        check_source(request.query, self._limits)
        if mode == "trusted-only" and f"{_PREFIX}{sha256_of(request.query)}" not in self._trusted:
            raise DocumentNotFound("Only published documents run here, and this is none. Send a published documentId.")
        if digest is not None:
            await self._register(request.query, digest, mode, client)
        return request.query

    async def _by_id(self, request: GraphQLRequest, mode: Mode) -> str:
        id_ = request.document_id or ""
        if request.query is not None:
            raise BadRequest("Send `query` or `documentId`, not both.")
        if not 0 < len(id_) <= MAX_ID:
            raise BadRequest(f"A documentId has 1 to {MAX_ID} characters.")
        text = self._trusted.get(id_)
        if text is None and id_.startswith(_PREFIX):
            digest = id_.removeprefix(_PREFIX)
            if _HASH.fullmatch(digest) is None:
                raise BadRequest("A documentId with `sha256:` goes on with 64 hexadecimal digits in lower case.")
            text = await self._registered(digest, mode)
        if text is None:
            raise DocumentNotFound("No document has this documentId. Publish it first, or send its text.")
        return text

    async def _by_hash(self, digest: str, mode: Mode) -> str:
        text = self._trusted.get(f"{_PREFIX}{digest}")
        if text is None:
            text = await self._registered(digest, mode)
        if text is None:
            if mode == "trusted-only":
                raise DocumentNotFound("Only published documents run here, and this hash is of none.")
            raise QueryNotFound
        return text

    async def _registered(self, digest: str, mode: Mode) -> str | None:
        return None if mode == "trusted-only" else await self._store.get(digest)

    async def _register(self, text: str, digest: str, mode: Mode, client: str) -> None:
        """Stores a text under its own hash; beyond the client's rate it runs all the same and is not stored."""
        if sha256_of(text) != digest:
            raise HashMismatch("`sha256Hash` is not the SHA-256 of `query`. Hash the exact text that is sent.")
        known = f"{_PREFIX}{digest}" in self._trusted
        if mode == "apq" and not known and await self._store.get(digest) is None and self._quota.take(client):
            await self._store.put(digest, text)


class _Quota:
    """Registrations per client and minute, for the clients seen last."""

    def __init__(self, per_minute: int, clients: int, clock: Callable[[], float]) -> None:
        self._per_minute = per_minute
        self._clients = clients
        self._clock = clock
        self._counts: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def take(self, client: str) -> bool:
        minute = int(self._clock() // 60)
        last, count = self._counts.get(client, (minute, 0))
        count = count if last == minute else 0
        if count >= self._per_minute:
            return False
        self._counts[client] = (minute, count + 1)
        self._counts.move_to_end(client)
        if len(self._counts) > self._clients:
            self._counts.popitem(last=False)
        return True


def _apq_hash(extensions: Mapping[str, object] | None) -> str | None:
    """The hash of `extensions.persistedQuery`, None without one; a malformed one is a BadRequest."""
    entry = (extensions or {}).get("persistedQuery")
    if entry is None:
        return None
    if not isinstance(entry, dict):
        raise BadRequest("`extensions.persistedQuery` must be an object.")
    version, digest = entry.get("version"), entry.get("sha256Hash")
    if version != 1 or isinstance(version, bool):
        raise BadRequest("`extensions.persistedQuery.version` must be 1.")
    if not isinstance(digest, str) or _HASH.fullmatch(digest) is None:
        raise BadRequest("`extensions.persistedQuery.sha256Hash` must be 64 hexadecimal digits in lower case.")
    return digest
