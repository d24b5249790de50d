"""The public keys of a user pool: renewed ahead, kept while the issuer is down, never asked for in a flood."""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from ssl import create_default_context
from urllib.parse import urlsplit, urlunsplit

import orjson
import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers

from datasources.dynamo.http import Pool
from domain.errors import Unavailable

Keys = Mapping[str, RSAPublicKey]
Fetch = Callable[[str], Awaitable[bytes]]

FETCH_SECONDS = 3.0
MAX_BYTES = 65_536
MAX_KEYS = 50
MAX_KID = 128
_MODULUS_BITS = range(2048, 4097)

log = structlog.get_logger(__name__)


class KeysRefused(ValueError):
    """An answer of the issuer that holds no usable key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPolicy:
    """Times in seconds: when keys are renewed, how long they outlive an issuer that is down, how often it is asked."""

    life: float = 3600.0
    """Renewed in the background at half of it."""
    stale: float = 86_400.0
    pause: float = 30.0
    """Between two fetches for unknown key ids, and after a failed one."""
    first_pause: float = 1.0
    """Between two tries while there is no key at all."""
    unknown_kids: int = 1000


@dataclass(slots=True)
class KeyStats:
    """Counts since the start."""

    fetches: int = 0
    failures: int = 0
    unknown: int = 0


class KeyStore:
    """The keys of one pool. `key` never waits for a known kid; what it costs the issuer is bounded by the policy."""

    def __init__(
        self, url: str, fetch: Fetch, *, policy: KeyPolicy | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.url = check_url(url)
        self.stats = KeyStats()
        self._fetch = fetch
        self._policy = policy or KeyPolicy()
        self._clock = clock
        self._keys: Keys = {}
        self._fetched = float("-inf")
        self._asked = float("-inf")
        self._unknown: OrderedDict[str, float] = OrderedDict()
        self._running: asyncio.Task[None] | None = None

    async def key(self, kid: str) -> RSAPublicKey | None:
        """The key of that id, None when the issuer has none; raises Unavailable while no keys could be fetched."""
        now = self._clock()
        age = now - self._fetched
        if age < self._policy.stale:
            found = self._keys.get(kid)
            if found is not None:
                if age > self._policy.life / 2 and now - self._asked >= self._policy.pause:
                    self._refresh(now)
                return found
            return await self._search(kid, now)
        if now - self._asked >= self._policy.first_pause:
            self._refresh(now)
        await self._settled()
        if self._clock() - self._fetched >= self._policy.stale:
            raise Unavailable("Tokens cannot be checked right now. Try again.", retry_after=self._policy.first_pause)
        return self._keys.get(kid)

    async def warm(self) -> bool:
        """Fetches at start-up; says whether there are keys now."""
        self._refresh(self._clock())
        await self._settled()
        return bool(self._keys)

    @property
    def ready(self) -> bool:
        """Whether tokens can be checked."""
        return self._clock() - self._fetched < self._policy.stale

    async def close(self) -> None:
        """Ends a fetch that is under way."""
        if self._running is not None:
            self._running.cancel()
            with suppress(asyncio.CancelledError):
                await self._running

    async def _search(self, kid: str, now: float) -> RSAPublicKey | None:
        """An unknown kid: at most one fetch per pause for all of them together, and it is remembered as unknown."""
        if now - self._unknown.get(kid, float("-inf")) < self._policy.pause:
            return None
        if now - self._asked >= self._policy.pause:
            self._refresh(now)
        await self._settled()
        found = self._keys.get(kid)
        if found is None:
            self._remember_unknown(kid)
        return found

    def _remember_unknown(self, kid: str) -> None:
        """Until the next fetch for unknown ids is allowed, so that a rotated key is never late by more than that."""
        self.stats.unknown += 1
        self._unknown[kid] = self._asked
        self._unknown.move_to_end(kid)
        if len(self._unknown) > self._policy.unknown_kids:
            self._unknown.popitem(last=False)

    def _refresh(self, now: float) -> None:
        """Starts the one fetch that may run at a time."""
        if self._running is None or self._running.done():
            self._asked = now
            self._running = asyncio.create_task(self._load())

    async def _settled(self) -> None:
        """Until the running fetch ends; a caller that is cancelled does not take the fetch with it."""
        if self._running is not None and not self._running.done():
            await asyncio.wait([self._running])

    async def _load(self) -> None:
        self.stats.fetches += 1
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                keys = read_keys(await self._fetch(self.url))
        except Exception as error:  # whatever is wrong with an answer, it must not cost us the keys that we have
            self.stats.failures += 1
            log.warning("jwks_fetch_failed", url=self.url, error=type(error).__name__, keys_kept=len(self._keys))
            return
        self._keys = keys
        self._fetched = self._clock()
        for kid in keys:
            self._unknown.pop(kid, None)


def read_keys(body: bytes) -> Keys:
    """The usable RSA signing keys of a JWKS by kid; raises KeysRefused when there is none."""
    try:
        document = orjson.loads(body)
    except ValueError as error:
        raise KeysRefused("not JSON") from error
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list) or len(entries) > MAX_KEYS:
        raise KeysRefused("no list of keys")
    keys = {kid: key for kid, key in map(_read_key, entries) if kid and key}
    if not keys:
        raise KeysRefused("no usable key")
    return keys


def _read_key(entry: object) -> tuple[str, RSAPublicKey | None]:
    if not isinstance(entry, dict) or entry.get("kty") != "RSA" or entry.get("use") != "sig":
        return "", None
    kid = entry.get("kid")
    if entry.get("alg", "RS256") != "RS256" or not isinstance(kid, str) or not 0 < len(kid.encode()) <= MAX_KID:
        return "", None
    try:
        n, e = _number(entry["n"]), _number(entry["e"])
        # A modulus outside these sizes is weak, or dear enough to verify to be an attack.
        fit = n.bit_length() in _MODULUS_BITS and n % 2 == 1 and e.bit_length() <= 32
        key = RSAPublicNumbers(e, n).public_key() if fit else None
    except (KeyError, TypeError, ValueError):
        return "", None
    return kid, key


def _number(text: object) -> int:
    if not isinstance(text, str):
        raise TypeError("not base64url")
    return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")


def check_url(url: str) -> str:
    """The address itself when it is https, or http on loopback; raises ValueError otherwise."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return url
    if parts.scheme == "http" and _loopback(parts.hostname or ""):
        return url
    raise ValueError(f"The key address {url!r} must be https (http is accepted for loopback alone).")


def _loopback(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


async def fetch_keys(url: str) -> bytes:
    """One GET over a connection of its own, which follows no redirect and reads no more than MAX_BYTES."""
    parts = urlsplit(url)
    tls = await asyncio.to_thread(create_default_context) if parts.scheme == "https" else None
    port = parts.port or (443 if tls else 80)
    pool = Pool(parts.hostname or "", port, tls, size=1, connect=FETCH_SECONDS, keepalive=0, room=MAX_BYTES)
    path = urlunsplit(("", "", parts.path or "/", parts.query, ""))
    request = (
        f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept: application/json\r\n"
        "Accept-Encoding: identity\r\nConnection: close\r\n\r\n"
    )
    try:
        answer = await pool.exchange(request.encode("ascii"), FETCH_SECONDS, time.monotonic() + FETCH_SECONDS)
    finally:
        await pool.close()
    if answer.status != 200:
        raise KeysRefused(f"status {answer.status}")
    if len(answer.body) > MAX_BYTES:
        raise KeysRefused("too large")
    return answer.body
