"""A validator that only ever accepts: it says yes to what is surely valid, all else is graphql-core's to judge.

It walks the response's positions once. At each position a response key must stand for one field of one type with the
same arguments, whatever the parents are; that is stricter than the specification's rule of merging, so that a document
that passes here passes there. Documents with several operations, subscriptions, introspection, other directives than
@skip and @include, or literals of custom scalars are left to graphql-core.
"""

from __future__ import annotations

from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    TypeNameMetaFieldDef,
    get_named_type,
    is_composite_type,
    is_leaf_type,
    print_ast,
)
from graphql.utilities import do_types_overlap

from engine.literals import Literals, Unsure

MOST_STEPS = 4000
"""Selections that are looked at, fragments counted wherever they are spread."""
MOST_LEVELS = 40


def is_surely_valid(schema: GraphQLSchema, document: DocumentNode, *, extra_rules: bool) -> bool:
    """True only where graphql-core finds no error. `extra_rules`: others than its own may mind null and objects."""
    if schema.get_directive("skip") is not GraphQLSkipDirective:
        return False
    if schema.get_directive("include") is not GraphQLIncludeDirective:
        return False
    try:
        _Acceptance(schema, document, extra_rules).accept()
    except Unsure:
        return False
    return True


class _Position:
    """What one response key stands for."""

    __slots__ = ("below", "node", "type")

    def __init__(self, node: FieldNode, type_: Any) -> None:
        self.node = node
        self.type = type_
        self.below: list[tuple[Any, SelectionSetNode]] = []


class _Acceptance:
    """One document; `accept` raises `Unsure` unless it is valid."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, extra_rules: bool) -> None:
        self._schema = schema
        self._fragments: dict[str, FragmentDefinitionNode] = {}
        self._used: set[str] = set()
        self._checked: set[tuple[int, int]] = set()
        self._overlaps: set[tuple[str, str]] = set()
        self._steps = 0
        operations = []
        for node in document.definitions:
            if isinstance(node, OperationDefinitionNode):
                operations.append(node)
            elif isinstance(node, FragmentDefinitionNode) and not node.variable_definitions:
                if node.name.value in self._fragments:
                    raise Unsure
                self._fragments[node.name.value] = node
            else:
                raise Unsure
            if node.directives:
                raise Unsure
        if len(operations) != 1 or operations[0].operation is OperationType.SUBSCRIPTION:
            raise Unsure
        self._operation = operations[0]
        self._literals = Literals(schema, self._operation.variable_definitions or (), extra_rules)

    def accept(self) -> None:
        root = self._schema.get_root_type(self._operation.operation)
        if root is None:
            raise Unsure
        self._level([(root, self._operation.selection_set)], 0)
        if self._literals.unused or len(self._used) != len(self._fragments):
            raise Unsure

    def _level(self, sets: list[tuple[Any, SelectionSetNode]], level: int) -> None:
        """All selection sets that meet at one position of the response."""
        if level > MOST_LEVELS:
            raise Unsure
        positions: dict[str, _Position] = {}
        seen: set[tuple[str, str]] = set()
        for parent, selection_set in sets:
            self._collect(parent, selection_set, positions, seen, ())
        for position in positions.values():
            if position.below:
                self._level(position.below, level + 1)

    def _collect(
        self,
        parent: Any,
        selection_set: SelectionSetNode,
        positions: dict[str, _Position],
        seen: set[tuple[str, str]],
        inside: tuple[str, ...],
    ) -> None:
        if not selection_set.selections or len(inside) > MOST_LEVELS:
            raise Unsure
        for node in selection_set.selections:
            self._steps += 1
            if self._steps > MOST_STEPS:
                raise Unsure
            if node.directives:
                self._conditions(node.directives)
            if isinstance(node, FieldNode):
                self._field(parent, node, positions)
            elif isinstance(node, InlineFragmentNode):
                type_ = self._narrowed(parent, node.type_condition) if node.type_condition else parent
                self._collect(type_, node.selection_set, positions, seen, inside)
            elif isinstance(node, FragmentSpreadNode):
                self._spread(parent, node, positions, seen, inside)
            else:
                raise Unsure

    def _spread(
        self,
        parent: Any,
        node: FragmentSpreadNode,
        positions: dict[str, _Position],
        seen: set[tuple[str, str]],
        inside: tuple[str, ...],
    ) -> None:
        name = node.name.value
        fragment = self._fragments.get(name)
        if fragment is None or name in inside:
            raise Unsure
        self._used.add(name)
        type_ = self._narrowed(parent, fragment.type_condition)
        if (name, type_.name) not in seen:
            seen.add((name, type_.name))
            self._collect(type_, fragment.selection_set, positions, seen, (*inside, name))

    def _narrowed(self, parent: Any, condition: Any) -> Any:
        type_ = self._schema.get_type(condition.name.value)
        if not is_composite_type(type_):
            raise Unsure
        pair = (parent.name, type_.name)
        if type_ is not parent and pair not in self._overlaps:
            if not do_types_overlap(self._schema, type_, parent):
                raise Unsure
            self._overlaps.add(pair)
        return type_

    def _field(self, parent: Any, node: FieldNode, positions: dict[str, _Position]) -> None:
        name = node.name.value
        definition = TypeNameMetaFieldDef if name == "__typename" else getattr(parent, "fields", {}).get(name)
        if definition is None:
            raise Unsure
        once = (id(node), id(definition))
        if once not in self._checked:
            self._literals.arguments(node.arguments, definition.args)
            self._checked.add(once)
        key = node.alias.value if node.alias else name
        position = positions.get(key)
        if position is None:
            position = positions[key] = _Position(node, definition.type)
        elif not self._same(position, node, definition.type):
            raise Unsure
        named = get_named_type(definition.type)
        if is_leaf_type(named) is not (node.selection_set is None):
            raise Unsure
        if node.selection_set is not None:
            position.below.append((named, node.selection_set))

    def _same(self, position: _Position, node: FieldNode, type_: Any) -> bool:
        first = position.node
        if first is node:
            return _equal_types(position.type, type_)
        if first.name.value != node.name.value or not _equal_types(position.type, type_):
            return False
        return _arguments(first) == _arguments(node)

    def _conditions(self, directives: Any) -> None:
        names = [directive.name.value for directive in directives]
        if len(set(names)) != len(names):
            raise Unsure
        for directive, name in zip(directives, names, strict=True):
            if name not in ("skip", "include"):
                raise Unsure
            self._literals.arguments(directive.arguments, GraphQLSkipDirective.args)


def _equal_types(one: Any, other: Any) -> bool:
    return one is other or str(one) == str(other)


def _arguments(node: FieldNode) -> list[tuple[str, str]]:
    return sorted((one.name.value, print_ast(one.value)) for one in node.arguments or ())
