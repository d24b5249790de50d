"""The time an operation has left, as its calls and its tasks see it."""

from __future__ import annotations

import asyncio
from math import inf

import pytest

from datasources.deadline import deadline, enforced, remaining
from domain.errors import DeadlineExceeded


def test_outside_an_operation_there_is_no_end() -> None:
    assert remaining() == inf


def test_inside_the_time_runs() -> None:
    with deadline(10):
        first = remaining()
        assert 9 < first <= 10
        assert remaining() <= first
    assert remaining() == inf


def test_an_inner_deadline_only_shortens() -> None:
    with deadline(10):
        with deadline(100):
            assert remaining() <= 10
        with deadline(1):
            assert remaining() <= 1
        assert remaining() > 9


def test_time_that_is_over_is_not_positive() -> None:
    with deadline(-1):
        assert remaining() <= -1


async def test_tasks_of_the_operation_share_its_deadline() -> None:
    async def look() -> float:
        return remaining()

    with deadline(5):
        task = asyncio.create_task(look())
    assert await task <= 5
    assert await asyncio.create_task(look()) == inf


async def test_a_body_that_takes_too_long_is_cut() -> None:
    with deadline(0.01), pytest.raises(DeadlineExceeded):
        async with enforced():
            await asyncio.sleep(30)


async def test_a_body_in_time_and_one_without_a_deadline_are_not() -> None:
    async with enforced():
        await asyncio.sleep(0)
    with deadline(30):
        async with enforced():
            await asyncio.sleep(0)


async def test_no_body_begins_once_the_time_is_over() -> None:
    with deadline(0), pytest.raises(DeadlineExceeded):
        async with enforced():
            raise AssertionError("began")


async def test_a_time_out_of_the_body_itself_stays_what_it_is() -> None:
    with deadline(30), pytest.raises(TimeoutError):
        async with enforced():
            raise TimeoutError
