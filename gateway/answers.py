"""Whole answers to queries of the catalogue, kept as long as the schema says, dropped when a title changes.

An anonymous answer is for all of a country and its languages. Where nothing in an operation is a viewer's own, those
who have signed in share an answer too: with everyone of the same age limit, roles and scopes. Staff sees what it has
changed at once and shares nothing.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

from datasources import doubt
from domain.viewers import ANONYMOUS
from engine import Answer, Plan
from gateway.request import GraphQLRequest
from gateway.requester import Requester
from graph.extensions.caching import Lifetime

LONGEST_SECONDS = 60
"""Audiences see windows by the minute, so no answer is kept for longer."""

_ENTRY_BYTES = 600
"""What an answer takes beside its body: key, record and slots, roughly."""

Key = tuple[str, str | None, bytes, str, tuple[str, ...], Hashable]


class Answers:
    """The answers of one process, bounded in bytes; nothing that was refused, failed or asked by someone is kept."""

    def __init__(self, max_bytes: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._kept: OrderedDict[Key, tuple[float, Answer]] = OrderedDict()
        self._max_bytes = max_bytes
        self._clock = clock
        self.bytes = 0
        self.generation = 0

    def key(self, plan: Plan, request: GraphQLRequest, requester: Requester, lifetime: Lifetime) -> Key | None:
        """What the answer depends on; None where it must not be shared."""
        if lifetime.seconds <= 0 or plan.operation != "query":
            return None
        if requester.viewer is not ANONYMOUS and not (lifetime.shared and requester.shares):
            return None
        asked = request.spelling() if request.spelt is None else request.spelt
        return plan.document_hash, plan.name, asked, requester.country, requester.languages, requester.rights

    def find(self, key: Key) -> Answer | None:
        """The answer while it is fresh."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        if kept[0] <= self._clock():
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        return kept[1]

    def keep(self, key: Key, answer: Answer, seconds: int, generation: int) -> None:
        """Keeps an answer to which nothing was missing, unless the catalogue changed since `generation` was read."""
        size = _size(answer)
        whole = not answer.errors and not answer.request_error and not doubt.raised()
        if not whole or generation != self.generation or size > self._max_bytes:
            return
        if key in self._kept:
            self._drop(key)
        self._kept[key] = (self._clock() + min(seconds, LONGEST_SECONDS), answer._replace(body=_own(answer.body)))
        self.bytes += size
        while self.bytes > self._max_bytes:
            self._drop(next(iter(self._kept)))

    def forget(self) -> None:
        """The catalogue changed."""
        self.generation += 1
        self._kept.clear()
        self.bytes = 0

    def _drop(self, key: Key) -> None:
        self.bytes -= _size(self._kept.pop(key)[1])


def _own(text: bytes) -> bytes:
    """A copy: what orjson returns holds its whole buffer, which is 4 kB at least and twice a long text."""
    return bytes(memoryview(text))


def _size(answer: Answer) -> int:
    return len(answer.body) + _ENTRY_BYTES
