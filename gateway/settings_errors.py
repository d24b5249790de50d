"""Says which variable is wrong, why, and what a right one looks like: one line each, never the value itself."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import AliasChoices, BaseModel, ValidationError
from pydantic.fields import FieldInfo

PREFIX = "MARQUEE_"
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


def explain(model: type[BaseModel], error: ValidationError) -> list[str]:
    """One line per fault, in the order of the settings; a missing section names each variable that it needs."""
    lines: list[str] = []
    for fault in error.errors(include_url=False, include_input=False):
        path = [str(part) for part in fault["loc"]]
        reason = "is missing" if fault["type"] == "missing" else f"is refused: {_reason(fault)}"
        lines += _lines(model, path, reason)
    return list(dict.fromkeys(lines))


def unknown(model: type[BaseModel], environment: Mapping[str, str]) -> list[str]:
    """One line per variable with our prefix that no setting has, with the nearest name that one has."""
    known = list(names(model))
    strange = (name for name in sorted(environment) if name.upper().startswith(PREFIX) and name.upper() not in known)
    return [f"{name} is no setting.{_hint(name.upper(), known)}" for name in strange]


def names(model: type[BaseModel]) -> Iterator[str]:
    """Every variable that can be set, sections opened."""
    return (variable for variable, _ in _leaves(model, []))


def described(model: type[BaseModel]) -> Iterator[str]:
    """One line per setting: its name, what it is, and its default or an example."""
    for variable, field in _leaves(model, []):
        sample = field.examples[0] if field.examples else field.get_default()
        needed = "required, " if field.is_required() else ""
        shown = getattr(sample, "value", sample)
        yield f"{variable}: {field.description} ({needed}such as {shown})" if shown is not None else variable


def _lines(model: type[BaseModel], path: list[str], reason: str) -> list[str]:
    field = _field(model, path)
    section = _section(field) if field else None
    if field is None:
        return []  # `unknown` names it
    if section is None:
        return [f"{_variable(path, field)} ({field.description}) {reason}.{_example(path, field)}"]
    if reason == "is missing":
        return [
            f"{variable} ({leaf.description}) is missing. Example: {variable}={leaf.examples[0]}"
            for variable, leaf in _leaves(section, path, needed=True)
            if leaf.examples
        ]
    return [f"{_variable(path)} {reason}."]


def _field(model: type[BaseModel], path: list[str]) -> FieldInfo | None:
    """The deepest field that `path` names; an index into a list is not part of a name."""
    field: FieldInfo | None = None
    for part in path:
        found = model.model_fields.get(part) or _by_alias(model, part)
        if found is None:
            return field if field is not None and _section(field) is None else None
        field, model = found, _section(found) or model
    return field


def _by_alias(model: type[BaseModel], name: str) -> FieldInfo | None:
    return next((field for field in model.model_fields.values() if name in _aliases(field)), None)


def _aliases(field: FieldInfo) -> list[str]:
    alias = field.validation_alias
    return [str(choice) for choice in alias.choices] if isinstance(alias, AliasChoices) else []


def _section(field: FieldInfo) -> type[BaseModel] | None:
    kinds = (field.annotation, *get_args(field.annotation))
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)


def _leaves(model: type[BaseModel], path: list[str], *, needed: bool = False) -> Iterator[tuple[str, FieldInfo]]:
    for name, field in model.model_fields.items():
        section = _section(field)
        if needed and not field.is_required():
            continue
        if section is not None:
            yield from _leaves(section, [*path, name], needed=needed)
        else:
            yield _variable([*path, name], field), field


def _variable(path: list[str], field: FieldInfo | None = None) -> str:
    aliases = _aliases(field) if field is not None else []
    named = [part for part in path if not part.isdigit()]
    return aliases[0] if aliases else PREFIX + "__".join(named).upper()


def _example(path: list[str], field: FieldInfo) -> str:
    sample = field.examples[0] if field.examples else field.get_default()
    return "" if sample is None else f" Example: {_variable(path, field)}={getattr(sample, 'value', sample)}"


def _reason(fault: Any) -> str:
    text: str = fault["msg"]
    return text.removeprefix("Value error, ").rstrip(".").replace("Input should", "it should")


def _hint(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1, cutoff=0.8)
    return f" Did you mean {near[0]}?" if near else " `python -m gateway settings` lists all of them."
