"""Whole answers to anonymous catalogue queries, kept as long as the schema says, dropped when a title changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from cachetools import TTLCache

from datasources import doubt
from domain.viewers import ANONYMOUS
from engine import Answer, Plan
from gateway.requester import Requester

LONGEST_SECONDS = 60
"""Audiences see windows by the minute, so no answer is kept for longer."""

_ENTRY_BYTES = 600
"""What an answer takes beside its body: key, record and slots, roughly."""

Key = tuple[str, str | None, bytes, str, tuple[str, ...]]


class Answers:
    """The answers of one process, bounded in bytes; nothing that was refused, failed or asked by someone is kept."""

    def __init__(self, max_bytes: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._kept: TTLCache[Key, tuple[float, Answer]] = TTLCache(
            max_bytes, LONGEST_SECONDS, timer=clock, getsizeof=lambda kept: len(kept[1].body) + _ENTRY_BYTES
        )
        self._clock = clock
        self.generation = 0

    def key(self, plan: Plan, variables: Mapping[str, Any], requester: Requester, seconds: int) -> Key | None:
        """What the answer depends on; None where it must not be shared."""
        if seconds <= 0 or requester.viewer is not ANONYMOUS or requester.wants_cost or plan.operation != "query":
            return None
        asked = orjson.dumps(variables, option=orjson.OPT_SORT_KEYS) if variables else b""
        return plan.document_hash, plan.name, asked, requester.country, requester.languages

    def find(self, key: Key) -> Answer | None:
        """The answer while it is fresh."""
        kept = self._kept.get(key)
        return kept[1] if kept is not None and self._clock() < kept[0] else None

    def keep(self, key: Key, answer: Answer, seconds: int, generation: int) -> None:
        """Keeps an answer to which nothing was missing, unless the catalogue changed since `generation` was read."""
        whole = not answer.errors and not answer.request_error and not doubt.raised()
        if whole and generation == self.generation and len(answer.body) + _ENTRY_BYTES <= self._kept.maxsize:
            self._kept[key] = (self._clock() + seconds, answer)

    def forget(self) -> None:
        """The catalogue changed."""
        self.generation += 1
        self._kept.clear()
