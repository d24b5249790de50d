"""The contract as text: what is checked in as schema.graphql."""

from __future__ import annotations

import dataclasses
from typing import Any, cast

from graphql import (
    DirectiveDefinitionNode,
    DirectiveNode,
    FieldDefinitionNode,
    Node,
    SchemaDefinitionNode,
    Visitor,
    parse,
    print_ast,
    visit,
)

from graph.schema import strawberry_schema

_SORTED = ("definitions", "interfaces", "fields", "arguments", "values", "types", "locations")


def printed_schema() -> str:
    """The SDL with everything in alphabetic order, and one newline at its end."""
    return print_ast(visit(parse(strawberry_schema().as_str()), _Sorter())) + "\n"


class _Sorter(Visitor):
    """Sorts by name on the text's own tree: a sorted graphql-core schema would lose the applied directives."""

    def leave(self, node: Node, *_: Any) -> Node | None:
        if isinstance(node, DirectiveNode):
            return None
        lists = {name: getattr(node, name, None) for name in _SORTED}
        changes = {name: tuple(sorted(nodes, key=_place)) for name, nodes in lists.items() if nodes}
        return dataclasses.replace(node, **cast("dict[str, Any]", changes)) if changes else None


def _place(node: Any) -> tuple[int, str]:
    if isinstance(node, SchemaDefinitionNode):
        return 0, ""
    name = node.name.value if hasattr(node, "name") else node.value
    if isinstance(node, FieldDefinitionNode) and name == "id":
        return 0, ""
    return (1 if isinstance(node, DirectiveDefinitionNode) else 2), name
