"""What the engine counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Stats:
    """Operations since the start: `compiled` ones, and those that fell back to graphql-core by reason.

    `surprises`: compiled ones whose answer was made by the careful interpreter, because it has an error or worse.
    """

    compiled: int = 0
    surprises: int = 0
    fallback: Counter[str] = field(default_factory=Counter)
