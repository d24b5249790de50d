"""Positions of an operation: the fields that are selected on objects of one type at one place of the response."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum, auto
from itertools import count
from typing import TYPE_CHECKING, Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
)
from graphql.execution.collect_fields import CollectedFields, FieldDetailsList
from graphql.pyutils import Path

from engine.arguments import Arguments
from engine.markers import Attribute, Batched, Direct, Guard, Memo, Pure, guard_of, marker_of, memo_of

if TYPE_CHECKING:
    from engine.plan import OperationPlan

_SERIALS = count()
"""Numbers positions over all plans, so that no segment is taken for one of another position."""


class Kind(Enum):
    """How a field gets its value."""

    TYPENAME = auto()
    ATTRIBUTE = auto()
    DEFAULT = auto()
    PURE = auto()
    DIRECT = auto()
    RESOLVER = auto()
    BATCHED = auto()


_KINDS: dict[type, Kind] = {
    Attribute: Kind.ATTRIBUTE,
    Pure: Kind.PURE,
    Direct: Kind.DIRECT,
    Batched: Kind.BATCHED,
}


class Field:
    """One response key of a selection.

    `fetched`: its values are gathered in a column before anything is emitted. `hole`: its value may differ between
    viewers, so that a memoised segment leaves a gap for it. `marked`: its objects are told apart one by one (abstract
    types, `is_type_of`, memoised types). `memo`: what all possible types promise alike; `late_memo`: some of them
    promise something, which is known when the type is. `depth`: how many lists are around the named type.
    """

    __slots__ = (
        "_variables",
        "abstract",
        "arguments",
        "children",
        "constant",
        "convert",
        "definition",
        "depth",
        "details",
        "fetched",
        "guard",
        "hole",
        "index",
        "key",
        "kind",
        "late_memo",
        "leaf",
        "leaf_function",
        "marked",
        "marker",
        "memo",
        "name",
        "named_type",
        "nodes",
        "only",
        "parent_type",
        "path",
        "plan",
        "selection",
        "serial",
        "type",
    )

    def __init__(self, selection: Selection, key: str, details: FieldDetailsList, path: Path) -> None:
        plan = selection.plan
        parent = selection.type
        self.plan = plan
        self.selection = selection
        self.index = plan.next_field()
        self.serial = next(_SERIALS)
        self.key = key
        self.details = details
        self.nodes: list[FieldNode] = [one.node for one in details]
        self.name = self.nodes[0].name.value
        self.parent_type = parent
        self.path = path
        definition = plan.schema.get_field(parent, self.name)
        assert definition is not None
        self.definition: GraphQLField = definition
        self.type = definition.type
        self.named_type: GraphQLNamedType = get_named_type(definition.type)
        self.depth = _depth(definition.type)
        self.leaf = is_leaf_type(self.named_type)
        self.abstract = is_abstract_type(self.named_type)
        self.marker = marker_of(definition)
        self.guard: Guard | None = guard_of(definition)
        self.arguments = Arguments(definition, self.nodes[0])
        self.convert = None if isinstance(self.marker, Attribute | None) else self.marker.convert
        self.constant = self.arguments.constant if self.convert is None else None
        self.kind = self._kind()
        self.children: dict[str, Selection] = {}
        self.only: Selection | None = None
        self.memo: Memo | None = None
        self.late_memo = False
        self.marked = False
        if not self.leaf:
            self._composite()
        self.fetched = self._is_fetched()
        self.hole = False
        self.leaf_function: Callable[[Any], Any] | None = None
        self._variables: tuple[str, ...] | None = None

    def _kind(self) -> Kind:
        if self.name == "__typename":
            return Kind.TYPENAME
        if self.marker is not None:
            return _KINDS[type(self.marker)]
        return Kind.DEFAULT if self.definition.resolve is None else Kind.RESOLVER

    def _composite(self) -> None:
        memos = {memo_of(one) for one in self.plan.possible(self.named_type)}
        self.memo = memos.pop() if len(memos) == 1 else None
        self.late_memo = any(memos)
        if isinstance(self.named_type, GraphQLObjectType):
            self.only = self.child(self.named_type)
            self.marked = self.named_type.is_type_of is not None or self.memo is not None
        else:
            self.marked = True

    def _is_fetched(self) -> bool:
        if self.guard is not None or self.kind in (Kind.DIRECT, Kind.RESOLVER, Kind.BATCHED):
            return True
        return self.marked or (self.only is not None and bool(self.only.fetched))

    def differs(self) -> bool:
        """Whether the value, or something below it, may differ between viewers of the same record."""
        if self.guard is not None or self.kind in (Kind.DIRECT, Kind.RESOLVER):
            return True
        if self.kind is Kind.DEFAULT and self.fetched:
            return True
        if isinstance(self.marker, Batched) and not self.marker.shared:
            return True
        return any(one.differs() for child in self.selections() for one in child.fields)

    def child(self, type_: GraphQLObjectType) -> Selection:
        """The selection for objects of that type at this position."""
        found = self.children.get(type_.name)
        if found is None:
            collected = self.plan.subfields(type_, self.details)
            found = self.children[type_.name] = Selection(self.plan, type_, collected, self.path, memo_of(type_))
        return found

    def segment_variables(self) -> tuple[str, ...]:
        """The variables that a memoised segment of this position depends on."""
        if self._variables is None:
            self._variables = tuple(sorted({name for child in self.selections() for name in child.segment_variables()}))
        return self._variables

    def selections(self) -> Iterator[Selection]:
        """The selections of every possible type; only asked where a whole region must be known."""
        if not self.leaf:
            for type_ in self.plan.possible(self.named_type):
                yield self.child(type_)


class Selection:
    """The fields that are selected on objects of one concrete type at one position."""

    __slots__ = (
        "_variables",
        "serial",
        "code",
        "fetched",
        "fields",
        "holes",
        "index",
        "memo",
        "memoised",
        "plan",
        "type",
    )

    def __init__(
        self,
        plan: OperationPlan,
        type_: GraphQLObjectType,
        collected: CollectedFields,
        path: Path | None,
        memo: Memo | None = None,
    ) -> None:
        self.plan = plan
        self.type = type_
        self.index = plan.next_selection()
        self.serial = next(_SERIALS)
        self._variables: tuple[str, ...] | None = None
        self.fields = [
            Field(self, key, details, Path(path, key, type_.name))
            for key, details in collected.grouped_field_set.items()
        ]
        self.fetched = [field for field in self.fields if field.fetched]
        self.memo = memo
        self.memoised = memo is not None
        self.holes: list[Field] = []
        if memo is not None:
            self.holes = [field for field in self.fields if field.differs()]
            for field in self.holes:
                field.hole = True
        self.code: Any = None

    def segment_variables(self) -> tuple[str, ...]:
        """The variables that the arguments of this region use, but for its holes."""
        if self._variables is None:
            found: set[str] = set()
            for field in self.fields:
                if not field.hole:
                    found.update(field.arguments.names)
                    found.update(name for child in field.selections() for name in child.segment_variables())
            self._variables = tuple(sorted(found))
        return self._variables


def _depth(type_: Any) -> int:
    depth = 0
    while isinstance(type_, GraphQLNonNull | GraphQLList):
        depth += isinstance(type_, GraphQLList)
        type_ = type_.of_type
    return depth
