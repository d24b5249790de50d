"""What validation asks of a schema, looked up once for all documents."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLIncludeDirective,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    ListTypeNode,
    NonNullTypeNode,
    OperationType,
    TypeNameMetaFieldDef,
    TypeNode,
    get_named_type,
    is_composite_type,
    is_input_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
    type_from_ast,
)
from graphql.utilities import do_types_overlap

MOST_LISTS = 2
"""Lists around the types of variables that are remembered; more of them are invented without end."""


def root_of(schema: GraphQLSchema, operation: OperationType) -> GraphQLObjectType | None:
    """The type that operations of this kind start from; graphql-core's own way costs several calls."""
    if operation is OperationType.QUERY:
        return schema.query_type
    return schema.mutation_type if operation is OperationType.MUTATION else schema.subscription_type


class KnownField:
    """One field of one type: what it takes, and what it gives. `leaf`: nothing is selected on its `named` type."""

    __slots__ = ("arguments", "leaf", "named", "required", "type")

    def __init__(self, arguments: dict[str, GraphQLArgument], type_: Any) -> None:
        self.arguments = arguments
        self.required = tuple([name for name, argument in arguments.items() if is_required_argument(argument)])
        self.type = type_
        self.named: GraphQLNamedType = get_named_type(type_)
        self.leaf = is_leaf_type(self.named)


class KnownFields(dict[str, KnownField | None]):
    """The fields of one composite type, looked at when they are first asked for; None: there is no such field.

    Names that the type does not have are not remembered: documents invent them.
    """

    __slots__ = ("_type",)

    def __init__(self, type_: GraphQLNamedType) -> None:
        super().__init__({"__typename": KnownField({}, TypeNameMetaFieldDef.type)})
        self._type = type_

    def __missing__(self, name: str) -> KnownField | None:
        definition = getattr(self._type, "fields", {}).get(name)
        if definition is None:
            return None
        found = self[name] = KnownField(definition.args, definition.type)
        return found


class Known:
    """The types of one schema. Names that it does not have are not remembered."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self.conditions = (
            schema.get_directive("skip") is GraphQLSkipDirective
            and schema.get_directive("include") is GraphQLIncludeDirective
        )
        """Whether @skip and @include are the specification's own."""
        self._fields: dict[str, KnownFields] = {}
        self._required: dict[str, tuple[str, ...]] = {}
        self._overlaps: set[tuple[str, str]] = set()

    def fields(self, parent: GraphQLNamedType) -> KnownFields:
        """The fields of a composite type."""
        found = self._fields.get(parent.name)
        if found is None:
            found = self._fields[parent.name] = KnownFields(parent)
        return found

    def required(self, type_: GraphQLInputObjectType) -> tuple[str, ...]:
        """The fields that an input object must have."""
        found = self._required.get(type_.name)
        if found is None:
            names = [name for name, field in type_.fields.items() if is_required_input_field(field)]
            found = self._required[type_.name] = tuple(names)
        return found

    def narrowed(self, parent: GraphQLNamedType, name: str) -> GraphQLNamedType | None:
        """The composite type of that name, if some objects are of both."""
        if parent.name == name:
            return parent
        type_ = self.schema.get_type(name)
        if (parent.name, name) not in self._overlaps:
            if not is_composite_type(type_) or not do_types_overlap(self.schema, type_, parent):  # type: ignore[arg-type]
                return None
            self._overlaps.add((parent.name, name))
        return type_


class InputType:
    """The type of a variable; `coerce` is made when it is first needed."""

    __slots__ = ("coerce", "type")

    def __init__(self, type_: Any) -> None:
        self.type = type_
        self.coerce: Callable[[Any], Any] | None = None


class InputTypes:
    """The input types of one schema as documents write them."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._known: dict[str, InputType] = {}

    def __len__(self) -> int:
        return len(self._known)

    def of(self, node: TypeNode) -> InputType | None:
        """What is written, None for anything but an input type."""
        text = _written(node)
        found = self._known.get(text)
        if found is None:
            type_ = type_from_ast(self._schema, node)
            if not is_input_type(type_):
                return None
            found = InputType(type_)
            if text.count("[") <= MOST_LISTS:
                self._known[text] = found
        return found


def _written(node: Any) -> str:
    if isinstance(node, NonNullTypeNode):
        return f"{_written(node.type)}!"
    if isinstance(node, ListTypeNode):
        return f"[{_written(node.type)}]"
    name: str = node.name.value
    return name


@lru_cache(maxsize=8)
def inputs_of(schema: GraphQLSchema) -> InputTypes:
    """Those of that schema; few processes have more than one."""
    return InputTypes(schema)
