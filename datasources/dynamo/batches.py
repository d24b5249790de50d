"""Batches larger than DynamoDB takes at once: chunks side by side, each repeated until nothing is left unprocessed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from datasources.dynamo.answers import Found
from datasources.dynamo.failures import throttled
from datasources.dynamo.pacing import Pace
from datasources.dynamo.requests import Request
from datasources.dynamodb import BATCH_GET_LIMIT, Item, Key
from datasources.tables import TableSpec
from domain.errors import Unavailable

BATCH_WRITE_LIMIT = 25
"""Writes in one BatchWriteItem; DynamoDB's own limit."""

WRITERS = 4
"""BatchWriteItem calls side by side; seeding gains nothing from more."""

ReadChunk = Callable[[TableSpec, Sequence[Key], bool], Awaitable[Found]]
WriteChunk = Callable[[TableSpec, Sequence[Request]], Awaitable[list[Request]]]
Answers = dict[Key, Item | Exception]


async def read_batches(
    read: ReadChunk, table: TableSpec, keys: Sequence[Key], consistent: bool, seconds: float
) -> Answers:
    """All items that are there; an Unavailable stands in the place of every key that could not be had."""
    wanted = [*dict.fromkeys(keys)]
    if not wanted:
        return {}
    if len(wanted) <= BATCH_GET_LIMIT:
        return await _read_chunk(read, table, wanted, consistent, seconds)
    chunks = [wanted[at : at + BATCH_GET_LIMIT] for at in range(0, len(wanted), BATCH_GET_LIMIT)]
    answers: Answers = {}
    for answer in await asyncio.gather(*(_read_chunk(read, table, chunk, consistent, seconds) for chunk in chunks)):
        answers.update(answer)
    return answers


async def _read_chunk(read: ReadChunk, table: TableSpec, keys: list[Key], consistent: bool, seconds: float) -> Answers:
    answers: Answers = {}
    pace: Pace | None = None
    while True:
        try:
            found = await read(table, keys, consistent)
        except Unavailable as error:
            answers.update(dict.fromkeys(keys, error))
            return answers
        answers.update(found.items)
        if not found.unprocessed:
            return answers
        pace = pace or Pace(seconds)
        progress, keys = len(found.unprocessed) < len(keys), found.unprocessed
        if not await pace.wait(progress=progress):
            answers.update(dict.fromkeys(keys, throttled()))
            return answers


async def write_batches(write: WriteChunk, table: TableSpec, entries: Sequence[Request], seconds: float) -> None:
    """All writes; raises UpstreamThrottled when some stay unprocessed."""
    gate = asyncio.Semaphore(WRITERS)

    async def chunk(part: Sequence[Request]) -> None:
        async with gate:
            await _write_chunk(write, table, part, seconds)

    try:
        async with asyncio.TaskGroup() as group:
            for at in range(0, len(entries), BATCH_WRITE_LIMIT):
                group.create_task(chunk(entries[at : at + BATCH_WRITE_LIMIT]))
    except ExceptionGroup as group_error:
        raise group_error.exceptions[0] from None


async def _write_chunk(write: WriteChunk, table: TableSpec, entries: Sequence[Request], seconds: float) -> None:
    pace = Pace(seconds)
    while unprocessed := await write(table, entries):
        progress, entries = len(unprocessed) < len(entries), unprocessed
        if not await pace.wait(progress=progress):
            raise throttled()
