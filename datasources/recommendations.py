"""Recommendations of the model behind a SageMaker endpoint: bounded in time, remembered, and never worth a wait."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from cachetools import LRUCache, TTLCache
from strawberry.dataloader import DataLoader

from datasources.deadline import remaining
from datasources.dependency import Dependency, Limits, Observe
from datasources.invocations import Job, decode, encode, jobs_of
from datasources.sagemaker import Endpoint
from domain.errors import Unavailable
from domain.recommending import Asking, Choice, RailWish, variant_of

Wish = tuple[Asking, RailWish]
Answer = Choice | None
"""None: the model is silent and has nothing to repeat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds: `page` is how long an operation waits, `call` how long an invocation may go on behind its back.

    `fresh` is how long an answer is used again while its profile does nothing new.
    """

    page: float = 0.15
    call: float = 0.4
    fresh: float = 300.0


LIMITS = Limits(
    seconds=None, patience_seconds=0.1, in_flight=16, waiting=0, least_calls=5, failure_share=0.5, open_seconds=5.0
)
_REMEMBERED = 20_000


class Recommendations:
    """The model for the life of the process; `variants` are the shares of an experiment, empty without one."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        variants: Mapping[str, int] | None = None,
        pace: Pace | None = None,
        limits: Limits = LIMITS,
        observe: Observe | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._endpoint = endpoint
        self._variants = variants or {}
        self.pace = pace or Pace()
        limits = replace(limits, seconds=self.pace.call)
        self.dependency = Dependency("recommender", limits, observe=observe, clock=clock)
        self._fresh: TTLCache[Any, Choice] = TTLCache(_REMEMBERED, ttl=self.pace.fresh, timer=clock)
        self._last: LRUCache[Any, Choice] = LRUCache(_REMEMBERED)
        self._running: set[asyncio.Task[None]] = set()

    def variant_of(self, asking: Asking) -> str | None:
        """The variant that the account is shown; None leaves it to the endpoint."""
        return variant_of(asking.account, self._variants)

    def fresh(self, wish: Wish) -> Choice | None:
        """What the model said of the same history a moment ago."""
        return self._fresh.get(self._key(wish))

    def last(self, wish: Wish) -> Choice | None:
        """The last good answer, whatever was watched since."""
        known = self._last.get(_lasting(wish))
        return None if known is None else replace(known, stale=True)

    def _key(self, wish: Wish) -> tuple[Any, ...]:
        return (*_lasting(wish), wish[0].stamp, self.variant_of(wish[0]))

    async def ask(self, wishes: Sequence[Wish]) -> None:
        """Asks for what is not remembered, in one invocation, and waits no longer than a page may.

        The answer lands in the memory, also when it comes too late for this page.
        """
        by_variant: dict[str | None, list[Wish]] = {}
        for wish in wishes:
            by_variant.setdefault(self.variant_of(wish[0]), []).append(wish)
        tasks = [asyncio.create_task(self._invoke(few, variant)) for variant, few in by_variant.items()]
        for task in tasks:
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        await asyncio.wait(tasks, timeout=max(0.0, min(self.pace.page, remaining())))

    async def _invoke(self, wishes: Sequence[Wish], variant: str | None) -> None:
        try:
            await self.dependency.call(lambda: self._answers(wishes, variant))
        except Unavailable:
            return  # counted by the dependency; each page says in `source` what stood in

    async def _answers(self, wishes: Sequence[Wish], variant: str | None) -> None:
        jobs = jobs_of(wishes)
        until = time.monotonic() + self.pace.call
        body, served = await self._endpoint.invoke(encode(jobs), variant, until)
        self._keep(jobs, decode(body, jobs, served))

    def _keep(self, jobs: Sequence[Job], choices: Sequence[Sequence[Choice]]) -> None:
        for job, made in zip(jobs, choices, strict=True):
            for rail, choice in zip(job.rails, made, strict=True):
                self._fresh[self._key((job.asking, rail))] = choice
                self._last[_lasting((job.asking, rail))] = choice

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Ends what is still on its way when the process stops."""
        try:
            yield
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)


@dataclass(slots=True)
class RecommendationReader:
    """One operation's view of the model: the rails that its fields ask for in one turn are one invocation."""

    source: Recommendations | None
    _loader: DataLoader[Wish, Answer] = field(init=False)

    def __post_init__(self) -> None:
        self._loader = DataLoader(self._load)

    async def rails(self, asking: Asking, wishes: Sequence[RailWish]) -> list[Answer]:
        """The choice for each wish, None where nothing can be said now; never raises for the model's sake."""
        if self.source is None:
            return [None] * len(wishes)
        return await self._loader.load_many([(asking, wish) for wish in wishes])

    def remembered(self, asking: Asking, wishes: Sequence[RailWish]) -> bool:
        """Whether all of it is known without asking; what is known depends on the stamp of the history alone."""
        return self.source is None or all(self.source.fresh((asking, wish)) is not None for wish in wishes)

    async def _load(self, wishes: list[Wish]) -> list[Answer]:
        source = self.source
        assert source is not None
        unknown = [wish for wish in wishes if source.fresh(wish) is None]
        if unknown:
            await source.ask(unknown)
        found = [source.fresh(wish) or source.last(wish) for wish in wishes]
        return [one and one.without(asking.known) for one, (asking, _) in zip(found, wishes, strict=True)]


def _lasting(wish: Wish) -> tuple[Any, ...]:
    asking, rail = wish
    return asking.id, asking.country, asking.max_age, rail
