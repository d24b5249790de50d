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
            if v2 is not None:
                v3 = v2.seconds
                if v3.__class__ is not int or not -2147483648 <= v3 <= 2147483647: v3 = L3(v3)
                v2 = {"seconds": v3}
            out.append({"name": v1, "progress": v2})
        return out

`st` holds for field i at 2i the iterator of its column, at 2i + 1 that of its marks, and last the request itself.
Whatever is not usual raises, and the careful interpreter answers over the same columns.
"""

from __future__ import annotations

import keyword
from collections.abc import Callable
from typing import Any

from graphql import GraphQLList, GraphQLNonNull, OperationType

from engine.facts import Kind
from engine.leaves import check_of, enum_class, leaf_of
from engine.markers import Attribute
from engine.positions import Field, Selection
from engine.request import Request
from engine.support import NAMES, Fills, placed_by, pure_of
from engine.writer import Code, Function, Unit


def code_of(selection: Selection) -> Code:
    """The selection's functions, generated when first asked for."""
    if selection.code is None:
        selection.code = _generate(selection)
    code: Code = selection.code
    return code


_NAMES: dict[str, Any] = {**NAMES, "placed": placed_by(code_of)}


def _generate(selection: Selection) -> Code:
    unit = Unit(_NAMES)
    if selection.memoised:
        _whole(unit, "template", selection, selection.holes)
        _fill(unit, selection)
        code = unit.code()
        code.emit = _later(selection)
        return code
    if not selection.is_root or selection.plan.operation.operation is not OperationType.MUTATION:
        _whole(unit, "emit", selection, [])
        return unit.code()
    for field in selection.fields:
        function = unit.function(f"field_{field.index}", "r, st")
        _value(unit, function, 1, field, "r")
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
    function.add(1, f"return {_object(unit, function, 1, selection, without, 'r')}")


def _fill(unit: Unit, selection: Selection) -> None:
    function = unit.function("fill", "r, st, kept")
    parts = ["p[0]"]
    for place, field in enumerate(selection.holes):
        _value(unit, function, 1, field, "r")
        parts += [f"dumps(v{field.index})", f"p[{place + 1}]"]
    empty = " and ".join(f"v{field.index} is None" for field in selection.holes) or "True"
    function.add(1, f"if {empty}: return kept.blank")
    function.add(1, "p = kept.pieces")
    function.add(1, f"return Fragment(b''.join(({', '.join(parts)},)))")


def _object(
    unit: Unit, function: Function, indent: int, selection: Selection, without: list[Field], record: str
) -> str:
    """Writes the statements for the fields of the record; gives the display of the object."""
    items = []
    for field in selection.fields:
        if field in without:
            items.append(f"{field.key!r}: HOLE")
            continue
        _value(unit, function, indent, field, record)
        items.append(f"{field.key!r}: v{field.index}")
    return "{" + ", ".join(items) + "}"


def _value(unit: Unit, function: Function, indent: int, field: Field, record: str) -> None:
    """Writes the statements that put the field's completed value into its variable."""
    variable = f"v{field.index}"
    if field.kind is Kind.PURE and not field.fetched:
        unit.names[f"pure_{field.index}"] = pure_of(field)
    function.add(indent, f"{variable} = {_read(function, field, record)}")
    if field.kind is Kind.TYPENAME:
        return
    if field.leaf:
        _leaf(unit, function, indent, field, variable)
        return
    type_, required = _nullable(field.type)
    if required:
        function.add(indent, f"if {variable} is None: raise Surprise")
    else:
        function.add(indent, f"if {variable} is not None:")
        indent += 1
    if isinstance(type_, GraphQLList):
        function.add(indent, f"{variable} = {_list(unit, field, type_, 0)}({variable}, st)")
    else:
        _one(unit, function, indent, field, variable, f"{variable} = {{}}")


def _read(function: Function, field: Field, record: str) -> str:
    if field.kind is Kind.TYPENAME:
        return repr(field.parent_type.name)
    if field.fetched:
        return function.take(f"n{field.index}", f"st[{2 * field.index}]") + "()"
    if field.kind is Kind.PURE:
        return function.take(f"n{field.index}", f"pure_{field.index}(st)") + f"({record})"
    if isinstance(field.marker, Attribute):
        name = field.marker.name
        simple = name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("__")
        return f"{record}.{name}" if simple else f"getattr({record}, {name!r})"
    return f"{record}.get({field.name!r}) if {record}.__class__ is dict else default({record}, {field.name!r})"


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


def _list(unit: Unit, field: Field, type_: Any, level: int) -> str:
    """Writes the function for a list of objects, or of lists of them, that is not null; gives its name."""
    name = f"f{field.index}_{level}"
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
        function.add(2, f"out.append({_list(unit, field, item_type, level + 1)}(r, st))")
    else:
        _one(unit, function, 2, field, "r", "out.append({})")
    function.add(1, "return out")
    return name


def _one(unit: Unit, function: Function, indent: int, field: Field, record: str, use: str) -> None:
    """Writes what completes one object; `use` says what becomes of it."""
    if not field.marked:
        if not field.fetched:
            function.add(indent, f"if {record}.__class__ not in OBJECTS: usual({record})")
        assert field.only is not None
        function.add(indent, use.format(_object(unit, function, indent, field.only, [], record)))
        return
    mark = function.take(f"m{field.index}", f"st[{2 * field.index + 1}]")
    if field.memo is None and not field.late_memo:
        function.add(indent, use.format(f"placed({mark}(), {record}, st)"))
        return
    function.add(indent, f"m = {mark}()")
    unit.names[f"F{field.index}"] = Fills(field, code_of)
    function.add(indent, f"if m.__class__ is Segment: m = F{field.index}[m.type]({record}, st, m)")
    function.add(indent, f"elif m.__class__ is not Fragment: m = placed(m, {record}, st)")
    function.add(indent, use.format("m"))


def _nullable(type_: Any) -> tuple[Any, bool]:
    """The type without its non-null wrapper, and whether it had one."""
    return (type_.of_type, True) if isinstance(type_, GraphQLNonNull) else (type_, False)


def iterators(request: Request) -> list[Any]:
    """What generated code reads in turn: `st`, see above."""
    st: list[Any] = [None] * (2 * request.plan.field_count)
    for place, column in enumerate(request.columns):
        if column is not None:
            st[2 * place] = iter(column).__next__
            marks = request.marks[place]
            if marks is not None:
                st[2 * place + 1] = iter(marks).__next__
    st.append(request)
    return st
