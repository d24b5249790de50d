"""Admission: how a busy process keeps its answers fast by starting one operation per turn of the event loop.

A counter of running operations sees nothing when the work is processor time: a request runs to its end in one go, and
the real queue waits unseen in the kernel. Here an operation that finds the turn taken joins a line with its time of
arrival; between two starts the loop reads what came in; whoever waits longer than the budget is refused at once.
Operations that are small beside the price of a turn share one.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import IntEnum
from functools import cached_property
from time import monotonic

from gateway.statuses import Case, Rejected

BURST_SECONDS = 0.002
"""Work of one turn after which the next operation has to wait for the next turn: a dozen pages, or one large answer."""
QUIET_TURNS, MOST_LOOKS = 4, 64
"""After a long turn: turns in a row in which nobody comes before the next start, and turns at most."""
MOST_STARTS = 8
"""Operations from the line that start in one turn, while turns are short."""


class Priority(IntEnum):
    """Who goes first when not all can: known from the route or the caller's proven role, never from a header."""

    PLAYBACK = 0
    PEOPLE = 1
    PARTNERS = 2


def overloaded() -> Rejected:
    """The refusal; its Retry-After is spread so that clients do not come back in one wave."""
    return Rejected(Case.OVERLOAD, "The service is busy. Try again shortly.", retry_after=random.uniform(1, 3))


class _Waiter:
    __slots__ = ("future", "since")

    def __init__(self, since: float, future: asyncio.Future[None]) -> None:
        self.since = since
        self.future = future


