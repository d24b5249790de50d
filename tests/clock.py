"""A clock that stands still until a test moves it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

Now = TypeVar("Now")


@dataclass(slots=True)
class Clock(Generic[Now]):
    """`now` in whatever the code under test counts time in: seconds, or an instant."""

    now: Now

    def __call__(self) -> Now:
        return self.now
