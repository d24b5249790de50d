"""Batching outside the compiled executor: what is asked of a batched field in one turn of the loop is one call."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Hashable, Sequence
from inspect import isawaitable
from typing import Any

from engine.markers import Load


def freeze(value: Any) -> Hashable:
    """A hashable stand-in: equal for equal arguments, and never equal for values of different types."""
    if value.__class__ in _SCALARS:
        return (value.__class__, value)
    if isinstance(value, dict):
        return (dict, frozenset((key, freeze(item)) for key, item in value.items()))
    if isinstance(value, list | tuple):
        return (list, tuple(map(freeze, value)))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return (type(value), tuple(freeze(getattr(value, item.name)) for item in dataclasses.fields(value)))
    try:
        hash(value)
    except TypeError:
        return _Itself(value)
    return (type(value), value)


_SCALARS = frozenset({str, int, bool, float, type(None)})


class _Itself:
    """Stands for what has no hash, and holds on to it: the address of a value that is gone may be another's."""

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        self._value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and other._value is self._value

    def __hash__(self) -> int:
        return id(self._value)


def checked(values: Any, parents: Sequence[Any], name: str) -> list[Any]:
    """The values as a list, or for every parent the error that says what the function did wrong."""
    if not isinstance(values, list | tuple):
        return [TypeError(f"{name} must return a list with one value for each parent.")] * len(parents)
    if len(values) != len(parents):
        text = f"{name} returned {len(values)} values for {len(parents)} parents; one for each is needed."
        return [TypeError(text)] * len(parents)
    return list(values)


async def load_all(load: Load, name: str, parents: list[Any], info: Any, arguments: dict[str, Any]) -> list[Any]:
    """One call; an exception becomes the value of every parent."""
    try:
        values = load(parents, info, arguments)
        if isawaitable(values):
            values = await values
    except Exception as error:
        return [error] * len(parents)
    return checked(values, parents, name)


@dataclasses.dataclass(slots=True)
class _Batch:
    info: Any
    arguments: dict[str, Any]
    parents: list[Any] = dataclasses.field(default_factory=list)
    waiting: list[asyncio.Future[Any]] = dataclasses.field(default_factory=list)


class Turn:
    """Collects the single calls of one field; calls are joined when loop, context and arguments are the same."""

    def __init__(self, load: Load, name: str) -> None:
        self._load = load
        self._name = name
        self._open: dict[Hashable, _Batch] = {}

    async def value(self, parent: Any, info: Any, arguments: dict[str, Any]) -> Any:
        """This parent's value from the common call; raises what the call has put in its place."""
        loop = asyncio.get_running_loop()
        key = (id(loop), id(info.context), freeze(arguments))
        batch = self._open.get(key)
        if batch is None:
            batch = self._open[key] = _Batch(info, arguments)
            loop.call_soon(self._begin, loop, key)
        future: asyncio.Future[Any] = loop.create_future()
        batch.parents.append(parent)
        batch.waiting.append(future)
        return await future

    def _begin(self, loop: asyncio.AbstractEventLoop, key: Hashable) -> None:
        batch = self._open.pop(key)
        task = loop.create_task(self._run(batch))
        _RUNNING.add(task)
        task.add_done_callback(_RUNNING.discard)

    async def _run(self, batch: _Batch) -> None:
        values: Sequence[Any]
        try:
            values = await load_all(self._load, self._name, batch.parents, batch.info, batch.arguments)
        except BaseException:
            for future in batch.waiting:
                future.cancel()
            raise
        for future, value in zip(batch.waiting, values, strict=True):
            if future.done():
                continue
            if isinstance(value, Exception):
                future.set_exception(value)
            else:
                future.set_result(value)


_RUNNING: set[asyncio.Task[None]] = set()
