"""The root of a query as a segment: where its type is memoised, answers are kept but for what is a viewer's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import OperationDefinitionNode, OperationType
from orjson import Fragment

from engine.emit import code_of, iterators
from engine.markers import Memo, memo_of
from engine.reach import empty, hand_out, reach_of
from engine.request import Request
from engine.segments import DeepSegment, Kept, Miss, Segment
from engine.support import placed_by

if TYPE_CHECKING:
    from graphql import GraphQLObjectType

    from engine.positions import Selection

Mark = Any
"""The root's Selection, the Miss of a segment that is to be kept, or the segment that was found."""

_placed = placed_by(code_of)


def memo_of_root(type_: GraphQLObjectType, operation: OperationDefinitionNode) -> Memo | None:
    """What the root type promises about its value; queries alone have the same answer twice."""
    return memo_of(type_) if operation.operation is OperationType.QUERY else None


def is_worth_keeping(root: Selection) -> bool:
    """Whether any root field is the same for several viewers."""
    return any(not field.own for field in root.fields)


def begun(request: Request) -> tuple[Mark, list[Selection]]:
    """The root's mark, and the selections whose fields have to be fetched for it."""
    root = request.plan.root
    mark = _mark(request, root)
    if mark.__class__ is Fragment:
        return mark, []
    if mark.__class__ is Segment:
        request.rows[root.index] = []
        return mark, [root]
    if mark.__class__ is DeepSegment:
        request.rows[root.index] = request.all_rows[root.index] = []
        touched = hand_out(request, reach_of(root), [mark])
        request.reached += touched
        return mark, touched
    return mark, [root]


def begun_anew(request: Request) -> None:
    """After a surprise: the root is completed like any other value, whatever was kept."""
    root = request.plan.root
    if not request.rows[root.index]:
        for field in root.fields:
            if not field.hole:
                empty(request, field)
    request.rows[root.index] = request.all_rows[root.index] = [request.root_value]


def written(request: Request, mark: Mark) -> Any:
    """`data` for orjson, or the bytes of the whole response; raises where anything is not usual."""
    cls = mark.__class__
    if cls is Fragment:
        return mark
    st = iterators(request)
    if cls is Segment or cls is DeepSegment:
        return code_of(request.plan.root).fill(request.root_value, st, mark)
    return _placed(mark, request.root_value, st)


def _mark(request: Request, root: Selection) -> Mark:
    """What is asked for the first time keeps nothing: most questions are not asked twice, and a page is large."""
    shelf = request.shelf(root)
    if shelf is None:
        return root
    assert root.memo is not None
    try:
        key = root.memo.version(request.root_value)
        kept: Kept | None = shelf.get(key) if key is not None else None
    except Exception:
        return root
    if kept is not None or key is None:
        return kept or root
    if not shelf.asked:
        shelf.asked = True
        return root
    return Miss(root, shelf, key)
