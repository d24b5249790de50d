"""Generated code: functions that turn records and columns into what orjson writes, specialised for one selection.

For `{ titles { name progress { seconds } } }`, where `progress` is a batched field, this is the idea:

    def emit(r, st):                                 # the root
        n0 = st[0]
        v0 = n0()                                    # the next value in the column of `titles`
        if v0 is not None: v0 = f0_0(v0, st)
        return {"titles": v0}

    def f0_0(v, st):                                 # the list
        n2 = st[4]
        out = []
        for r in v:
            if r is None: raise Surprise             # for [Title!]
            v1 = r.name
            if v1.__class__ is not str: v1 = L1(v1)
            v2 = n2()
            if v2 is not None: v2 = f2_0(v2, st)
            out.append({"name": v1, "progress": v2})
        return out

`st` holds for field i at 2i the iterator of its column, at 2i + 1 that of its marks, and last the request itself.
Whatever is not usual raises, and the careful interpreter answers over the same columns.
"""

from __future__ import annotations

import keyword
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from graphql import GraphQLList, GraphQLNonNull, OperationType

from engine.facts import Kind
from engine.leaves import check_of, enum_class, leaf_of
from engine.markers import Attribute
from engine.positions import Field, Selection
from engine.segments import Miss, Segment
from engine.shapes import OBJECTS, Surprise, usual
from engine.writer import Code, Function, Unit

GAP = b"\x00"
"""Stands for a hole while a segment is rendered; JSON text never has this byte."""
HOLE = orjson.Fragment(GAP)


def code_of(selection: Selection) -> Code:
    """The selection's functions, generated when first asked for."""
    if selection.code is None:
        selection.code = _generate(selection)
    code: Code = selection.code
    return code


def _generate(selection: Selection) -> Code:
    unit = Unit(_NAMES)
    if selection.memoised:
        _whole(unit, "template", selection, selection.holes)
        _fill(unit, selection)
        code = unit.code()
        code.emit = _later(selection)
        return code
    plan = selection.plan
    if selection is not plan.root or plan.operation.operation is not OperationType.MUTATION:
        _whole(unit, "emit", selection, [])
        return unit.code()
    for field in selection.fields:
        function = unit.function(f"field_{field.index}", "r, st")
        _value(unit, function, 1, field)
        function.add(1, f"return v{field.index}")
    code = unit.code()
    code.fields = {field.index: unit.names[f"field_{field.index}"] for field in selection.fields}
    return code


def _later(selection: Selection) -> Callable[[Any, Any], Any]:
    """Whole objects of a memoised selection: generated when the first record comes that is not kept."""

    def emit(record: Any, st: Any) -> Any:
        unit = Unit(_NAMES)
        _whole(unit, "emit", selection, [])
        code = code_of(selection)
        code.emit = unit.code().emit
        return code.emit(record, st)

    return emit


def _whole(unit: Unit, name: str, selection: Selection, without: list[Field]) -> None:
    function = unit.function(name, "r, st")
    function.add(1, f"return {_object(unit, function, 1, selection, without)}")


def _fill(unit: Unit, selection: Selection) -> None:
    function = unit.function("fill", "r, st, p")
    parts = ["p[0]"]
    for place, field in enumerate(selection.holes):
        _value(unit, function, 1, field)
        parts += [f"dumps(v{field.index})", f"p[{place + 1}]"]
    function.add(1, f"return Fragment(b''.join(({', '.join(parts)},)))")


def _object(unit: Unit, function: Function, indent: int, selection: Selection, without: list[Field]) -> str:
    """Writes the statements for the fields of `r`; gives the display of the object."""
    items = []
    for field in selection.fields:
        if field in without:
            items.append(f"{field.key!r}: HOLE")
            continue
        _value(unit, function, indent, field)
        items.append(f"{field.key!r}: v{field.index}")
    return "{" + ", ".join(items) + "}"


def _value(unit: Unit, function: Function, indent: int, field: Field) -> None:
    """Writes the statements that put the field's completed value into its variable."""
    variable = f"v{field.index}"
    if field.kind is Kind.PURE and not field.fetched:
        unit.names[f"pure_{field.index}"] = _pure(field)
    function.add(indent, f"{variable} = {_read(function, field)}")
    if field.kind is Kind.TYPENAME:
        return
    if field.leaf:
        _leaf(unit, function, indent, field, variable)
        return
    type_, required = _nullable(field.type)
    name = _completer(unit, field, type_, 0)
    if required:
        function.add(indent, f"if {variable} is None: raise Surprise")
        function.add(indent, f"{variable} = {name}({variable}, st)")
    else:
        function.add(indent, f"if {variable} is not None: {variable} = {name}({variable}, st)")


