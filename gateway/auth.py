"""Who a bearer token says the caller is: access tokens of Cognito user pools, verified completely and remembered."""

from __future__ import annotations

import hashlib
import time
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

import aiohttp
import jwt

from domain.errors import Unauthenticated
from domain.viewers import Role, Viewer
from gateway.jwks import FETCH_SECONDS, MAX_KID, KeyPolicy, KeyStore, http_fetch

PoolKind = Literal["viewers", "staff", "both"]
"""Whose users a pool holds; groups give roles in a pool with staff alone."""

GROUPS: Mapping[str, frozenset[Role]] = {
    "editor": frozenset({Role.EDITOR}),
    "admin": frozenset({Role.EDITOR, Role.ADMIN}),
}
MAX_TOKEN = 8192
_FOREIGN_KEYS = frozenset({"jku", "jwk", "x5u", "x5c", "cty", "crit"})
_TYPES = frozenset({"JWT", "AT+JWT"})


class TokenRefused(Unauthenticated):
    """A token that was presented and is not accepted; `reason` is the class of the fault and all that is told."""

    def __init__(self, reason: str, what: str = "access token") -> None:
        super().__init__(f"The {what} is not accepted: {reason}. Get a new one and try again.")
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedPool:
    """A user pool whose tokens are accepted: users by `client_ids`, machines by `partner_client_ids`."""

    issuer: str
    jwks_url: str
    client_ids: frozenset[str]
    partner_client_ids: frozenset[str] = frozenset()
    kind: PoolKind = "both"
    resource_server: str = "marquee"
    """The prefix of the scopes that count: `marquee/catalog:read` is the scope `catalog:read`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A caller, and until when the token holds in seconds since the epoch."""

    viewer: Viewer
    expires_at: float


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
        self.stats = TokenStats()

    async def verify(self, token: str) -> Viewer:
        """The caller; raises TokenRefused (Unauthenticated), or Unavailable while a pool's keys cannot be had."""
        return (await self.check(token)).viewer

    async def check(self, token: str) -> Verified:
        """The caller and the token's end, for streams that end with it; raises as `verify` does."""
        digest = hashlib.sha256(token[: MAX_TOKEN + 1].encode("utf-8", "replace")).digest()
        found = self._remembered.get(digest, self._clock())
        if found is not None:
            self.stats.remembered += 1
            return found
        try:
            verified = await self._check(token)
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
        kid = _key_id(token)
        issuer = _claims(token).get("iss")
        pool, store = self._pools.get(issuer, (None, None)) if isinstance(issuer, str) else (None, None)
        if pool is None or store is None:
            raise TokenRefused("not trusted")
        key = await store.key(kid)
        if key is None:
            raise TokenRefused("not trusted")
        self.stats.checked += 1
        claims = self._verified_claims(token, key)
        return Verified(viewer=_viewer(claims, pool), expires_at=float(claims["exp"]))

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


def _key_id(token: str) -> str:
    """The kid of a header that says RS256 and points to no key of its own."""
    try:
        header = jwt.get_unverified_header(token)
    except jwt.InvalidTokenError as error:
        raise TokenRefused("malformed") from error
    kid = header.get("kid")
    if header.get("alg") != "RS256" or not _FOREIGN_KEYS.isdisjoint(header):
        raise TokenRefused("not trusted")
    if str(header.get("typ", "JWT")).upper() not in _TYPES:
        raise TokenRefused("wrong kind")
    if not isinstance(kid, str) or not 0 < len(kid.encode()) <= MAX_KID:
        raise TokenRefused("malformed")
    return kid


def _claims(token: str) -> dict[str, Any]:
    """The claims as they stand, to choose the pool; nothing else may rest on them."""
    try:
        claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    except (jwt.InvalidTokenError, RecursionError) as error:
        raise TokenRefused("malformed") from error
    return claims


def _viewer(claims: Mapping[str, Any], pool: TrustedPool) -> Viewer:
    sub, client_id = claims.get("sub"), claims.get("client_id")
    if claims.get("token_use") != "access" or not isinstance(client_id, str) or not isinstance(sub, str) or not sub:
        raise TokenRefused("wrong kind")
    if "username" not in claims:
        if client_id not in pool.partner_client_ids:
            raise TokenRefused("wrong kind")
        scopes = _scopes(claims.get("scope"), pool.resource_server)
        return Viewer(sub=sub, client_id=client_id, roles=frozenset({Role.PARTNER}), scopes=scopes)
    if client_id not in pool.client_ids:
        raise TokenRefused("wrong kind")
    roles = _roles(claims.get("cognito:groups"), pool.kind)
    return Viewer(sub=sub, client_id=client_id, roles=roles, sign_in=_sign_in(claims))


def _sign_in(claims: Mapping[str, Any]) -> str | None:
    """What stays the same while tokens are refreshed: the first token's id, else the instant of the sign-in."""
    found = claims.get("origin_jti") or claims.get("auth_time")
    return str(found) if found else None


def _roles(groups: object, kind: PoolKind) -> frozenset[Role]:
    """A viewer always; staff by group, and only from a pool that has staff."""
    roles = frozenset({Role.VIEWER})
    if kind == "viewers" or not isinstance(groups, list) or not all(isinstance(group, str) for group in groups):
        return roles
    return roles.union(*(GROUPS.get(group, frozenset()) for group in groups))


def _scopes(scope: object, resource_server: str) -> frozenset[str]:
    prefix = f"{resource_server}/"
    words = scope.split(" ") if isinstance(scope, str) else []
    return frozenset(word.removeprefix(prefix) for word in words if word.startswith(prefix))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value


@asynccontextmanager
async def open_verifier(
    pools: Sequence[TrustedPool], *, leeway: float = 30.0, policy: KeyPolicy | None = None
) -> AsyncIterator[Verifier]:
    """A verifier with its key stores and connections, closed at the end; keys are fetched when first needed."""
    async with AsyncExitStack() as stack:
        timeout = aiohttp.ClientTimeout(total=FETCH_SECONDS)
        session = await stack.enter_async_context(aiohttp.ClientSession(timeout=timeout, trust_env=False))
        stores = [KeyStore(pool.jwks_url, http_fetch(session), policy=policy) for pool in pools]
        for store in stores:
            stack.push_async_callback(store.close)
        verifier = Verifier(pools, stores, leeway=leeway)
        yield verifier
