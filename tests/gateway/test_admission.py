"""A busy process starts one operation per turn of the loop, and refuses who would wait too long."""

import asyncio
import time

import pytest

from gateway.middleware.admission import BURST_SECONDS, Gate, Priority
from gateway.statuses import Case, Rejected


def gate(running=4, queue=4, wait=0.05):
    return Gate(running=running, queue=queue, wait_seconds=wait)


async def test_an_idle_gate_lets_through_at_once():
    one = gate()
    async with one.slot():
        assert (one.running, one.waiting) == (1, 0)
    assert one.running == 0


async def turns_of(one, count, busy):
    """How many operations of `busy` seconds of processor time started in each turn of the loop."""
    started, turns = [], []

    async def work(number):
        async with one.slot():
            started.append(number)
            end = time.monotonic() + busy
            while time.monotonic() < end:
                pass
            await asyncio.sleep(0)

    tasks = [asyncio.create_task(work(number)) for number in range(count)]
    while len(started) < count:
        before = len(started)
        await asyncio.sleep(0)
        turns.append(len(started) - before)
    await asyncio.gather(*tasks)
    assert started == [*range(count)]
    return turns


async def test_one_operation_starts_per_turn():
    assert max(await turns_of(gate(wait=1), 4, busy=2 * BURST_SECONDS)) == 1


async def test_operations_that_are_small_beside_a_turn_share_one():
    assert max(await turns_of(gate(running=8), 4, busy=0)) > 1


async def test_a_full_line_refuses_at_once():
    one = gate(running=1, queue=1)
    async with one.slot():
        waiting = asyncio.create_task(one.enter())
        await asyncio.sleep(0)
        with pytest.raises(Rejected) as caught:
            await one.enter()
        waiting.cancel()
    assert caught.value.case is Case.OVERLOAD
    assert 1 <= caught.value.retry_after <= 3


async def test_who_waits_longer_than_the_budget_is_refused_though_nothing_ends():
    one = gate(running=1)
    async with one.slot():
        with pytest.raises(Rejected) as caught:
            await asyncio.wait_for(one.enter(), 1)
    assert caught.value.case is Case.OVERLOAD
    assert (one.running, one.waiting, one.refused) == (0, 0, 1)


async def test_a_place_that_is_given_back_goes_to_the_next():
    one = gate(running=1, wait=1)
    async with one.slot() as slot:
        waiting = asyncio.create_task(one.enter())
        await asyncio.sleep(0.01)
        assert not waiting.done()
        slot.leave()
        await waiting
    assert one.running == 1
    one.leave()
    assert one.running == 0


async def test_playback_goes_before_people_and_people_before_partners():
    one, order = gate(running=1, wait=1), []

    async def work(priority):
        async with one.slot(priority):
            order.append(priority)

    async with one.slot():
        tasks = []
        for priority in (Priority.PARTNERS, Priority.PEOPLE, Priority.PLAYBACK):
            tasks.append(asyncio.create_task(work(priority)))
            await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    assert order == [Priority.PLAYBACK, Priority.PEOPLE, Priority.PARTNERS]


async def test_a_full_line_makes_room_for_a_higher_class():
    one = gate(running=1, queue=1, wait=1)
    async with one.slot():
        partner = asyncio.create_task(one.enter(Priority.PARTNERS))
        await asyncio.sleep(0)
        person = asyncio.create_task(one.enter(Priority.PEOPLE))
        with pytest.raises(Rejected):
            await partner
    await person
    one.leave()


async def test_who_leaves_the_line_holds_nothing():
    one = gate(running=1, wait=1)
    async with one.slot():
        waiting = asyncio.create_task(one.enter())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert one.waiting == 0
    assert one.running == 0


async def test_who_is_cancelled_right_when_let_in_gives_the_place_back(monkeypatch):
    monkeypatch.setattr("gateway.middleware.admission.monotonic", lambda: 0.0)  # a machine that stalls has long turns
    one = gate(running=1, wait=1)
    async with one.slot() as slot:
        waiting = asyncio.create_task(one.enter())
        await asyncio.sleep(0)
        slot.leave()
        await asyncio.sleep(0)  # the turn that lets it in; it has not run yet
        assert (one.running, one.waiting, waiting.done()) == (1, 0, False)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    assert one.running == 0


async def test_many_refusals_in_a_short_time_are_an_overload():
    one = gate(running=1, queue=0)
    async with one.slot():
        for _ in range(101):
            with pytest.raises(Rejected):
                await one.enter()
    assert one.overloaded()
    assert not one.overloaded(seconds=-1)


async def test_no_place_is_lost_under_random_use():
    one = gate(running=3, queue=8, wait=0.02)

    async def work(number):
        try:
            async with one.slot(Priority(number % 3)) as slot:
                assert one.running <= 3
                await asyncio.sleep(0.001 * (number % 5))
                if number % 7 == 0:
                    slot.leave()
        except Rejected:
            return "refused"
        return "done"

    tasks = [asyncio.create_task(work(number)) for number in range(200)]
    for number, task in enumerate(tasks):
        if number % 11 == 0:
            task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert {str(outcome) for outcome in outcomes} == {"done", "refused", ""}
    assert (one.running, one.waiting) == (0, 0)
