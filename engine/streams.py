"""Subscriptions: the source stream by graphql-core, each of its events executed like a query of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

from graphql import ExecutionResult, Executor

from engine.answers import Answer, FormatError, request_error
from engine.classic import Classic, Variables
from engine.compiled import Compiled, NotCompiled, Program
from engine.documents import Plan
from engine.stats import Stats


async def answers(
    classic: Classic,
    compiled: Compiled,
    program: Program | None,
    plan: Plan,
    variables: Variables,
    context_for_event: Callable[[], Any],
    format_error: FormatError,
    stats: Stats,
) -> AsyncIterator[Answer]:
    """One answer per event; a stream that cannot begin is one answer without `data`. No program: not compiled."""
    executor = classic.build(plan, variables, context_for_event())
    if isinstance(executor, list):
        yield request_error(executor, format_error)
        return
    stream = await classic.source(plan, executor)
    if isinstance(stream, ExecutionResult):
        yield request_error(stream.errors or (), format_error)
        return
    events = stream.__aiter__()
    try:
        async for event in events:
            yield await _answer(classic, compiled, program, executor, variables, context_for_event(), event, stats)
    finally:
        close = getattr(events, "aclose", None)
        if close is not None:
            await close()


async def _answer(
    classic: Classic,
    compiled: Compiled,
    program: Program | None,
    executor: Executor[Any],
    variables: Variables,
    context: Any,
    event: Any,
    stats: Stats,
) -> Answer:
    reason = "incremental"
    if program is not None:
        try:
            coerced = executor.variable_values.coerced
            answer = await compiled.run(program, coerced, variables, context, event, None)
        except NotCompiled as refusal:
            reason = str(refusal)
        else:
            stats.compiled += 1
            return answer
    stats.fallback[reason] += 1
    one = executor.build_per_event_executor(event)
    one.context_value = context
    return await classic.finish(one, False, None)
