"""Says which variable is wrong, why, and what a right one looks like: one line each, never the value itself."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from gateway.settings_fields import PREFIX, leaves

REFUSED = 2
"""The exit status for a wrong setting or argument."""


class SettingsRefused(Exception):
    """The environment does not make a configuration; `lines` has one sentence per fault."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = tuple(lines)
        super().__init__("\n".join(self.lines))

    def tell(self) -> int:
        """Prints the lines for the person at the keyboard; the exit status."""
        print(self, file=sys.stderr)
        return REFUSED


def unknown(kind: type[Any], given: Mapping[str, str]) -> list[str]:
    """One line per variable with our prefix that no setting has, with the nearest name that one has."""
    known = list(names(kind))
    strange = (name for name in sorted(given) if name.startswith(PREFIX) and name not in known)
    return [f"{name} is no setting.{_hint(name, known)}" for name in strange]


def names(kind: type[Any]) -> Iterator[str]:
    """Every variable that can be set, sections opened."""
    return (name for leaf in leaves(kind) for name in leaf.names)


def described(kind: type[Any]) -> Iterator[str]:
    """One line per setting: its name, what it is, and its default or an example."""
    for leaf in leaves(kind):
        sample = leaf.about.example or leaf.default
        needed = "required, " if leaf.required else ""
        yield f"{leaf.name}: {leaf.about.description} ({needed}such as {sample})" if sample is not None else leaf.name


def _hint(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1, cutoff=0.8)
    return f" Did you mean {near[0]}?" if near else " `python -m gateway settings` lists all of them."
