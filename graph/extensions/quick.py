"""A quick look that tells small documents from those whose limits must be measured one by one.

It walks the document as execution would, through every spread, and gives up at the first excess, so it never takes more
steps than a document within the limits has fields. What it lets pass is within all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import DocumentNode, FieldNode, FragmentDefinitionNode, FragmentSpreadNode, OperationDefinitionNode

if TYPE_CHECKING:
    from graph.extensions.limits import DocumentLimits

_META_FIELDS = frozenset({"__schema", "__type"})


class _TooMuch(Exception):
    """The document is not small, or has something that is measured in another way."""


def is_small(document: DocumentNode, limits: DocumentLimits) -> bool:
    """True only for one operation within all limits, all of whose fragments are used."""
    operation: OperationDefinitionNode | None = None
    fragments: dict[str, FragmentDefinitionNode] = {}
    for node in document.definitions:
        if isinstance(node, FragmentDefinitionNode):
            fragments[node.name.value] = node
        elif operation is not None or not isinstance(node, OperationDefinitionNode):
            return False
        else:
            operation = node
        if node.directives and len(node.directives) > limits.directives:
            return False
    if operation is None or len(document.definitions) - 1 != len(fragments) or len(fragments) > limits.fragments:
        return False
    for one in operation.variable_definitions or ():
        if one.directives and len(one.directives) > limits.directives:
            return False
    look = _Look(fragments, limits)
    try:
        top = look.fields(operation.selection_set.selections, 1, 0)
    except _TooMuch:
        return False
    pairs = look.selections * (look.selections - 1) // 2
    return top <= limits.root_fields and pairs <= limits.comparisons and len(look.spread) == len(fragments)


class _Look:
    """The walk; `selections` and `aliases` count all fields that were met, `spread` names the fragments."""

    def __init__(self, fragments: dict[str, FragmentDefinitionNode], limits: DocumentLimits) -> None:
        self._fragments = fragments
        self._depth = limits.depth
        self._directives = limits.directives
        self._most_in_set = limits.selections_in_one_set
        self._most_selections = limits.selections
        self._most_aliases = limits.aliases
        self.selections = 0
        self.aliases = 0
        self.spread: set[str] = set()

    def fields(self, selections: Any, depth: int, inside: int) -> int:
        """How many fields one selection set has, `inside` so many fragments."""
        if depth > self._depth:
            raise _TooMuch
        own = within = 0
        for node in selections:
            if node.directives and len(node.directives) > self._directives:
                raise _TooMuch
            if isinstance(node, FieldNode):
                own += 1
                if node.alias is not None:
                    self.aliases += 1
                if node.name.value in _META_FIELDS:
                    raise _TooMuch
                if node.selection_set is not None:
                    self.fields(node.selection_set.selections, depth + 1, 0)
            else:
                within += self._inner(node, depth, inside + 1)
        # Nothing but fragments counts as a field, lest they are walked for ever without one.
        self.selections += own or 1
        count = own + within
        if count > self._most_in_set or self.selections > self._most_selections or self.aliases > self._most_aliases:
            raise _TooMuch
        return count

    def _inner(self, node: Any, depth: int, inside: int) -> int:
        if inside > self._depth:
            raise _TooMuch
        if not isinstance(node, FragmentSpreadNode):
            return self.fields(node.selection_set.selections, depth, inside)
        name = node.name.value
        fragment = self._fragments.get(name)
        if fragment is None:
            raise _TooMuch
        self.spread.add(name)
        return self.fields(fragment.selection_set.selections, depth, inside)
