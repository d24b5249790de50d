"""One root field of a mutation: resolved by itself, what is below it level by level, and written at once."""

from __future__ import annotations

import orjson

from engine.columnar import completed_field
from engine.emit import code_of, iterators
from engine.facts import CALLED, Kind
from engine.fetch import fetch
from engine.positions import Field
from engine.request import Request
from engine.single import single


async def root_field(request: Request, field: Field, hot: bool) -> bytes | None:
    """The field's value as JSON; None where care is needed, for which every column is then filled."""
    root = request.plan.root
    if field.kind is Kind.TYPENAME:
        return orjson.dumps(root.type.name)
    request.surprised = False
    if hot and field.kind in CALLED and (text := await single(request, field)) is not None:
        return text
    if field.fetched or not hot:
        await fetch(request, [root], full=not hot, only=field)
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
