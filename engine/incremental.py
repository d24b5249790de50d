"""@defer and @stream through graphql-core, every frame's errors formatted like those of a whole answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from inspect import isawaitable
from typing import Any, cast

from graphql import ExecutionResult, ExperimentalIncrementalExecutionResults, GraphQLError

from engine.answers import FormatError, Frame, dumps, response
from engine.classic import Classic, Variables
from engine.documents import Plan


async def frames(
    classic: Classic, plan: Plan, variables: Variables, context: Any, format_error: FormatError
) -> AsyncIterator[Frame]:
    """The frames of one operation; an operation without anything deferred is one frame without `hasNext`."""
    executor = classic.build(plan, variables, context, incremental=True)
    if isinstance(executor, list):
        yield Frame(response(None, executor, format_error), tuple(executor))
        return
    result = executor.execute_operation()
    if isawaitable(result):
        result = await result
    if isinstance(result, ExecutionResult):
        errors = tuple(result.errors or ())
        yield Frame(response(dumps(result.data), errors, format_error), errors)
        return
    assert isinstance(result, ExperimentalIncrementalExecutionResults)
    yield _frame(result.initial_result, format_error)
    subsequent = result.subsequent_results
    try:
        async for one in subsequent:
            yield _frame(one, format_error)
    finally:
        close = getattr(subsequent, "aclose", None)
        if close is not None:
            await close()


def _frame(result: Any, format_error: FormatError) -> Frame:
    formatted = cast("dict[str, Any]", result.formatted)
    errors: list[GraphQLError] = []
    for source, target in _places(result, formatted):
        if source.errors:
            target["errors"] = [format_error(error) for error in source.errors]
            errors.extend(source.errors)
    return Frame(dumps(formatted), tuple(errors), bool(result.has_next))


def _places(result: Any, formatted: dict[str, Any]) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Every part of a frame that can carry errors, with its formatted twin."""
    if hasattr(result, "errors"):
        yield result, formatted
    for name in ("incremental", "completed"):
        yield from zip(getattr(result, name, None) or (), formatted.get(name, ()), strict=True)
