"""Input values that are surely valid: the accepting half of validation for literals and variables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from graphql import (
    BooleanValueNode,
    EnumValueNode,
    FloatValueNode,
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLString,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    StringValueNode,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    is_type_sub_type_of,
)

from engine.known import Known, inputs_of


class Unsure(Exception):
    """graphql-core has to look at the document."""


_LITERALS: dict[Any, tuple[type, ...]] = {
    GraphQLString: (StringValueNode,),
    GraphQLID: (StringValueNode, IntValueNode),
    GraphQLInt: (IntValueNode,),
    GraphQLFloat: (FloatValueNode, IntValueNode),
    GraphQLBoolean: (BooleanValueNode,),
}
_SAFE_DIGITS = 9
"""Integers of so many digits are 32-bit for sure."""


class Literals:
    """Checks the literals of one operation against its variables; every method raises `Unsure` unless all is well."""

    def __init__(self, known: Known, definitions: Iterable[VariableDefinitionNode], extra_rules: bool) -> None:
        self._known = known
        self._extra_rules = extra_rules
        self._types: dict[str, tuple[Any, bool]] = {}
        self.unused: set[str] = set()
        for node in definitions:
            self._declare(node)

    def _declare(self, node: VariableDefinitionNode) -> None:
        name = node.variable.name.value
        found = inputs_of(self._known.schema).of(node.type)
        if found is None or node.directives or name in self._types:
            raise Unsure
        type_ = found.type
        default = node.default_value
        if default is not None:
            self.check(default, type_)
        self._types[name] = (type_, default is not None and not isinstance(default, NullValueNode))
        self.unused.add(name)

    def arguments(self, nodes: Any, definitions: dict[str, GraphQLArgument], required: Iterable[str]) -> None:
        """The arguments of a field or a directive: known, unique, complete and of the right types."""
        given: set[str] = set()
        for node in nodes or ():
            name = node.name.value
            definition = definitions.get(name)
            if definition is None or name in given:
                raise Unsure
            given.add(name)
            self.check(node.value, definition.type)
        if not given.issuperset(required):
            raise Unsure

    def check(self, node: ValueNode, type_: Any) -> None:
        """A value at a position of that type."""
        if isinstance(node, VariableNode):
            self._variable(node, type_)
            return
        if isinstance(node, NullValueNode):
            if isinstance(type_, GraphQLNonNull) or self._extra_rules:
                raise Unsure
            return
        if isinstance(type_, GraphQLNonNull):
            type_ = type_.of_type
        if isinstance(type_, GraphQLList):
            for item in node.values if isinstance(node, ListValueNode) else (node,):
                self.check(item, type_.of_type)
        elif isinstance(type_, GraphQLInputObjectType):
            self._object(node, type_)
        elif isinstance(type_, GraphQLEnumType):
            if not isinstance(node, EnumValueNode) or node.value not in type_.values:
                raise Unsure
        elif not isinstance(node, _LITERALS.get(type_, ())):
            raise Unsure
        elif isinstance(node, IntValueNode) and len(node.value) > _SAFE_DIGITS:
            raise Unsure

    def _object(self, node: ValueNode, type_: GraphQLInputObjectType) -> None:
        if not isinstance(node, ObjectValueNode) or self._extra_rules:
            raise Unsure
        if type_.is_one_of and not self._is_one(node):
            raise Unsure
        given: set[str] = set()
        for item in node.fields:
            name = item.name.value
            field = type_.fields.get(name)
            if field is None or name in given:
                raise Unsure
            given.add(name)
            self.check(item.value, field.type)
        if not given.issuperset(self._known.required(type_)):
            raise Unsure

    def _is_one(self, node: ObjectValueNode) -> bool:
        """One field, given for certain: no null and no variable that may be null."""
        if len(node.fields) != 1 or isinstance(node.fields[0].value, NullValueNode):
            return False
        value = node.fields[0].value
        if not isinstance(value, VariableNode):
            return True
        found = self._types.get(value.name.value)
        return found is not None and isinstance(found[0], GraphQLNonNull)

    def _variable(self, node: VariableNode, type_: Any) -> None:
        name = node.name.value
        found = self._types.get(name)
        if found is None:
            raise Unsure
        self.unused.discard(name)
        own, has_default = found
        if own is type_ or (own.__class__ is GraphQLNonNull and own.of_type is type_):
            return
        if isinstance(type_, GraphQLNonNull) and not isinstance(own, GraphQLNonNull):
            if not has_default:
                raise Unsure
            type_ = type_.of_type
        if not is_type_sub_type_of(self._known.schema, own, type_):
            raise Unsure
