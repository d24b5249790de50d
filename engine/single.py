"""Payloads that are one object with single objects below it: nothing but what has to be called takes any ceremony.

Values are read straight into the places where generated code takes them from. They stand in their columns as well, so
that whoever meets anything unusual can leave: `fetch` goes on from there and calls nothing twice.
"""

from __future__ import annotations

from typing import Any

import orjson

from engine.batching import checked
from engine.emit import code_of
from engine.facts import CALLED, Kind
from engine.markers import Attribute, Batched, Direct
from engine.positions import Field, Selection
from engine.request import Request
from engine.segments import Segment
from engine.shapes import OBJECTS, Surprise, waits


async def single(request: Request, field: Field) -> bytes | None:
    """The value of a root field as JSON; None where anything is unusual."""
    way = _Way(request)
    called, record = field, request.root_value
    try:
        while True:
            value = await _answer(request, called, record)
            way.take(called, value)
            if not called.leaf:
                way.below(called, value)
            if not way.waiting:
                break
            if len(way.waiting) > 1:
                return None  # they are to be asked at the same time
            called, record = way.waiting.pop()
        return orjson.dumps(code_of(request.plan.root).fields[field.index](request.root_value, way.st))
    except Exception:
        return None


class _Way:
    """What was met so far: `st` is for generated code (see engine/emit.py), `waiting` has what is to be called next."""

    __slots__ = ("request", "st", "waiting")

    def __init__(self, request: Request) -> None:
        self.request = request
        self.st: list[Any] = [None] * (2 * request.plan.field_count)
        self.st.append(request)
        self.waiting: list[tuple[Field, Any]] = []

    def take(self, field: Field, value: Any) -> None:
        """The value of the field's only record."""
        column = self.request.columns[field.index] = [value]
        self.request.filled.append(field.index)
        self.st[2 * field.index] = iter(column).__next__

    def below(self, field: Field, value: Any) -> None:
        """Goes down into the field's value."""
        if value is None or (field.depth and (value.__class__ is list or value.__class__ is tuple) and not value):
            return
        if field.depth or value.__class__ not in OBJECTS:
            raise Surprise
        if field.marked:
            self._kept(field, value)
        elif field.only is not None and field.only.fetched:
            self._fields(field.only, value)

    def _fields(self, selection: Selection, record: Any) -> None:
        for field in selection.fetched:
            if field.kind in CALLED:
                self.waiting.append((field, record))
            elif field.marker.__class__ is Attribute and field.guard is None:
                value = getattr(record, field.marker.name)
                self.take(field, value)
                self.below(field, value)
            else:
                raise Surprise

    def _kept(self, field: Field, record: Any) -> None:
        """A record of a memoised type, if its segment is at hand."""
        shelf = self.request.shelf(field)
        if shelf is None or field.memo is None:
            raise Surprise
        mark = shelf.new.get(field.memo.version(record))
        if mark.__class__ is Segment:
            for hole in field.children[mark.type.name].holes:
                if hole.kind not in CALLED:
                    raise Surprise
                self.waiting.append((hole, record))
        elif mark.__class__ is not orjson.Fragment:
            raise Surprise
        self.st[2 * field.index + 1] = iter((mark,)).__next__


async def _answer(request: Request, field: Field, record: Any) -> Any:
    """What the field's function answers for the record, or the error instead of it."""
    if field.guard is not None and (refused := request.refusal(field)) is not None:
        return refused
    arguments = request.arguments(field)
    if isinstance(arguments, Exception):
        return arguments
    try:
        value = _call(request, field, record, arguments)
        if waits(value):
            request.tell(lone=True)
            value = await value
    except Exception as error:
        return error
    if field.kind is not Kind.BATCHED:
        return value
    return checked(value, _ONE, f"{field.parent_type.name}.{field.name}")[0]


def _call(request: Request, field: Field, record: Any, arguments: dict[str, Any]) -> Any:
    info: Any = request.info(field)
    marker = field.marker
    if isinstance(marker, Direct):
        return marker.call(record, info, arguments)
    if isinstance(marker, Batched):
        return marker.load([record], info, arguments)
    assert field.definition.resolve is not None
    return field.definition.resolve(record, info, **arguments)


_ONE = range(1)
