"""How much each caller may spend: a token bucket of cost per caller, shared through Valkey when there is one."""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import structlog

from domain.viewers import Viewer
from gateway.rates import Rate, Verdict
from gateway.token_bucket import Buckets, LocalBuckets
from graph.callers import CallerClass, caller_class

VALKEY_SECONDS = 0.1
"""The longest wait for Valkey before the local bucket decides."""
RETRY_VALKEY_SECONDS = 5.0
"""How long the local buckets decide after a failure, before Valkey is asked again."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who pays: the account, the machine client, or the network address of an anonymous caller."""

    kind: CallerClass
    key: str
    bucket: str = field(init=False, compare=False, repr=False)
    """The name of what it is charged to."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "bucket", f"{self.kind}/{self.key}")


def caller_of(viewer: Viewer, address: str) -> Caller:
    """The payer of a request; an IPv6 caller is its /64 network, which one household has for itself."""
    kind = caller_class(viewer)
    if kind is CallerClass.ANONYMOUS:
        return Caller(kind=kind, key=_network(address))
    return Caller(kind=kind, key=(viewer.client_id if kind is CallerClass.PARTNER else viewer.sub) or "")


def _network(address: str) -> str:
    with suppress(ValueError):
        parsed = ipaddress.ip_address(address)
        if isinstance(parsed, ipaddress.IPv6Address):
            mapped = parsed.ipv4_mapped
            return str(mapped) if mapped else str(ipaddress.ip_network((parsed, 64), strict=False))
    return address


@dataclass(slots=True)
class RateStats:
    """Counts since the start: verdicts of the local buckets while Valkey was away."""

    degraded: int = 0


class RateLimiter:
    """Cost per minute by caller class. Without Valkey, or while it is away, each process counts for itself."""

    def __init__(
        self,
        per_minute: Mapping[CallerClass, int],
        *,
        shared: Buckets | None = None,
        local: LocalBuckets | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rates = {kind: Rate(kind.value, amount, 60) for kind, amount in per_minute.items()}
        self._shared = shared
        self._local = LocalBuckets(clock=clock) if local is None else local
        self._clock = clock
        self._shared_again = float("-inf")
        self.stats = RateStats()

    async def take(self, caller: Caller, cost: int) -> Verdict:
        """Pays `cost` (1 at least); a cost above the whole limit empties a full bucket instead of never passing."""
        rate = self._rates[caller.kind]
        amount = max(1, min(cost, rate.limit))
        if self._shared is None:
            return self._local.take_now(caller.bucket, rate, amount)
        return await self._take(self._shared, caller.bucket, rate, amount)

    def take_now(self, caller: Caller, cost: int) -> Verdict | None:
        """`take` without a coroutine; None, and nothing is paid, where Valkey has to be asked."""
        if self._shared is not None:
            return None
        rate = self._rates[caller.kind]
        amount = cost if 1 <= cost <= rate.limit else max(1, min(cost, rate.limit))
        return self._local.take_now(caller.bucket, rate, amount)

    async def _take(self, shared: Buckets, key: str, rate: Rate, amount: int) -> Verdict:
        if self._clock() >= self._shared_again:
            try:
                async with asyncio.timeout(VALKEY_SECONDS):
                    return await shared.take(key, rate, amount)
            except (OSError, TimeoutError) as error:
                if self._shared_again == float("-inf"):
                    log.warning("rate_limit_store_down", error=type(error).__name__)
                self._shared_again = self._clock() + RETRY_VALKEY_SECONDS
        self.stats.degraded += 1
        return self._local.take_now(key, rate, amount)


@asynccontextmanager
async def open_rate_limiter(
    per_minute: Mapping[CallerClass, int], valkey_url: str | None
) -> AsyncIterator[RateLimiter]:
    """A limiter, with its connections closed at the end; connecting waits for the first request."""
    if valkey_url is None:
        yield RateLimiter(per_minute)
        return
    from gateway.valkey import SharedBuckets  # not at the top: its client is for those who have an address

    shared = SharedBuckets(valkey_url, socket_timeout=VALKEY_SECONDS, socket_connect_timeout=VALKEY_SECONDS)
    try:
        yield RateLimiter(per_minute, shared=shared)
    finally:
        await shared.close()
