"""What the schema says of each field's cost, read once for all operations that select it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, cast

from graphql import (
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
    is_list_type,
    is_non_null_type,
)

from graph.directives import Cost
from graph.extensions.amounts import clamp, length

ASSUMED_SIZE = 5
"""The items of a list that has no page argument; such lists are short by design."""
DEFAULT_PAGE = 20
MUTATION_WEIGHT = 10

_SIZES = ("first", "last", "count", "limit")
_PAGED = frozenset({"nodes", "edges"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How many items a field has: what `measure` makes of the argument, else `usual`."""

    argument: str | None
    usual: int
    measure: Callable[[Any, int], int] = clamp


_ONE = Size(argument=None, usual=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldPrice:
    """One field of one type.

    `own`: what it costs once; `mutates` the same as a field of a mutation. `kind`: its type, None for a scalar. `item`:
    the weight of each object. `connection`: `size` is that of the page within. `paged`: it has as many objects as the
    page that it stands in.
    """

    own: int
    mutates: int
    kind: GraphQLNamedType | None = None
    item: int = 1
    connection: bool = False
    paged: bool = False
    size: Size = _ONE


class Fields(dict[str, FieldPrice | None]):
    """The prices of one type's fields by name, found out when they are first asked for; None: there is no such field.

    Names that the type does not have are not remembered: documents invent them.
    """

    __slots__ = ("_find",)

    def __init__(self, find: Callable[[str], FieldPrice | None]) -> None:
        super().__init__({"__typename": FieldPrice(own=0, mutates=0)})
        self._find = find

    def __missing__(self, name: str) -> FieldPrice | None:
        found = self._find(name)
        if found is not None:
            self[name] = found
        return found


class Prices:
    """The fields of one schema, looked at when they are first asked for."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._types: dict[str, Fields] = {}

    def of(self, parent: GraphQLNamedType) -> Fields:
        """The prices of a type's fields."""
        found = self._types.get(parent.name)
        if found is None:
            found = self._types[parent.name] = Fields(partial(self._find, parent))
        return found

    def _find(self, parent: GraphQLNamedType, name: str) -> FieldPrice | None:
        definition = self._definition(parent, name)
        return None if definition is None else _price(parent, name, definition)

    def _definition(self, parent: GraphQLNamedType, name: str) -> GraphQLField | None:
        """The field; one that was collected for all types of an interface may be known to its possible types alone."""
        fields: Mapping[str, GraphQLField] = getattr(parent, "fields", {})
        if name in fields:
            return fields[name]
        possible = self._schema.get_possible_types(cast("Any", parent)) if is_composite_type(parent) else ()
        known = [type_.fields[name] for type_ in possible if name in type_.fields]
        return max(known, key=lambda item: _weight(item.extensions) or 0, default=None)


@lru_cache(maxsize=8)
def prices_of(schema: GraphQLSchema) -> Prices:
    """The prices of that schema; few processes have more than one."""
    return Prices(schema)


def _price(parent: GraphQLNamedType, name: str, definition: GraphQLField) -> FieldPrice:
    explicit = _weight(definition.extensions)
    own, mutates = (0, MUTATION_WEIGHT) if explicit is None else (explicit, explicit)
    kind = get_named_type(definition.type)
    if not is_composite_type(kind):
        return FieldPrice(own=own, mutates=mutates)
    size = _size(definition)
    if _is_connection(kind):
        return FieldPrice(own=own, mutates=mutates, kind=kind, connection=True, size=size)
    weight = _weight(kind.extensions)
    if name in _PAGED and _is_connection(parent):
        item = 0 if name == "edges" and weight is None else weight or 1
        return FieldPrice(own=own, mutates=mutates, kind=kind, item=item, paged=True)
    item = 1 if weight is None else weight
    return FieldPrice(own=own, mutates=mutates, kind=kind, item=item, size=size if _is_list(definition) else _ONE)


def _weight(extensions: Mapping[str, Any]) -> int | None:
    definition = extensions.get("strawberry-definition")
    found = [item for item in getattr(definition, "directives", None) or () if isinstance(item, Cost)]
    return found[0].weight if found else None


def _size(definition: GraphQLField) -> Size:
    """Items of the list: its page argument, or as many as the ids that were given, or an assumption."""
    for name in _SIZES:
        if name in definition.args:
            default = definition.args[name].default_value
            return Size(argument=name, usual=default if isinstance(default, int) else DEFAULT_PAGE)
    for name, argument in definition.args.items():
        if is_list_type(argument.type.of_type if is_non_null_type(argument.type) else argument.type):
            return Size(argument=name, usual=ASSUMED_SIZE, measure=length)
    connection = _is_connection(get_named_type(definition.type))
    return Size(argument=None, usual=DEFAULT_PAGE if connection else ASSUMED_SIZE)


def _is_list(definition: GraphQLField) -> bool:
    kind = definition.type
    return is_list_type(kind.of_type if is_non_null_type(kind) else kind)


def _is_connection(kind: GraphQLNamedType) -> bool:
    return kind.name.endswith("Connection") and not _PAGED.isdisjoint(getattr(kind, "fields", {}))
