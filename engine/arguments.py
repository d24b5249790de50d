"""Arguments of one field node: what is constant is coerced once, variables are put in for every request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphql import (
    FieldNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLNonNull,
    GraphQLString,
    NameNode,
    ValueNode,
    VariableNode,
    is_required_argument,
)
from graphql.execution.values import VariableValues, get_argument_values
from graphql.pyutils import Undefined
from graphql.utilities.coerce_input_value import coerce_default_value

from engine.templates import IMMUTABLE, Template, Unusual, constant, template, variables_in


class Declared:
    """One argument of the schema, read once for all fields that give it; `default` may be _NONE."""

    __slots__ = ("default", "name", "no_null", "out_name", "type")

    def __init__(self, name: str, argument: GraphQLArgument) -> None:
        self.name = name
        self.out_name = argument.out_name or name
        self.type = argument.type
        self.no_null = isinstance(argument.type, GraphQLNonNull)
        self.default = _default(argument)


class Arguments:
    """How the arguments of a field node become a dictionary.

    `constant` is the dictionary itself where it is the same for every request; `names` are the variables it needs.
    """

    __slots__ = ("_definition", "_node", "_templates", "constant", "names")

    def __init__(self, definition: GraphQLField, node: FieldNode, declared: list[Declared]) -> None:
        self._definition = definition
        self._node = node
        self._templates: list[tuple[str, Template]] | None = []
        self.names: frozenset[str] = frozenset()
        self.constant: dict[str, Any] | None = {}
        if declared:
            self._read({one.name.value: one.value for one in node.arguments or ()}, declared)

    @staticmethod
    def of(definition: GraphQLField, node: FieldNode, declared: list[Declared]) -> Arguments:
        """The arguments of a node; fields without any share one object."""
        return Arguments(definition, node, declared) if declared else _NO_ARGUMENTS

    def _read(self, given: dict[str, ValueNode], declared: list[Declared]) -> None:
        self.names = frozenset().union(*map(variables_in, given.values())) if given else frozenset()
        self.constant = None
        try:
            templates = [(one.out_name, _template(one, given.get(one.name))) for one in declared]
            # Lists and objects are made anew for every request, lest one request changes those of another.
            if not self.names and all(isinstance(made({}), IMMUTABLE) for _, made in templates):
                self.constant = _filled(templates, {})
        except Exception:
            self._templates = None
        else:
            self._templates = templates

    def values(self, coerced: dict[str, Any], full: Callable[[], VariableValues]) -> dict[str, Any]:
        """The arguments of this request; raises what graphql-core raises."""
        if self.constant is not None:
            return self.constant
        if self._templates is not None:
            try:
                return _filled(self._templates, coerced)
            except Unusual:
                pass
        return get_argument_values(self._definition, self._node, full())


def _default(argument: GraphQLArgument) -> Any:
    if is_required_argument(argument):
        return _NONE
    try:
        return coerce_default_value(argument)
    except Exception:
        return _NONE


def _filled(templates: list[tuple[str, Template]], variables: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, made in templates if (value := made(variables)) is not Undefined}


def _template(declared: Declared, node: ValueNode | None) -> Template:
    if node is None:
        if declared.default is _NONE:
            raise Unusual
        return constant(declared.default)
    if not isinstance(node, VariableNode):
        return template(node, declared.type)
    return _variable(node.name.value, declared.default, declared.no_null)


def _variable(name: str, default: Any, no_null: bool) -> Template:
    """A variable without a value counts as no argument: then the default is taken, if there is one."""

    def value(variables: dict[str, Any]) -> Any:
        found = variables.get(name, Undefined)
        if found is Undefined:
            if default is _NONE:
                raise Unusual
            return default
        if found is None and no_null:
            raise Unusual
        return found

    return value


_NONE: Any = object()
"""In the place of a default: there must be a value, or graphql-core has to say what is wrong."""
_NO_ARGUMENTS = Arguments(GraphQLField(GraphQLString), FieldNode(name=NameNode(value="")), [])
