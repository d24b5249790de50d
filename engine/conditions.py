"""What must be known of a document before it is compiled: its conditions, and what is left to graphql-core."""

from __future__ import annotations

from typing import Any

from graphql import DirectiveNode, DocumentNode, FieldNode, OperationDefinitionNode, VariableNode, Visitor, visit

INCREMENTAL = frozenset({"defer", "stream"})
INTROSPECTION = frozenset({"__schema", "__type"})


class Survey(Visitor):
    """One walk through a document.

    `conditions`: the variables of @skip and @include. `incremental`: @defer or @stream stands in it.
    `introspects`: it asks for `__schema` or `__type`.
    """

    def __init__(self, document: DocumentNode) -> None:
        super().__init__()
        self.conditions: list[str] = []
        self.incremental = False
        self.introspects = False
        visit(document, self)

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        self.introspects = self.introspects or node.name.value in INTROSPECTION

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        name = node.name.value
        self.incremental = self.incremental or name in INCREMENTAL
        if name in {"skip", "include"}:
            for argument in node.arguments or ():
                if isinstance(argument.value, VariableNode):
                    variable = argument.value.name.value
                    if variable not in self.conditions:
                        self.conditions.append(variable)


def fallback_reason(survey: Survey, operation: OperationDefinitionNode) -> str | None:
    """Why graphql-core executes the operation; None when the engine compiles it."""
    if survey.incremental:
        return "incremental"
    if survey.introspects:
        return "introspection"
    if any(one.name.value == "experimental_disableErrorPropagation" for one in operation.directives or ()):
        return "error propagation"
    return None
