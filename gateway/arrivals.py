"""What the headers of a request say of its caller, judged once for all requests that bring the same ones."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from gateway.call import Call
from gateway.heads import HOLDS_SECONDS
from gateway.middleware.admission import Priority
from gateway.negotiation import Offer
from gateway.ratelimit import Caller
from gateway.requester import Requester

JUDGED = frozenset(
    {
        b"accept",
        b"accept-language",
        b"apollographql-client-name",
        b"apollographql-client-version",
        b"authorization",
        b"cloudfront-viewer-address",
        b"cloudfront-viewer-country",
        b"content-encoding",
        b"content-type",
        b"host",
        b"origin",
        b"x-forwarded-for",
        b"x-profile-token",
        b"x-report-cost",
        b"x-request-timeout",
    }
)
"""Every header that a judgement reads; requests that differ in others alone share one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A caller who was let in. `client` is the application's own name, `seconds` the time that an operation has."""

    requester: Requester
    payer: Caller
    priority: Priority
    offer: Offer
    client: str | None
    seconds: float
    posted: bool
    """Whether it came with a body, whose type and coding were found good."""
    origin: bytes
    """Header lines: what an answer says to the page that asks."""


class Arrivals:
    """Judgements of this process, the least recently used dropped first; a refusal is never remembered."""

    def __init__(self, size: int = 1000, clock: Callable[[], float] = time.time) -> None:
        self._size = size
        self._clock = clock
        self._kept: OrderedDict[Hashable, tuple[float, Arrival]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, call: Call) -> Arrival | None:
        """The judgement of such a request while it holds; a header that was sent twice is looked at every time."""
        known = call.known
        if known is not None and known.arrival is not None:
            return known.arrival
        if len(call.headers) != len(call.scope["headers"]):
            return None
        key = _key(call)
        kept = self._kept.get(key)
        if kept is None:
            return None
        if kept[0] <= self._clock():
            del self._kept[key]
            return None
        self._kept.move_to_end(key)
        if known is not None:
            known.arrival, known.until = kept[1], min(known.until, kept[0])
        return kept[1]

    def keep(self, call: Call, arrival: Arrival) -> None:
        """Remembers it, until the token ends at the latest."""
        self._kept[_key(call)] = (min(self._clock() + HOLDS_SECONDS, arrival.requester.expires_at), arrival)
        if len(self._kept) > self._size:
            self._kept.popitem(last=False)


def _key(call: Call) -> Hashable:
    return (call.peer, *[pair for pair in call.scope["headers"] if pair[0] in JUDGED])
