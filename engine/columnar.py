"""Completion column by column, without generated code: what an operation gets at first sight.

Columns are checked as a whole and zipped into objects at C speed. Whatever is not usual raises, and the careful
interpreter answers over the same columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, repeat
from types import NoneType
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
)
from orjson import Fragment, dumps

from engine.facts import Kind
from engine.leaves import completer
from engine.positions import Field, Selection
from engine.request import Request
from engine.segments import HOLE, Miss, Segment
from engine.shapes import Surprise

Column = list[Any]

_CLASSES: dict[Any, type] = {
    GraphQLString: str,
    GraphQLID: str,
    GraphQLBoolean: bool,
    GraphQLInt: int,
    GraphQLFloat: float,
}
_LIMITS: dict[type, tuple[float, float]] = {
    int: (-2147483648, 2147483647),
    float: (-1.7976931348623157e308, 1.7976931348623157e308),
}


def completed(request: Request, selection: Selection) -> Column:
    """The objects of all rows of the selection; where it is memoised, HOLE stands for its holes."""
    count = len(request.rows[selection.index])
    if not count:
        return []
    if not selection.fields:
        return [{} for _ in range(count)]
    keys = [field.key for field in selection.fields]
    holes = selection.holes
    columns = [repeat(HOLE, count) if field in holes else _values(request, field, count) for field in selection.fields]
    return list(map(dict, map(zip, repeat(keys), zip(*columns, strict=True))))


def completed_field(request: Request, field: Field) -> Any:
    """The value of one root field."""
    return _values(request, field, 1)[0]


def _values(request: Request, field: Field, count: int) -> Column:
    if field.kind is Kind.TYPENAME:
        return [field.parent_type.name] * count
    column = request.columns[field.index]
    if column is None:
        raise Surprise
    if field.leaf:
        return _leaves(field, column)
    if field.marked:
        objects = _marked(request, field)
    else:
        assert field.only is not None
        objects = iter(completed(request, field.only))
    return _nest(field.type, column, objects)


def _marked(request: Request, field: Field) -> Iterator[Any]:
    """The objects of the field, each by its mark: kept, or completed and perhaps kept from now on."""
    records: dict[GraphQLObjectType, _Records] = {}
    for mark in request.marks[field.index] or ():
        cls = mark.__class__
        if cls is Fragment:
            yield mark
            continue
        if cls is Segment or cls is Selection:
            type_ = mark.type
        elif cls is Miss:
            type_ = mark.selection.type
        else:
            raise Surprise
        found = records.get(type_)
        if found is None:
            found = records[type_] = _Records(request, field.child(type_))
        yield found.take(mark)


class _Records:
    """The records of one selection, taken one by one in the order of their marks.

    Holes are completed for all records, the rest for those that are not kept.
    """

    def __init__(self, request: Request, selection: Selection) -> None:
        self._request = request
        self._objects = iter(completed(request, selection))
        self._keys = [field.key for field in selection.holes]
        count = len(request.all_rows[selection.index])
        columns = [_values(request, field, count) for field in selection.holes]
        self._holes: Iterator[Any] = zip(*columns, strict=True) if columns else repeat(())

    def take(self, mark: Any) -> Any:
        values = next(self._holes)
        if mark.__class__ is Segment:
            return _filled(mark, values)
        found = next(self._objects)
        if mark.__class__ is Miss:
            kept = mark.keep(found, self._request.vouched)
            return _filled(kept, values) if kept.__class__ is Segment else kept
        if values:
            found.update(zip(self._keys, values, strict=True))
        return found


def _filled(kept: Segment, values: Any) -> Fragment:
    for value in values:
        if value is not None:
            break
    else:
        return kept.blank
    parts = [kept.pieces[0]]
    for value, piece in zip(values, kept.pieces[1:], strict=True):
        parts.append(dumps(value))
        parts.append(piece)
    return Fragment(b"".join(parts))


def _nest(type_: Any, column: Any, objects: Iterator[Any]) -> Column:
    """The values of a composite type, in which each object is replaced by the next completed one."""
    # Nulls are told by their class: `None in column` would ask each record whether it is equal to None.
    nulls = NoneType in set(map(type, column))
    if isinstance(type_, GraphQLNonNull):
        if nulls:
            raise Surprise
        type_ = type_.of_type
    if isinstance(type_, GraphQLList):
        return [None if value is None else _nest(type_.of_type, _listed(value), objects) for value in column]
    if nulls:
        return [None if value is None else next(objects) for value in column]
    return list(islice(objects, len(column)))


def _listed(value: Any) -> Any:
    if value.__class__ is list or value.__class__ is tuple:
        return value
    raise Surprise


def _leaves(field: Field, column: Column) -> Column:
    type_: Any = field.type
    required = isinstance(type_, GraphQLNonNull)
    named = type_.of_type if required else type_
    cls = _CLASSES.get(named)
    if cls is not None:
        classes = set(map(type, column))
        if classes <= ({cls} if required else {cls, NoneType}) and _within(cls, column, classes):
            return column
    members, leaf = completer(type_)
    if members is not None and set(map(type, column)) == {members}:
        return [value.name for value in column]
    return list(map(leaf, column))


def _within(cls: type, column: Column, classes: set[type]) -> bool:
    """Whether numbers are ones that GraphQL can carry; nan is not."""
    limits = _LIMITS.get(cls)
    if limits is None or cls not in classes:
        return True
    low, high = limits
    return all([value is None or low <= value <= high for value in column])
