"""Literals that are read once: what is constant stays coerced, variables are put in for every request."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import lru_cache
from typing import Any

from graphql import (
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    is_required_input_field,
)
from graphql.pyutils import Undefined
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_literal

Template = Callable[[dict[str, Any]], Any]
"""Gives the coerced value for coerced variables; Undefined for a variable without a value; raises `Unusual`."""

IMMUTABLE = (str, int, float, bool, type(None), Enum, type(Undefined))


class Unusual(Exception):
    """graphql-core has to coerce this one, or to say what is wrong with it."""


def template(node: ValueNode, type_: Any) -> Template:
    """The template of a literal at a position of that type."""
    if isinstance(node, VariableNode):
        return _variable(node.name.value, isinstance(type_, GraphQLNonNull))
    if isinstance(type_, GraphQLNonNull):
        if isinstance(node, NullValueNode):
            raise Unusual
        type_ = type_.of_type
    if isinstance(node, NullValueNode):
        return constant(None)
    if isinstance(type_, GraphQLList):
        return _list(node, type_.of_type)
    if isinstance(type_, GraphQLInputObjectType):
        return _object(node, type_)
    return _leaf(node, type_)


def constant(value: Any) -> Template:
    """A template without variables."""
    return lambda _variables: value


def _variable(name: str, required: bool) -> Template:
    def value(variables: dict[str, Any]) -> Any:
        found = variables.get(name, Undefined)
        if required and (found is None or found is Undefined):
            raise Unusual
        return found

    return value


def _leaf(node: ValueNode, type_: Any) -> Template:
    if variables_in(node):
        raise Unusual
    value = coerce_input_literal(node, type_)
    if value is Undefined:
        raise Unusual
    if isinstance(value, IMMUTABLE):
        return constant(value)
    return lambda _variables: coerce_input_literal(node, type_)


def _list(node: ValueNode, item_type: Any) -> Template:
    nodes = node.values if isinstance(node, ListValueNode) else (node,)
    items = [template(item, item_type) for item in nodes]

    def value(variables: dict[str, Any]) -> Any:
        found = [item(variables) for item in items]
        return [None if one is Undefined else one for one in found]

    return value


def _object(node: ValueNode, type_: GraphQLInputObjectType) -> Template:
    if not isinstance(node, ObjectValueNode):
        raise Unusual
    given = {item.name.value: item.value for item in node.fields}
    if not given.keys() <= type_.fields.keys() or (type_.is_one_of and len(given) != 1):
        raise Unusual
    parts = [
        (key, template(given[name], field_type) if name in given else _absent, default)
        for name, key, field_type, default in _fields(type_)
        if name in given or default is not _nothing
    ]
    out_type, one_of = type_.out_type, type_.is_one_of

    def value(variables: dict[str, Any]) -> Any:
        found: dict[str, Any] = {}
        for name, part, default in parts:
            one = part(variables)
            if one is Undefined:
                one = default()
                if one is Undefined:
                    continue
            found[name] = one
        if one_of and (len(found) != 1 or any(one is None for one in found.values())):
            raise Unusual
        return out_type(found)

    return value


def _absent(_variables: dict[str, Any]) -> Any:
    return Undefined


@lru_cache(maxsize=1000)
def _fields(type_: GraphQLInputObjectType) -> list[tuple[str, str, Any, Callable[[], Any]]]:
    """For each field its name, its key in the value, its type, and what gives the value where there is none."""
    return [(name, field.out_name or name, field.type, _default(field)) for name, field in type_.fields.items()]


def _default(field: GraphQLInputField) -> Callable[[], Any]:
    """Gives what stands where nothing was given."""
    if is_required_input_field(field):
        return _unusual
    value = coerce_default_value(field)
    if value is Undefined:
        return _nothing
    return (lambda: value) if isinstance(value, IMMUTABLE) else lambda: coerce_default_value(field)


def _unusual() -> Any:
    raise Unusual


def _nothing() -> Any:
    return Undefined


def variables_in(value: ValueNode) -> set[str]:
    """The names of the variables in a literal."""
    if isinstance(value, VariableNode):
        return {value.name.value}
    if isinstance(value, ListValueNode):
        return set().union(*map(variables_in, value.values))
    if isinstance(value, ObjectValueNode):
        return set().union(*[variables_in(item.value) for item in value.fields])
    return set()
