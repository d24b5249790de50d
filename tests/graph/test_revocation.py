"""Staff end the streams of an account: what is answered, what is refused, and what the log keeps."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from domain.titles import MediaRecord, Quality
from domain.viewers import Role, Viewer
from resolvers.ids import decode_id, encode_id
from tests.catalogue import NOW, World, movie
from tests.graph.households import Household

MEDIA = MediaRecord(version="v1", max_quality=Quality.HD, duration_seconds=5400)
START = """mutation($input: StartPlaybackInput!) { startPlayback(input: $input) { session { id } errors { code } } }"""
REVOKE = """mutation($input: RevokePlaybackInput!) { revokePlayback(input: $input) {
  streams { sessionId deviceName } errors { code path } } }"""
ADMIN = Viewer(sub="boss", client_id="studio", roles=frozenset({Role.EDITOR, Role.ADMIN}), sign_in="desk")


@pytest.fixture
async def household(open_world, deliverable):
    world = World(movies=[movie(1, media=MEDIA)])
    return await Household(ask=deliverable(await open_world(world)), sub=uuid4().hex).stored()


async def start(household, device, now=NOW):
    named = {"deviceId": device, "deviceName": device.upper(), "deviceKind": "TV"}
    answer = await household(START, {"input": {"playableId": encode_id("Movie", "m001"), **named}}, now=now)
    return answer["data"]["startPlayback"]["session"]["id"]


async def revoke(household, viewer=ADMIN, **more):
    wanted = {"viewerId": encode_id("Viewer", household.sub), "reason": " Refund 4711 ", **more}
    return await household.ask(REVOKE, {"input": wanted}, viewer=viewer)


async def test_all_streams_end_with_one_write_and_the_log_says_who_did_it_and_why(household):
    sofa, desk = await start(household, "sofa"), await start(household, "desk", NOW + timedelta(seconds=1))
    with capture_logs() as told:
        answer = await revoke(household)
    streams = [{"sessionId": sofa, "deviceName": "SOFA"}, {"sessionId": desk, "deviceName": "DESK"}]
    assert answer == {"data": {"revokePlayback": {"streams": streams, "errors": []}}}
    assert household.ask.calls.names == ["GetItem viewers", "UpdateItem viewers"]
    (line,) = told
    assert line == {
        "event": "playback_revoked",
        "log_level": "warning",
        "by": "boss",
        "account": household.sub,
        "sessions": [decode_id(one).path[0] for one in (sofa, desk)],
        "reason": "Refund 4711",
    }


async def test_an_account_without_streams_has_none_to_end_and_nothing_is_written(household):
    answer = await revoke(household)
    assert answer["data"] == {"revokePlayback": {"streams": [], "errors": []}}
    assert household.ask.calls.names == ["GetItem viewers"]


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201])
async def test_a_reason_is_asked_for_and_nothing_ends_without_one(household, reason):
    session = await start(household, "sofa")
    with capture_logs() as told:
        answer = await revoke(household, reason=reason)
    refused = {"code": "INVALID", "path": ["input", "reason"]}
    assert answer["data"]["revokePlayback"] == {"streams": [], "errors": [refused]}
    assert told == []
    assert (await revoke(household, sessionId=session))["data"]["revokePlayback"]["errors"] == []


async def test_a_stream_of_another_account_is_not_found_there(household):
    session = await start(household, "sofa")
    stranger = Household(ask=household.ask, sub=uuid4().hex)
    answer = await revoke(stranger, sessionId=session)
    assert [error["code"] for error in answer["data"]["revokePlayback"]["errors"]] == ["NOT_FOUND"]


async def test_an_id_that_is_no_accounts_is_told_as_such(household):
    answer = await revoke(household, viewerId=encode_id("Movie", "m001"))
    assert "is not the id of a Viewer" in answer["errors"][0]["message"]
