"""The stream limit over HTTP: two gateway processes, hundreds of devices at once, and never one stream too many."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from datasources.dynamo.values import encode_item
from datasources.leases import _stored, lease_key
from domain.plans import MembershipStatus
from domain.playback import DeviceKind, Protocol, SessionRecord, SessionStatus, lease_end, revoked
from domain.titles import PlanTier, Quality
from tests.playback.documents import BEAT, START, STOP, film, manifest, seen, started, wish
from tests.playback.stage import FILM, OTHER_FILM

DEVICES = 200
LOST_RACE = {"RATE_LIMITED", "OVERLOADED", "UNAVAILABLE", "UPSTREAM_THROTTLED", "DEADLINE_EXCEEDED"}


async def race(people, count):
    """How `count` devices fare that start at once, each at one of the gateways; who is told to ask again does so."""
    limits = httpx.Limits(max_connections=count, max_keepalive_connections=count)
    async with httpx.AsyncClient(timeout=60, limits=limits) as client:

        async def device(number):
            person = people[number % len(people)]
            sent = {"query": START, "variables": wish(film(FILM), f"device-{number}")}
            while True:
                answer = (await client.post(f"{person.base}/graphql", json=sent, headers=person.headers)).json()
                if answer.get("data") and (payload := answer["data"]["startPlayback"]):
                    return payload["session"]["id"] if payload["session"] else payload["errors"][0]["code"]
                codes = {error["extensions"]["code"] for error in answer["errors"]}
                assert codes <= LOST_RACE, answer
                await asyncio.sleep(0.05)

        return await asyncio.gather(*map(device, range(count)))


@pytest.mark.parametrize(("tier", "limit"), [(PlanTier.BASIC, 1), (PlanTier.STANDARD, 2), (PlanTier.PREMIUM, 4)])
def test_of_two_hundred_starts_at_two_gateways_exactly_the_plans_streams_are_granted(stage, viewer, tier, limit):
    stage.buys("viewer", tier)
    told = asyncio.run(race([viewer, viewer.at(stage.gateways[1])], DEVICES))
    granted = [one for one in told if one != "LIMIT_REACHED"]
    assert len(granted) == limit
    assert len(told) == DEVICES
    live = viewer("{ viewer { sessions { id } } }")["data"]["viewer"]["sessions"]
    assert sorted(one["id"] for one in live) == sorted(granted)
    assert len(stage.live("viewer")) == limit


def crashed(stage, persona, device, minutes):
    """The lease of a player that was killed: its last heartbeat is so many minutes ago."""
    then = datetime.now(UTC) - timedelta(minutes=minutes)
    return SessionRecord(
        id=f"killed{device}",
        account=stage.subject(persona),
        profile_id="sam",
        playable=FILM,
        device_id=device,
        device_name=device.upper(),
        device_kind=DeviceKind.TV,
        protocol=Protocol.HLS,
        quality=Quality.HD,
        sign_in="",
        started_at=then,
        expires_at=lease_end(then),
    )


def left_behind(stage, persona, *sessions):
    pk, sk = lease_key(stage.subject(persona))
    item = {"pk": pk, "sk": sk, "ver": 7, "l": {one.id: _stored(one) for one in sessions}}
    stage.tables.put_item(TableName=stage.cloud.tables["viewers"], Item=encode_item(item))


def test_the_lease_of_a_killed_player_frees_itself(stage, second):
    """Nothing tidied up: the record is still there, past its time."""
    left_behind(stage, "second", crashed(stage, "second", "tv", minutes=3))
    assert second("{ viewer { sessions { id } } }")["data"]["viewer"]["sessions"] == []
    session = started(second, device="phone")
    kept = stage.leases("second").sessions
    assert kept["killedtv"].status is SessionStatus.EXPIRED
    assert [one.device_id for one in stage.live("second")] == ["phone"]
    assert session["status"] == "ACTIVE"


def test_a_lease_with_a_lost_heartbeat_still_holds_its_stream(stage, second):
    left_behind(stage, "second", crashed(stage, "second", "tv", minutes=2))
    refused = second(START, wish(device="phone"))["data"]["startPlayback"]
    assert [error["code"] for error in refused["errors"]] == ["LIMIT_REACHED"]


def test_starting_again_on_the_same_device_replaces_its_own_stream_alone(stage, second):
    first = started(second, film(FILM), "tv")
    again = started(second, film(OTHER_FILM), "tv")
    assert [f"{one.device_id} {one.playable}" for one in stage.live("second")] == [f"tv {OTHER_FILM}"]
    assert again["id"] != first["id"]


def test_another_device_of_the_account_can_end_a_stream(stage, second):
    session = started(second)
    remote = stage.person("second", "sam", stage.gateways[1])
    document = "mutation($id: ID!) { stopPlayback(input: {sessionId: $id}) { session { status } errors { code } } }"
    ended = remote(document, {"id": session["id"]})["data"]["stopPlayback"]
    assert ended == {"session": {"status": "REVOKED"}, "errors": []}
    told = second(BEAT, seen(session))["data"]["heartbeatPlayback"]["errors"]
    assert [error["code"] for error in told] == ["NOT_AVAILABLE"]
    assert stage.http.get(manifest(session)).status_code == 403


def test_a_membership_that_was_canceled_lets_nothing_start_and_leaves_running_streams_to_its_writer(stage, second):
    """A heartbeat reads nothing. Whoever confirms the end of a membership revokes the streams, and they are over."""
    session = started(second)
    stage.buys("second", PlanTier.BASIC, MembershipStatus.CANCELED)
    assert second(BEAT, seen(session))["data"]["heartbeatPlayback"]["errors"] == []
    refused = second(START, wish(device="phone"))["data"]["startPlayback"]
    assert [error["reason"] for error in refused["errors"]] == ["NO_MEMBERSHIP"]
    left, ended = revoked(stage.leases("second"), datetime.now(UTC), keep=0)
    left_behind(stage, "second", *left.sessions.values())
    assert len(ended) == 1
    assert [error["code"] for error in second(BEAT, seen(session))["data"]["heartbeatPlayback"]["errors"]] == [
        "NOT_AVAILABLE"
    ]
    assert stage.http.get(manifest(session)).status_code == 403


def test_staff_see_and_stop_only_what_is_theirs(stage, second):
    """Staff of the catalogue are not of the household."""
    session = started(second)
    staff = stage.person_without_profile("admin")
    assert staff(STOP, seen(session))["data"]["stopPlayback"]["errors"][0]["code"] == "NOT_FOUND"
    assert len(stage.live("second")) == 1


@pytest.mark.parametrize(
    ("document", "change", "code", "path"),
    [
        (BEAT, {"positionSeconds": -1}, "INVALID", ["input", "positionSeconds"]),
        (BEAT, {"positionSeconds": 90_000}, "INVALID", ["input", "positionSeconds"]),
        (STOP, {"positionSeconds": -1}, "INVALID", ["input", "positionSeconds"]),
        (BEAT, {"sessionId": "UGxheWJhY2tTZXNzaW9uOm5vYm9keQ"}, "NOT_FOUND", ["input", "sessionId"]),
    ],
)
def test_a_refused_heartbeat_or_stop_changes_nothing(stage, second, document, change, code, path):
    session = started(second)
    before = stage.leases("second")
    variables = seen(session)
    variables["input"] |= change
    ((name, payload),) = second(document, variables)["data"].items()
    assert payload["session"] is None, name
    assert [(error["code"], error["path"]) for error in payload["errors"]] == [(code, path)]
    assert stage.leases("second") == before


def test_a_session_of_another_account_is_unknown_and_untouched(stage, viewer, second):
    session = started(viewer)
    for document, name in ((BEAT, "heartbeatPlayback"), (STOP, "stopPlayback")):
        errors = second(document, seen(session))["data"][name]["errors"]
        assert [error["code"] for error in errors] == ["NOT_FOUND"]
    taken = second(START, wish(replaceSessionId=session["id"]))["data"]["startPlayback"]
    assert taken["errors"] == []
    assert [one.status for one in stage.live("viewer")] == [SessionStatus.ACTIVE]
