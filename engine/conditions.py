"""What must be known of a document before it is compiled: its conditions, and what is left to graphql-core."""

from __future__ import annotations

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)

CONDITIONS = frozenset({"skip", "include"})
INCREMENTAL = frozenset({"defer", "stream"})
MOST_LEVELS = 60
"""Levels of nesting that are compiled; the interpreter takes several of Python's frames for each."""
INTROSPECTION = frozenset({"__schema", "__type"})


class Survey:
    """One walk through a document of which its text does not say enough.

    `conditions`: the variables of @skip and @include. `incremental`: @defer or @stream stands in it. `introspects`: it
    asks for `__schema` or `__type`. `levels`: how deep its selections nest through fragments, or a higher number that
    is not too high: it has one brace for each of them, since no fragment is within itself.
    """

    def __init__(self, document: DocumentNode, source: str) -> None:
        self.conditions: list[str] = []
        self.incremental = False
        self.introspects = False
        self.levels = source.count("{")
        if "@" in source or _introspects(source) or self.levels > MOST_LEVELS:
            self._look(document)

    def _look(self, document: DocumentNode) -> None:
        self._nesting: dict[str, tuple[int, list[tuple[str, int]]]] = {}
        for node in document.definitions:
            if isinstance(node, OperationDefinitionNode):
                self._nesting[f"operation {len(self._nesting)}"] = self._walk(node.selection_set)
            elif isinstance(node, FragmentDefinitionNode):
                self._nesting[node.name.value] = self._walk(node.selection_set)
        known: dict[str, int] = {}
        try:
            self.levels = max(self._depth(name, known) for name in self._nesting)
        except RecursionError:
            self.levels = MOST_LEVELS + 1

    def _depth(self, name: str, known: dict[str, int]) -> int:
        if name not in known:
            levels, spreads = self._nesting[name]
            known[name] = max([levels, *(level + self._depth(spread, known) for spread, level in spreads)])
        return known[name]

    def _walk(self, selection_set: SelectionSetNode) -> tuple[int, list[tuple[str, int]]]:
        """How deep one definition nests, and which fragments it spreads at which level."""
        levels = 0
        spreads: list[tuple[str, int]] = []
        open_sets = [(selection_set, 1)]
        while open_sets:
            here, level = open_sets.pop()
            levels = max(levels, level)
            for node in here.selections:
                if node.directives:
                    self._directives(node.directives)
                if isinstance(node, FragmentSpreadNode):
                    spreads.append((node.name.value, level - 1))
                    continue
                if isinstance(node, FieldNode) and node.name.value in INTROSPECTION:
                    self.introspects = True
                below = getattr(node, "selection_set", None)
                if below is not None:
                    open_sets.append((below, level + 1))
        return levels, spreads

    def _directives(self, nodes: tuple[DirectiveNode, ...]) -> None:
        for node in nodes:
            name = node.name.value
            self.incremental = self.incremental or name in INCREMENTAL
            for argument in node.arguments or () if name in CONDITIONS else ():
                if isinstance(argument.value, VariableNode) and argument.value.name.value not in self.conditions:
                    self.conditions.append(argument.value.name.value)


def _introspects(source: str) -> bool:
    """Whether it may ask for the schema, which looks at its text can rule out."""
    return "__schema" in source or source.count("__type") > source.count("__typename")


def fallback_reason(survey: Survey, operation: OperationDefinitionNode) -> str | None:
    """Why graphql-core executes the operation; None when the engine compiles it."""
    if survey.incremental:
        return "incremental"
    if survey.introspects:
        return "introspection"
    if survey.levels > MOST_LEVELS:
        return "size"
    if any(one.name.value == "experimental_disableErrorPropagation" for one in operation.directives or ()):
        return "error propagation"
    return None
