"""One wrapper around what can be slow or down: deadline, bulkhead, circuit breaker, fallback, metrics."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from math import inf
from typing import Literal, TypeVar

from datasources.deadline import exceeded, remaining
from domain.errors import DeadlineExceeded, Unavailable

T = TypeVar("T")

State = Literal["closed", "open", "half-open"]
Outcome = Literal["answered", "failed", "cut", "refused-open", "refused-full", "fallback"]
Observe = Callable[[str, Outcome, float], None]
"""Told of every call: the dependency's name, how it ended, and the seconds that it took."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one dependency may take: `seconds` for a call (None for work that keeps to the operation's deadline itself),
    calls in flight and calls waiting.

    The breaker opens for `open_seconds` when at least `least_calls` ended within `window_seconds` and `failure_share`
    of them failed. A call that the operation's deadline cut counts as failed if it had `patience_seconds`: an impatient
    caller must not close a source for everybody.
    """

    seconds: float | None = 3.0
    patience_seconds: float = 0.5
    in_flight: int = 256
    waiting: int = 256
    least_calls: int = 20
    failure_share: float = 0.5
    window_seconds: int = 10
    open_seconds: float = 5.0


_DOWN = "A part of the service is down. Try again in a moment."
_BUSY = "A part of the service is busy. Try again in a moment."
_SLOW = "A part of the service did not answer in time. Try again in a moment."


class Breaker:
    """Refuses calls to what keeps failing; when it has been open long enough, a single probe decides."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits, self._clock = limits, clock
        self._seconds: deque[list[int]] = deque()
        self._opened: float | None = None
        self._probing = False
        self._epoch = 0

    @property
    def state(self) -> State:
        """Closed lets all calls pass, open none, half-open one."""
        if self._opened is None:
            return "closed"
        return "open" if self.rest > 0 else "half-open"

    @property
    def rest(self) -> float:
        """Seconds until the next probe may pass."""
        return 0.0 if self._opened is None else self._opened + self._limits.open_seconds - self._clock()

    def admit(self) -> int | None:
        """A ticket for a call, to be reported once; None when the call is refused."""
        if self._opened is not None:
            if self._probing or self.rest > 0:
                return None
            self._probing = True
        return self._epoch

    def report(self, ticket: int, succeeded: bool | None) -> None:
        """How the call of `ticket` ended; None when it says nothing about the dependency."""
        if ticket != self._epoch:  # it began before the breaker last opened or closed
            return
        if self._opened is not None:
            self._probing = False
            if succeeded is not None:
                self._turn(None if succeeded else self._clock())
        elif succeeded is not None and self._tally(succeeded):
            self._turn(self._clock())

    def _turn(self, opened: float | None) -> None:
        self._opened = opened
        self._epoch += 1
        self._seconds.clear()

    def _tally(self, succeeded: bool) -> bool:
        """Counts a call by the second; whether the window now says that the dependency is down."""
        now, seconds = int(self._clock()), self._seconds
        if not seconds or seconds[-1][0] != now:
            seconds.append([now, 0, 0])
            while seconds[0][0] <= now - self._limits.window_seconds:
                seconds.popleft()
        seconds[-1][1] += 1
        if succeeded:
            return False
        seconds[-1][2] += 1
        calls, failures = sum(entry[1] for entry in seconds), sum(entry[2] for entry in seconds)
        return calls >= self._limits.least_calls and failures >= calls * self._limits.failure_share


def unavailable(error: BaseException) -> bool:
    """What counts as a failure of the dependency unless it says otherwise: every kind of Unavailable."""
    return isinstance(error, Unavailable)


class Dependency:
    """One source's wrapper, for the life of the process: `await dependency.call(work)`."""

    def __init__(
        self,
        name: str,
        limits: Limits | None = None,
        *,
        observe: Observe | None = None,
        failed: Callable[[BaseException], bool] = unavailable,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.limits = limits or Limits()
        self.breaker = Breaker(self.limits, clock)
        self._observe, self._failed, self._clock = observe, failed, clock
        self._slots = asyncio.Semaphore(self.limits.in_flight)
        self._waiting = 0

    async def call(
        self, work: Callable[[], Awaitable[T]], *, fallback: Callable[[Unavailable], Awaitable[T]] | None = None
    ) -> T:
        """What `work` returns, else what `fallback` makes of the Unavailable; raises it when there is no fallback.

        Once the operation's own time is over there is no fallback either, and DeadlineExceeded is raised.
        """
        try:
            return await self._guarded(work)
        except Unavailable as error:
            if fallback is None or remaining() <= 0:
                raise
            self._tell("fallback", 0.0)
            return await fallback(error)

    async def _guarded(self, work: Callable[[], Awaitable[T]]) -> T:
        if remaining() <= 0:
            raise exceeded()
        ticket = self.breaker.admit()
        if ticket is None:
            self._tell("refused-open", 0.0)
            raise Unavailable(_DOWN, retry_after=max(self.breaker.rest, 1.0))
        began = self._clock()
        succeeded: bool | None = None
        outcome: Outcome = "cut"
        try:
            answer = await self._timed(work)
            succeeded, outcome = True, "answered"
            return answer
        except _Full as full:
            outcome = "refused-full"
            raise Unavailable(_BUSY, retry_after=1.0) from full
        except DeadlineExceeded:
            succeeded = False if self._clock() - began >= self.limits.patience_seconds else None
            raise
        except Exception as error:
            succeeded = not self._failed(error)
            outcome = "answered" if succeeded else "failed"
            raise
        finally:
            self.breaker.report(ticket, succeeded)
            self._tell(outcome, self._clock() - began)

    async def _timed(self, work: Callable[[], Awaitable[T]]) -> T:
        if self.limits.seconds is None and not self._slots.locked():
            return await self._in_slot(work)
        left, own = remaining(), inf if self.limits.seconds is None else self.limits.seconds
        limit = min(left, own)
        try:
            async with asyncio.timeout(None if limit == inf else limit) as scope:
                return await self._in_slot(work)
        except TimeoutError as error:
            raise exceeded() if scope.expired() and left <= own else Unavailable(_SLOW, retry_after=1.0) from error

    async def _in_slot(self, work: Callable[[], Awaitable[T]]) -> T:
        if self._slots.locked():
            if self._waiting >= self.limits.waiting:
                raise _Full
            self._waiting += 1
            try:
                await self._slots.acquire()
            finally:
                self._waiting -= 1
        else:
            await self._slots.acquire()
        try:
            return await work()
        finally:
            self._slots.release()

    def _tell(self, outcome: Outcome, seconds: float) -> None:
        if self._observe is not None:
            self._observe(self.name, outcome, seconds)


class Dependencies:
    """The parts of a source that fail apart from each other, such as tables: `dependencies("catalog")`, made once."""

    def __init__(
        self,
        name: str,
        limits: Limits | None = None,
        *,
        observe: Observe | None = None,
        failed: Callable[[BaseException], bool] = unavailable,
    ) -> None:
        self._name, self._limits, self._observe, self._failed = name, limits, observe, failed
        self.parts: dict[str, Dependency] = {}

    def __call__(self, part: str) -> Dependency:
        """The wrapper of one part."""
        dependency = self.parts.get(part)
        if dependency is None:
            name = f"{self._name}.{part}"
            dependency = Dependency(name, self._limits, observe=self._observe, failed=self._failed)
            self.parts[part] = dependency
        return dependency


class _Full(Exception):
    """Too many calls wait already."""
