"""What an operation did cost: its answer counted by the weights that were reckoned with before it ran.

Lists count as long as they are, and what is null or was skipped counts nothing but the weight of its field.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
)
from graphql.language import DocumentNode

from engine import root_of
from graph.extensions.prices import FieldPrice, prices_of

Asked = tuple[GraphQLNamedType, SelectionSetNode]


@dataclass(frozen=True, slots=True)
class _Part:
    """What is under one response name: `own` once, `item` for each object, and what is `inside` of each."""

    name: str
    own: int
    item: int
    inside: Sequence[_Part] | None


def spent(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, data: dict[str, Any] | None
) -> int:
    """The cost of an answer's `data`, as its JSON says it; 0 where all of it was lost."""
    root = root_of(schema, operation.operation)
    assert root is not None, "an operation without a root type is not executed"
    shapes = _Shapes(schema, document)
    parts = shapes.parts([(root, operation.selection_set)], mutation=operation.operation is OperationType.MUTATION)
    return _cost(parts, data) if data is not None else 0


class _Shapes:
    """What of a document's selections costs anything."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._prices = prices_of(schema)
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }

    def parts(self, asked: Iterable[Asked], *, mutation: bool = False) -> list[_Part]:
        """By response name; under an abstract type those of all its possible types, of which an answer has some."""
        fields: dict[str, list[tuple[GraphQLNamedType, FieldNode]]] = {}
        seen: set[tuple[str, str]] = set()
        for within, selection_set in asked:
            self._collect(within, selection_set, fields, seen)
        made = (self._part(name, nodes, mutation) for name, nodes in fields.items())
        return [part for part in made if part is not None]

    def _collect(
        self,
        within: GraphQLNamedType,
        selection_set: SelectionSetNode,
        fields: dict[str, list[tuple[GraphQLNamedType, FieldNode]]],
        seen: set[tuple[str, str]],
    ) -> None:
        for node in selection_set.selections:
            if isinstance(node, FieldNode):
                fields.setdefault((node.alias or node.name).value, []).append((within, node))
                continue
            part = cast("Any", node)
            if isinstance(node, FragmentSpreadNode):
                if (within.name, node.name.value) in seen:
                    continue
                seen.add((within.name, node.name.value))
                part = self._fragments[node.name.value]
            condition = part.type_condition
            narrowed = self._schema.get_type(condition.name.value) if condition is not None else None
            self._collect(narrowed or within, part.selection_set, fields, seen)

    def _part(self, name: str, nodes: Sequence[tuple[GraphQLNamedType, FieldNode]], mutation: bool) -> _Part | None:
        if nodes[0][1].name.value.startswith("__"):
            return None if nodes[0][1].name.value == "__typename" else _Part(name, 1 + len(nodes), 0, None)
        known = [(price, node) for within, node in nodes if (price := self._price(within, node)) is not None]
        if not known:
            return None
        first = known[0][0]
        own = first.mutates if mutation else first.own
        asked = [(price.kind, node.selection_set) for price, node in known if price.kind and node.selection_set]
        if not asked:
            return _Part(name, own, 0, None) if own else None
        return _Part(name, own, first.item, self.parts(asked))

    def _price(self, within: GraphQLNamedType, node: FieldNode) -> FieldPrice | None:
        return self._prices.of(within)[node.name.value]


def _cost(parts: Sequence[_Part], record: dict[str, Any]) -> int:
    return sum([part.own + _items(part, record[part.name]) for part in parts if part.name in record])


def _items(part: _Part, value: Any) -> int:
    if value is None or part.inside is None:
        return 0
    if isinstance(value, list):
        return sum([_items(part, one) for one in value])
    return part.item + _cost(part.inside, value)
