"""What the process counts: names that dashboards and alarms share, and the registry behind /metrics."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from itertools import accumulate
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

OPERATIONS: Final = "marquee_operations"
OPERATION_SECONDS: Final = "marquee_operation_seconds"
ERRORS: Final = "marquee_errors"
COST: Final = "marquee_cost"
CALLS: Final = "marquee_dependency_calls"
CALL_SECONDS: Final = "marquee_dependency_seconds"
RUNNING: Final = "marquee_admission_running"
WAITING: Final = "marquee_admission_waiting"
SHED: Final = "marquee_admission_refused"
SOCKETS: Final = "marquee_sockets"
STREAMS: Final = "marquee_streams"
COMPILED: Final = "marquee_engine_compiled"
FALLBACK: Final = "marquee_engine_fallback"
TOKENS: Final = "marquee_tokens_refused"
RATE_DEGRADED: Final = "marquee_rate_limit_degraded"
CACHE: Final = "marquee_catalogue_cache"
EVENTS: Final = "marquee_lake_events"
VIEWS: Final = "marquee_views"
REVOKED: Final = "marquee_revoked_sign_ins"
REVOCATIONS_FAILED: Final = "marquee_revocation_looks_failed"

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

Reading = tuple[str, str, float, dict[str, str]]
"""One value read at a scrape: metric, "gauge" or "counter", value, labels."""


class Tally:
    """Operations of one kind. Plain numbers, because a counter with a lock costs as much as a small operation."""

    __slots__ = ("buckets", "cost", "count", "seconds")

    def __init__(self) -> None:
        self.count = 0
        self.cost = 0
        self.seconds = 0.0
        self.buckets = [0] * (len(_BUCKETS) + 1)


class Telemetry:
    """Counters of one process in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._errors = Counter(ERRORS, "Errors told to clients.", ["code"], registry=self.registry)
        self._calls = Counter(CALLS, "Calls of dependencies.", ["dependency", "outcome"], registry=self.registry)
        self._call_seconds = Histogram(
            CALL_SECONDS, "Seconds of a call.", ["dependency"], buckets=_BUCKETS, registry=self.registry
        )
        self._parts: dict[tuple[str, str], tuple[Counter, Histogram]] = {}
        self._tallies: dict[tuple[str, str, str, str], Tally] = {}
        self.registry.register(_Tallies(self._tallies))

    def operation(
        self, transport: str, operation: str, caller: str, outcome: str, seconds: float, cost: int = 0
    ) -> None:
        """One operation; every word comes from a short list."""
        key = (transport, operation, caller, outcome)
        tally = self._tallies.get(key)
        if tally is None:
            tally = self._tallies[key] = Tally()
        tally.count += 1
        tally.cost += cost
        tally.seconds += seconds
        tally.buckets[bisect_left(_BUCKETS, seconds)] += 1

    def error(self, code: str) -> None:
        """One error in an answer."""
        self._errors.labels(code).inc()

    def call(self, dependency: str, outcome: str, seconds: float) -> None:
        """One call of a dependency, as `datasources.dependency` observes it."""
        parts = self._parts.get((dependency, outcome))
        if parts is None:  # both words come from short lists, and finding them by label costs more than counting
            found = self._calls.labels(dependency, outcome), self._call_seconds.labels(dependency)
            parts = self._parts[dependency, outcome] = found
        parts[0].inc()
        parts[1].observe(seconds)

    def read_at_scrape(self, readings: Callable[[], Iterable[Reading]]) -> None:
        """Registers values that others keep; nothing is paid for them between scrapes."""
        self.registry.register(_Readings(readings))


class _Tallies(Collector):
    """Tallies as counters and a histogram."""

    def __init__(self, tallies: Mapping[tuple[str, str, str, str], Tally]) -> None:
        self._tallies = tallies

    def describe(self) -> Iterable[Metric]:
        """Nothing in advance."""
        return ()

    def collect(self) -> Iterable[Metric]:
        labels = ["transport", "operation", "caller", "outcome"]
        ended = CounterMetricFamily(OPERATIONS, "Operations that ended.", labels=labels)
        cost = CounterMetricFamily(COST, "Cost that was charged.", labels=labels)
        seconds = HistogramMetricFamily(OPERATION_SECONDS, "Seconds of an operation.", labels=labels)
        for key, tally in list(self._tallies.items()):
            ended.add_metric(key, tally.count)
            cost.add_metric(key, tally.cost)
            upper = [*map(str, _BUCKETS), "+Inf"]
            seconds.add_metric(key, list(zip(upper, accumulate(tally.buckets), strict=True)), tally.seconds)
        return (ended, cost, seconds)


class _Readings(Collector):
    """Groups readings into metrics."""

    def __init__(self, readings: Callable[[], Iterable[Reading]]) -> None:
        self._readings = readings

    def describe(self) -> Iterable[Metric]:
        """Nothing in advance: the values exist only once the process has started."""
        return ()

    def collect(self) -> Iterable[Metric]:
        families: dict[str, Metric] = {}
        for name, kind, value, labels in self._readings():
            family = families.get(name)
            if family is None:
                make = GaugeMetricFamily if kind == "gauge" else CounterMetricFamily
                family = families[name] = make(name, name.replace("_", " "), labels=list(labels))
            family.add_metric(list(labels.values()), value)  # type: ignore[attr-defined]
        return families.values()
