"""Signals reach everyone who listens, are not lost between a look and a wait, and leave nothing behind."""

import asyncio

import pytest

from datasources.signals import Signals


@pytest.fixture
def signals():
    return Signals()


async def test_everyone_who_listens_to_the_key_is_woken(signals):
    with signals.listening("ada") as one, signals.listening("ada") as two, signals.listening("ben") as other:
        waiting = [asyncio.ensure_future(listener.wait(30)) for listener in (one, two)]
        await asyncio.sleep(0)
        signals.tell("ada")
        await asyncio.wait_for(asyncio.gather(*waiting), 5)
        assert (one.heard(), two.heard(), other.heard()) == (True, True, False)


async def test_what_is_told_before_the_wait_ends_it_at_once(signals):
    with signals.listening("ada") as listener:
        assert listener.heard() is False
        signals.tell("ada")
        await asyncio.wait_for(listener.wait(30), 5)
        assert listener.heard() is True
        assert listener.heard() is False


async def test_without_a_signal_the_wait_ends_by_itself(signals):
    with signals.listening("ada") as listener:
        await listener.wait(0.001)
        assert listener.heard() is False


async def test_nothing_stays_when_the_last_listener_has_gone(signals):
    with signals.listening("ada"), signals.listening("ada"):
        assert len(signals) == 1
    waiting = asyncio.ensure_future(_listen(signals))
    await asyncio.sleep(0)
    assert len(signals) == 1
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert len(signals) == 0
    signals.tell("ada")


async def _listen(signals):
    with signals.listening("ada") as listener:
        await listener.wait(30)
