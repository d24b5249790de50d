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
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    print_ast,
)

from engine.known import Known, KnownField, root_of
from engine.literals import Literals, Unsure

MOST_STEPS = 4000
"""Selections that are looked at, fragments counted wherever they are spread."""
MOST_LEVELS = 40


class Acceptance:
    """Accepts documents of one schema; `extra_rules`: others than graphql-core's own may mind null and objects."""

    def __init__(self, schema: GraphQLSchema, *, extra_rules: bool) -> None:
        self._known = Known(schema)
        self._extra_rules = extra_rules

    def is_surely_valid(self, document: DocumentNode) -> bool:
        """True only where graphql-core finds no error."""
        if not self._known.conditions:
            return False
        try:
            _Walk(self._known, document, self._extra_rules).accept()
        except Unsure:
            return False
        return True


class _Level:
    """What one position of the response selects: for each key its first node and type, and what is below it."""

    __slots__ = ("below", "fields", "spread")

    def __init__(self) -> None:
        self.fields: dict[str, tuple[FieldNode, Any]] = {}
        self.below: dict[str, list[tuple[Any, SelectionSetNode]]] = {}
        self.spread: set[tuple[str, str]] = set()


class _Walk:
    """One document; `accept` raises `Unsure` unless it is valid."""

    def __init__(self, known: Known, document: DocumentNode, extra_rules: bool) -> None:
        self._known = known
        self._fragments: dict[str, FragmentDefinitionNode] = {}
        self._used: set[str] = set()
        self._checked: set[tuple[int, int]] = set()
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
        self._literals = Literals(known, self._operation.variable_definitions or (), extra_rules)

    def accept(self) -> None:
        root = root_of(self._known.schema, self._operation.operation)
        if root is None:
            raise Unsure
        self._level([(root, self._operation.selection_set)], 0)
        if self._literals.unused or len(self._used) != len(self._fragments):
            raise Unsure

    def _level(self, sets: list[tuple[Any, SelectionSetNode]], depth: int) -> None:
        """All selection sets that meet at one position of the response."""
        if depth > MOST_LEVELS:
            raise Unsure
        here = _Level()
        for parent, selection_set in sets:
            self._collect(parent, selection_set, here, ())
        for below in here.below.values():
            self._level(below, depth + 1)

    def _collect(self, parent: Any, selection_set: SelectionSetNode, here: _Level, inside: tuple[str, ...]) -> None:
        self._steps += len(selection_set.selections)
        if not selection_set.selections or len(inside) > MOST_LEVELS or self._steps > MOST_STEPS:
            raise Unsure
        fields = self._known.fields(parent)
        for node in selection_set.selections:
            if node.directives:
                self._conditions(node.directives)
            if isinstance(node, FieldNode):
                known = fields[node.name.value]
                if known is None or known.leaf is not (node.selection_set is None):
                    raise Unsure
                if node.arguments or known.required:
                    self._arguments(node, known)
                key = (node.alias or node.name).value
                if known.leaf and key not in here.fields:
                    here.fields[key] = (node, known.type)
                else:
                    self._place(here, key, node, known)
            else:
                self._fragment(node, parent, here, inside)

    def _place(self, here: _Level, key: str, node: FieldNode, known: KnownField) -> None:
        """Puts a field to those of the same response key."""
        first = here.fields.get(key)
        if first is None:
            here.fields[key] = (node, known.type)
        elif not _same(*first, node, known.type):
            raise Unsure
        if node.selection_set is not None:
            here.below.setdefault(key, []).append((known.named, node.selection_set))

    def _fragment(self, node: Any, parent: Any, here: _Level, inside: tuple[str, ...]) -> None:
        if isinstance(node, InlineFragmentNode):
            type_ = self._narrowed(parent, node.type_condition) if node.type_condition else parent
            self._collect(type_, node.selection_set, here, inside)
        elif isinstance(node, FragmentSpreadNode):
            self._spread(parent, node.name.value, here, inside)
        else:
            raise Unsure

    def _spread(self, parent: Any, name: str, here: _Level, inside: tuple[str, ...]) -> None:
        fragment = self._fragments.get(name)
        if fragment is None or name in inside:
            raise Unsure
        self._used.add(name)
        type_ = self._narrowed(parent, fragment.type_condition)
        if (name, type_.name) not in here.spread:
            here.spread.add((name, type_.name))
            self._collect(type_, fragment.selection_set, here, (*inside, name))

    def _narrowed(self, parent: Any, condition: Any) -> Any:
        type_ = self._known.narrowed(parent, condition.name.value)
        if type_ is None:
            raise Unsure
        return type_

    def _arguments(self, node: FieldNode, known: KnownField) -> None:
        once = (id(node), id(known))
        if once not in self._checked:
            self._literals.arguments(node.arguments, known.arguments, known.required)
            self._checked.add(once)

    def _conditions(self, directives: Any) -> None:
        names = [directive.name.value for directive in directives]
        if len(set(names)) != len(names):
            raise Unsure
        for directive, name in zip(directives, names, strict=True):
            if name not in ("skip", "include"):
                raise Unsure
            self._literals.arguments(directive.arguments, GraphQLSkipDirective.args, ("if",))


def _same(first: FieldNode, first_type: Any, node: FieldNode, type_: Any) -> bool:
    """Whether two fields of one response key can be merged, whatever their parents are."""
    if first_type is not type_ and str(first_type) != str(type_):
        return False
    if first is node:
        return True
    return first.name.value == node.name.value and _arguments(first) == _arguments(node)


def _arguments(node: FieldNode) -> list[tuple[str, str]]:
    return sorted((one.name.value, print_ast(one.value)) for one in node.arguments or ())
