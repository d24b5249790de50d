"""Subscriptions: the source stream by graphql-core, each of its events executed like a query of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from graphql import ExecutionResult, Executor

from engine.answers import Answer, FormatError, request_error
from engine.classic import Classic, Variables
from engine.compiled import Compiled, NotCompiled, Program
from engine.documents import Plan
from engine.stats import Stats


@dataclass(frozen=True, slots=True)
class Streams:
    """The parts that subscriptions need."""

    classic: Classic
    compiled: Compiled
    stats: Stats
    format_error: FormatError

    async def answers(
        self, plan: Plan, program: Program | None, variables: Variables, context_for_event: Callable[[], Any]
    ) -> AsyncIterator[Answer]:
        """One answer per event; a stream that cannot begin is one answer without `data`. No program: not compiled."""
        executor = self.classic.build(plan, variables, context_for_event())
        if isinstance(executor, list):
            yield request_error(executor, self.format_error)
            return
        stream = await self.classic.source(executor)
        if isinstance(stream, ExecutionResult):
            yield request_error(stream.errors or (), self.format_error)
            return
        events = stream.__aiter__()
        try:
            async for event in events:
                yield await self._answer(executor, program, variables, context_for_event(), event)
        finally:
            close = getattr(events, "aclose", None)
            if close is not None:
                await close()

    async def _answer(
        self, executor: Executor[Any], program: Program | None, variables: Variables, context: Any, event: Any
    ) -> Answer:
        reason = "incremental"
        if program is not None:
            coerced = executor.variable_values.coerced
            try:
                answer = await self.compiled.run(program, coerced, variables, context, event, None)
            except NotCompiled as refusal:
                reason = str(refusal)
            else:
                self.stats.compiled += 1
                return answer
        self.stats.fallback[reason] += 1
        one = executor.build_per_event_executor(event)
        one.context_value = context
        return await self.classic.finish(one, False, None)
