"""What one execution knows: its values by position, and the resolve info that resolvers are given."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any

from graphql import GraphQLError, GraphQLResolveInfoHelpers
from graphql.execution.values import VariableValues
from graphql.pyutils import gather_with_cancel, is_awaitable

from engine.batching import freeze
from engine.markers import Memo
from engine.plan import OperationPlan
from engine.positions import Field, Selection
from engine.segments import Segments, Shelf
from engine.variables import Variables


def _gather(values: Sequence[Awaitable[Any]]) -> Awaitable[list[Any]]:
    return gather_with_cancel(*values)


def _track(values: Sequence[Any]) -> None:
    waiting = [value for value in values if is_awaitable(value)]
    if waiting:
        future = asyncio.gather(*waiting, return_exceptions=True)
        _BACKGROUND.add(future)
        future.add_done_callback(_BACKGROUND.discard)


_BACKGROUND: set[Any] = set()
_HELPERS = GraphQLResolveInfoHelpers(gather=_gather, track=_track)
_MISSING: Any = object()
_NO_ROWS: Any = ()
"""Of a selection until its first record is met; not a list, so that nobody puts a record into those of all others."""


class ResolveInfo:
    """What a resolver is told; most ask for the context alone, so graphql-core's own record is built when needed."""

    __slots__ = ("_field", "_request", "_whole", "context")

    def __init__(self, request: Request, field: Field) -> None:
        self.context = request.context_value
        self._request = request
        self._field = field
        self._whole: Any = None

    def __getattr__(self, name: str) -> Any:
        if self._whole is None:
            field, request = self._field, self._request
            build = field.plan.executor.build_resolve_info
            shim: Any = request
            self._whole = build(shim, field.definition, field.nodes, field.parent_type, field.path)
        return getattr(self._whole, name)


