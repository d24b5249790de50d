"""Revoked sign-ins: refused at once where they were revoked, at the next look elsewhere, and forgotten in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from datasources.calls import counted
from datasources.revocations import LATE, LONGEST, Revocations
from domain.errors import Unavailable
from domain.viewers import ANONYMOUS, Viewer
from tests.clock import Clock

NOW = datetime(2100, 11, 23, 20, 15, 30, 700_000, tzinfo=UTC)


@pytest.fixture
def clock():
    return Clock(NOW)


@pytest.fixture
def processes(empty_cloud, database, clock):
    return [Revocations(database, now=clock), Revocations(database, now=clock)]


def viewer(sub="ada", sign_in="sofa", ago=3600):
    return Viewer(sub=sub, sign_in=sign_in, signed_in_at=NOW.timestamp() // 1 - ago)


async def test_one_sign_in_ends_here_at_once_and_elsewhere_with_the_next_look(processes):
    here, there = processes
    await there.look()
    with counted() as calls:
        await here.add("ada", "sofa")
    assert calls.names == ["PutItem ops"]
    assert (here.refuses(viewer()), there.refuses(viewer())) == (True, False)
    with counted() as calls:
        await there.look()
    assert calls.names == ["Query ops"]
    assert there.refuses(viewer())
    others = [viewer(sign_in="bed"), viewer(sub="ben"), viewer(sign_in=None), ANONYMOUS]
    assert [one for process in processes for one in others if process.refuses(one)] == []


async def test_asking_makes_no_call(processes):
    here, _ = processes
    await here.add("ada", None)
    with counted() as calls:
        assert [here.refuses(viewer(sign_in=str(n))) for n in range(1000)] == [True] * 1000
    assert calls.names == []


async def test_everywhere_ends_what_began_before_and_not_what_begins_after(processes, clock):
    here, there = processes
    await here.add("ada", None)
    await there.look()
    for process in processes:
        assert process.refuses(viewer(ago=0))
        assert process.refuses(Viewer(sub="ada", sign_in=None, signed_in_at=None))
        assert not process.refuses(viewer(ago=-1))
    clock.now += timedelta(minutes=5)
    await there.add("ada", None)
    await here.look()
    assert here.refuses(viewer(ago=-300))
    assert not here.refuses(viewer(ago=-301))


async def test_an_entry_that_becomes_visible_late_is_not_missed(processes, database, clock):
    here, there = processes
    clock.now = NOW + LATE / 2
    await there.look()
    clock.now = NOW
    await here.add("ada", "sofa")
    clock.now = NOW + LATE / 2 + timedelta(seconds=5)
    await there.look()
    assert there.refuses(viewer())


async def test_a_process_that_starts_later_knows_what_was_revoked(processes, clock):
    here, there = processes
    await here.add("ada", "sofa")
    clock.now += LONGEST - timedelta(hours=1)
    await there.look()
    assert there.refuses(viewer())


async def test_what_no_token_can_outlive_is_forgotten(processes, clock):
    here, _ = processes
    await here.add("ada", "sofa")
    await here.add("ben", None)
    clock.now += timedelta(hours=1)
    await here.add("ada", "bed")
    await here.add("ben", None)
    clock.now = NOW + LONGEST + timedelta(seconds=1)
    await here.look()
    assert (len(here), here.refuses(viewer()), here.refuses(viewer("ben"))) == (2, False, True)
    clock.now += timedelta(hours=1)
    await here.look()
    assert len(here) == 0


class Down:
    """A table that does not answer."""

    async def query(self, table, query):
        raise Unavailable("The table did not answer.")


async def test_a_table_that_is_down_stops_neither_the_start_nor_what_is_known(processes, clock):
    here, _ = processes
    await here.add("ada", "sofa")
    here._database = Down()
    async with here.running():
        assert here.failed == 1
        assert here.refuses(viewer())
