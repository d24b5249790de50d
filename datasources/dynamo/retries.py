"""When a failed attempt is made again, and when a store in trouble is spared: the SDK's standard mode, in one class."""

from __future__ import annotations

from typing import Literal

from datasources.dynamo.pacing import jitter

Kind = Literal["transient", "timeout", "throttled"]
"""Why an attempt failed, as far as another may succeed."""

BUDGET = 500
"""Tokens of a full budget: a hundred retries more than are earned back."""

_COST: dict[Kind, int] = {"transient": 5, "throttled": 5, "timeout": 10}
_BASE_SECONDS: dict[Kind, float] = {"transient": 0.025, "timeout": 0.025, "throttled": 0.25}
_CAP_SECONDS = 20.0


class Retries:
    """The budget that all calls of a client share; a call may make `attempts` attempts, the first included."""

    def __init__(self, attempts: int) -> None:
        self._attempts = attempts
        self.tokens = BUDGET

    def delay(self, attempt: int, kind: Kind) -> float | None:
        """Seconds to wait after the failed `attempt` (1 is the first), None when no other may be made. Takes tokens."""
        cost = _COST[kind]
        if attempt >= self._attempts or cost > self.tokens:
            return None
        self.tokens -= cost
        return jitter(attempt - 1, _BASE_SECONDS[kind], _CAP_SECONDS)

    def succeeded(self, last: Kind | None) -> None:
        """Gives back what the last retry of a call took, or one token when it needed none."""
        self.tokens = min(BUDGET, self.tokens + (1 if last is None else _COST[last]))