class Request:
    """The columns of one execution.

    `rows[s]`: the records of selection `s` in the order of the answer; `all_rows[s]` also those whose segment was
    found, so that their holes can be filled. `columns[f]`: the values of field `f`, one per row. `marks[f]`: for each
    object in them its Selection, its segment, or the error of its type. `filled`: the fields whose column was filled.
    `calm`: those in whose values nothing hides, and whether each value is plain or null. `surprised`: the fast
    emitter need not try.

    `deep`: segments with gaps at any depth may be used; `deepened` are the fields that have some, `reached` the
    selections whose records came from them, `before` their rows when that was given up (see engine/reach.py).
    """

    __slots__ = (
        "_arguments",
        "_circumstances",
        "_guards",
        "_infos",
        "_inputs",
        "_shelves",
        "_tells",
        "_values",
        "_variables",
        "abort_signal",
        "all_rows",
        "async_helpers",
        "before",
        "calm",
        "columns",
        "context_value",
        "coerced",
        "deep",
        "deepened",
        "filled",
        "flat",
        "fragment_definitions",
        "is_awaitable",
        "layout",
        "marks",
        "operation",
        "operation_extensions",
        "plan",
        "reached",
        "root_value",
        "rows",
        "schema",
        "segments",
        "surprised",
    )

    def __init__(
        self,
        plan: OperationPlan,
        variables: Variables,
        coerced: dict[str, Any],
        inputs: Mapping[str, Any] | None,
        context: Any,
        root: Any,
        segments: Segments | None,
    ) -> None:
        self.plan = plan
        self.schema = plan.schema
        self.operation = plan.operation
        self.fragment_definitions = plan.fragment_definitions
        self.coerced = coerced
        self.context_value = context
        self.root_value = root
        self.segments = segments
        self.is_awaitable = is_awaitable
        self.abort_signal = None
        self.async_helpers = _HELPERS
        self.operation_extensions: dict[str, Any] | None = None
        self._variables = variables
        self._inputs = inputs
        self._values: VariableValues | None = None
        self._infos: dict[int, Any] = {}
        self._arguments: dict[int, Any] = {}
        self._guards: dict[int, Any] = {}
        self._shelves: dict[Field | Selection, Shelf] = {}
        self._circumstances: int | None = None
        layout = self.layout = plan.layout
        fields = layout.field_count
        self.columns: list[list[Any] | None] = [None] * fields
        self.filled: list[int] = []
        self.marks: list[list[Any] | None] = [None] * fields
        self.flat: list[list[Selection] | None] = [None] * fields
        self.calm: dict[int, bool] = {}
        self.rows: list[list[Any]] = [_NO_ROWS] * layout.selection_count
        self.rows[plan.root.index] = [root]
        self.all_rows: list[list[Any]] = [*self.rows]
        self.surprised = False
        self._tells = hasattr(context.__class__, "lone")
        self.deep = False
        self.deepened: list[Field] = []
        self.reached: list[Selection] = []
        self.before: dict[int, tuple[Memo | None, list[Any]]] = {}

    def tell(self, *, lone: bool) -> None:
        """Tells a context whose class has `lone` whether one call alone is waited for now: none can be joined to it."""
        if self._tells:
            self.context_value.lone = lone

    def grow(self) -> None:
        """Makes room for the selections that were added to the plan in the meantime."""
        layout, rows = self.layout, self.rows
        if len(rows) == layout.selection_count:  # fields are added with their selection
            return
        more = [None] * (layout.field_count - len(self.columns))
        self.columns += more
        self.marks += more
        self.flat += more
        fresh: list[list[Any]] = [_NO_ROWS] * (layout.selection_count - len(rows))
        rows += fresh
        self.all_rows += fresh

    @property
    def vouched(self) -> bool:
        """Whether what was fetched may be kept for others: unless the context says that it is `makeshift`."""
        return not getattr(self.context_value, "makeshift", False)

    @property
    def variable_values(self) -> VariableValues:
        """The variables in graphql-core's form."""
        if self._values is None:
            self._values = self._variables.values(self.coerced, self._inputs)
        return self._values

    def info(self, field: Field) -> Any:
        """The resolve info of a field; its path is that of the field without the indices of lists."""
        found = self._infos.get(field.index)
        if found is None:
            found = self._infos[field.index] = ResolveInfo(self, field)
        return found

    def end(self) -> None:
        """Lets go of what refers back to it, so that the operation's memory is free with its answer, not collected."""
        self._infos.clear()

    def arguments(self, field: Field) -> dict[str, Any] | Exception:
        """The field's arguments as its marker wants them, or the error that they are."""
        constant = field.constant
        if constant is not None:
            return constant
        found = self._arguments.get(field.index)
        if found is None:
            try:
                found = field.arguments.values(self.coerced, lambda: self.variable_values)
                if field.convert is not None:
                    found = field.convert(found, self.info(field))
            except Exception as error:
                found = error
            self._arguments[field.index] = found
        return found

    def refusal(self, field: Field) -> Exception | None:
        """Why the caller may not have the field; each guard is asked once per execution."""
        assert field.guard is not None
        found = self._guards.get(field.index, _MISSING)
        if found is _MISSING:
            try:
                found = field.guard(self.context_value)
            except Exception as error:
                found = error
            self._guards[field.index] = found
        refused: GraphQLError | None = found
        return refused

    def shelf(self, place: Field | Selection) -> Shelf | None:
        """Where segments of a position, or of one type at it, are kept under this execution's circumstances."""
        if self.segments is None or place.memo is None:
            return None
        region = place.region
        if self.plan.runs < 2 and not region.known:
            return None
        found = self._shelves.get(place)
        if found is None:
            if self._circumstances is None:
                self._circumstances = self.segments.number(getattr(self.context_value, "segment_key", None))
            names = place.segment_variables() if region.variables else ()
            values = tuple([freeze(self.coerced.get(name, _MISSING)) for name in names])
            found = self.segments.shelf((region.serial, self._circumstances, values))
            self._shelves[place] = found
        return found
