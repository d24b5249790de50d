"""Numbers that may depend on an operation's variables: known ones are folded, the rest is compiled to closures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

MAX_PAGE = 100

Variables = Mapping[str, Any]
Amount = int | Callable[[Variables], int]
"""A number, or how to compute it from the variables."""


def clamp(value: Any, usual: int) -> int:
    """A page size; what is no number will be refused, or means the default."""
    return min(max(value, 0), MAX_PAGE) if isinstance(value, int) and not isinstance(value, bool) else usual


def length(value: Any, usual: int) -> int:
    """The items of a list argument, such as ids to look up."""
    return min(len(value), MAX_PAGE) if isinstance(value, list | tuple) else usual


def add(amounts: Sequence[Amount]) -> Amount:
    """Their sum."""
    total = 0
    open_: list[Callable[[Variables], int]] = []
    for amount in amounts:
        if isinstance(amount, int):
            total += amount
        else:
            open_.append(amount)
    if not open_:
        return total
    return lambda variables: total + sum([amount(variables) for amount in open_])


def peak(amounts: Sequence[Amount]) -> Amount:
    """The largest of them, 0 of none."""
    highest = max([amount for amount in amounts if isinstance(amount, int)], default=0)
    open_ = [amount for amount in amounts if not isinstance(amount, int)]
    if not open_:
        return highest
    return lambda variables: max(highest, *[amount(variables) for amount in open_])


def multiply(left: Amount, right: Amount) -> Amount:
    """Their product."""
    if isinstance(left, int):
        if isinstance(right, int):
            return left * right
        return lambda variables: left * right(variables)
    if isinstance(right, int):
        return lambda variables: left(variables) * right
    return lambda variables: left(variables) * right(variables)
