"""Reads a record from variables: each field says how its text is read, what it is, and what a right one looks like."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass
from typing import Any, TypeVar, get_args, get_type_hints

PREFIX = "MARQUEE_"

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a field says of itself; `read` turns text into the value, or raises ValueError with the reason."""

    read: Callable[[str], Any]
    description: str
    example: str | None
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A setting in its place: the names of its variable, the first one for people, and its default (or MISSING)."""

    names: tuple[str, ...]
    about: About
    default: Any

    @property
    def name(self) -> str:
        """How it is called."""
        return self.names[0]

    @property
    def required(self) -> bool:
        """Whether there is no configuration without it."""
        return self.default is MISSING

    def refused(self, reason: str) -> str:
        """The line that tells what is wrong with it."""
        shown = self.about.example or (None if self.default in (MISSING, None, (), "") else self.default)
        example = "" if shown is None else f" Example: {self.name}={shown}"
        return f"{self.name} ({self.about.description}) {reason}.{example}"


def setting(
    read: Callable[[str], Any],
    description: str,
    *,
    default: Any = MISSING,
    example: str | None = None,
    names: tuple[str, ...] = (),
) -> Any:
    """A field of a record; required without a default. `names` are variables that do not follow from its place."""
    about = About(read=read, description=description, example=example, names=names)
    return dataclasses.field(default=default, metadata={"about": about})


def leaves(kind: type[Any], path: tuple[str, ...] = ()) -> Iterator[Leaf]:
    """Every setting of a record, sections opened."""
    for part, section in _parts(kind):
        if section is None:
            yield _leaf(part, path)
        else:
            yield from leaves(section, (*path, part.name))


def read(kind: type[Record], given: Mapping[str, str], faults: list[str], path: tuple[str, ...] = ()) -> Record | None:
    """The record by the variables in `given`; None when it cannot be made, with a line per fault added to `faults`."""
    values: dict[str, Any] = {}
    before = len(faults)
    for part, section in _parts(kind):
        if section is None:
            _read_leaf(_leaf(part, path), part.name, given, values, faults)
        elif part.default is MISSING or _any_given(section, (*path, part.name), given):
            values[part.name] = read(section, given, faults, (*path, part.name))
    if len(faults) > before:
        return None
    try:
        return kind(**values)
    except ValueError as error:
        faults.append(f"{_variable(path)} is refused: {error}.")
        return None


def _read_leaf(leaf: Leaf, name: str, given: Mapping[str, str], values: dict[str, Any], faults: list[str]) -> None:
    text = next((given[variable] for variable in leaf.names if variable in given), None)
    if text is None:
        if leaf.required:
            faults.append(leaf.refused("is missing"))
        return
    try:
        values[name] = leaf.about.read(text)
    except ValueError as error:
        faults.append(leaf.refused(f"is refused: {str(error).rstrip('.')}"))


def _any_given(section: type[Any], path: tuple[str, ...], given: Mapping[str, str]) -> bool:
    return any(name in given for leaf in leaves(section, path) for name in leaf.names)


def _parts(kind: type[Any]) -> Iterator[tuple[dataclasses.Field[Any], type[Any] | None]]:
    """The fields of a record, each with the record that it opens if it is a section."""
    hints = get_type_hints(kind)
    for part in dataclasses.fields(kind):
        hint = hints[part.name]
        kinds = () if part.metadata else (hint, *get_args(hint))
        yield part, next((one for one in kinds if isinstance(one, type) and dataclasses.is_dataclass(one)), None)


def _leaf(part: dataclasses.Field[Any], path: tuple[str, ...]) -> Leaf:
    about: About = part.metadata["about"]
    return Leaf(names=about.names or (_variable((*path, part.name)),), about=about, default=part.default)


def _variable(path: tuple[str, ...]) -> str:
    return PREFIX + "__".join(path).upper()
