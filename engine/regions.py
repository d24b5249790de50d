"""Numbers for what is selected below a position: the same for the same selection, whichever document it stands in."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphql import FieldNode, OperationDefinitionNode

    from engine.plan import Layout

    Selecting = Sequence[FieldNode | OperationDefinitionNode]
    """What has a selection."""

MOST_CHARACTERS = 2_000_000
"""Of the selections that are remembered, in two generations; one that is forgotten gets a new number."""
_SERIALS = count()


class Region:
    """A selection by its number; `known`: it was met before, in another plan. `variables`: its text names some."""

    __slots__ = ("known", "serial", "variables")

    def __init__(self, serial: int, known: bool, variables: bool) -> None:
        self.serial = serial
        self.known = known
        self.variables = variables


class Regions:
    """The selections of one schema's documents."""

    def __init__(self, most_characters: int = MOST_CHARACTERS) -> None:
        self._half = most_characters // 2
        self._characters = 0
        self._new: dict[str, int] = {}
        self._old: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._new) + len(self._old)

    def region(self, plan: Layout, kind: str, nodes: Selecting) -> Region:
        """What these fields select on `kind`, which says the type and the sort of position."""
        written = _written(plan, nodes)
        if written is None:
            return Region(next(_SERIALS), False, True)
        text = f"{kind}\n{written}"
        found = self._new.get(text)
        if found is not None:
            return Region(found, True, "$" in written)
        found = self._old.get(text)
        serial = next(_SERIALS) if found is None else found
        self._remember(text, serial)
        return Region(serial, found is not None, "$" in written)

    def _remember(self, text: str, serial: int) -> None:
        if self._characters + len(text) > self._half:
            self._old, self._new, self._characters = self._new, {}, 0
        self._new[text] = serial
        self._characters += len(text)


def _written(plan: Layout, nodes: Selecting) -> str | None:
    """The words of the selection with the fragments that it spreads, and the conditions; None when nobody has them."""
    parts: list[str] = []
    spread: dict[str, None] = {}
    for one in nodes:
        below: Any = one.selection_set
        if not _read(below, parts, spread):
            return None
    done = 0
    while done < len(spread):
        name = list(spread)[done]
        if not _read(plan.fragment_definitions.get(name), parts, spread):
            return None
        done += 1
    text = "\n\n".join(parts)
    return f"{text}\n{plan.conditions}" if plan.conditions and "@" in text else text


def _read(node: Any, parts: list[str], spread: dict[str, None]) -> bool:
    """Adds the node's words and the names of the fragments that it spreads."""
    text = getattr(node, "text", None)
    if text is None:
        return False
    words = text.words[node.first : node.last + 1]
    parts.append("\n".join(words))
    if "..." in words:
        for place, word in enumerate(words):
            if word == "..." and words[place + 1] not in _INLINE:
                spread[words[place + 1]] = None
    return True


_INLINE = frozenset({"on", "{", "@"})
