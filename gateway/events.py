"""The answers of a subscription, the same for every transport: a fresh context and a fresh deadline for each event."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from math import inf
from typing import Any, cast

from datasources.deadline import restart
from engine import Answer, Engine
from gateway.faults import FormatError, internal_body
from gateway.operations import Prepared


async def answers(
    engine: Engine, prepared: Prepared, new_context: Callable[[], Any], *, seconds: float, format_error: FormatError
) -> AsyncGenerator[Answer]:
    """One answer per event, made within `seconds`; a source that fails ends the stream with a masked error."""
    source_is_open = False

    def context_for_event() -> Any:
        nonlocal source_is_open
        if source_is_open:
            restart(seconds)
        source_is_open = True
        return new_context()

    stream = engine.subscribe(prepared.plan, prepared.variables, context_for_event)
    async with aclosing(cast("AsyncGenerator[Answer]", stream)) as events:
        try:
            async for answer in events:
                restart(inf)
                yield answer
        except Exception as error:
            yield Answer(internal_body(error, format_error), request_error=True)
