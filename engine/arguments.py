"""Arguments of one field node: what is constant is coerced once, plain variables are looked up, the rest is slow."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any

from graphql import (
    FieldNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLNonNull,
    ValueNode,
    VariableNode,
    Visitor,
    is_required_argument,
    visit,
)
from graphql.execution.values import VariableValues, get_argument_values
from graphql.pyutils import Undefined
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_literal

_IMMUTABLE = (str, int, float, bool, type(None), Enum)


class Arguments:
    """How the arguments of a field node become a dictionary."""

    __slots__ = ("_definition", "_entries", "_mutable", "_node", "_slow", "constant", "names")

    def __init__(self, definition: GraphQLField, node: FieldNode) -> None:
        self._definition = definition
        self._node = node
        self._entries: list[tuple[str, str | None, Any, bool]] = []
        self._mutable = False
        self._slow = False
        self.names: frozenset[str] = frozenset()
        given = {one.name.value: one.value for one in node.arguments or ()}
        for name, argument in definition.args.items():
            self._add(argument.out_name or name, argument, given.get(name))
        if definition.args and given:
            self.names = frozenset(name for value in given.values() for name in variables_in(value))
        self.constant: dict[str, Any] | None = None
        if not (self._slow or self._mutable) and all(variable is None for _, variable, _, _ in self._entries):
            self.constant = {name: value for name, _, value, _ in self._entries}

    def _add(self, name: str, argument: GraphQLArgument, value: ValueNode | None) -> None:
        try:
            default = coerce_default_value(argument)
            if isinstance(value, VariableNode):
                required = isinstance(argument.type, GraphQLNonNull)
                self._entries.append((name, value.name.value, default, required))
                self._mutable = self._mutable or not isinstance(default, (*_IMMUTABLE, type(Undefined)))
                return
            if value is None:
                coerced = default
                self._slow = self._slow or is_required_argument(argument)
            elif next(variables_in(value), None) is not None:
                self._slow = True
                return
            else:
                coerced = coerce_input_literal(value, argument.type)
                self._slow = self._slow or coerced is Undefined
        except Exception:
            self._slow = True
            return
        if coerced is not Undefined:
            self._entries.append((name, None, coerced, False))
            self._mutable = self._mutable or not isinstance(coerced, _IMMUTABLE)

    def values(self, coerced: dict[str, Any], full: Callable[[], VariableValues]) -> dict[str, Any]:
        """The arguments of this request; raises what graphql-core raises."""
        if self.constant is not None:
            return self.constant
        if not self._slow and not self._mutable:
            found: dict[str, Any] = {}
            for name, variable, value, required in self._entries:
                if variable is not None:
                    given = coerced.get(variable, Undefined)
                    if given is not Undefined:
                        value = given
                    elif value is Undefined and not required:
                        continue
                    if required and (value is None or value is Undefined):
                        break
                found[name] = value
            else:
                return found
        return get_argument_values(self._definition, self._node, full())


class _Names(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        self.found.append(node.name.value)


def variables_in(value: ValueNode) -> Any:
    """The names of the variables in a literal."""
    if isinstance(value, VariableNode):
        return iter((value.name.value,))
    names = _Names()
    visit(value, names)
    return iter(names.found)
