"""What must be known of a document before it is compiled: its conditions, and what is left to graphql-core."""

from __future__ import annotations

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    OperationDefinitionNode,
    VariableNode,
)

CONDITIONS = frozenset({"skip", "include"})
INCREMENTAL = frozenset({"defer", "stream"})
INTROSPECTION = frozenset({"__schema", "__type"})


class Survey:
    """One walk through a document.

    `conditions`: the variables of @skip and @include. `incremental`: @defer or @stream stands in it.
    `introspects`: it asks for `__schema` or `__type`.
    """

    def __init__(self, document: DocumentNode) -> None:
        self.conditions: list[str] = []
        self.incremental = False
        self.introspects = False
        open_sets = [
            node.selection_set
            for node in document.definitions
            if isinstance(node, OperationDefinitionNode | FragmentDefinitionNode)
        ]
        while open_sets:
            for node in open_sets.pop().selections:
                if node.directives:
                    self._directives(node.directives)
                if isinstance(node, FieldNode) and node.name.value in INTROSPECTION:
                    self.introspects = True
                below = getattr(node, "selection_set", None)
                if below is not None:
                    open_sets.append(below)

    def _directives(self, nodes: tuple[DirectiveNode, ...]) -> None:
        for node in nodes:
            name = node.name.value
            self.incremental = self.incremental or name in INCREMENTAL
            for argument in node.arguments or () if name in CONDITIONS else ():
                if isinstance(argument.value, VariableNode) and argument.value.name.value not in self.conditions:
                    self.conditions.append(argument.value.name.value)


def fallback_reason(survey: Survey, operation: OperationDefinitionNode) -> str | None:
    """Why graphql-core executes the operation; None when the engine compiles it."""
    if survey.incremental:
        return "incremental"
    if survey.introspects:
        return "introspection"
    if any(one.name.value == "experimental_disableErrorPropagation" for one in operation.directives or ()):
        return "error propagation"
    return None
