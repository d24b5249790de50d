"""What kind of Python value a resolver answered, learnt once per class so that whole columns are checked at C speed."""

from __future__ import annotations

from types import CoroutineType, GeneratorType, NoneType
from typing import Any, Final, TypeGuard

from graphql.pyutils import Undefined, is_awaitable

PLAIN: Final[set[type]] = set()
"""Classes seen so far whose instances are values as they stand: not null, no error, nothing to wait for."""

QUIET: Final[set[type]] = {NoneType}
"""The plain classes and that of None."""

OBJECTS: Final[set[type]] = set()
"""The plain classes whose instances cannot be called."""

_NOT_PLAIN: Final[set[type]] = {NoneType, type(Undefined), CoroutineType, GeneratorType}
_MOST_CLASSES: Final = 4096


class Surprise(Exception):
    """The fast emitter met what it does not handle; the careful way answers instead."""


class Broken(list[Any]):
    """The items that an iterable gave before it raised `error`."""

    error: Exception


def is_plain(value: Any) -> bool:
    """Whether the value is one as it stands."""
    cls = value.__class__
    return cls in PLAIN or (cls not in _NOT_PLAIN and _learn(cls))


def usual(value: Any) -> None:
    """Lets an object pass whose class is met for the first time; raises for everything else."""
    if not is_plain(value) or callable(value):
        raise Surprise


def _learn(cls: type) -> bool:
    plain = not (issubclass(cls, Exception | CoroutineType) or hasattr(cls, "__await__"))
    known = PLAIN if plain else _NOT_PLAIN
    if len(known) < _MOST_CLASSES:
        known.add(cls)
        if plain:
            QUIET.add(cls)
        if plain and not any("__call__" in one.__dict__ for one in cls.__mro__):
            OBJECTS.add(cls)
    return plain


def waits(value: Any) -> bool:
    """Whether the value must be awaited."""
    cls = value.__class__
    return cls is CoroutineType or (cls not in PLAIN and cls is not NoneType and is_awaitable(value))


def any_waits(values: Any) -> bool:
    """Whether one of the values must be awaited."""
    return not quiet(values) and any(map(waits, values))


def quiet(values: Any) -> bool:
    """Whether every value is plain or None."""
    classes = set(map(type, values))
    return classes <= QUIET or all([cls in QUIET or (cls not in _NOT_PLAIN and _learn(cls)) for cls in classes])


def is_sequence(value: Any) -> TypeGuard[list[Any] | tuple[Any, ...]]:
    """Whether the value is a list or a tuple, whose items can be walked again and again."""
    return isinstance(value, list | tuple)
