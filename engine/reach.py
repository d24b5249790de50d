"""Segments with gaps at any depth: which viewers' values stand below a record, and the records that they belong to.

A series with its seasons and episodes is the same for every viewer but for the progress in each episode. Its segment is
the whole text with a gap for each of them, and holds the episodes themselves, so that their progress can be asked for
without reading seasons and episodes again.
"""

from __future__ import annotations

from collections import defaultdict
from enum import Enum, auto
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from graphql import GraphQLObjectType
from orjson import Fragment

from engine.markers import Memo
from engine.segments import GAP, DeepSegment, Kept, Miss, Segment

if TYPE_CHECKING:
    from engine.positions import Field, Selection
    from engine.request import Request


class Differs(Enum):
    """What may be another value for another viewer of the same record."""

    NOTHING = auto()
    BELOW = auto()
    ITSELF = auto()


class Reach:
    """The fields below a selection whose values are viewers' own, numbered alike in all plans with the same selection.

    `gaps`: these fields. `selections`: those that they stand in.
    """

    __slots__ = ("_numbers", "gaps", "selections")

    def __init__(self, selection: Selection) -> None:
        self.gaps: list[Field] = []
        self.selections: list[Selection] = []
        self._add(selection)
        self._numbers = {field.index: number for number, field in enumerate(self.gaps)}

    def _add(self, selection: Selection) -> None:
        own = [field for field in selection.fields if field.differs is Differs.ITSELF]
        if own:
            self.selections.append(selection)
            self.gaps += own
        for field in own:
            field.hole = True
        for field in selection.fields:
            if field.differs is Differs.BELOW:
                for child in field.selections():
                    self._add(child)

    def numbers(self, met: Met) -> tuple[int, ...]:
        """The gaps that were met, by number."""
        return tuple([self._numbers[index] for index in met.gaps])

    def parents(self, met: Met) -> tuple[tuple[Any, ...], ...]:
        """For each selection the records that were met."""
        return tuple([tuple(met.parents.get(selection.index, ())) for selection in self.selections])


def reach_of(selection: Selection) -> Reach:
    """That of a selection which has deep segments."""
    assert selection.reach is not None
    return selection.reach


class Met:
    """What was met while a segment was written: gaps as indices of fields, and records by the index of selections."""

    __slots__ = ("gaps", "parents")

    def __init__(self) -> None:
        self.gaps: list[int] = []
        self.parents: defaultdict[int, list[Any]] = defaultdict(list)

    def take(self, selection: Selection, record: Any, kept: Kept) -> Fragment:
        """The text of a record's own segment with its gaps, as part of a larger one."""
        if isinstance(kept, Segment):
            self.gaps += [field.index for field in selection.holes]
            self.parents[selection.index].append(record)
        elif isinstance(kept, DeepSegment):
            reach = reach_of(selection)
            self.gaps += [reach.gaps[number].index for number in kept.gaps]
            for one, records in zip(reach.selections, kept.parents, strict=True):
                self.parents[one.index] += records
        else:
            return kept
        return Fragment(GAP.join(kept.pieces))


def keep(miss: Miss, template: Any, vouched: bool, met: Met) -> Kept:
    """Renders a record, in which HOLE stands for its gaps, and keeps it if it is `vouched` for."""
    reach: Reach | None = miss.selection.reach
    if reach is None:
        return miss.keep(template, vouched)
    return miss.keep_deep(template, vouched, reach.numbers(met), reach.parents(met))


def _level(field: Field, marks: list[Any]) -> None:
    """Takes a deep segment only where all records of its selection have one: their rows must not be mixed with others.

    What is below a record without one is met levels later, in the rows of the very same selections.
    """
    if set(map(type, marks)) == {DeepSegment}:
        return
    anew = {id(mark.selection if mark.__class__ is Miss else mark) for mark in marks}
    for place, mark in enumerate(marks):
        if mark.__class__ is DeepSegment and id(selection := field.child(mark.type)) in anew:
            marks[place] = selection


def reach_down(request: Request, field: Field, marks: list[Any]) -> list[Selection]:
    """Puts the records that deep segments hold into the rows of their selections; gives those."""
    _level(field, marks)
    by_type: dict[GraphQLObjectType, list[DeepSegment]] = {}
    for mark in marks:
        if mark.__class__ is DeepSegment:
            by_type.setdefault(mark.type, []).append(mark)
    touched = [one for type_, kept in by_type.items() for one in hand_out(request, reach_of(field.child(type_)), kept)]
    request.reached += touched
    if touched:
        request.deepened.append(field)
    return touched


def hand_out(request: Request, reach: Reach, kept: list[DeepSegment]) -> list[Selection]:
    """Puts the records that segments of one selection hold into the rows where their values are asked for."""
    request.grow()
    if len(kept) == 1:
        for selection, held in zip(reach.selections, kept[0].parents, strict=True):
            request.rows[selection.index], request.all_rows[selection.index] = [], [*held]
        return reach.selections
    for selection, *records in zip(reach.selections, *[one.parents for one in kept], strict=True):
        request.rows[selection.index], request.all_rows[selection.index] = [], list(chain.from_iterable(records))
    return reach.selections


def come_up(request: Request) -> None:
    """Forgets deep segments, after a surprise: everything is to be fetched but for the values of viewers.

    Those stay in their columns if the rows turn out to be the same, see `still`: no resolver is called twice.
    """
    request.deep = False
    for field in request.deepened:
        request.marks[field.index] = request.flat[field.index] = None
    for selection in request.reached:
        request.before[selection.index] = selection.memo, request.all_rows[selection.index]
        request.rows[selection.index] = request.all_rows[selection.index] = []
        for field in selection.fields:
            if not field.hole:
                empty(request, field)  # what is below was not fetched, or reached by itself


def still(request: Request, field: Field) -> None:
    """Forgets the values of a viewer's field if its rows are not those for which it was asked."""
    memo, before = request.before[field.parents]
    now = request.all_rows[field.parents]
    if len(before) != len(now) or not all(map(partial(_is_same, memo), before, now)):
        _forget(request, field)


def _is_same(memo: Memo | None, old: Any, new: Any) -> bool:
    """Whether a record that was fetched anew is the one that a segment held, going by what versions promise."""
    if old is new or memo is None:
        return True
    try:
        return memo.version(old) == memo.version(new)
    except Exception:
        return False


def empty(request: Request, field: Field) -> None:
    """Forgets the field's values, so that they are fetched."""
    request.columns[field.index] = request.marks[field.index] = request.flat[field.index] = None
    request.calm.pop(field.index, None)


def _forget(request: Request, field: Field) -> None:
    empty(request, field)
    for selection in field.children.values():
        for below in selection.fields:
            _forget(request, below)
