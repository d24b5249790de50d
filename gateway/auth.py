"""Who a bearer token says the caller is: access tokens of Cognito user pools, verified completely and remembered."""

from __future__ import annotations

import hashlib
import time
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import jwt

from domain.viewers import Viewer
from gateway.claims import MAX_TOKEN, TokenRefused, TrustedPool, key_id, unverified, viewer_of
from gateway.jwks import KeyPolicy, KeyStore, fetch_keys

__all__ = ["Remembered", "TokenRefused", "TokenStats", "TrustedPool", "Verified", "Verifier", "open_verifier"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A caller, and until when the token holds in seconds since the epoch."""

    viewer: Viewer
    expires_at: float


_SIGNATURE_ALONE: Any = {
    "verify_signature": True,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}

T = TypeVar("T")


class Remembered(Generic[T]):
    """Results by the hash of a token, each until its expiry, the least recently used dropped first."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._entries: OrderedDict[bytes, tuple[float, T]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: bytes, now: float) -> T | None:
        """The result while it holds."""
        found = self._entries.get(key)
        if found is None:
            return None
        if found[0] <= now:
            del self._entries[key]
            return None
        self._entries.move_to_end(key)
        return found[1]

    def put(self, key: bytes, until: float, value: T) -> None:
        """Keeps a result; the oldest makes room."""
        self._entries[key] = (until, value)
        if len(self._entries) > self._size:
            self._entries.popitem(last=False)


@dataclass(slots=True)
class TokenStats:
    """Counts since the start: signatures checked, answers from memory, refusals by reason."""

    checked: int = 0
    remembered: int = 0
    refused: Counter[str] = field(default_factory=Counter)


class Verifier:
    """Verifies access tokens against the pools that are trusted; `keys` has one store per pool, in their order."""

    def __init__(
        self,
        pools: Sequence[TrustedPool],
        keys: Sequence[KeyStore],
        *,
        leeway: float = 30.0,
        remember: int = 20_000,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._pools = {pool.issuer: (pool, store) for pool, store in zip(pools, keys, strict=True)}
        self._leeway = leeway
        self._clock = clock
        self._remembered: Remembered[Verified] = Remembered(remember)
        self.revoked: Callable[[Viewer], bool] = lambda _: False
        """Whether a sign-in ended before its tokens; asked each time, so it has to answer from memory."""
        self.stats = TokenStats()

    async def verify(self, token: str) -> Viewer:
        """The caller; raises TokenRefused (Unauthenticated), or Unavailable while a pool's keys cannot be had."""
        return (await self.check(token)).viewer

    async def check(self, token: str) -> Verified:
        """The caller and the token's end, for streams that end with it; raises as `verify` does."""
        digest = hashlib.sha256(token[: MAX_TOKEN + 1].encode("utf-8", "replace")).digest()
        found = self._remembered.get(digest, self._clock())
        if found is not None and not self.revoked(found.viewer):
            self.stats.remembered += 1
            return found
        try:
            verified = await self._check(token)
            if self.revoked(verified.viewer):
                raise TokenRefused("revoked")
        except TokenRefused as refused:
            self.stats.refused[refused.reason] += 1
            raise
        self._remembered.put(digest, verified.expires_at, verified)
        return verified

    async def warm(self) -> bool:
        """Fetches the keys of every pool, at start-up; says whether all are known now."""
        return all([await store.warm() for _, store in self._pools.values()])

    @property
    def ready(self) -> bool:
        """Whether the keys of every pool are known."""
        return all(store.ready for _, store in self._pools.values())

    async def _check(self, token: str) -> Verified:
        if len(token) > MAX_TOKEN or not token.isascii():
            raise TokenRefused("malformed")
        kid = key_id(token)
        issuer = unverified(token).get("iss")
        pool, store = self._pools.get(issuer, (None, None)) if isinstance(issuer, str) else (None, None)
        if pool is None or store is None:
            raise TokenRefused("not trusted")
        key = await store.key(kid)
        if key is None:
            raise TokenRefused("not trusted")
        self.stats.checked += 1
        claims = self._verified_claims(token, key)
        return Verified(viewer=viewer_of(claims, pool), expires_at=float(claims["exp"]))

    def _verified_claims(self, token: str, key: Any) -> dict[str, Any]:
        """The signature by PyJWT, the times here: PyJWT knows neither our clock nor a missing number."""
        try:
            claims: dict[str, Any] = jwt.decode(token, key, algorithms=["RS256"], options=_SIGNATURE_ALONE)
        except jwt.InvalidTokenError as error:
            raise TokenRefused("not trusted") from error
        now = self._clock()
        if not _is_number(claims.get("exp")):
            raise TokenRefused("malformed")
        if claims["exp"] <= now - self._leeway:
            raise TokenRefused("expired")
        for name in ("nbf", "iat"):
            if name in claims and (not _is_number(claims[name]) or claims[name] > now + self._leeway):
                raise TokenRefused("not yet valid")
        return claims


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value


@asynccontextmanager
async def open_verifier(
    pools: Sequence[TrustedPool], *, leeway: float = 30.0, policy: KeyPolicy | None = None
) -> AsyncIterator[Verifier]:
    """A verifier with its key stores, closed at the end; keys are fetched when first needed."""
    async with AsyncExitStack() as stack:
        stores = [KeyStore(pool.jwks_url, fetch_keys, policy=policy) for pool in pools]
        for store in stores:
            stack.push_async_callback(store.close)
        verifier = Verifier(pools, stores, leeway=leeway)
        yield verifier
