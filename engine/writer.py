"""Source text in the making: functions, the names that they refer to, and the code that comes of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from engine.shapes import Surprise


def _surprise(*_: Any) -> Any:
    raise Surprise


class Code:
    """What is generated for one selection.

    `emit(record, st)` gives the whole object. `outline(record, st, met)` leaves HOLE in the places of viewers' own
    values, and for a memoised selection `fill(record, st, segment)` puts them between its pieces. `fields` are the
    root fields of a mutation by index.
    """

    __slots__ = ("emit", "fields", "fill", "outline", "source")

    def __init__(self, names: dict[str, Any], source: str) -> None:
        self.emit: Callable[[Any, Any], Any] = names.get("emit", _surprise)
        self.outline: Callable[[Any, Any, Any], Any] = names.get("outline", _surprise)
        self.fill: Callable[[Any, Any, Any], Any] = names.get("fill", _surprise)
        self.fields: dict[int, Callable[[Any, Any], Any]] = {}
        self.source = source


class Function:
    """One function in the making; iterators are taken out of `st` once, before its body.

    `outline`: viewers' own values are left out, and what is left out is noted in `met`.
    """

    def __init__(self, name: str, parameters: str, outline: bool) -> None:
        self._head = f"def {name}({parameters}):"
        self.outline = outline
        self.guards: dict[Hashable, int] = {}
        """The field that was guarded first, by which callers its guard lets through."""
        self._taken: dict[str, None] = {}
        self._body: list[str] = []

    def take(self, name: str, source: str) -> str:
        """A name that is bound before the body; gives it back."""
        self._taken[f"    {name} = {source}"] = None
        return name

    def add(self, indent: int, line: str) -> None:
        """One line of the body; `indent` counts from the function's head."""
        self._body.append("    " * indent + line)

    def lines(self) -> list[str]:
        """The finished function."""
        return [self._head, *self._taken, *self._body]


class Unit:
    """The functions of one selection and the names that they refer to."""

    def __init__(self, names: dict[str, Any]) -> None:
        self._functions: list[Function] = []
        self.names = dict(names)

    def function(self, name: str, parameters: str, outline: bool = False) -> Function:
        """A new function of the unit."""
        made = Function(name, parameters + ", met" if outline else parameters, outline)
        self._functions.append(made)
        return made

    def code(self) -> Code:
        """The unit compiled."""
        source = "\n".join(line for function in self._functions for line in function.lines())
        exec(compile(source, "<engine>", "exec"), self.names)
        return Code(self.names, source)
