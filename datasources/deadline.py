"""The time that an operation has left, carried by the context so that every call made on its behalf can see it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from math import inf

from domain.errors import DeadlineExceeded

_END: ContextVar[float] = ContextVar("deadline", default=inf)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Everything inside ends within `seconds`; an inner deadline can shorten an outer one, never lengthen it."""
    token = _END.set(min(_END.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _END.reset(token)


def restart(seconds: float) -> None:
    """A new time for what the current task does next, whatever it had before; infinity for as long as it likes.

    For streams: each event has a time of its own, waiting for the next one has none.
    """
    until(time.monotonic() + seconds)


def until(end: float) -> None:
    """The same with the end, as `time.monotonic` counts."""
    _END.set(end)


def remaining() -> float:
    """Seconds left to the operation: zero or less when the time has run out, infinity outside an operation."""
    end = _END.get()
    return end if end == inf else end - time.monotonic()


def exceeded() -> DeadlineExceeded:
    """The error of an operation whose time has run out."""
    return DeadlineExceeded("The operation ran out of time. Ask for less, or allow it more time.")


@asynccontextmanager
async def enforced() -> AsyncIterator[None]:
    """Ends the body in DeadlineExceeded when the time runs out. For whole operations: single calls cut themselves."""
    left = remaining()
    if left <= 0:
        raise exceeded()
    try:
        async with asyncio.timeout(None if left == inf else left) as scope:
            yield
    except TimeoutError as error:
        if scope.expired():
            raise exceeded() from error
        raise
