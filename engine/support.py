"""What generated code calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from engine.positions import Field, Selection
from engine.segments import Miss, Segment
from engine.shapes import OBJECTS, Surprise, usual
from engine.writer import Code

GAP = b"\x00"
"""Stands for a hole while a segment is rendered; JSON text never has this byte."""
HOLE = orjson.Fragment(GAP)


def placed_by(code_of: Callable[[Selection], Code]) -> Callable[[Any, Any, Any], Any]:
    """The function that renders an object by its mark: by its type, or anew for a segment that is then kept."""

    def placed(mark: Any, record: Any, st: Any) -> Any:
        cls = mark.__class__
        if cls is Selection:
            return (mark.code or code_of(mark)).emit(record, st)
        if cls is not Miss:
            raise Surprise
        code = code_of(mark.selection)
        text = orjson.dumps(code.template(record, st))
        if not mark.selection.holes:
            fragment = orjson.Fragment(text)
            mark.shelf.put(mark.key, fragment, len(text))
            return fragment
        kept = Segment(mark.selection, tuple(text.split(GAP)))
        mark.shelf.put(mark.key, kept, len(text))
        return code.fill(record, st, kept.pieces)

    return placed


def pure_of(field: Field) -> Callable[[Any], Any]:
    """Gives the field's function for one execution; arguments and info are made when the first record asks."""
    place = 2 * field.index
    call = field.marker.call  # type: ignore[union-attr]

    def pure(st: list[Any]) -> Any:
        found = st[place]
        if found is None:
            request = st[-1]
            arguments = request.arguments(field)
            if isinstance(arguments, Exception):
                raise arguments
            info = request.info(field)
            found = st[place] = lambda record: call(record, info, arguments)
        return found

    return pure


def _default(source: Any, name: str) -> Any:
    """graphql-core's default resolver, without the call."""
    return source.get(name) if isinstance(source, Mapping) else getattr(source, name, None)


NAMES: dict[str, Any] = {
    "OBJECTS": OBJECTS,
    "HOLE": HOLE,
    "Surprise": Surprise,
    "Fragment": orjson.Fragment,
    "Segment": Segment,
    "dumps": orjson.dumps,
    "default": _default,
    "usual": usual,
}
