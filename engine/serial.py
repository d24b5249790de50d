"""One root field of a mutation: resolved by itself, what is below it level by level, and written at once."""

from __future__ import annotations

from typing import Any

import orjson

from engine.columnar import completed_field
from engine.emit import code_of, iterators
from engine.facts import Kind
from engine.fetch import fetch
from engine.markers import Attribute, Direct
from engine.positions import Field
from engine.request import Request
from engine.shapes import OBJECTS, waits


async def root_field(request: Request, field: Field, hot: bool) -> bytes | None:
    """The field's value as JSON; None where care is needed, for which every column is then filled."""
    root = request.plan.root
    if field.kind is Kind.TYPENAME:
        return orjson.dumps(root.type.name)
    request.surprised = False
    if not hot:
        await fetch(request, [root], full=True, only=field)
    elif field.kind is Kind.DIRECT:
        await _called(request, field)
    elif field.fetched:
        await fetch(request, [root], only=field)
    if not request.surprised:
        try:
            if hot:
                value = code_of(root).fields[field.index](request.root_value, iterators(request))
            else:
                value = completed_field(request, field)
            return orjson.dumps(value)
        except Exception:
            request.surprised = True
    if hot:
        await fetch(request, [root], full=True, only=field)
    return None


async def _called(request: Request, field: Field) -> None:
    """Fetches a field with a resolver; the usual payload, one object of a known type, needs no work on columns."""
    value = await _resolved(request, field)
    request.columns[field.index] = [value]
    below = field.only
    if below is None or field.marked or field.depth or value.__class__ not in OBJECTS:
        await fetch(request, [request.plan.root], only=field)
        return
    request.calm.add(field.index)
    request.rows[below.index] = request.all_rows[below.index] = [value]
    request.flat[field.index] = [below]
    if below.fetched:
        for one in below.fetched:
            if one.guard is None and one.marker.__class__ is Attribute:
                _read(request, one, value)
        await fetch(request, [below])


def _read(request: Request, field: Field, payload: Any) -> None:
    """The column of an attribute of the payload; most have nothing in them: no errors, or no object because of one."""
    try:
        value = getattr(payload, field.marker.name)  # type: ignore[union-attr]
    except Exception as error:
        value = error
    request.columns[field.index] = [value]
    if value is None or (field.depth and value.__class__ is list and not value):
        request.calm.add(field.index)
        request.marks[field.index] = request.flat[field.index] = []


async def _resolved(request: Request, field: Field) -> Any:
    """What the resolver answers, or the error instead of it."""
    if field.guard is not None and (refused := request.refusal(field)) is not None:
        return refused
    arguments = request.arguments(field)
    if isinstance(arguments, Exception):
        return arguments
    marker = field.marker
    assert isinstance(marker, Direct)
    try:
        value = marker.call(request.root_value, request.info(field), arguments)
        return await value if waits(value) else value
    except Exception as error:
        return error
