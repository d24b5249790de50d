"""Collecting fields as graphql-core does it, without its ceremony where no selection has a directive."""

from __future__ import annotations

from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    is_abstract_type,
)
from graphql.execution.collect_fields import (
    CollectedFields,
    FieldDetails,
    FragmentDetails,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues

Nodes = list[FieldNode]
Grouped = dict[str, Nodes]
"""Field nodes by response key."""


class Collector:
    """Collects the fields of one operation under given conditions: values for the variables of @skip and @include."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        conditions: dict[str, Any],
    ) -> None:
        self._schema = schema
        self._operation = operation
        self._conditions = conditions
        self.fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }

    def fields(self, type_: GraphQLObjectType) -> Grouped:
        """What is selected on the root type."""
        found = self._plain(type_, [self._operation.selection_set])
        if found is None:
            found = _nodes(collect_fields(self._schema, self._details(), self._values(), type_, self._operation))
        return found

    def subfields(self, type_: GraphQLObjectType, nodes: Nodes) -> Grouped:
        """What is selected on that type below these nodes."""
        found = self._plain(type_, [node.selection_set for node in nodes if node.selection_set is not None])
        if found is None:
            details = [FieldDetails(node, None) for node in nodes]
            arguments = (self._schema, self._details(), self._values(), self._operation, type_, details)
            found = _nodes(collect_subfields(*arguments))
        return found

    def _details(self) -> dict[str, FragmentDetails]:
        return {name: FragmentDetails(node) for name, node in self.fragments.items()}

    def _values(self) -> VariableValues:
        return VariableValues({}, self._conditions)

    def _plain(self, type_: GraphQLObjectType, sets: list[SelectionSetNode]) -> Grouped | None:
        """The fields of all sets in one; None where a selection has a directive."""
        grouped: Grouped = {}
        visited: set[str] = set()
        for one in sets:
            if not self._gather(type_, one, grouped, visited):
                return None
        return grouped

    def _gather(
        self, type_: GraphQLObjectType, selection_set: SelectionSetNode, grouped: Grouped, visited: set[str]
    ) -> bool:
        """Adds the fields of one set; False where a selection has a directive."""
        for node in selection_set.selections:
            if node.directives:
                return False
            if isinstance(node, FieldNode):
                key = (node.alias or node.name).value
                if key in grouped:
                    grouped[key].append(node)
                else:
                    grouped[key] = [node]
                continue
            part: Any = node
            if isinstance(node, FragmentSpreadNode):
                name = node.name.value
                part = self.fragments.get(name)
                if part is None or name in visited:
                    continue
                # One that does not apply to the type will not apply next time either.
                visited.add(name)
            if self._applies(part.type_condition, type_) and not self._gather(
                type_, part.selection_set, grouped, visited
            ):
                return False
        return True

    def _applies(self, condition: Any, type_: GraphQLObjectType) -> bool:
        if condition is None or condition.name.value == type_.name:
            return True
        found = self._schema.get_type(condition.name.value)
        return is_abstract_type(found) and self._schema.is_sub_type(found, type_)


def _nodes(collected: CollectedFields) -> Grouped:
    return {key: [one.node for one in details] for key, details in collected.grouped_field_set.items()}
