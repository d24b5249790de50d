"""The wrapper around a source: what it refuses, what it counts, and when it opens, probes and closes again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from datasources.deadline import deadline
from datasources.dependency import Breaker, Dependencies, Dependency, Limits, Outcome
from domain.errors import Conflict, DeadlineExceeded, Unavailable, UpstreamInvalid, UpstreamThrottled
from tests.clock import Clock

LIMITS = Limits(least_calls=4, failure_share=0.5, window_seconds=10, open_seconds=5.0)


def state_of(breaker: Breaker) -> str:
    return breaker.state


async def answer() -> str:
    return "answer"


def raising(error: Exception) -> Callable[[], Awaitable[str]]:
    async def work() -> str:
        raise error

    return work


def tally(breaker: Breaker, *outcomes: bool) -> None:
    for succeeded in outcomes:
        ticket = breaker.admit()
        assert ticket is not None
        breaker.report(ticket, succeeded)


def test_a_breaker_opens_at_the_share_of_failures_among_enough_calls() -> None:
    breaker = Breaker(LIMITS, Clock(1000.0))
    tally(breaker, False, False, True)
    assert state_of(breaker) == "closed"
    tally(breaker, False)
    assert state_of(breaker) == "open"
    assert breaker.admit() is None


def test_fewer_failures_than_the_share_never_open_it() -> None:
    breaker = Breaker(LIMITS, Clock(1000.0))
    tally(breaker, *[True, True, False] * 50)
    assert state_of(breaker) == "closed"


def test_failures_older_than_the_window_are_forgotten() -> None:
    clock = Clock(1000.0)
    breaker = Breaker(LIMITS, clock)
    tally(breaker, False, False, False)
    clock.now += 10
    tally(breaker, False, True)
    assert state_of(breaker) == "closed"


def test_an_open_breaker_lets_exactly_one_probe_pass() -> None:
    clock = Clock(1000.0)
    breaker = Breaker(LIMITS, clock)
    tally(breaker, *[False] * 4)
    clock.now += 4.9
    assert (breaker.admit(), state_of(breaker)) == (None, "open")
    clock.now += 0.2
    assert state_of(breaker) == "half-open"
    probe = breaker.admit()
    assert probe is not None
    assert [breaker.admit() for _ in range(50)] == [None] * 50
    breaker.report(probe, True)
    assert state_of(breaker) == "closed"
    assert breaker.admit() is not None


def test_a_failed_probe_opens_it_for_the_whole_time_again() -> None:
    clock = Clock(1000.0)
    breaker = Breaker(LIMITS, clock)
    tally(breaker, *[False] * 4)
    clock.now += 5
    tally(breaker, False)
    assert (state_of(breaker), breaker.rest) == ("open", 5.0)


def test_an_abandoned_probe_leaves_its_place_to_the_next() -> None:
    clock = Clock(1000.0)
    breaker = Breaker(LIMITS, clock)
    tally(breaker, *[False] * 4)
    clock.now += 5
    abandoned = breaker.admit()
    assert abandoned is not None
    breaker.report(abandoned, None)
    tally(breaker, True)
    assert state_of(breaker) == "closed"


def test_calls_from_before_it_opened_neither_close_nor_keep_it_open() -> None:
    clock = Clock(1000.0)
    breaker = Breaker(LIMITS, clock)
    early = [breaker.admit() for _ in range(3)]
    tally(breaker, *[False] * 4)
    clock.now += 5
    probe = breaker.admit()
    assert probe is not None
    for ticket, succeeded in zip(early, (True, False, None), strict=True):
        assert ticket is not None
        breaker.report(ticket, succeeded)
        assert (state_of(breaker), breaker.admit()) == ("half-open", None)
    breaker.report(probe, True)
    assert state_of(breaker) == "closed"


async def test_an_open_breaker_refuses_without_a_call_and_says_when_to_come_back() -> None:
    clock, told = Clock(1000.0), list[tuple[str, Outcome]]()
    dependency = Dependency(
        "store", LIMITS, clock=clock, observe=lambda name, outcome, seconds: told.append((name, outcome))
    )
    for _ in range(4):
        with pytest.raises(UpstreamThrottled):
            await dependency.call(raising(UpstreamThrottled("busy")))
    clock.now += 2
    with pytest.raises(Unavailable) as caught:
        await dependency.call(raising(AssertionError("was called")))
    assert caught.value.retry_after == 3.0
    assert told == [("store", "failed")] * 4 + [("store", "refused-open")]


async def test_what_the_caller_did_wrong_does_not_count() -> None:
    dependency = Dependency("store", LIMITS)
    for _ in range(10):
        with pytest.raises(Conflict):
            await dependency.call(raising(Conflict("someone was first")))
    assert state_of(dependency.breaker) == "closed"


async def test_the_source_may_say_which_errors_count() -> None:
    dependency = Dependency("store", LIMITS, failed=lambda error: not isinstance(error, UpstreamInvalid))
    for _ in range(10):
        with pytest.raises(UpstreamInvalid):
            await dependency.call(raising(UpstreamInvalid("our own fault")))
    assert state_of(dependency.breaker) == "closed"


async def test_the_fallback_stands_in_for_a_source_that_is_down() -> None:
    told = list[Outcome]()
    dependency = Dependency("model", LIMITS, observe=lambda name, outcome, seconds: told.append(outcome))

    async def fallback(error: Unavailable) -> str:
        return f"popular, because: {error.message}"

    assert await dependency.call(answer, fallback=fallback) == "answer"
    assert await dependency.call(raising(Unavailable("gone")), fallback=fallback) == "popular, because: gone"
    assert told == ["answered", "failed", "fallback"]


async def test_a_call_is_cut_at_its_own_limit() -> None:
    dependency = Dependency("model", Limits(seconds=0.02))
    with pytest.raises(Unavailable) as caught, deadline(30):
        await dependency.call(lambda: asyncio.sleep(30))
    assert caught.value.code == "UNAVAILABLE"


async def test_a_call_is_cut_at_the_operations_deadline_and_has_no_fallback_then() -> None:
    async def fallback(error: Unavailable) -> None:
        raise AssertionError("there is no time for it")

    dependency = Dependency("model", Limits(seconds=30))
    with pytest.raises(DeadlineExceeded), deadline(0.02):
        await dependency.call(lambda: asyncio.sleep(30), fallback=fallback)


async def test_no_call_begins_once_the_time_is_over() -> None:
    with pytest.raises(DeadlineExceeded), deadline(0):
        await Dependency("model").call(raising(AssertionError("was called")))


async def test_a_time_out_of_the_works_own_is_unavailable() -> None:
    with pytest.raises(Unavailable) as caught:
        await Dependency("model").call(raising(TimeoutError()))
    assert caught.value.code == "UNAVAILABLE"


async def test_impatient_callers_do_not_close_a_source_for_the_others() -> None:
    dependency = Dependency("model", Limits(least_calls=2, patience_seconds=0.5))
    for _ in range(5):
        with pytest.raises(DeadlineExceeded), deadline(0.01):
            await dependency.call(lambda: asyncio.sleep(30))
    assert state_of(dependency.breaker) == "closed"


async def test_a_source_that_is_silent_for_long_is_closed_by_deadlines_too() -> None:
    dependency = Dependency("model", Limits(least_calls=2, patience_seconds=0.01))
    for _ in range(2):
        with pytest.raises(DeadlineExceeded), deadline(0.03):
            await dependency.call(lambda: asyncio.sleep(30))
    assert state_of(dependency.breaker) == "open"


async def test_more_than_the_bulkhead_holds_wait_and_more_than_may_wait_are_refused() -> None:
    told = list[Outcome]()
    dependency = Dependency(
        "model", Limits(in_flight=2, waiting=1), observe=lambda name, outcome, seconds: told.append(outcome)
    )
    running, most, gate = 0, 0, asyncio.Event()

    async def work() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await gate.wait()
        running -= 1

    tasks = [asyncio.create_task(dependency.call(work)) for _ in range(4)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    gate.set()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [type(None)] * 3 + [Unavailable]
    assert most == 2
    assert sorted(told) == ["answered", "answered", "answered", "refused-full"]
    assert state_of(dependency.breaker) == "closed"


async def test_a_cancelled_call_frees_its_place_and_counts_for_nothing() -> None:
    dependency = Dependency("model", Limits(in_flight=1, least_calls=1))
    task = asyncio.create_task(dependency.call(lambda: asyncio.sleep(30)))
    await asyncio.sleep(0)
    waiting = asyncio.create_task(dependency.call(answer))
    await asyncio.sleep(0)
    task.cancel()
    assert await waiting == "answer"
    with pytest.raises(asyncio.CancelledError):
        await task
    assert state_of(dependency.breaker) == "closed"


async def test_a_cancelled_probe_does_not_keep_the_breaker_shut() -> None:
    clock = Clock(1000.0)
    dependency = Dependency("model", Limits(least_calls=1), clock=clock)
    with pytest.raises(Unavailable):
        await dependency.call(raising(Unavailable("down")))
    clock.now += 5
    probe = asyncio.create_task(dependency.call(lambda: asyncio.sleep(30)))
    await asyncio.sleep(0)
    probe.cancel()
    with pytest.raises(asyncio.CancelledError):
        await probe
    assert await dependency.call(answer) == "answer"
    assert state_of(dependency.breaker) == "closed"


async def test_parts_of_a_source_fail_apart() -> None:
    tables = Dependencies("dynamodb", Limits(least_calls=1))
    with pytest.raises(Unavailable):
        await tables("catalog").call(raising(Unavailable("down")))
    assert tables("catalog") is tables("catalog")
    states = {part.name: state_of(part.breaker) for part in (tables("catalog"), tables("viewers"))}
    assert states == {"dynamodb.catalog": "open", "dynamodb.viewers": "closed"}
