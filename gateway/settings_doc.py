"""`python -m gateway.settings_doc`: every setting with its default and meaning, as the Markdown of docs/settings.md."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.settings import Settings
from gateway.settings_fields import Leaf, leaves

_HEAD = """# Settings

Read once, at the start, from the environment. What is wrong is told with its name, the reason and an example, and the
start ends there. Lists are separated by commas. AWS credentials and endpoints come from AWS's own default chain.

| variable | default | what it is |
|---|---|---|
"""


def document() -> str:
    """The whole document."""
    return _HEAD + "".join(f"{row}\n" for row in _rows())


def _rows() -> Iterator[str]:
    for leaf in leaves(Settings):
        yield f"| `{leaf.name}` | {_default(leaf)} | {_meaning(leaf)} |"


def _default(leaf: Leaf) -> str:
    if leaf.required:
        return "**required**"
    return "–" if leaf.default in (None, (), "") else f"`{leaf.default}`"


def _meaning(leaf: Leaf) -> str:
    example = f"; for example `{leaf.about.example}`" if leaf.about.example else ""
    return f"{leaf.about.description.replace('|', '/')}{example}"


if __name__ == "__main__":
    print(document(), end="")
