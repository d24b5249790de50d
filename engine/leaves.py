"""Leaf values in generated code: the check that lets the usual value pass, and the function for all others."""

from __future__ import annotations

from collections.abc import Callable, Collection
from enum import Enum
from functools import lru_cache
from typing import Any

from graphql import (
    Executor,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLString,
)
from graphql.pyutils import Undefined, is_iterable

from engine.shapes import Broken, Surprise, is_plain

Leaf = Callable[[Any], Any]

_CHECKS: dict[Any, str] = {
    GraphQLString: "{v}.__class__ is not str",
    GraphQLID: "{v}.__class__ is not str",
    GraphQLInt: "({v}.__class__ is not int or not -2147483648 <= {v} <= 2147483647)",
    GraphQLFloat: "({v}.__class__ is not float or not -1.7976931348623157e308 <= {v} <= 1.7976931348623157e308)",
    GraphQLBoolean: "{v}.__class__ is not bool",
}
_CLASSES: dict[Any, type] = {GraphQLString: str, GraphQLID: str, GraphQLBoolean: bool}


def check_of(type_: Any, variable: str) -> str | None:
    """The condition under which the leaf function must be called; None: always."""
    nullable = not isinstance(type_, GraphQLNonNull)
    named = type_ if nullable else type_.of_type
    check = _CHECKS.get(named)
    if check is None:
        return None
    found = check.format(v=variable)
    return f"{found} and {variable} is not None" if nullable else found


def enum_class(type_: Any) -> type[Enum] | None:
    """The Python enum whose members are called in GraphQL what they are called in Python."""
    named = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    return _members(named) if isinstance(named, GraphQLEnumType) else None


@lru_cache(maxsize=1024)
def _members(named: GraphQLEnumType) -> type[Enum] | None:
    members = [value.value for value in named.values.values()]
    found = getattr(named, "wrapped_cls", None) or (type(members[0]) if members else None)
    if not (isinstance(found, type) and issubclass(found, Enum)):
        return None
    try:
        same = all(named.coerce_output_value(member) == member.name for member in found)
    except Exception:
        return None
    return found if same else None


@lru_cache(maxsize=1024)
def completer(type_: Any) -> tuple[type[Enum] | None, Leaf]:
    """The enum whose members are completed by their names, if it is one, and the function for all other values."""
    return enum_class(type_), leaf_of(type_)


def leaf_of(type_: Any) -> Leaf:
    """Completes a value of a leaf type or of lists of it; raises where the careful way must look."""
    if isinstance(type_, GraphQLNonNull):
        return _required(leaf_of(type_.of_type))
    if isinstance(type_, GraphQLList):
        return _list(type_.of_type, leaf_of(type_.of_type))

    def leaf(value: Any) -> Any:
        if value is None or value is Undefined:
            return None
        if not is_plain(value) or callable(value):
            raise Surprise
        return Executor.complete_leaf_value(type_, value)

    return leaf


def _required(inner: Leaf) -> Leaf:
    def leaf(value: Any) -> Any:
        completed = inner(value)
        if completed is None:
            raise Surprise
        return completed

    return leaf


def _list(item_type: Any, item: Leaf) -> Leaf:
    required = isinstance(item_type, GraphQLNonNull)
    cls = _CLASSES.get(item_type.of_type if required else item_type)
    usual = {cls} if cls is not None and required else {cls, type(None)} if cls is not None else set()

    def leaf(value: Any) -> Any:
        if value is None or value is Undefined:
            return None
        if value.__class__ is list or value.__class__ is tuple:
            if set(map(type, value)) <= usual:
                return value
        elif isinstance(value, Broken) or not (isinstance(value, Collection) and is_iterable(value)):
            raise Surprise
        return [item(one) for one in value]

    return leaf
