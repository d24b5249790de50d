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
from engine.markers import Attribute, alike
from engine.positions import Field, Selection
from engine.reach import Differs
from engine.request import Request
from engine.support import NAMES, Places, let_of, placed_by, pure_of
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
    if selection.is_root and selection.plan.operation.operation is OperationType.MUTATION:
        for field in selection.fields:
            function = unit.function(f"field_{field.index}", "r, st")
            _value(unit, function, 1, field, "r")
            function.add(1, f"return v{field.index}")
        code = unit.code()
        code.fields = {field.index: unit.names[f"field_{field.index}"] for field in selection.fields}
    elif selection.memoised:
        _whole(unit, selection, outline=True)
        _fill(unit, selection)
        code = unit.code()
        code.emit = _later(selection, outline=False)
    else:
        _whole(unit, selection, outline=False)
        code = unit.code()
        code.outline = _later(selection, outline=True)
    return code


def _later(selection: Selection, *, outline: bool) -> Callable[..., Any]:
    """The function that is rarer for the selection: generated when first called."""

    def first(*arguments: Any) -> Any:
        unit = Unit(_NAMES)
        _whole(unit, selection, outline)
        made, code = unit.code(), code_of(selection)
        if outline:
            code.outline = made.outline
            return made.outline(*arguments)
        code.emit = made.emit
        return made.emit(*arguments)

    return first


def _whole(unit: Unit, selection: Selection, outline: bool) -> None:
    function = unit.function("outline" if outline else "emit", "r, st", outline)
    function.add(1, f"return {_object(unit, function, 1, selection, 'r')}")


def _fill(unit: Unit, selection: Selection) -> None:
    function = unit.function("fill", "r, st, kept")
    if selection.reach is not None:
        _fill_deep(unit, function, selection.reach.gaps, "body_woven" if selection.is_root else "woven")
        return
    parts = ["p[0]"]
    for place, field in enumerate(selection.holes):
        _value(unit, function, 1, field, "r")
        parts += [f"dumps(v{field.index})", f"p[{place + 1}]"]
    empty = " and ".join(f"v{field.index} is None" for field in selection.holes) or "True"
    function.add(1, f"if {empty}: return kept.blank")
    function.add(1, "p = kept.pieces")
    function.add(1, f"return Fragment(b''.join(({', '.join(parts)},)))")


def _fill_deep(unit: Unit, function: Function, gaps: list[Field], weave: str) -> None:
    """Gaps of several fields may stand in any order, so each is told by its number."""
    function.add(1, "texts = []")
    function.add(1, "for gap in kept.gaps:")
    for number, field in enumerate(gaps):
        indent = 2
        if len(gaps) > 1:
            function.add(indent, f"if gap == {number}:")
            indent = 3
        _value(unit, function, indent, field, "r")
        function.add(indent, f"texts.append(b'null' if v{field.index} is None else dumps(v{field.index}))")
    function.add(1, f"return {weave}(kept.pieces, texts)")


def _object(unit: Unit, function: Function, indent: int, selection: Selection, record: str) -> str:
    """Writes the statements for the fields of the record; gives the display of the object."""
    own = [field for field in selection.fields if function.outline and field.differs is Differs.ITSELF]
    if own:
        function.add(indent, f"met.parents[{selection.index}].append({record})")
    items = []
    for field in selection.fields:
        if field in own:
            function.add(indent, f"met.gaps.append({field.index})")
            items.append(f"{field.key!r}: HOLE")
            continue
        _value(unit, function, indent, field, record)
        items.append(f"{field.key!r}: v{field.index}")
    return "{" + ", ".join(items) + "}"


def _value(unit: Unit, function: Function, indent: int, field: Field, record: str) -> None:
    """Writes the statements that put the field's completed value into its variable."""
    variable = f"v{field.index}"
    function.add(indent, f"{variable} = {_read(unit, function, indent, field, record)}")
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
        function.add(indent, f"{variable} = {_list(unit, function, field, type_, 0)(variable)}")
    else:
        _one(unit, function, indent, field, variable, f"{variable} = {{}}")


def _read(unit: Unit, function: Function, indent: int, field: Field, record: str) -> str:
    if field.kind is Kind.TYPENAME:
        return repr(field.parent_type.name)
    if field.fetched:
        return function.take(f"n{field.index}", f"st[{2 * field.index}]") + "()"
    if field.guard is not None:
        asked = function.guards.setdefault(alike(field.guard), field.index)
        if asked == field.index:
            unit.names[f"let_{asked}"] = let_of(field)
        allowed = function.take(f"ok{asked}", "False")
        function.add(indent, f"if not {allowed}: {allowed} = let_{asked}(st)")
    if field.kind is Kind.PURE:
        unit.names[f"pure_{field.index}"] = pure_of(field)
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


def _list(unit: Unit, caller: Function, field: Field, type_: Any, level: int) -> Callable[[str], str]:
    """Writes the function for a list of objects, or of lists of them, that is not null; gives how it is called."""
    outline = caller.outline and field.differs is Differs.BELOW
    name = f"{'o' if outline else 'f'}{field.index}_{level}"
    function = unit.function(name, "v, st", outline)
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
        function.add(2, f"out.append({_list(unit, function, field, item_type, level + 1)('r')})")
    else:
        _one(unit, function, 2, field, "r", "out.append({})")
    function.add(1, "return out")
    return lambda value: f"{name}({value}, st{', met' if outline else ''})"


def _one(unit: Unit, function: Function, indent: int, field: Field, record: str, use: str) -> None:
    """Writes what completes one object; `use` says what becomes of it."""
    if not field.marked:
        if not field.fetched:
            function.add(indent, f"if {record}.__class__ not in OBJECTS: usual({record})")
        assert field.only is not None
        function.add(indent, use.format(_object(unit, function, indent, field.only, record)))
        return
    mark = function.take(f"m{field.index}", f"st[{2 * field.index + 1}]")
    outline = function.outline and field.differs is Differs.BELOW
    if field.memo is None and not field.late_memo and not outline:
        function.add(indent, use.format(f"placed({mark}(), {record}, st)"))
        return
    places = f"P{field.index}"
    unit.names[places] = Places(field, code_of)
    function.add(indent, f"m = {mark}()")
    if outline:
        function.add(indent, f"if m.__class__ is not Fragment: m = {places}.outlined(m, {record}, st, met)")
    else:
        function.add(indent, f"if m.__class__ is Segment: m = {places}[m.type]({record}, st, m)")
        function.add(indent, f"elif m.__class__ is not Fragment: m = {places}.place(m, {record}, st)")
    function.add(indent, use.format("m"))


def _nullable(type_: Any) -> tuple[Any, bool]:
    """The type without its non-null wrapper, and whether it had one."""
    return (type_.of_type, True) if isinstance(type_, GraphQLNonNull) else (type_, False)


def iterators(request: Request) -> list[Any]:
    """What generated code reads in turn: `st`, see above."""
    columns, every_mark = request.columns, request.marks
    st: list[Any] = [None] * (2 * len(columns))
    for place in request.filled:
        column = columns[place]
        if column is not None:
            st[2 * place] = iter(column).__next__
            marks = every_mark[place]
            if marks is not None:
                st[2 * place + 1] = iter(marks).__next__
    st.append(request)
    return st
