"""The cost report of those who ask for one: what the answer did cost beside what it might have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from engine import Answer, Plan

Spent = Callable[[Plan, dict[str, Any] | None], int]
"""The cost of an operation's `data`."""


def with_actual(answer: Answer, plan: Plan, spent: Spent) -> Answer:
    """The answer with `extensions.cost.actual`. It is read once more for that, which few ask for."""
    try:
        body = orjson.loads(answer.body)
    except orjson.JSONDecodeError:  # half a character in a text: written as it is, and not to be read again
        return answer
    body["extensions"]["cost"]["actual"] = spent(plan, body["data"])
    return answer._replace(body=orjson.dumps(body))
