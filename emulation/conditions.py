"""Key conditions of Query in their plain forms: read from the expression, and found in a sorted list."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from emulation.ordered import Bounds, Place

_NAME, _VALUE = r"(#\w+|[a-z]\w*)", r"(:\w+)"
_FORMS: Mapping[str, re.Pattern[str]] = {
    "begins_with": re.compile(rf"begins_with ?\( ?{_NAME} ?, ?{_VALUE} ?\)", re.ASCII),
    "between": re.compile(rf"{_NAME} BETWEEN {_VALUE} AND {_VALUE}", re.ASCII),
    "compared": re.compile(rf"{_NAME} ?(?P<sign>=|<=|>=|<|>) ?{_VALUE}", re.ASCII),
}
_PARTITION = re.compile(rf"{_NAME} ?= ?{_VALUE}(?: AND (.+))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Condition:
    """A key condition: names and values as they are written."""

    partition: tuple[str, str]
    form: str = ""
    """"", "begins_with", "between", or the sign of a comparison."""
    sort: str = ""
    values: tuple[str, ...] = ()


@lru_cache(maxsize=256)
def condition(text: str) -> Condition | None:
    """The parsed key condition; None for what is not one of the plain forms."""
    whole = text[1:-1].strip() if text.startswith("(") and text.endswith(")") else text
    found = _PARTITION.fullmatch(whole)
    if found is None:
        return None
    partition, rest = (found[1], found[2]), found[3]
    if rest is None:
        return Condition(partition)
    for form, pattern in _FORMS.items():
        if one := pattern.fullmatch(rest):
            sign = one.groupdict().get("sign")
            values = tuple(group for group in one.groups() if group.startswith(":"))
            return Condition(partition, sign or form, one[1], values)
    return None


def bounds(form: str, values: Sequence[str]) -> Bounds:
    """Where the places are whose sort key a form with these values takes."""
    if form == "begins_with":
        return lambda places: _prefixed(places, values[0])
    if form == "between":
        return lambda places: (_before(places, values[0]), _behind(places, values[1]))
    low, high = _INTERVALS.get(form, (None, None))
    return lambda places: (
        low(places, values[0]) if low else 0,
        high(places, values[0]) if high else len(places),
    )


def _prefixed(places: list[Place], prefix: str) -> tuple[int, int]:
    def cut(place: Place) -> str:
        return place[0][: len(prefix)]

    return bisect_left(places, prefix, key=cut), bisect_right(places, prefix, key=cut)


def _before(places: list[Place], value: str) -> int:
    return bisect_left(places, value, key=_sort_of)


def _behind(places: list[Place], value: str) -> int:
    return bisect_right(places, value, key=_sort_of)


def _sort_of(place: Place) -> str:
    return place[0]


_INTERVALS = {
    "=": (_before, _behind),
    "<": (None, _before),
    "<=": (None, _behind),
    ">": (_behind, None),
    ">=": (_before, None),
}
