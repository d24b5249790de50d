"""Completion by the specification's letter over columns that are all filled: errors, paths, null bubbling.

The answer is the one that graphql-core gives for resolvers that return the same values without waiting: fields are
completed in order and depth first, and inside a region that is nulled the errors that were met before and the one that
nulled it are reported, nothing after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from graphql import Executor, GraphQLError, GraphQLList, GraphQLNonNull, located_error
from graphql.pyutils import Undefined

from engine.facts import Kind
from engine.positions import Field, Selection
from engine.request import Request
from engine.segments import Miss, Segment
from engine.shapes import Broken, is_plain

Path = tuple[Any, str | int] | None


class _Object:
    """An object of a column with its places in the rows of its selection; `kept` is its segment, if it has one."""

    __slots__ = ("all_row", "kept", "row", "selection")

    def __init__(self, selection: Selection, row: int, all_row: int, kept: Segment | None) -> None:
        self.selection = selection
        self.row = row
        self.all_row = all_row
        self.kept = kept


class Careful:
    """Completes one execution; `errors` are in the order in which they were met."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._entries: dict[int, list[Any]] = {}
        self.errors: list[GraphQLError] = []

    def complete_root(self) -> dict[str, Any] | None:
        """The whole `data`; None when an error went all the way up."""
        try:
            data: dict[str, Any] = self._fields(_Object(self._request.plan.root, 0, 0, None), None)
        except GraphQLError as error:
            self.errors.append(error)
            return None
        return data

    def complete_root_field(self, field: Field) -> Any:
        """One root field's value; raises the error that nulls `data`."""
        return self._field(field, 0, None)

    def _fields(self, found: _Object, path: Path) -> Any:
        if found.kept is not None:
            return self._kept(found, found.kept, path)
        return {
            field.key: self._field(field, found.all_row if field.hole else found.row, path)
            for field in found.selection.fields
        }

    def _kept(self, found: _Object, kept: Segment, path: Path) -> orjson.Fragment:
        parts = [kept.pieces[0]]
        for field, piece in zip(found.selection.holes, kept.pieces[1:], strict=True):
            parts.append(encode(self._field(field, found.all_row, path)))
            parts.append(piece)
        return orjson.Fragment(b"".join(parts))

    def _field(self, field: Field, row: int, path: Path) -> Any:
        if field.kind is Kind.TYPENAME:
            return field.parent_type.name
        here = (path, field.key)
        value = self._entry(field, row)
        try:
            if isinstance(value, Exception):
                error: Exception = value
            else:
                return self._value(field, field.type, value, here)
        except Exception as raised:
            error = raised
        located = located_error(error, field.nodes, _listed(here))
        if isinstance(field.type, GraphQLNonNull):
            raise located
        self.errors.append(located)
        return None

    def _value(self, field: Field, type_: Any, value: Any, path: Path) -> Any:
        if isinstance(value, Exception):
            raise value
        if isinstance(type_, GraphQLNonNull):
            completed = self._value(field, type_.of_type, value, path)
            if completed is None:
                raise TypeError(f"Cannot return null for non-nullable field {field.parent_type}.{field.name}.")
            return completed
        if value is None or value is Undefined:
            return None
        if isinstance(type_, GraphQLList):
            if not isinstance(value, list | tuple):
                name = f"{field.parent_type}.{field.name}"
                raise GraphQLError(f"Expected Iterable, but did not find one for field '{name}'.")
            items = [self._item(field, type_.of_type, item, (path, place)) for place, item in enumerate(value)]
            if isinstance(value, Broken):
                raise value.error
            return items
        if field.leaf:
            return Executor.complete_leaf_value(type_, value)
        return self._fields(value, path) if isinstance(value, _Object) else value

    def _item(self, field: Field, type_: Any, item: Any, path: Path) -> Any:
        try:
            return self._value(field, type_, item, path)
        except Exception as error:
            located = located_error(error, field.nodes, _listed(path))
        if isinstance(type_, GraphQLNonNull):
            raise located
        self.errors.append(located)
        return None

    def _entry(self, field: Field, row: int) -> Any:
        """The field's value in that row; objects are replaced by their places in the rows below."""
        entries = self._entries.get(field.index)
        if entries is None:
            column = self._request.columns[field.index]
            assert column is not None
            entries = self._entries[field.index] = column if field.leaf else self._places(field, column)
        return entries[row]

    def _places(self, field: Field, column: list[Any]) -> list[Any]:
        marks = self._request.marks[field.index]
        places = _places(field, iter(marks) if marks is not None else None)
        next(places)
        return [_placed(value, field.depth, places) for value in column]


def _places(field: Field, marks: Iterator[Any] | None) -> Any:
    """Gives each object in turn its place; a generator, because rows are counted per selection."""
    rows: dict[int, int] = {}
    all_rows: dict[int, int] = {}
    given: Any = None
    while True:
        yield given
        mark: Any = field.only if marks is None else next(marks)
        kept = None
        if isinstance(mark, Miss):
            mark = mark.selection
        elif isinstance(mark, Segment):
            mark, kept = field.child(mark.type), mark
        if not isinstance(mark, Selection):
            given = mark
            continue
        row, all_row = rows.get(mark.index, 0), all_rows.get(mark.index, 0)
        given = _Object(mark, row, all_row, kept)
        all_rows[mark.index] = all_row + 1
        if kept is None:
            rows[mark.index] = row + 1


def _placed(value: Any, depth: int, places: Any) -> Any:
    if value is None or value is Undefined or isinstance(value, Exception):
        return value
    if depth == 0:
        return next(places) if is_plain(value) else value
    if not isinstance(value, list | tuple):
        return value
    items = [_placed(item, depth - 1, places) for item in value]
    if isinstance(value, Broken):
        broken = Broken(items)
        broken.error = value.error
        return broken
    return items


def _listed(path: Path) -> list[str | int]:
    keys: list[str | int] = []
    while path is not None:
        path, key = path
        keys.append(key)
    return keys[::-1]


def encode(value: Any) -> bytes:
    """JSON bytes of completed data; what orjson refuses goes the slow way, kept segments are read back for it."""
    from engine.answers import dumps

    try:
        return orjson.dumps(value)
    except TypeError:
        return dumps(_thawed(value))


def _thawed(value: Any) -> Any:
    if isinstance(value, orjson.Fragment):
        return orjson.loads(orjson.dumps(value))
    if isinstance(value, dict):
        return {key: _thawed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_thawed(item) for item in value]
    return value
