"""Faults that tests ask of the embedded services: which, how often, where; decided by a seeded generator."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal, TypeVar

Element = TypeVar("Element")

_SERVICES = ("dynamodb", "sagemaker")
_DOWN = (None, "error", "hang")
_GARBAGE = ("html", "empty", "cut")


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRule:
    """What happens to calls of a service; rates are probabilities from 0 to 1."""

    service: Literal["dynamodb", "sagemaker"] = "dynamodb"
    operations: tuple[str, ...] = ()
    """"GetItem" and so on; empty for all."""
    tables: tuple[str, ...] = ()
    """Physical names; empty for all."""
    throttle: float = 0.0
    """A whole call is refused as throttled."""
    unprocessed: float = 0.0
    """A key of BatchGetItem, or an item of BatchWriteItem, is left over; one of a call is always processed."""
    latency_ms: float = 0.0
    """Waited before the call."""
    down: Literal["error", "hang"] | None = None
    """"error": 500 at every call; "hang": no answer while the client waits."""
    garbage: float = 0.0
    """A call is answered 200 with `garbage_kind` in place of the answer."""
    garbage_kind: Literal["html", "empty", "cut"] = "html"
    """"html": a proxy's page; "empty": `{}`; "cut": half of the true answer."""

    def __post_init__(self) -> None:
        for name in ("throttle", "unprocessed", "garbage"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"`{name}` is a rate from 0 to 1")
        for name, known in (("service", _SERVICES), ("down", _DOWN), ("garbage_kind", _GARBAGE)):
            if getattr(self, name) not in known:
                raise ValueError(f"`{name}` is one of {known}")

    def covers(self, service: str, operation: str, tables: Collection[str]) -> bool:
        """Whether a call is meant."""
        return (
            self.service == service
            and (not self.operations or operation in self.operations)
            and (not self.tables or not set(self.tables).isdisjoint(tables))
        )


@dataclass(slots=True)
class Faults:
    """The rules in force; the same seed and the same calls give the same faults."""

    rules: tuple[FaultRule, ...] = ()
    chance: random.Random = field(default_factory=lambda: random.Random(0))

    def replace(self, rules: Iterable[Mapping[str, Any]], seed: int = 0) -> None:
        """New rules in place of all, from their JSON form; raises ValueError or TypeError for what is no rule."""
        self.rules = tuple(_rule(raw) for raw in rules)
        self.chance = random.Random(seed)

    def of(self, service: str, operation: str, tables: Collection[str]) -> tuple[FaultRule, ...]:
        """The rules that cover a call."""
        return tuple(rule for rule in self.rules if rule.covers(service, operation, tables))

    def happens(self, rate: float) -> bool:
        """One throw of the dice; no throw for a rate of 0."""
        return rate > 0 and self.chance.random() < rate

    def leftover(self, elements: Sequence[Element], rate: float) -> list[Element]:
        """The elements that are not processed; never all of them."""
        left = [element for element in elements if self.happens(rate)]
        return left[1:] if len(left) == len(elements) else left


def _rule(raw: Mapping[str, Any]) -> FaultRule:
    known = {each.name for each in fields(FaultRule)}
    unknown = set(raw) - known
    if unknown:
        raise ValueError(f"unknown member {min(unknown)!r}; known are {', '.join(sorted(known))}")
    lists = {name: tuple(raw[name]) for name in ("operations", "tables") if name in raw}
    return FaultRule(**{**raw, **lists})
