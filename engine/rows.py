"""From a column of values to the rows of the next level: lists are opened, types found, kept segments recognised."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence
from types import NoneType
from typing import Any

import orjson
from graphql.pyutils import Undefined, is_async_iterable, is_iterable

from engine.positions import Field, Selection
from engine.reach import reach_down
from engine.request import Request
from engine.segments import DeepSegment, Miss, Segment, Shelf
from engine.shapes import PLAIN, Broken, any_waits, is_plain, is_sequence, quiet, waits
from engine.types import selection_of


def is_calm(value: Any, depth: int) -> bool:
    """Whether there is nothing in the value to wait for or to read only once."""
    if depth == 0 or value is None or value is Undefined or isinstance(value, Exception):
        return not waits(value)
    if is_sequence(value):
        if depth == 1:
            return not any_waits(value)
        return all(is_calm(item, depth - 1) for item in value)
    return not (waits(value) or is_async_iterable(value) or is_iterable(value))


def is_calm_column(column: Sequence[Any], depth: int) -> bool:
    """The same for a whole column."""
    if depth == 0:
        return not any_waits(column)
    return all([is_calm(value, depth) for value in column])


async def calmed(value: Any, depth: int) -> Any:
    """The value with everything awaited and every iterable read into a list; errors stand in their places."""
    if waits(value):
        try:
            value = await value
        except Exception as error:
            return error
    if depth == 0 or value is None or value is Undefined or isinstance(value, Exception):
        return value
    if is_async_iterable(value):
        items = await _read_async(value)
    elif is_sequence(value):
        items = value  # type: ignore[assignment]
    elif is_iterable(value):
        items = _read(value)
    else:
        return value
    if all(is_calm(item, depth - 1) for item in items):
        return items
    done = await asyncio.gather(*(calmed(item, depth - 1) for item in items))
    if not isinstance(items, Broken):
        return done
    broken = Broken(done)
    broken.error = items.error
    return broken


def _read(values: Iterable[Any]) -> list[Any]:
    items: list[Any] = []
    try:
        items.extend(values)
    except Exception as error:
        broken = Broken(items)
        broken.error = error
        return broken
    return items


async def _read_async(values: Any) -> list[Any]:
    items: list[Any] = []
    iterator = values.__aiter__()
    try:
        async for item in iterator:
            items.append(item)
    except Exception as error:
        close = getattr(iterator, "aclose", None)
        if close is not None:
            try:
                await close()
            except Exception:
                items = list(items)
        broken = Broken(items)
        broken.error = error
        return broken
    return items


def objects(column: list[Any] | tuple[Any, ...], depth: int) -> tuple[list[Any], bool]:
    """All objects in a calm column in order, and whether anything else than objects and nulls was met."""
    if depth == 0:
        if quiet(column):
            return [value for value in column if value is not None], False
        return [value for value in column if is_plain(value)], not all(v is None or is_plain(v) for v in column)
    found: list[Any] = []
    odd = False
    for value in column:
        if value.__class__ is list or value.__class__ is tuple:
            if depth == 1 and set(map(type, value)) <= PLAIN:
                found.extend(value)
                continue
            inner, strange = objects(value, depth - 1)
            found.extend(inner)
            odd = odd or strange
        elif isinstance(value, list | tuple):
            inner, _ = objects(value, depth - 1)
            found.extend(inner)
            odd = odd or isinstance(value, Broken)
        elif value is not None:
            odd = True
    return found, odd


def flatten(request: Request, field: Field) -> Awaitable[None] | None:
    """Puts the objects of the field's column into the rows of their selections; answers what to await for that."""
    column = request.columns[field.index]
    assert column is not None
    if request.calm.get(field.index):
        found, odd = [value for value in column if value is not None], False
    else:
        found, odd = objects(column, field.depth)
    if odd:
        request.surprised = True
    if not field.marked:
        assert field.only is not None
        request.flat[field.index] = [field.only] if found else []
        if found:  # else there may be rows from a segment above
            request.rows[field.only.index] = request.all_rows[field.only.index] = found
        return None
    marks = _marks(request, field, found)
    if set(map(type, marks)) <= _MARKS:
        _put(request, field, found, marks)
        return None
    return _settled(request, field, found, marks)


async def _settled(request: Request, field: Field, found: list[Any], marks: list[Any]) -> None:
    """The same where types have to be awaited, or are errors."""
    waiting = [(place, mark) for place, mark in enumerate(marks) if mark.__class__ not in _MARKS]
    for place, mark in waiting:
        marks[place] = mark if isinstance(mark, Exception) else await _outcome(mark)
    _put(request, field, found, marks)
    request.surprised = request.surprised or any(isinstance(marks[place], Exception) for place, _ in waiting)


