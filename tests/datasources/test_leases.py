"""Stream leases under races, on the real wire: what is granted never exceeds the plan."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import uuid4

import pytest

from datasources.calls import counted
from datasources.dynamodb import Database, Item, Write
from datasources.leases import LeaseSource
from domain.errors import RateLimited, StreamLimit, Unavailable
from domain.playback import DeviceKind, Leases, Protocol, SessionRecord, SessionStatus, lease_end
from domain.titles import Quality

NOW = datetime(2100, 11, 23, 20, tzinfo=UTC)
"""Long after the tests: the table removes what its time-to-live says is over by the real clock, races or not."""


@pytest.fixture
async def leases(database: Database) -> AsyncIterator[LeaseSource]:
    yield LeaseSource(database)


@pytest.fixture
def account() -> str:
    return uuid4().hex


def session(account, id_, device=None, now=NOW):
    return SessionRecord(
        id=id_,
        account=account,
        profile_id="p",
        playable="heat",
        device_id=device or f"device-{id_}",
        device_name="Kitchen",
        device_kind=DeviceKind.TV,
        protocol=Protocol.HLS,
        quality=Quality.HD,
        sign_in="s",
        started_at=now,
        expires_at=lease_end(now),
    )


async def start(source, account, id_, limit, now=NOW, **more):
    return await source.start(await source.of(account), session(account, id_, now=now), limit=limit, now=now, **more)


async def granted(source, account, count, limit, now=NOW):
    """How many of `count` concurrent starts were let in; a lost race is tried again, as a player would."""

    async def one(number):
        while True:
            try:
                await start(source, account, f"s{number}", limit, now)
                return True
            except StreamLimit:
                return False
            except (RateLimited, Unavailable):
                await asyncio.sleep(0.01)

    return sum(await asyncio.gather(*(one(n) for n in range(count))))


@pytest.mark.parametrize("limit", [1, 2, 4])
async def test_of_two_hundred_concurrent_starts_exactly_the_limit_is_granted(leases, account, limit):
    assert await granted(leases, account, 200, limit) == limit
    assert len((await leases.of(account)).live(NOW)) == limit


class Unconditional:
    """The database with the guard taken out: every write goes through."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, *args, **more) -> Item | None:
        return await self._database.get(*args, **more)

    async def write(self, write: Write, **more) -> Item | None:
        free = {name: value for name, value in write.values.items() if name != ":ver"}
        unguarded = Write(
            table=write.table, action=write.action, key=write.key, update=write.update, names=write.names, values=free
        )
        return await self._database.write(unguarded, **more)


async def test_without_the_condition_the_same_race_grants_too_many(database, account):
    """The negative control: this is what the condition is for."""
    assert await granted(LeaseSource(cast(Database, Unconditional(database))), account, 50, 2) > 2


async def test_expired_leases_that_nothing_removed_do_not_hold_a_stream(leases, account):
    assert await granted(leases, account, 4, 4) == 4
    later = NOW + timedelta(seconds=151)
    assert await granted(leases, account, 50, 2, now=later) == 2


async def test_a_heartbeat_prolongs_a_live_lease_in_one_write_and_never_a_dead_one(leases, account):
    await start(leases, account, "a", 1)
    with counted() as calls:
        renewed = await leases.renew(account, "a", NOW + timedelta(seconds=60))
    assert renewed == replace(session(account, "a"), expires_at=NOW + timedelta(seconds=210))
    assert calls.names == ["UpdateItem viewers"]
    assert await leases.renew(account, "a", NOW + timedelta(seconds=211)) is None
    assert await leases.renew(account, "unknown", NOW) is None
    assert await leases.renew(uuid4().hex, "a", NOW) is None


async def test_a_stopped_stream_is_free_and_stays_stopped(leases, account):
    await start(leases, account, "a", 1)
    stopped = await leases.stop(account, "a", SessionStatus.STOPPED, NOW)
    assert stopped == replace(session(account, "a"), status=SessionStatus.STOPPED, expires_at=NOW)
    assert await leases.renew(account, "a", NOW) is None
    assert not await leases.stop(account, "a", SessionStatus.REVOKED, NOW)
    found = await start(leases, account, "b", 1)
    assert found.sessions["a"].status is SessionStatus.STOPPED


async def test_a_renewal_between_read_and_grant_is_not_lost(leases, account):
    """A start that read the lease before it was renewed must not count it as expired."""
    await start(leases, account, "a", 1)
    stale = await leases.of(account)
    late = NOW + timedelta(seconds=140)
    await leases.renew(account, "a", late)
    later = NOW + timedelta(seconds=160)
    with pytest.raises(StreamLimit):
        await leases.start(stale, session(account, "b", now=later), limit=1, now=later)


async def test_a_stream_that_is_replaced_is_told_so(leases, account):
    await start(leases, account, "a", 1)
    await start(leases, account, "b", 1, replacing="a")
    seen = (await leases.of(account)).seen("a", NOW)
    assert seen is not None
    assert seen.status is SessionStatus.REVOKED


async def test_a_lowered_plan_keeps_the_oldest_streams_and_ends_the_rest_in_one_write(leases, account):
    for second, id_ in enumerate("abc"):
        await start(leases, account, id_, 4, NOW + timedelta(seconds=second))
    later = NOW + timedelta(seconds=10)
    with counted() as calls:
        ended = await leases.revoke(account, later, keep=1)
    left = await leases.of(account)
    assert calls.names == ["GetItem viewers", "UpdateItem viewers"]
    assert [one.id for one in ended] == ["b", "c"]
    assert [one.id for one in left.live(later)] == ["a"]
    assert {one.status for one in ended} == {SessionStatus.REVOKED}
    assert await leases.renew(account, "b", later) is None


async def test_revoking_where_nothing_streams_writes_nothing(leases, account):
    with counted() as calls:
        assert await leases.revoke(account, NOW) == []
    assert calls.names == ["GetItem viewers"]


async def test_a_start_during_a_revocation_is_ended_or_starts_after_it(leases, account):
    """Neither write loses the other: what is live afterwards started after the revocation."""
    await start(leases, account, "a", 4)
    _, ended = await asyncio.gather(start(leases, account, "b", 4), leases.revoke(account, NOW))
    left = await leases.of(account)
    assert {one.id for one in ended} | {one.id for one in left.live(NOW)} == {"a", "b"}
    assert "a" in {one.id for one in ended}


async def test_an_account_that_never_played_has_no_leases(leases, account):
    assert await leases.of(account) == Leases()


async def test_what_is_stored_comes_back_whole(leases, account):
    await start(leases, account, "a", 1)
    assert (await leases.of(account)).sessions == {"a": session(account, "a")}
