"""Gathering values breadth first: one column per field and level, batched fields of a level in one call per kind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping
from itertools import islice
from operator import attrgetter
from typing import Any

from engine.batching import checked, freeze
from engine.facts import Kind
from engine.markers import Attribute, Batched, Direct, Pure
from engine.positions import Field, Selection
from engine.reach import still
from engine.request import Request
from engine.rows import calmed, flatten, is_calm, is_calm_column
from engine.shapes import PLAIN, quiet, waits

Column = list[Any]


class _Level:
    """What one level still has to wait for, and the calls of its batched fields."""

    __slots__ = ("batches", "waiting")

    def __init__(self) -> None:
        self.batches: dict[Hashable, list[tuple[Field, Column]]] = {}
        self.waiting: list[tuple[Awaitable[Any], Callable[[Any], None]]] = []


async def fetch(request: Request, level: list[Selection], *, full: bool = False, only: Field | None = None) -> None:
    """Fills the columns that the emitter reads, or with `full` every column; those that are there already stay.

    `only` restricts the first level to one field: the root fields of a mutation run one after the other.
    """
    while level:
        fields = [only] if only is not None else _fields(request, level, full)
        only = None
        if not fields:
            return
        if len(fields) == 1 and fields[0].kind is Kind.BATCHED and not request.before:
            await _one_batch(request, fields[0])
        else:
            await _read(request, fields)
        level = []
        for field in fields:
            if field.kind is Kind.TYPENAME or (field.leaf and not full):
                continue
            if field.index not in request.calm and not _is_calm(request, field):
                await _calm(request, field)
            if field.leaf:
                continue
            if request.flat[field.index] is None:
                waiting = flatten(request, field)
                if waiting is not None:
                    await waiting
            level.extend(request.flat[field.index] or ())


def _fields(request: Request, level: list[Selection], full: bool) -> list[Field]:
    """What is to be fetched of a level; the emitter asks for nothing of a field that has no parents."""
    if full:
        return [field for one in level for field in one.fields]
    rows, all_rows = request.rows, request.all_rows
    return [f for one in level for f in one.fetched if (all_rows if f.hole else rows)[one.index]]


async def _read(request: Request, fields: list[Field]) -> None:
    """Fills the columns of one level."""
    here = _Level()
    for field in fields:
        if request.before and field.parents in request.before:
            still(request, field)
        if request.columns[field.index] is None and field.kind is not Kind.TYPENAME:
            _begin(request, here, field)
    if here.batches:
        _call_batches(request, here)
    if here.waiting:
        request.tell(lone=len(here.waiting) == 1)
        await _settle(here)


async def _one_batch(request: Request, field: Field) -> None:
    """The column of a level that consists of one batched field, as the last one of many pages does."""
    parents = (request.all_rows if field.hole else request.rows)[field.parents]
    if request.columns[field.index] is not None:
        return
    request.filled.append(field.index)
    arguments: Any = field.constant if field.guard is None else None
    if parents and arguments is None:
        refused = _refused(request, field)
        arguments = request.arguments(field) if refused is None else refused
    if not parents or isinstance(arguments, Exception):
        request.columns[field.index] = [arguments] * len(parents)
        return
    marker = field.marker
    assert isinstance(marker, Batched)
    try:
        values: Any = marker.load([*parents], request.info(field), arguments)
        if waits(values):
            request.tell(lone=True)
            values = await values
    except Exception as error:
        values = error
    request.columns[field.index] = _one_each(field, values, len(parents))


def _one_each(field: Field, values: Any, count: int) -> Column:
    """The values of a call for that many parents; what is wrong with it stands in every place."""
    if isinstance(values, Exception):
        return [values] * count
    return checked(values, range(count), f"{field.parent_type.name}.{field.name}")


def _refused(request: Request, field: Field) -> Exception | None:
    """Why no parent has a value: the caller may not have the field, or its arguments are wrong."""
    if field.guard is not None and (refused := request.refusal(field)) is not None:
        return refused
    arguments = request.arguments(field)
    return arguments if isinstance(arguments, Exception) else None


def _begin(request: Request, here: _Level, field: Field) -> None:
    """Starts a column: values that are there at once stand in it, the others are waited for."""
    rows = request.all_rows if field.hole else request.rows
    parents = rows[field.parents]
    column: Column
    request.columns[field.index] = column = []
    request.filled.append(field.index)
    if not parents:
        return
    arguments: Any = field.constant if field.guard is None else None
    if arguments is None:
        if (refused := _refused(request, field)) is not None:
            column += [refused] * len(parents)
            return
        arguments = request.arguments(field)
    if field.kind is Kind.BATCHED:
        assert isinstance(field.marker, Batched)
        key = field.marker.key or id(field.marker)
        here.batches.setdefault((key, freeze(arguments)) if arguments else key, []).append((field, parents))
        return
    _READERS[field.kind](request, field, parents, arguments, column)
    if quiet(column):
        if not field.depth:
            request.calm[field.index] = True
        return
    for place, value in enumerate(column):
        if value.__class__ not in PLAIN and waits(value):
            here.waiting.append((value, _place(column, place)))


def _place(column: Column, place: int) -> Callable[[Any], None]:
    def put(value: Any) -> None:
        column[place] = value

    return put


def _attributes(request: Request, field: Field, parents: Column, arguments: dict[str, Any], column: Column) -> None:
    assert isinstance(field.marker, Attribute)
    read = attrgetter(field.marker.name)
    while len(column) < len(parents):
        try:
            column.extend(map(read, islice(parents, len(column), None)))
        except Exception as error:
            column.append(error)


def _defaults(request: Request, field: Field, parents: Column, arguments: dict[str, Any], column: Column) -> None:
    name = field.name
    for parent in parents:
        try:
            value = parent.get(name) if isinstance(parent, Mapping) else getattr(parent, name, None)
            column.append(value(request.info(field), **arguments) if callable(value) else value)
        except Exception as error:
            column.append(error)


def _calls(request: Request, field: Field, parents: Column, arguments: dict[str, Any], column: Column) -> None:
    assert isinstance(field.marker, Pure | Direct)
    call = field.marker.call
    info = request.info(field)
    for parent in parents:
        try:
            column.append(call(parent, info, arguments))
        except Exception as error:
            column.append(error)


def _resolvers(request: Request, field: Field, parents: Column, arguments: dict[str, Any], column: Column) -> None:
    resolve = field.definition.resolve
    assert resolve is not None
    info = request.info(field)
    for parent in parents:
        try:
            column.append(resolve(parent, info, **arguments))
        except Exception as error:
            column.append(error)


_READERS = {
    Kind.ATTRIBUTE: _attributes,
    Kind.DEFAULT: _defaults,
    Kind.PURE: _calls,
    Kind.DIRECT: _calls,
    Kind.RESOLVER: _resolvers,
}


def _call_batches(request: Request, here: _Level) -> None:
    for members in here.batches.values():
        field = members[0][0]
        assert isinstance(field.marker, Batched)
        parents = [parent for _, some in members for parent in some]
        arguments = request.arguments(field)
        assert isinstance(arguments, dict)
        deliver = _deliver(request, members, len(parents))
        try:
            values = field.marker.load(parents, request.info(field), arguments)
        except Exception as error:
            deliver(error)
            continue
        if waits(values):
            here.waiting.append((values, deliver))  # type: ignore[arg-type]
        else:
            deliver(values)


def _deliver(request: Request, members: list[tuple[Field, Column]], count: int) -> Callable[[Any], None]:
    """Puts the values of one call into the columns of the fields that shared it."""

    def put(values: Any) -> None:
        every = _one_each(members[0][0], values, count)
        start = 0
        for member, parents in members:
            request.columns[member.index] = every[start : start + len(parents)]
            start += len(parents)

    return put


async def _settle(here: _Level) -> None:
    """Awaits what a level waits for: a single one in this very task, several at the same time."""
    if len(here.waiting) == 1:
        awaitable, put = here.waiting[0]
        try:
            value = await awaitable
        except Exception as error:
            value = error
        put(value)
        return
    outcomes = await asyncio.gather(*(_outcome(awaitable) for awaitable, _ in here.waiting))
    for (_, put), outcome in zip(here.waiting, outcomes, strict=True):
        put(outcome)


async def _outcome(awaitable: Awaitable[Any]) -> Any:
    try:
        return await awaitable
    except Exception as error:
        return error


def _is_calm(request: Request, field: Field) -> bool:
    """Whether nothing hides inside the values of a column; it is asked once."""
    column = request.columns[field.index] or ()
    plain = request.calm[field.index] = not field.depth and quiet(column)
    return plain or is_calm_column(column, field.depth)


async def _calm(request: Request, field: Field) -> None:
    """Awaits and reads what hides there."""
    column = request.columns[field.index]
    assert column is not None
    request.columns[field.index] = list(await asyncio.gather(*(_unless_calm(value, field.depth) for value in column)))


async def _unless_calm(value: Any, depth: int) -> Any:
    return value if is_calm(value, depth) else await calmed(value, depth)
