"""What a schema tells the engine about its fields and types, kept in graphql-core's own `extensions`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from graphql import Executor, GraphQLError, GraphQLField, GraphQLNamedType, GraphQLSchema
from graphql.execution.incremental import IncrementalExecutor
from graphql.validation import ASTValidationRule

GUARD: Final = "engine.guard"
FIELD: Final = "engine.field"
MEMO: Final = "engine.memo"
DIALECT: Final = "engine.dialect"

Guard = Callable[[Any], GraphQLError | None]
"""`guard(context)`: the error that refuses the field to this caller, or None to let it through.

Guards whose attribute `alike` is equal let the same callers through, whatever they say to the others: where one did,
the next field need not ask its own.
"""

Load = Callable[[list[Any], Any, dict[str, Any]], Awaitable[Sequence[Any]] | Sequence[Any]]
"""`load(parents, info, arguments)`: one value or Exception for each parent, in the parents' order."""


@dataclass(frozen=True, slots=True)
class Batched:
    """A field answered for all parents of a level at once.

    `convert` turns graphql-core's arguments into those that `load` takes, once per call. `shared` promises that the
    value depends on the parent, the arguments and `context.segment_key` alone, so that a memoised segment may hold it.
    Fields with an equal `key` and equal arguments are one call per level, whatever type they stand on.
    """

    load: Load
    convert: Callable[[dict[str, Any], Any], dict[str, Any]] | None = None
    shared: bool = False
    key: Hashable = None


@dataclass(frozen=True, slots=True)
class Pure:
    """A synchronous field that depends on the parent, the arguments and `context.segment_key` alone."""

    call: Callable[[Any, Any, dict[str, Any]], Any]
    convert: Callable[[dict[str, Any], Any], dict[str, Any]] | None = None


@dataclass(frozen=True, slots=True)
class Attribute:
    """A field that is read from the parent as it stands: `getattr(parent, name)`."""

    name: str


@dataclass(frozen=True, slots=True)
class Direct:
    """An ordinary resolver without extensions around it: `call(parent, info, converted arguments)`.

    `shared`: as for batched fields.
    """

    call: Callable[[Any, Any, dict[str, Any]], Any]
    convert: Callable[[dict[str, Any], Any], dict[str, Any]] | None = None
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Memo:
    """A type whose rendered form may be kept while `version(record)` stays the same; None: not this record."""

    version: Callable[[Any], Hashable | None]


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a library on top of graphql-core adds to it: its executors, and validation rules beside the usual ones.

    The rules may mind nothing but null and object literals.
    """

    plain: type[Executor[Any]] = Executor
    incremental: type[Executor[Any]] = IncrementalExecutor
    rules: tuple[type[ASTValidationRule], ...] = ()


Marker = Batched | Pure | Attribute | Direct


def alike(guard: Guard) -> Hashable:
    """Equal for guards that let the same callers through."""
    return getattr(guard, "alike", guard)


def guard_of(field: GraphQLField) -> Guard | None:
    """The field's guard, if it has one."""
    found: Guard | None = field.extensions.get(GUARD)
    return found


def marker_of(field: GraphQLField) -> Marker | None:
    """What the field says about how it is answered."""
    found: Marker | None = field.extensions.get(FIELD)
    return found


def memo_of(type_: GraphQLNamedType) -> Memo | None:
    """The type's promise about its records."""
    found: Memo | None = type_.extensions.get(MEMO)
    return found


def dialect_of(schema: GraphQLSchema) -> Dialect:
    """The dialect that the schema is written in."""
    found: Dialect = schema.extensions.get(DIALECT, Dialect())
    return found


def guards_of(schema: GraphQLSchema) -> Mapping[tuple[str, str], Guard]:
    """Every guarded field as (type name, field name)."""
    return {
        (type_.name, name): guard
        for type_ in schema.type_map.values()
        for name, field in getattr(type_, "fields", {}).items()
        if isinstance(field, GraphQLField) and (guard := guard_of(field)) is not None
    }
