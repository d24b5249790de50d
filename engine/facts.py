"""What the schema says of a field, read once for all operations that select it."""

from __future__ import annotations

from enum import Enum, auto
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
)

from engine.arguments import Declared
from engine.markers import Attribute, Batched, Direct, Marker, Memo, Pure, dialect_of, guard_of, marker_of, memo_of
from engine.regions import Regions


class Kind(Enum):
    """How a field gets its value."""

    __hash__ = object.__hash__  # members are one object each; Enum's own is written in Python
    TYPENAME = auto()
    ATTRIBUTE = auto()
    DEFAULT = auto()
    PURE = auto()
    DIRECT = auto()
    RESOLVER = auto()
    BATCHED = auto()


_KINDS: dict[type, Kind] = {
    Attribute: Kind.ATTRIBUTE,
    Pure: Kind.PURE,
    Direct: Kind.DIRECT,
    Batched: Kind.BATCHED,
}
CALLED = frozenset({Kind.DIRECT, Kind.RESOLVER, Kind.BATCHED})
"""Whose values come from functions that are called once, and may have to be awaited."""


class FieldFacts:
    """One field of one type.

    `declared`: its arguments. `depth`: how many lists are around the named type. `possible`: the types of its objects
    by name. `memo`: what all of them promise alike; `late_memo`: some of them promise something, which is known when
    the type is. `marked`: its objects are told apart one by one (abstract types, `is_type_of`, memoised types).
    `called`: its value must be fetched before anything is written. `own`: whatever the record is, the value may be this
    viewer's own.
    """

    __slots__ = (
        "called",
        "concrete",
        "convert",
        "declared",
        "definition",
        "depth",
        "guard",
        "kind",
        "late_memo",
        "leaf",
        "marked",
        "marker",
        "memo",
        "named_type",
        "own",
        "possible",
    )

    def __init__(self, schema: GraphQLSchema, parent: GraphQLObjectType, name: str) -> None:
        definition = schema.get_field(parent, name)
        assert definition is not None
        self.definition: GraphQLField = definition
        self.declared = [Declared(name, argument) for name, argument in definition.args.items()]
        self.named_type: GraphQLNamedType = get_named_type(definition.type)
        self.depth = _depth(definition.type)
        self.leaf = is_leaf_type(self.named_type)
        self.marker = marker_of(definition)
        self.convert = None if isinstance(self.marker, Attribute | None) else self.marker.convert
        self.guard = guard_of(definition)
        self.kind = self._kind(name)
        self.called = self.kind in CALLED or (self.guard is not None and self.kind is Kind.DEFAULT)
        self.own = self.guard is not None or _is_own(self.kind, self.marker)
        types = () if self.leaf else _possible(schema, self.named_type)
        self.possible: dict[str, GraphQLObjectType] = {type_.name: type_ for type_ in types}
        memos = {memo_of(type_) for type_ in types}
        self.memo: Memo | None = memos.pop() if len(memos) == 1 else None
        self.late_memo = any(memos)
        only = self.named_type if isinstance(self.named_type, GraphQLObjectType) else None
        self.concrete: GraphQLObjectType | None = only
        self.marked = not self.leaf and (only is None or only.is_type_of is not None or self.memo is not None)

    def _kind(self, name: str) -> Kind:
        if name == "__typename":
            return Kind.TYPENAME
        if self.marker is not None:
            return _KINDS[type(self.marker)]
        return Kind.DEFAULT if self.definition.resolve is None else Kind.RESOLVER


class TypeFacts(dict[str, FieldFacts]):
    """The facts of one type's fields by name, found out when they are first asked for; only of fields that exist."""

    __slots__ = ("_schema", "_type")

    def __init__(self, schema: GraphQLSchema, type_: GraphQLObjectType) -> None:
        super().__init__()
        self._schema = schema
        self._type = type_

    def __missing__(self, name: str) -> FieldFacts:
        found = self[name] = FieldFacts(self._schema, self._type, name)
        return found


class SchemaFacts:
    """The facts of a schema's types."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self.executor = dialect_of(schema).plain
        self.regions = Regions()
        self._types: dict[str, TypeFacts] = {}

    def of(self, type_: GraphQLObjectType) -> TypeFacts:
        """The facts of the type's fields."""
        found = self._types.get(type_.name)
        if found is None:
            found = self._types[type_.name] = TypeFacts(self.schema, type_)
        return found


def _is_own(kind: Kind, marker: Marker | None) -> bool:
    return kind is Kind.RESOLVER or (isinstance(marker, Batched | Direct) and not marker.shared)


def _possible(schema: GraphQLSchema, type_: Any) -> tuple[GraphQLObjectType, ...]:
    return (type_,) if isinstance(type_, GraphQLObjectType) else tuple(schema.get_possible_types(type_))


def _depth(type_: Any) -> int:
    depth = 0
    while isinstance(type_, GraphQLNonNull | GraphQLList):
        depth += isinstance(type_, GraphQLList)
        type_ = type_.of_type
    return depth