class Gate:
    """`slot = await gate.enter()` before an operation, `slot.leave()` after it; raises Rejected(OVERLOAD)."""

    def __init__(self, *, running: int, queue: int, wait_seconds: float) -> None:
        self._max_running = running
        self._max_queue = queue
        self._wait = wait_seconds
        self._lines: tuple[deque[_Waiter], ...] = tuple(deque() for _ in Priority)
        self._lining = 0
        """Waiters in all lines together."""
        self._turn_taken = False
        self._turn_began = 0.0
        self._starts = 1
        self._quiet = self._looks = 0
        self._alarm: asyncio.TimerHandle | None = None
        self._refusals: deque[float] = deque(maxlen=1000)
        self.running = 0
        self.refused = 0

    @cached_property
    def loop(self) -> asyncio.AbstractEventLoop:
        """Its loop; to ask which one is running costs a system call every time."""
        return asyncio.get_running_loop()

    @property
    def waiting(self) -> int:
        """Operations in line."""
        return self._lining

    def overloaded(self, *, refusals: int = 100, seconds: float = 5.0) -> bool:
        """Whether more than `refusals` were turned away in the last `seconds`: time to send traffic elsewhere."""
        if len(self._refusals) <= refusals:
            return False
        return self._refusals[-refusals - 1] > self.loop.time() - seconds

    def admit(self) -> bool:
        """`enter` without a coroutine or a slot: False if the operation has to `wait`. Both are followed by `leave`."""
        if (
            self.running >= self._max_running
            or self._lining
            or (self._turn_taken and monotonic() - self._turn_began > BURST_SECONDS)
        ):
            return False
        self.running += 1
        if not self._turn_taken:
            self._turn_taken = True
            self._turn_began = monotonic()
            self.loop.call_soon(self._turn, self.loop)
        return True

    async def enter(self, priority: Priority = Priority.PEOPLE) -> Slot:
        """Returns when the operation may start; the slot has to be left when it ends."""
        if not self.admit():
            await self.wait(priority)
        return Slot(self)

    async def wait(self, priority: Priority = Priority.PEOPLE) -> None:
        """Stands in line until the operation may start; raises Rejected (OVERLOAD)."""
        await self._stand_in_line(self.loop, priority)

    def leave(self) -> None:
        """An operation has ended."""
        self.running -= 1
        if self._lining and not self._turn_taken:
            self._turn_taken = True
            self.loop.call_soon(self._turn, self.loop)

    @asynccontextmanager
    async def slot(self, priority: Priority = Priority.PEOPLE) -> AsyncIterator[Slot]:
        """Enters, and leaves at the end of the block."""
        slot = await self.enter(priority)
        try:
            yield slot
        finally:
            slot.leave()

    async def _stand_in_line(self, loop: asyncio.AbstractEventLoop, priority: Priority) -> None:
        if self.waiting >= self._max_queue and not self._make_room(priority):
            self._count(loop.time())
            raise overloaded()
        waiter = _Waiter(loop.time(), loop.create_future())
        line = self._lines[priority]
        line.append(waiter)
        self._lining += 1
        if not self._turn_taken:
            self._set_alarm(loop, waiter.since + self._wait)
        try:
            await waiter.future
        except asyncio.CancelledError:
            if waiter in line:
                line.remove(waiter)
                self._lining -= 1
            elif waiter.future.done() and not waiter.future.cancelled() and waiter.future.exception() is None:
                self.leave()
            raise

    def _make_room(self, priority: Priority) -> bool:
        """Turns away the last comer of a lower class, if there is one."""
        for line in reversed(self._lines[priority + 1 :]):
            if line:
                self._lining -= 1
                self._refuse(line.pop(), self.loop.time())
                return True
        return False

    def _turn(self, loop: asyncio.AbstractEventLoop) -> None:
        """One turn of the loop: refuse who waited too long, start the next, and look again in the next turn."""
        began = monotonic()
        if self._lining:
            self._refuse_the_late(loop.time())
        if began - self._turn_began < BURST_SECONDS:
            # The whole turn was short, so the operations are small: a few more of them make the turns fewer.
            self._starts = min(2 * self._starts, MOST_STARTS)
        elif self._quiet < QUIET_TURNS and self._looks < MOST_LOOKS:
            # It was long, and somebody may have come meanwhile: a turn accepts one connection, reading takes more.
            self._quiet += 1
            self._looks += 1
            loop.call_soon(self._turn, loop)
            return
        else:
            self._starts = 1
        self._turn_began, self._looks = began, 0
        self._turn_taken = self._lining > 0 and any([self._start() for _ in range(min(self._starts, self._lining))])
        if self._turn_taken:
            loop.call_soon(self._turn, loop)
        elif self._lining:
            self._set_alarm(loop, min(line[0].since for line in self._lines if line) + self._wait)

    def _refuse_the_late(self, now: float) -> None:
        for line in self._lines:
            while line and (line[0].since <= now - self._wait or line[0].future.done()):
                self._lining -= 1
                self._refuse(line.popleft(), now)

    def _start(self) -> bool:
        self._quiet = 0
        if self.running >= self._max_running:
            return False
        for line in self._lines:
            while line:
                waiter = line.popleft()
                self._lining -= 1
                if not waiter.future.done():
                    self.running += 1
                    waiter.future.set_result(None)
                    return True
        return False

    def _set_alarm(self, loop: asyncio.AbstractEventLoop, when: float) -> None:
        """While every slot is taken no turn comes by itself: the alarm refuses who has waited long enough."""
        if self._alarm is None:
            self._alarm = loop.call_at(when, self._ring, loop)

    def _ring(self, loop: asyncio.AbstractEventLoop) -> None:
        self._alarm = None
        if not self._turn_taken:
            self._turn(loop)

    def _refuse(self, waiter: _Waiter, now: float) -> None:
        if not waiter.future.done():
            waiter.future.set_exception(overloaded())
            self._count(now)

    def _count(self, now: float) -> None:
        self.refused += 1
        self._refusals.append(now)


class Slot:
    """One operation's place; leaving twice is leaving once."""

    __slots__ = ("_gate",)

    def __init__(self, gate: Gate) -> None:
        self._gate: Gate | None = gate

    def leave(self) -> None:
        """Gives the place back: at the end, or early when the operation has become a stream."""
        if self._gate is not None:
            self._gate.leave()
            self._gate = None
