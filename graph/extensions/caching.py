"""How long an answer keeps, and for whom: the lowest `@cacheControl` of everything that is asked for.

A field's own directive counts before its type's; a type without one, such as a connection, is as lasting as what is
asked of it. What is private, protected or mentioned nowhere may not be kept at all. An anonymous answer is everyone's;
callers who have signed in have one in common if every field promises the engine to be the same for its whole audience.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

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

from engine import FIELD, GUARD, Attribute, Pure
from graph.directives import CacheControl, CacheScope

_UNSAID = 1 << 62
"""Of a selection in which nothing says how long it keeps: longer than whatever is said."""


class Lifetime(NamedTuple):
    """For how many seconds an answer keeps; 0: not at all. `shared`: for those too who have signed in."""

    seconds: int
    shared: bool


GONE = Lifetime(0, False)
"""Of an answer that nobody may keep."""


def lifetime(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> Lifetime:
    """Of a validated operation's answer."""
    if operation.operation is not OperationType.QUERY or schema.query_type is None:
        return GONE
    walk = _Walk(schema, document)
    seconds = walk.of(operation.selection_set, schema.query_type)
    return GONE if not seconds or seconds == _UNSAID else Lifetime(seconds, walk.shared)


class _Said(NamedTuple):
    """Of one field: its own seconds or, for objects, those of its type; and the type whose fields count beside it."""

    seconds: int
    kind: GraphQLNamedType | None
    rooted: bool
    """Whether it stands on the query itself, where unmarked objects may not be kept."""
    shared: bool
    """Whether it is the same for a whole audience."""


_OWN = _Said(0, None, False, False)
"""Of what may not be kept at all."""


class _Sayings(dict[str, _Said]):
    """The fields of one type by name, looked at when they are first asked for.

    Names that the type does not have are not remembered, because documents invent them; nothing of them may be kept.
    """

    __slots__ = ("_fields", "_rooted")

    def __init__(self, type_: GraphQLNamedType, rooted: bool) -> None:
        super().__init__({"__typename": _Said(_UNSAID, None, False, True)})
        self._fields: Mapping[str, GraphQLField] = getattr(type_, "fields", {})
        self._rooted = rooted

    def __missing__(self, name: str) -> _Said:
        field = self._fields.get(name)
        if field is None:
            return _OWN
        found = self[name] = self._look(field)
        return found

    def _look(self, field: GraphQLField) -> _Said:
        if GUARD in field.extensions:
            return _OWN
        kind, own, shared = get_named_type(field.type), _said(field.extensions), _is_shared(field)
        if not is_composite_type(kind):
            return _Said(own, None, False, shared)
        return _Said(_said(kind.extensions) if own == _UNSAID else own, kind, self._rooted, shared)


class _Schema:
    """What is said in one schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._query = schema.query_type
        self._types: dict[str, _Sayings] = {}

    def of(self, type_: GraphQLNamedType) -> _Sayings:
        """What is said of the type's fields."""
        found = self._types.get(type_.name)
        if found is None:
            found = self._types[type_.name] = _Sayings(type_, type_ is self._query)
        return found


@lru_cache(maxsize=8)
def _said_in(schema: GraphQLSchema) -> _Schema:
    """The sayings of that schema; few processes have more than one."""
    return _Schema(schema)


class _Walk:
    """One operation's way through the schema; each fragment is walked once for each type that it stands on."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._said = _said_in(schema)
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._seen: dict[tuple[str, str], int] = {}
        self.shared = True

    def of(self, selection_set: SelectionSetNode, parent: GraphQLNamedType) -> int:
        """The lowest of all fields; _UNSAID when there are scalars of an unmarked type alone."""
        lowest = _UNSAID
        sayings = self._said.of(parent)
        for node in selection_set.selections:
            if isinstance(node, FieldNode):
                said = sayings[node.name.value]
                self.shared = self.shared and said.shared
                seconds = said.seconds
                if said.kind is not None and node.selection_set is not None and seconds:
                    seconds = self._objects(said, said.kind, node.selection_set)
            elif isinstance(node, FragmentSpreadNode):
                seconds = self._spread(node.name.value, parent)
            else:
                condition = getattr(node, "type_condition", None)
                inner: SelectionSetNode = node.selection_set  # type: ignore[attr-defined]
                seconds = self.of(inner, self._type(condition.name.value) if condition else parent)
            if seconds < lowest:
                lowest = seconds
                if not lowest:
                    break
        return lowest

    def _spread(self, name: str, parent: GraphQLNamedType) -> int:
        key = (name, parent.name)
        if key not in self._seen:
            fragment = self._fragments[name]
            self._seen[key] = self.of(fragment.selection_set, self._type(fragment.type_condition.name.value))
        return self._seen[key]

    def _objects(self, said: _Said, kind: GraphQLNamedType, below: SelectionSetNode) -> int:
        found = min(said.seconds, self.of(below, kind))
        return 0 if found == _UNSAID and said.rooted else found

    def _type(self, name: str) -> GraphQLNamedType:
        found = self._schema.get_type(name)
        assert found is not None, "validation knows every type of the document"
        return found


def _is_shared(field: GraphQLField) -> bool:
    marker = field.extensions.get(FIELD)
    return isinstance(marker, Attribute | Pure) or getattr(marker, "shared", False)


def _said(extensions: Mapping[str, Any]) -> int:
    definition = extensions.get("strawberry-definition")
    for directive in getattr(definition, "directives", None) or ():
        if isinstance(directive, CacheControl):
            return directive.max_age if directive.scope is CacheScope.PUBLIC else 0
    return _UNSAID
