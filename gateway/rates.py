"""What callers may spend, and what they are told of it."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from domain.errors import RateLimited


class Rate:
    """What callers of one class may spend: `limit` cost in `window` seconds."""

    __slots__ = ("limit", "lines", "window")

    def __init__(self, policy: str, limit: int, window: int) -> None:
        self.limit = limit
        self.window = window
        name = policy.encode()
        self.lines = b'ratelimit-policy: "%b";q=%d;w=%d\r\nratelimit: "%b"' % (name, limit, window, name)
        """The headers that say so, up to what is left."""


@dataclass(slots=True)
class Verdict:
    """Whether the caller may go on, and what is left of the rate, below zero never."""

    rate: Rate
    allowed: bool
    remaining: float
    wait: float
    """Seconds until the refused cost would be there; 0 when allowed."""

    def lines(self) -> bytes:
        """RateLimit-Policy and RateLimit as the IETF draft writes them."""
        rate, left = self.rate, int(self.remaining)
        return b"%b;r=%d;t=%d\r\n" % (rate.lines, left, -((left - rate.limit) * rate.window // rate.limit))

    def refusal(self) -> RateLimited:
        """The error for a verdict that is not allowed."""
        seconds = max(1, ceil(self.wait))
        message = f"The rate of {self.rate.limit} cost in {self.rate.window} s is used up. Try again in {seconds} s."
        return RateLimited(message, retry_after=seconds)
