"""Source text in the making: functions, the names that they refer to, and the code that comes of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.shapes import Surprise


def _surprise(*_: Any) -> Any:
    raise Surprise


class Code:
    """What is generated for one selection.

    `emit(record, st)` gives the whole object. For a memoised selection `template(record, st)` leaves HOLE in the places
    of its holes and `fill(record, st, segment)` puts their values between its pieces. `fields` are the root
    fields of a mutation by index.
    """

    __slots__ = ("emit", "fields", "fill", "source", "template")

    def __init__(self, names: dict[str, Any], source: str) -> None:
        self.emit: Callable[[Any, Any], Any] = names.get("emit", _surprise)
        self.template: Callable[[Any, Any], Any] = names.get("template", _surprise)
        self.fill: Callable[[Any, Any, Any], Any] = names.get("fill", _surprise)
        self.fields: dict[int, Callable[[Any, Any], Any]] = {}
        self.source = source


class Function:
    """One function in the making; iterators are taken out of `st` once, before its body."""

    def __init__(self, head: str) -> None:
        self._head = head
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

    def function(self, name: str, parameters: str) -> Function:
        """A new function of the unit."""
        made = Function(f"def {name}({parameters}):")
        self._functions.append(made)
        return made

    def code(self) -> Code:
        """The unit compiled."""
        source = "\n".join(line for function in self._functions for line in function.lines())
        exec(compile(source, "<engine>", "exec"), self.names)
        return Code(self.names, source)
