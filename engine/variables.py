"""Coercion of variables: typed shortcuts for what is right, graphql-core for what is not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLError,
    GraphQLFloat,
    GraphQLID,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    get_named_type,
    is_required_input_field,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values
from graphql.pyutils import Undefined
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_value

from engine.known import inputs_of

Coerce = Callable[[Any], Any]
"""Gives the coerced value, or Undefined where graphql-core must look itself."""


class Variables:
    """How one operation's variables are coerced."""

    def __init__(
        self, schema: GraphQLSchema, operation: OperationDefinitionNode, max_errors: int, hide_suggestions: bool
    ) -> None:
        self._schema = schema
        self._nodes = operation.variable_definitions or ()
        self._max_errors = max_errors
        self._hide_suggestions = hide_suggestions
        self._known: list[tuple[str, Coerce, bool, bool]] | None = []
        self._signatures: dict[str, GraphQLVariableSignature] | None = None
        for node in self._nodes:
            found = inputs_of(schema).of(node.type)
            if found is None:
                self._known = None
                return
            if found.coerce is None:
                found.coerce = _coercer(found.type)
            required = isinstance(found.type, GraphQLNonNull)
            self._known.append((node.variable.name.value, found.coerce, required, node.default_value is not None))

    def coerce(self, inputs: Mapping[str, Any] | None) -> dict[str, Any] | list[GraphQLError]:
        """The coerced values by name, or the errors of the request."""
        if not self._nodes:
            return {}
        given = inputs if inputs is not None else {}
        found = self._shortcut(given)
        if found is not None:
            return found
        inputs_given = cast("dict[str, Any]", given)
        values = get_variable_values(self._schema, self._nodes, inputs_given, self._max_errors, self._hide_suggestions)
        return values if isinstance(values, list) else values.coerced

    def _shortcut(self, inputs: Mapping[str, Any]) -> dict[str, Any] | None:
        if self._known is None:
            return None
        coerced: dict[str, Any] = {}
        try:
            for name, coerce, required, has_default in self._known:
                value = inputs.get(name, Undefined)
                if value is Undefined:
                    if has_default:
                        coerced[name] = coerce_default_value(self._signed()[name])
                    elif required:
                        return None
                    continue
                result = coerce(value)
                if result is Undefined:
                    return None
                coerced[name] = result
        except Exception:
            return None
        return coerced

    def values(self, coerced: dict[str, Any], inputs: Mapping[str, Any] | None) -> VariableValues:
        """graphql-core's form of the same values, with their sources."""
        given = inputs if inputs is not None else {}
        sources = {
            name: VariableValueSource(signature, given.get(name, Undefined))
            for name, signature in self._signed().items()
        }
        return VariableValues(sources, coerced)

    def _signed(self) -> dict[str, GraphQLVariableSignature]:
        """The variables as graphql-core knows them; a default is coerced once."""
        if self._signatures is None:
            made = [get_variable_signature(self._schema, node) for node in self._nodes]
            self._signatures = {one.name: one for one in made if not isinstance(one, GraphQLError)}
        return self._signatures


def _string(value: Any) -> Any:
    return value if value.__class__ is str else Undefined


def _id(value: Any) -> Any:
    return value if value.__class__ is str else str(value) if value.__class__ is int else Undefined


def _int(value: Any) -> Any:
    return value if value.__class__ is int and -2147483648 <= value <= 2147483647 else Undefined


def _boolean(value: Any) -> Any:
    return value if value.__class__ is bool else Undefined


_SCALARS: dict[Any, Coerce] = {
    GraphQLString: _string,
    GraphQLID: _id,
    GraphQLInt: _int,
    GraphQLBoolean: _boolean,
    GraphQLFloat: GraphQLFloat.coerce_input_value,
}


_STRICT = frozenset({_string, _id, _int, _boolean})
"""Those that answer Undefined to None by themselves."""


def _coercer(type_: GraphQLInputType) -> Coerce:
    if isinstance(type_, GraphQLNonNull):
        inner = _nullable(type_.of_type)
        if inner in _STRICT:
            return inner
        return lambda value: Undefined if value is None else inner(value)
    nullable = _nullable(type_)
    return lambda value: None if value is None else nullable(value)


def _nullable(type_: Any) -> Coerce:
    """For values that are not null."""
    if isinstance(type_, GraphQLList):
        return _list(_coercer(type_.of_type))
    if isinstance(type_, GraphQLInputObjectType):
        return _unknown if _recursive(type_, frozenset()) else _object(type_)
    if isinstance(type_, GraphQLEnumType):
        return _enum(type_)
    found: Coerce = _SCALARS.get(type_, type_.coerce_input_value)
    return found


def _unknown(_value: Any) -> Any:
    """Input types that contain themselves: graphql-core counts their depth."""
    return Undefined


def _list(item: Coerce) -> Coerce:
    def coerce(value: Any) -> Any:
        if value.__class__ is not list:
            return Undefined
        items = [item(one) for one in value]
        return Undefined if any(one is Undefined for one in items) else items

    return coerce


def _enum(type_: GraphQLEnumType) -> Coerce:
    known = {name: type_.coerce_input_value(name) for name in type_.values}
    return lambda value: known.get(value, Undefined) if value.__class__ is str else Undefined


def _object(type_: GraphQLInputObjectType) -> Coerce:
    if type_.is_one_of:
        return lambda value: coerce_input_value(value, type_)
    fields = [
        (name, field.out_name or name, _coercer(field.type), is_required_input_field(field), field)
        for name, field in type_.fields.items()
    ]
    names = set(type_.fields)
    out_type = type_.out_type

    def coerce(value: Any) -> Any:
        if value.__class__ is not dict or not value.keys() <= names:
            return Undefined
        coerced: dict[str, Any] = {}
        for name, out_name, field_coerce, required, field in fields:
            given = value.get(name, Undefined)
            if given is not Undefined:
                result = field_coerce(given)
                if result is Undefined:
                    return Undefined
                coerced[out_name] = result
            elif required:
                return Undefined
            elif (default := coerce_default_value(field)) is not Undefined:
                coerced[out_name] = default
        return out_type(coerced)

    return coerce


def _recursive(type_: GraphQLInputObjectType, above: frozenset[str]) -> bool:
    if type_.name in above:
        return True
    inside = above | {type_.name}
    named = (get_named_type(field.type) for field in type_.fields.values())
    return any(isinstance(one, GraphQLInputObjectType) and _recursive(one, inside) for one in named)
