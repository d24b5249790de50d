"""The one rule that grants streams, without any store."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.errors import StreamLimit
from domain.playback import DeviceKind, Leases, Protocol, SessionRecord, SessionStatus, grant, lease_end
from domain.titles import Quality

NOW = datetime(2026, 11, 23, 20, tzinfo=UTC)


def session(id_, device=None, now=NOW):
    return SessionRecord(
        id=id_,
        account="a",
        profile_id="p",
        playable="heat",
        device_id=device or f"device-{id_}",
        device_name="TV",
        device_kind=DeviceKind.TV,
        protocol=Protocol.HLS,
        quality=Quality.HD,
        sign_in="s",
        started_at=now,
        expires_at=lease_end(now),
    )


def held(*sessions, limit=9):
    leases = Leases()
    for one in sessions:
        leases = grant(leases, one, limit=limit, now=NOW)
    return leases


def ids(leases, now=NOW):
    return [s.id for s in leases.live(now)]


def test_streams_are_granted_up_to_the_limit_and_the_next_is_told_who_plays():
    leases = held(session("1"), session("2"))
    with pytest.raises(StreamLimit) as refused:
        grant(leases, session("3"), limit=2, now=NOW)
    assert (refused.value.limit, [s.id for s in refused.value.sessions]) == (2, ["1", "2"])


def test_the_same_device_replaces_its_own_stream():
    leases = grant(held(session("1", "tv")), session("2", "tv"), limit=1, now=NOW)
    assert ids(leases) == ["2"]
    assert leases.sessions["1"].status is SessionStatus.REVOKED


def test_a_named_session_makes_room_and_is_told_so():
    leases = grant(held(session("1"), session("2")), session("3"), limit=2, now=NOW, replacing="1")
    assert ids(leases) == ["2", "3"]
    assert leases.sessions["1"].status is SessionStatus.REVOKED


def test_a_lease_that_ran_out_frees_its_stream_by_itself():
    later = NOW + timedelta(seconds=151)
    leases = grant(held(session("1")), session("2", now=later), limit=1, now=later)
    assert ids(leases, later) == ["2"]
    assert leases.sessions["1"].status is SessionStatus.EXPIRED


def test_a_dead_lease_shows_as_expired_before_anyone_removes_it():
    seen = held(session("1")).seen("1", NOW + timedelta(seconds=151))
    assert seen is not None
    assert seen.status is SessionStatus.EXPIRED


def test_ended_sessions_are_forgotten_after_the_last_eight():
    leases = Leases()
    for number in range(20):
        leases = grant(leases, session(str(number), "tv"), limit=1, now=NOW + timedelta(seconds=number))
    assert len(leases.sessions) == 9
    assert ids(leases, NOW + timedelta(seconds=20)) == ["19"]
