"""Writes that happen once: the same key and input within a day answer the first result, looked up afresh."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from datasources.idempotency import IdempotencySource
from domain.errors import Conflict, Invalid, RateLimited
from resolvers.context import Context
from resolvers.households import subject

Result = TypeVar("Result")

MAX_KEY = 100


async def once(
    ctx: Context,
    key: str,
    digest: str,
    *,
    work: Callable[[], Awaitable[Result]],
    id_of: Callable[[Result], str],
    again: Callable[[str], Awaitable[Result]],
) -> Result:
    """Does `work` under the key; `id_of` names its result, `again` finds a named one.

    Raises Conflict for a key that was used with other input and RateLimited while the first request still runs.
    """
    if not key.strip() or len(key) > MAX_KEY:
        raise Invalid(f"An idempotency key has 1 to {MAX_KEY} characters; a UUID does.", path=("key",))
    source, caller = IdempotencySource(ctx.sources.viewers.database), subject(ctx)
    earlier = await source.claim(caller, key, digest, ctx.now)
    if earlier is None:
        return await _first(source, caller, key, work, id_of)
    if not earlier.same_input:
        raise Conflict("This idempotency key was used with other input. Take a new key for a new request.")
    if earlier.result is None:
        raise RateLimited("The first request with this key is still running. Ask again.", retry_after=1)
    return await again(earlier.result)


async def _first(
    source: IdempotencySource,
    caller: str,
    key: str,
    work: Callable[[], Awaitable[Result]],
    id_of: Callable[[Result], str],
) -> Result:
    try:
        result = await work()
    except Exception:
        await source.release(caller, key)
        raise
    await source.done(caller, key, id_of(result))
    return result
