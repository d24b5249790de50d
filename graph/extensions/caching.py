"""How long shared caches may keep an anonymous answer: the lowest `@cacheControl` of everything that is asked for.

A field's own directive counts before its type's; a type without one, such as a connection, is as lasting as what is
asked of it. What is private, protected or mentioned nowhere may not be kept at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
    is_composite_type,
)

from engine import GUARD
from graph.directives import CacheControl, CacheScope

_UNSAID = -1
"""Of a selection in which nothing says how long it keeps."""


def public_seconds(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> int:
    """Seconds for a validated operation; 0 when no shared cache may keep its answer."""
    if operation.operation is not OperationType.QUERY or schema.query_type is None:
        return 0
    walk = _Walk(schema, document)
    return max(0, walk.of(operation.selection_set, schema.query_type))


class _Walk:
    """One operation's way through the schema; each fragment is walked once for each type that it stands on."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._seen: dict[tuple[str, str], int] = {}

    def of(self, selection_set: SelectionSetNode, parent: GraphQLNamedType) -> int:
        """The lowest of all fields; _UNSAID when there are scalars of an unmarked type alone."""
        return _lowest(self._each(selection_set, parent))

    def _each(self, selection_set: SelectionSetNode, parent: GraphQLNamedType) -> Iterator[int]:
        for node in selection_set.selections:
            if isinstance(node, FieldNode):
                yield self._field(node, parent)
            elif isinstance(node, FragmentSpreadNode):
                yield self._spread(node.name.value, parent)
            else:
                condition = getattr(node, "type_condition", None)
                inner: SelectionSetNode = node.selection_set  # type: ignore[attr-defined]
                yield self.of(inner, self._type(condition.name.value) if condition else parent)

    def _spread(self, name: str, parent: GraphQLNamedType) -> int:
        key = (name, parent.name)
        if key not in self._seen:
            fragment = self._fragments[name]
            self._seen[key] = self.of(fragment.selection_set, self._type(fragment.type_condition.name.value))
        return self._seen[key]

    def _field(self, node: FieldNode, parent: GraphQLNamedType) -> int:
        name = node.name.value
        if name == "__typename":
            return _UNSAID
        fields: Mapping[str, GraphQLField] = getattr(parent, "fields", {})
        field = fields.get(name)
        if field is None or GUARD in field.extensions:
            return 0
        kind = get_named_type(field.type)
        own, of_type = _said(field.extensions), _said(kind.extensions)
        if node.selection_set is None or not is_composite_type(kind):
            return own
        said = of_type if own == _UNSAID else own
        inside = self.of(node.selection_set, kind)
        found = _lowest(iter((said, inside)))
        return 0 if found == _UNSAID and parent is self._schema.query_type else found

    def _type(self, name: str) -> GraphQLNamedType:
        found = self._schema.get_type(name)
        assert found is not None, "validation knows every type of the document"
        return found


def _lowest(seconds: Iterator[int]) -> int:
    return min((one for one in seconds if one != _UNSAID), default=_UNSAID)


def _said(extensions: Mapping[str, Any]) -> int:
    definition = extensions.get("strawberry-definition")
    for directive in getattr(definition, "directives", None) or ():
        if isinstance(directive, CacheControl):
            return directive.max_age if directive.scope is CacheScope.PUBLIC else 0
    return _UNSAID
