"""Doubt belongs to one operation and is shared by its tasks."""

from __future__ import annotations

import asyncio
from contextvars import Context

from datasources import doubt


async def test_a_task_of_the_operation_casts_it_for_the_whole_operation():
    async def fails() -> None:
        doubt.cast()

    doubt.begin()
    assert not doubt.raised()
    await asyncio.gather(asyncio.create_task(fails()))
    assert doubt.raised()
    doubt.begin()
    assert not doubt.raised()


async def test_operations_beside_each_other_do_not_share_it():
    async def operation(*, doubtful: bool) -> bool:
        doubt.begin()
        if doubtful:
            doubt.cast()
        await asyncio.sleep(0)
        return doubt.raised()

    both = [asyncio.create_task(operation(doubtful=doubtful)) for doubtful in (True, False)]
    assert await asyncio.gather(*both) == [True, False]


def test_outside_an_operation_nothing_is_doubted():
    def nowhere() -> bool:
        doubt.cast()
        return doubt.raised()

    assert Context().run(nowhere) is False
