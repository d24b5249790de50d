"""From a column of values to the rows of the next level: lists are opened, types found, kept segments recognised."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from typing import Any

from graphql import Executor, GraphQLError, GraphQLObjectType, default_type_resolver
from graphql.pyutils import Undefined, inspect, is_async_iterable, is_iterable

from engine.plan import Field, Selection
from engine.request import Request
from engine.segments import Miss, Segment
from engine.shapes import Broken, all_plain, any_waits, is_plain, is_sequence, waits


def is_calm(value: Any, depth: int) -> bool:
    """Whether there is nothing in the value to wait for or to read only once."""
    if depth == 0 or value is None or value is Undefined or isinstance(value, Exception):
        return not waits(value)
    if is_sequence(value):
        if depth == 1:
            return not any_waits(value)
        return all(is_calm(item, depth - 1) for item in value)
    return not (waits(value) or is_async_iterable(value) or is_iterable(value))


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
        if all_plain(column):
            return list(column), False
        return [value for value in column if is_plain(value)], not all(v is None or is_plain(v) for v in column)
    found: list[Any] = []
    odd = False
    for value in column:
        if value.__class__ is list or value.__class__ is tuple:
            if depth == 1 and all_plain(value):
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


async def flatten(request: Request, field: Field) -> None:
    """Puts the objects of the field's column into the rows of their selections."""
    column = request.columns[field.index]
    assert column is not None
    found, odd = objects(column, field.depth)
    if odd:
        request.surprised = True
    if not field.marked:
        assert field.only is not None
        request.rows[field.only.index] = request.all_rows[field.only.index] = found
        request.flat[field.index] = [field.only] if found else []
        return
    marks, waiting = _marks(request, field, found)
    for place, awaitable in waiting:
        try:
            marks[place] = await awaitable
        except Exception as error:
            marks[place] = error
    request.grow()
    request.marks[field.index] = marks
    request.flat[field.index] = _distribute(request, field, found, marks)


def _marks(request: Request, field: Field, found: list[Any]) -> tuple[list[Any], list[tuple[int, Awaitable[Any]]]]:
    marks: list[Any] = []
    waiting: list[tuple[int, Awaitable[Any]]] = []
    shelf = request.shelf(field)
    for item in found:
        key = None
        if shelf is not None:
            key = _version(field, item)
            kept = shelf.get(key) if key is not None else None
            if kept is not None:
                marks.append(kept)
                continue
        try:
            mark = _type(request, field, item)
        except Exception as error:
            mark = error
        if mark.__class__ is Selection:
            marks.append(Miss(mark, shelf, key) if shelf is not None and key is not None else mark)
        else:
            if not isinstance(mark, Exception):
                waiting.append((len(marks), mark))
            marks.append(mark)
    return marks, waiting


def _version(field: Field, item: Any) -> Any:
    """The record's version; a record without one is not kept."""
    assert field.memo is not None
    try:
        key = field.memo.version(item)
        hash(key)
    except Exception:
        return None
    return key


def _type(request: Request, field: Field, item: Any) -> Any:
    """The selection for the object's type, or something to await for it; raises the error of its type."""
    if field.only is not None:
        return _checked(request, field, item, field.only)
    abstract: Any = field.named_type
    name: Any = (abstract.resolve_type or default_type_resolver)(item, request.info(field), abstract)
    if waits(name):
        return _later(request, field, item, name)
    return _named(request, field, item, name)


async def _later(request: Request, field: Field, item: Any, name: Awaitable[Any]) -> Any:
    found = _named(request, field, item, await name)
    return found if isinstance(found, Selection) else await found


def _named(request: Request, field: Field, item: Any, name: Any) -> Any:
    known = field.children.get(name) if name.__class__ is str else None
    if known is None:
        shim: Any = request
        abstract: Any = field.named_type
        type_: GraphQLObjectType = Executor.ensure_valid_runtime_type(
            shim, name, abstract, field.details, request.info(field), item
        )
        known = field.child(type_)
    return _checked(request, field, item, known)


def _checked(request: Request, field: Field, item: Any, selection: Selection) -> Any:
    is_type_of = selection.type.is_type_of
    if is_type_of is None:
        return selection
    answer = is_type_of(item, request.info(field))
    if waits(answer):
        return _later_checked(field, item, selection, answer)  # type: ignore[arg-type]
    if not answer:
        raise _wrong_type(field, item, selection)
    return selection


async def _later_checked(field: Field, item: Any, selection: Selection, answer: Awaitable[bool]) -> Selection:
    if not await answer:
        raise _wrong_type(field, item, selection)
    return selection


def _wrong_type(field: Field, item: Any, selection: Selection) -> GraphQLError:
    return GraphQLError(f"Expected value of type '{selection.type}' but got: {inspect(item)}.", field.nodes)


def _distribute(request: Request, field: Field, found: list[Any], marks: list[Any]) -> list[Selection]:
    touched: dict[int, Selection] = {}
    for item, mark in zip(found, marks, strict=True):
        cls = mark.__class__
        if cls is Selection:
            selection = mark
        elif cls is Miss:
            selection = mark.selection
        elif cls is Segment:
            selection = mark.selection
            if selection.index not in touched:
                _begin(request, touched, selection)
            request.all_rows[selection.index].append(item)
            continue
        else:
            request.surprised = request.surprised or isinstance(mark, Exception)
            continue
        if selection.index not in touched:
            _begin(request, touched, selection)
        request.rows[selection.index].append(item)
        if selection.memoised:
            request.all_rows[selection.index].append(item)
    return list(touched.values())


def _begin(request: Request, touched: dict[int, Selection], selection: Selection) -> None:
    touched[selection.index] = selection
    request.rows[selection.index] = []
    request.all_rows[selection.index] = [] if selection.memoised else request.rows[selection.index]
