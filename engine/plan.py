"""The compiled form of one operation: its positions, built when they are first met."""

from __future__ import annotations

from typing import Any

from graphql import DocumentNode, GraphQLObjectType, OperationDefinitionNode

from engine.collect import Collector
from engine.facts import SchemaFacts
from engine.known import root_of
from engine.markers import Memo
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
        self.executor = facts.executor
        self.operation = operation
        self.collector = Collector(facts.schema, document, operation, conditions)
        self.fragment_definitions = self.collector.fragments
        self.conditions = conditions
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


class OperationPlan:
    """One operation with its @skip and @include conditions decided; `memo`: its root may be kept as a segment.

    Nothing below refers to the plan itself: what is executed once is gone at once, without the garbage collector.
    """

    def __init__(
        self,
        facts: SchemaFacts,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        conditions: dict[str, Any],
        memo: Memo | None = None,
    ) -> None:
        layout = self.layout = Layout(facts, document, operation, conditions)
        self.schema = layout.schema
        self.operation = operation
        self.fragment_definitions = layout.fragment_definitions
        root_type = root_of(facts.schema, operation.operation)
        assert root_type is not None
        self.root_type: GraphQLObjectType = root_type
        self.root = Selection(layout, root_type, layout.collector.fields(root_type), None, memo, [operation])
        layout.complete = True
        self.runs = 0

    @property
    def field_count(self) -> int:
        """How many fields there are, over all selections."""
        return self.layout.field_count
