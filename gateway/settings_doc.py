"""`python -m gateway.settings_doc`: every setting with its default and meaning, as the Markdown of docs/settings.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import AliasChoices, BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from gateway.settings import Settings

_HEAD = """# Settings

Read once, at the start, from the environment. What is wrong is told with its name, the reason and an example, and the
start ends there. Lists are separated by commas. AWS credentials and endpoints come from AWS's own default chain.

| variable | default | what it is |
|---|---|---|
"""


def document() -> str:
    """The whole document."""
    return _HEAD + "".join(f"{row}\n" for row in _rows(Settings, "MARQUEE_"))


def _rows(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        section = _section(field)
        if section is None:
            yield f"| `{_name(field, prefix + name.upper())}` | {_default(field)} | {_meaning(field)} |"
    for name, field in model.model_fields.items():
        section = _section(field)
        if section is not None:
            yield from _rows(section, f"{prefix}{name.upper()}__")


def _section(field: FieldInfo) -> type[BaseModel] | None:
    candidates = [field.annotation, *getattr(field.annotation, "__args__", ())]
    found = [one for one in candidates if isinstance(one, type) and issubclass(one, BaseModel)]
    return found[0] if found else None


def _name(field: FieldInfo, usual: str) -> str:
    alias = field.validation_alias
    return str(alias.choices[0]) if isinstance(alias, AliasChoices) else usual


def _default(field: FieldInfo) -> str:
    default: Any = field.default
    if default is PydanticUndefined:
        return "**required**"
    if default is None or default == () or isinstance(default, SecretStr):
        return "–"
    return f"`{getattr(default, 'value', default)}`"


def _meaning(field: FieldInfo) -> str:
    example = f"; for example `{field.examples[0]}`" if field.examples else ""
    return f"{(field.description or '').replace('|', '/')}{example}"


if __name__ == "__main__":
    print(document(), end="")