def _read(function: Function, field: Field) -> str:
    if field.kind is Kind.TYPENAME:
        return repr(field.parent_type.name)
    if field.fetched:
        return function.take(f"n{field.index}", f"st[{2 * field.index}]") + "()"
    if field.kind is Kind.PURE:
        return function.take(f"n{field.index}", f"pure_{field.index}(st)") + "(r)"
    if isinstance(field.marker, Attribute):
        name = field.marker.name
        simple = name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("__")
        return f"r.{name}" if simple else f"getattr(r, {name!r})"
    return f"r.get({field.name!r}) if r.__class__ is dict else default(r, {field.name!r})"


def _pure(field: Field) -> Callable[[Any], Any]:
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


def _leaf(unit: Unit, function: Function, indent: int, field: Field, variable: str) -> None:
    name = f"L{field.index}"
    unit.names[name] = leaf_of(field.type)
    members = enum_class(field.type)
    if members is not None:
        unit.names[f"E{field.index}"] = members
        function.add(indent, f"if {variable}.__class__ is E{field.index}: {variable} = {variable}._name_")
        function.add(indent, f"else: {variable} = {name}({variable})")
        return
    check = check_of(field.type, variable)
    function.add(indent, (f"if {check}: " if check else "") + f"{variable} = {name}({variable})")


def _completer(unit: Unit, field: Field, type_: Any, level: int) -> str:
    """Writes the function for a composite value or list that is not null; gives its name."""
    name = f"f{field.index}_{level}"
    if not isinstance(type_, GraphQLList):
        function = unit.function(name, "r, st")
        _one(unit, function, 1, field, "return {}")
        return name
    function = unit.function(name, "v, st")
    function.add(1, "if v.__class__ is not list and v.__class__ is not tuple: raise Surprise")
    function.add(1, "out = []")
    function.add(1, "for r in v:")
    function.add(2, "if r is None:")
    item_type, required = _nullable(type_.of_type)
    if required:
        function.add(3, "raise Surprise")
    else:
        function.add(3, "out.append(None)")
        function.add(3, "continue")
    if isinstance(item_type, GraphQLList):
        function.add(2, f"out.append({_completer(unit, field, item_type, level + 1)}(r, st))")
    else:
        _one(unit, function, 2, field, "out.append({})")
    function.add(1, "return out")
    return name


def _one(unit: Unit, function: Function, indent: int, field: Field, use: str) -> None:
    """Writes what completes the object `r`."""
    if field.marked:
        mark = function.take(f"m{field.index}", f"st[{2 * field.index + 1}]")
        function.add(indent, f"m = {mark}()")
        if field.memo is not None or field.late_memo:
            function.add(indent, "if m.__class__ is Segment: m = m.selection.code.fill(r, st, m.pieces)")
            function.add(indent, "elif m.__class__ is not Fragment: m = placed(m, r, st)")
            function.add(indent, use.format("m"))
        else:
            function.add(indent, use.format("placed(m, r, st)"))
        return
    if not field.fetched:
        function.add(indent, "if r.__class__ not in OBJECTS: usual(r)")
    assert field.only is not None
    function.add(indent, use.format(_object(unit, function, indent, field.only, [])))


def _nullable(type_: Any) -> tuple[Any, bool]:
    """The type without its non-null wrapper, and whether it had one."""
    return (type_.of_type, True) if isinstance(type_, GraphQLNonNull) else (type_, False)


def _placed(mark: Any, record: Any, st: Any) -> Any:
    """An object whose mark says how it is rendered: by its type, from its segment, or anew and kept."""
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


def _default(source: Any, name: str) -> Any:
    """graphql-core's default resolver, without the call."""
    return source.get(name) if isinstance(source, Mapping) else getattr(source, name, None)


_NAMES: dict[str, Any] = {
    "OBJECTS": OBJECTS,
    "HOLE": HOLE,
    "Surprise": Surprise,
    "Fragment": orjson.Fragment,
    "Segment": Segment,
    "dumps": orjson.dumps,
    "default": _default,
    "placed": _placed,
    "usual": usual,
}
