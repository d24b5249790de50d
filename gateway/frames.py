"""Frames of incremental answers for clients of both formats: what follows carries its path beside its id."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Any, cast

import orjson

from engine import Engine, Frame
from gateway.operations import Prepared


async def frames(engine: Engine, prepared: Prepared, context: Any) -> AsyncGenerator[Frame]:
    """The frames of one operation, in order."""
    pending: dict[str, dict[str, Any]] = {}
    stream = engine.execute_incrementally(prepared.plan, prepared.variables, context)
    async with aclosing(cast("AsyncGenerator[Frame]", stream)) as source:
        async for frame in source:
            yield _placed(frame, pending)


def _placed(frame: Frame, pending: dict[str, dict[str, Any]]) -> Frame:
    """Adds path and label to each deferred part, from the frame that announced its id."""
    content = orjson.loads(frame.body)
    pending.update((one["id"], one) for one in content.get("pending", ()))
    parts = [part for part in content.get("incremental", ()) if "data" in part and part.get("id") in pending]
    for part in parts:
        announced = pending[part["id"]]
        part["path"] = [*announced["path"], *part.get("subPath", ())]
        if "label" in announced:
            part["label"] = announced["label"]
    return replace(frame, body=orjson.dumps(content)) if parts else frame
