"""Positions of an operation: the fields that are selected on objects of one type at one place of the response."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from graphql import GraphQLObjectType
from graphql.execution.collect_fields import FieldDetails, FieldDetailsList
from graphql.pyutils import Path

from engine.arguments import Arguments
from engine.collect import Grouped, Nodes
from engine.facts import FieldFacts, Kind, TypeFacts
from engine.markers import Memo, memo_of
from engine.reach import Differs, Reach
from engine.regions import Region

if TYPE_CHECKING:
    from engine.plan import Layout
    from engine.regions import Selecting


class Field:
    """One response key of a selection, whose number is `parents`; it refers to nothing that refers to it.

    `fetched`: its values are gathered in a column before anything is written. `hole`: its value may differ between
    viewers, so that a memoised segment leaves a gap for it. `only`: the selection, where the type is concrete. The
    rest repeats the schema's facts (see `FieldFacts`), because it is read for every execution.
    """

    __slots__ = (
        "_above",
        "_differs",
        "_facts",
        "_path",
        "_region",
        "_variables",
        "arguments",
        "children",
        "constant",
        "convert",
        "definition",
        "depth",
        "fetched",
        "guard",
        "hole",
        "index",
        "kept",
        "key",
        "kind",
        "late_memo",
        "leaf",
        "marked",
        "marker",
        "memo",
        "name",
        "named_type",
        "nodes",
        "only",
        "parent_type",
        "parents",
        "plan",
        "type",
    )

    def __init__(self, selection: Selection, key: str, nodes: Nodes, above: Path | None, facts: TypeFacts) -> None:
        plan = selection.plan
        self.plan = plan
        self.parents = selection.index
        self.parent_type = selection.type
        self.kept = selection.kept
        self.index = plan.next_field()
        self.key = key
        self.nodes = nodes
        self.name = nodes[0].name.value
        self._above = above
        self._path: Path | None = None
        self._read(facts[self.name])
        self.arguments = Arguments.of(self.definition, nodes[0], self._facts.declared)
        self.constant = self.arguments.constant if self.convert is None else None
        self.children: dict[str, Selection] = {}
        self.hole = False
        self._differs: Differs | None = None
        self._region: Region | None = None
        self._variables: tuple[str, ...] | None = None
        self.only: Selection | None = None
        gap = self.kept and self.guard is not None  # a gap's value comes from a column, see Reach
        self.fetched = self._facts.called or self.marked or gap
        if self._facts.concrete is not None:
            self.only = self.child(self._facts.concrete)
            self.fetched = self.fetched or bool(self.only.fetched)

    def _read(self, facts: FieldFacts) -> None:
        self._facts = facts
        self.definition = facts.definition
        self.type = facts.definition.type
        self.named_type = facts.named_type
        self.depth = facts.depth
        self.leaf = facts.leaf
        self.marker = facts.marker
        self.convert = facts.convert
        self.guard = facts.guard
        self.kind = facts.kind
        self.memo = facts.memo
        self.late_memo = facts.late_memo
        self.marked = facts.marked

    @property
    def path(self) -> Path:
        """The way to it from the root, without the indices of lists."""
        if self._path is None:
            self._path = Path(self._above, self.key, self.parent_type.name)
        return self._path

    @property
    def details(self) -> FieldDetailsList:
        """Its nodes in graphql-core's form."""
        return [FieldDetails(node, None) for node in self.nodes]

    @property
    def possible(self) -> dict[str, GraphQLObjectType]:
        """The types that its objects may have, by name."""
        return self._facts.possible

    @property
    def own(self) -> bool:
        """Whether the value itself may differ between viewers, whatever is selected below it."""
        return self._facts.own

    @property
    def differs(self) -> Differs:
        """Whether the value, or something below it, may differ between viewers of the same record."""
        if self._differs is None:
            self._differs = self._find_difference()
        return self._differs

    def _find_difference(self) -> Differs:
        if self._facts.own or (self.kind is Kind.DEFAULT and self.fetched):
            return Differs.ITSELF
        if self.leaf:
            return Differs.NOTHING
        below = any(one.differs is not Differs.NOTHING for child in self.selections() for one in child.fields)
        return Differs.BELOW if below else Differs.NOTHING

    def child(self, type_: GraphQLObjectType) -> Selection:
        """The selection for objects of that type at this position."""
        found = self.children.get(type_.name)
        if found is None:
            grouped = self.plan.collector.subfields(type_, self.nodes)
            kept = self.kept and not self._facts.own
            found = Selection(self.plan, type_, grouped, self.path, memo_of(type_), self.nodes, kept)
            self.children[type_.name] = found
        return found

    @property
    def region(self) -> Region:
        """What is selected below the field, as segments know it."""
        if self._region is None:
            self._region = self.plan.facts.regions.region(self.plan, f"field {self.named_type.name}", self.nodes)
        return self._region

    def segment_variables(self) -> tuple[str, ...]:
        """The variables that a memoised segment of this position depends on."""
        if self._variables is None:
            self._variables = tuple(sorted({name for child in self.selections() for name in child.segment_variables()}))
        return self._variables

    def selections(self) -> Iterator[Selection]:
        """The selections of every possible type; only asked where a whole region must be known."""
        for type_ in self._facts.possible.values():
            yield self.child(type_)


class Selection:
    """The fields that are selected on objects of one concrete type at one position.

    Where it is memoised, `holes` are its fields that differ between viewers, and where more of them stand further
    below, `reach` tells which. `kept`: it may be part of a segment, its own or that of a record above.
    """

    __slots__ = (
        "_nodes",
        "_region",
        "_variables",
        "code",
        "fetched",
        "fields",
        "holes",
        "index",
        "is_root",
        "kept",
        "memo",
        "memoised",
        "plan",
        "reach",
        "type",
    )

    def __init__(
        self,
        plan: Layout,
        type_: GraphQLObjectType,
        grouped: Grouped,
        path: Path | None,
        memo: Memo | None = None,
        nodes: Selecting = (),
        kept: bool = False,
    ) -> None:
        self.plan = plan
        self.is_root = path is None
        self.kept = kept or memo is not None
        self._nodes = nodes
        self._region: Region | None = None
        self.type = type_
        self.index = plan.next_selection()
        self._variables: tuple[str, ...] | None = None
        facts = plan.facts.of(type_)
        self.fields = [Field(self, key, nodes, path, facts) for key, nodes in grouped.items()]
        self.fetched: list[Field] = [field for field in self.fields if field.fetched]
        self.memo = memo
        self.memoised = memo is not None
        self.holes: list[Field] = []
        self.reach: Reach | None = None
        if memo is not None:
            self._find_holes()
        self.code: Any = None

    def _find_holes(self) -> None:
        self.holes = [field for field in self.fields if field.differs is Differs.ITSELF]
        for field in self.holes:
            field.hole = True
        if any(field.differs is Differs.BELOW for field in self.fields):
            self.reach = Reach(self)  # now, because it adds positions: none may be added while an answer is written

    @property
    def region(self) -> Region:
        """What is selected on the type, as segments know it."""
        if self._region is None:
            self._region = self.plan.facts.regions.region(self.plan, f"type {self.type.name}", self._nodes)
        return self._region

    def segment_variables(self) -> tuple[str, ...]:
        """The variables that the arguments of this region use, but for its holes."""
        if self._variables is None:
            found: set[str] = set()
            for field in self.fields:
                if field.differs is not Differs.ITSELF:
                    found.update(field.arguments.names)
                    found.update(name for child in field.selections() for name in child.segment_variables())
            self._variables = tuple(sorted(found))
        return self._variables
