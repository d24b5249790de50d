"""From coerced input values to what Python code takes, by a description that is read once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class AsIs:
    """The value stays what it is."""


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list, always a new one: defaults are the same object for every request."""

    item: Shape


@dataclass(frozen=True, slots=True)
class ObjectOf:
    """An instance of `cls` from a dictionary: `fields` are (key, keyword, shape).

    Keywords in `missing` are None when their key is not there; `unset` is a value that is passed on untouched.
    """

    cls: Callable[..., Any]
    fields: Sequence[tuple[str, str, Shape]]
    missing: Sequence[str] = ()
    unset: Any = None


Shape = AsIs | ListOf | ObjectOf


def converter(shape: Shape) -> Convert | None:
    """The function for a shape; None where there is nothing to do. Null stays null."""
    if isinstance(shape, ListOf):
        return _list(converter(shape.item))
    if isinstance(shape, ObjectOf):
        return _object(shape)
    return None


def _list(item: Convert | None) -> Convert:
    if item is None:
        return lambda value: None if value is None else list(value)
    return lambda value: None if value is None else [item(one) for one in value]


def _object(shape: ObjectOf) -> Convert:
    fields = [(key, keyword, converter(inner)) for key, keyword, inner in shape.fields]
    base = dict.fromkeys(shape.missing)
    cls, unset = shape.cls, shape.unset

    def convert(value: Any) -> Any:
        if value is None or value is unset:
            return value
        keywords = base.copy()
        for key, keyword, inner in fields:
            if key in value:
                given = value[key]
                keywords[keyword] = given if inner is None else inner(given)
        return cls(**keywords)

    return convert
