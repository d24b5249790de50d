"""Counts the AWS calls of an operation and what they consumed; tests state exact calls with it, metrics add them up.

    with counted() as calls:
        ...
    assert calls == [Call("dynamodb", "BatchGetItem", "catalog", (("T#1", "META"), ("T#2", "META")))]

The list is found through the context, so calls made by tasks that the body starts are in it too. When nobody counts,
a call costs one look at a context variable.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Call:
    """One call as the operation made it; attempts that the client repeats are not calls of their own.

    `target` is the table (names joined by "+" when there are several), bucket or topic; `keys` what was asked for;
    `units` the capacity that DynamoDB says it consumed, None before the answer and where it does not say.
    """

    service: str
    operation: str
    target: str = ""
    keys: tuple[Any, ...] = ()
    units: float | None = field(default=None, compare=False)

    def __str__(self) -> str:
        number = f" {len(self.keys)}" if len(self.keys) > 1 else ""
        return f"{self.operation}{' ' if self.target else ''}{self.target}{number}"


class Calls(list[Call]):
    """The calls in the order in which they began."""

    @property
    def names(self) -> list[str]:
        """Each call in short: "GetItem viewers", "BatchGetItem catalog 40"."""
        return [str(call) for call in self]

    @property
    def units(self) -> float:
        """Capacity units consumed in all, as far as the answers told."""
        return sum(call.units or 0.0 for call in self)


_COUNTERS: ContextVar[tuple[Calls, ...]] = ContextVar("calls", default=())


@contextmanager
def counted() -> Iterator[Calls]:
    """A list that fills with the calls made inside; counters nest, each sees what happens within it."""
    calls = Calls()
    token = _COUNTERS.set((*_COUNTERS.get(), calls))
    try:
        yield calls
    finally:
        _COUNTERS.reset(token)


def watch(client: Any, service: str, target: str | None = None) -> None:
    """Records every call of an aiobotocore client; `target` is the parameter that says on what, such as "Bucket"."""

    def began(params: Mapping[str, Any], model: Any, **_: Any) -> None:
        record(service, model.name, str(params.get(target, "")) if target else "")

    client.meta.events.register("before-parameter-build", began)


def counting() -> bool:
    """Whether anybody counts: ask before preparing what only a counter wants."""
    return bool(_COUNTERS.get())


def record(service: str, operation: str, target: str = "", keys: Iterable[Any] = ()) -> Call | None:
    """Tells the counters of a call that begins; None when nobody counts. The answer's units go into the call."""
    counters = _COUNTERS.get()
    if not counters:
        return None
    call = Call(service, operation, target, tuple(keys))
    for calls in counters:
        calls.append(call)
    return call