def _put(request: Request, field: Field, found: list[Any], marks: list[Any]) -> None:
    request.grow()  # types that were not met before have selections of their own
    request.marks[field.index] = marks
    request.flat[field.index] = _distribute(request, field, found, marks)


_FRAGMENTS = {orjson.Fragment}
_MARKS = frozenset({Selection, Segment, DeepSegment, Miss, orjson.Fragment})


async def _outcome(awaitable: Awaitable[Any]) -> Any:
    try:
        return await awaitable
    except Exception as error:
        return error


def _marks(request: Request, field: Field, found: list[Any]) -> list[Any]:
    """For each object its segment or its selection; or the error of its type, or something to await for it."""
    shelf = request.shelf(field)
    if shelf is None:
        marks = [_mark(request, field, item) for item in found]
        if field.late_memo and request.segments is not None:
            marks = [_late(request, item, mark) for item, mark in zip(found, marks, strict=True)]
        return marks
    assert field.memo is not None
    version = field.memo.version
    try:
        marks = list(map(shelf.new.get, map(version, found)))
    except Exception:
        # One of the records has no version, or one that cannot be a key.
        marks = [None] * len(found)
    classes = set(map(type, marks))
    if NoneType in classes or (DeepSegment in classes and not request.deep):
        for place, mark in enumerate(marks):
            if mark is None or mark.__class__ is DeepSegment:
                marks[place] = _kept_or_made(request, field, shelf, version, found[place])
    return marks


def _kept_or_made(
    request: Request, field: Field, shelf: Shelf, version: Callable[[Any], Hashable | None], item: Any
) -> Any:
    try:
        key = version(item)
        kept = shelf.get(key) if key is not None else None
    except Exception:
        key = kept = None
    if kept is not None and (request.deep or kept.__class__ is not DeepSegment):
        return kept
    mark = _mark(request, field, item)
    return _miss(request, mark, shelf, key) if mark.__class__ is Selection else mark


def _miss(request: Request, selection: Selection, shelf: Shelf, key: Hashable | None) -> Miss | Selection:
    """What is to be kept, unless the record has no version, or its segment is one that this execution does not make."""
    if key is None or (selection.reach is not None and not request.deep):
        return selection
    return Miss(selection, shelf, key)


def _late(request: Request, item: Any, mark: Any) -> Any:
    """The segment of an object whose type had to be known first."""
    shelf = request.shelf(mark) if mark.__class__ is Selection else None
    if shelf is None:
        return mark
    try:
        key = mark.memo.version(item)
        kept = shelf.get(key) if key is not None else None
    except Exception:
        return mark
    if kept is not None and (request.deep or kept.__class__ is not DeepSegment):
        return kept
    return _miss(request, mark, shelf, key)


def _mark(request: Request, field: Field, item: Any) -> Any:
    try:
        return selection_of(request, field, item)
    except Exception as error:
        return error


def _distribute(request: Request, field: Field, found: list[Any], marks: list[Any]) -> list[Selection]:
    """Puts each object into the rows of its selection; gives the selections that have any."""
    classes = set(map(type, marks))
    if classes == _FRAGMENTS:
        return []
    deep = reach_down(request, field, marks) if DeepSegment in classes else []
    touched: dict[int, Selection] = {}
    kept: dict[Any, Callable[[Any], None]] = {}
    for item, mark in zip(found, marks, strict=True):
        cls = mark.__class__
        if cls is Segment:
            put = kept.get(mark.type)
            if put is None:
                selection = field.children.get(mark.type.name) or field.child(mark.type)
                put = kept[mark.type] = _rows_of(request, selection, touched)[1].append
            put(item)
        elif cls is Selection or cls is Miss:
            selection = mark if cls is Selection else mark.selection
            rows, all_rows = _rows_of(request, selection, touched)
            rows.append(item)
            if all_rows is not rows:
                all_rows.append(item)
    return [*touched.values(), *deep]


def _rows_of(request: Request, selection: Selection, touched: dict[int, Selection]) -> tuple[list[Any], list[Any]]:
    """The rows of the selection at this level and those that include kept records; empty at its first touch."""
    place = selection.index
    if place not in touched:
        if place >= len(request.rows):
            request.grow()
        touched[place] = selection
        request.rows[place] = []
        request.all_rows[place] = [] if selection.memoised else request.rows[place]
    return request.rows[place], request.all_rows[place]
