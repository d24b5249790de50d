"""What generated code calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from graphql import GraphQLObjectType

from engine.positions import Field, Selection
from engine.segments import HOLE, Miss, Segment
from engine.shapes import OBJECTS, Surprise, usual
from engine.writer import Code


def placed_by(code_of: Callable[[Selection], Code]) -> Callable[[Any, Any, Any], Any]:
    """The function that renders an object by its mark: by its type, or anew for a segment that is then kept."""

    def placed(mark: Any, record: Any, st: Any) -> Any:
        cls = mark.__class__
        if cls is Selection:
            return (mark.code or code_of(mark)).emit(record, st)
        if cls is not Miss:
            raise Surprise
        code = code_of(mark.selection)
        kept = mark.keep(code.template(record, st))
        return code.fill(record, st, kept) if kept.__class__ is Segment else kept

    return placed


class Fills(dict[GraphQLObjectType, Callable[[Any, Any, Any], Any]]):
    """By type, the functions that fill the holes of kept segments at one position."""

    def __init__(self, field: Field, code_of: Callable[[Selection], Code]) -> None:
        super().__init__()
        self._field = field
        self._code_of = code_of

    def __missing__(self, type_: GraphQLObjectType) -> Callable[[Any, Any, Any], Any]:
        found = self[type_] = self._code_of(self._field.child(type_)).fill
        return found


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
