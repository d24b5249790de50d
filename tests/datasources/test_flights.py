"""Work that many ask for at once is done once, and neither failures nor cancellations stay behind."""

import asyncio

import pytest

from datasources.flights import Flights


@pytest.fixture
def flights():
    return Flights()


class Work:
    """Answers how often it was begun, when it is let go."""

    def __init__(self, failure=None):
        self.begun = 0
        self.gate = asyncio.Event()
        self.failure = failure

    async def __call__(self):
        self.begun += 1
        await self.gate.wait()
        if self.failure:
            raise self.failure
        return self.begun


async def test_everyone_who_asks_while_it_runs_gets_the_same(flights):
    work = Work()
    asking = [asyncio.ensure_future(flights.join("key", work)) for _ in range(20)]
    await asyncio.sleep(0)
    work.gate.set()
    assert await asyncio.gather(*asking) == [1] * 20
    assert len(flights) == 0
    assert await flights.join("key", work) == 2


async def test_keys_do_not_wait_for_each_other(flights):
    slow, fast = Work(), Work()
    fast.gate.set()
    waiting = asyncio.ensure_future(flights.join("slow", slow))
    assert await flights.join("fast", fast) == 1
    slow.gate.set()
    assert await waiting == 1


async def test_a_caller_that_goes_away_takes_nobody_with_it(flights):
    work = Work()
    first, second = (asyncio.ensure_future(flights.join("key", work)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    work.gate.set()
    assert await second == 1
    assert first.cancelled()


async def test_a_failure_is_told_to_all_who_wait_and_then_forgotten(flights):
    work = Work(OSError("no disk"))
    asking = [asyncio.ensure_future(flights.join("key", work)) for _ in range(3)]
    await asyncio.sleep(0)
    work.gate.set()
    assert [str(one) for one in await asyncio.gather(*asking, return_exceptions=True)] == ["no disk"] * 3
    work.failure = None
    assert await flights.join("key", work) == 2


async def test_a_failure_that_nobody_waits_for_any_more_is_forgotten_as_well(flights):
    work = Work(OSError("no disk"))
    alone = asyncio.ensure_future(flights.join("key", work))
    await asyncio.sleep(0)
    alone.cancel()
    work.gate.set()
    await asyncio.gather(alone, return_exceptions=True)
    for _ in range(3):
        await asyncio.sleep(0)
    assert len(flights) == 0
