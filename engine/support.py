"""What generated code calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graphql import GraphQLObjectType
from orjson import Fragment, dumps

from engine.positions import Field, Selection
from engine.reach import Met, keep
from engine.segments import HOLE, DeepSegment, Kept, Miss, Segment
from engine.shapes import OBJECTS, Surprise, usual
from engine.writer import Code

CodeOf = Callable[[Selection], Code]


def placed_by(code_of: CodeOf) -> Callable[[Any, Any, Any], Any]:
    """The function that renders an object by its mark: by its type, or anew for a segment that is then kept."""

    def placed(mark: Any, record: Any, st: Any) -> Any:
        cls = mark.__class__
        if cls is Selection:
            return (mark.code or code_of(mark)).emit(record, st)
        if cls is not Miss:
            raise Surprise
        kept = _kept(mark, record, st, code_of(mark.selection))
        return kept if kept.__class__ is Fragment else code_of(mark.selection).fill(record, st, kept)

    return placed


def _kept(miss: Miss, record: Any, st: Any, code: Code) -> Kept:
    met = Met()
    return keep(miss, code.outline(record, st, met), st[-1].vouched, met)


class Places(dict[GraphQLObjectType, Callable[[Any, Any, Any], Any]]):
    """What becomes of the objects of one position: by type, the functions that fill the gaps of kept segments."""

    def __init__(self, field: Field, code_of: CodeOf) -> None:
        super().__init__()
        self._field = field
        self._code_of = code_of
        self._placed = placed_by(code_of)

    def __missing__(self, type_: GraphQLObjectType) -> Callable[[Any, Any, Any], Any]:
        found = self[type_] = self._code_of(self._field.child(type_)).fill
        return found

    def place(self, mark: Any, record: Any, st: Any) -> Any:
        """The object, whatever its mark."""
        if mark.__class__ is DeepSegment:
            return self[mark.type](record, st, mark)
        return self._placed(mark, record, st)

    def outlined(self, mark: Any, record: Any, st: Any, met: Met) -> Any:
        """The object as part of a segment."""
        if mark.__class__ is Selection:
            return self._code_of(mark).outline(record, st, met)
        if mark.__class__ is Miss:
            return met.take(mark.selection, record, _kept(mark, record, st, self._code_of(mark.selection)))
        if mark.__class__ is Segment or mark.__class__ is DeepSegment:
            return met.take(self._field.child(mark.type), record, mark)
        raise Surprise


def woven(pieces: tuple[bytes, ...], texts: list[bytes]) -> Fragment:
    """A segment with its gaps filled."""
    parts = [b""] * (len(pieces) + len(texts))
    parts[::2], parts[1::2] = pieces, texts
    return Fragment(b"".join(parts))


def body_woven(pieces: tuple[bytes, ...], texts: list[bytes]) -> bytes:
    """The same for the root of a query, as the whole response: what is large is not copied once more."""
    parts = [b""] * (len(pieces) + len(texts) + 2)
    parts[0], parts[1:-1:2], parts[2:-1:2], parts[-1] = b'{"data":', pieces, texts, b"}"
    return b"".join(parts)


def let_of(field: Field) -> Callable[[Any], bool]:
    """Asks the field's guard when the first record does; raises Surprise where it refuses."""
    place = 2 * field.index + 1

    def let(st: list[Any]) -> bool:
        if st[place] is None:
            if st[-1].refusal(field) is not None:
                raise Surprise
            st[place] = True
        return True

    return let


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
    "Fragment": Fragment,
    "Segment": Segment,
    "dumps": dumps,
    "woven": woven,
    "body_woven": body_woven,
    "default": _default,
    "usual": usual,
}
