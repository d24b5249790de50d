"""The compiled form of one operation: its positions, built when they are first met."""

from __future__ import annotations

from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLObjectType,
    OperationDefinitionNode,
)
from graphql.execution.collect_fields import (
    CollectedFields,
    FieldDetailsList,
    FragmentDetails,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues

from engine.facts import SchemaFacts
from engine.markers import dialect_of
from engine.positions import Selection

MOST_FIELDS = 5000
"""Positions of one operation beyond which graphql-core executes it."""


class TooLarge(Exception):
    """The operation has more positions than are compiled."""


class Layout:
    """What the positions of a plan have in common: where they come from, and how many there are.

    Selections of abstract types are added when a record of a type is first met, so both counts may grow while in use.
    """

    def __init__(
        self,
        facts: SchemaFacts,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        conditions: dict[str, Any],
    ) -> None:
        self.facts = facts
        self.schema = facts.schema
        self.executor = dialect_of(facts.schema).plain
        self.operation = operation
        self.fragment_definitions = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._fragments = {name: FragmentDetails(node, None) for name, node in self.fragment_definitions.items()}
        self.conditions = conditions
        self._conditions = VariableValues({}, conditions)
        self.complete = False
        self.field_count = 0
        self.selection_count = 0

    def next_field(self) -> int:
        """The index of the next field; raises `TooLarge` while the plan is made, not while it runs."""
        if self.field_count >= MOST_FIELDS and not self.complete:
            raise TooLarge
        self.field_count += 1
        return self.field_count - 1

    def next_selection(self) -> int:
        """The index of the next selection."""
        self.selection_count += 1
        return self.selection_count - 1

    def fields(self, type_: GraphQLObjectType) -> CollectedFields:
        """What is selected on the root type."""
        return collect_fields(self.schema, self._fragments, self._conditions, type_, self.operation)

    def subfields(self, type_: GraphQLObjectType, details: FieldDetailsList) -> CollectedFields:
        """What is selected on that type below these field nodes."""
        return collect_subfields(self.schema, self._fragments, self._conditions, self.operation, type_, details)


class OperationPlan:
    """One operation with its @skip and @include conditions decided.

    Nothing below refers to the plan itself: what is executed once is gone at once, without the garbage collector.
    """

    def __init__(
        self,
        facts: SchemaFacts,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        conditions: dict[str, Any],
    ) -> None:
        layout = self._layout = Layout(facts, document, operation, conditions)
        self.schema = layout.schema
        self.operation = operation
        self.fragment_definitions = layout.fragment_definitions
        root_type = facts.schema.get_root_type(operation.operation)
        assert root_type is not None
        self.root_type: GraphQLObjectType = root_type
        self.root = Selection(layout, root_type, layout.fields(root_type), None)
        layout.complete = True
        self.runs = 0

    @property
    def field_count(self) -> int:
        """How many fields there are, over all selections."""
        return self._layout.field_count

    @property
    def selection_count(self) -> int:
        """How many selections there are."""
        return self._layout.selection_count
