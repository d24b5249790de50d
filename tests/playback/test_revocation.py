"""Staff end the streams of an account: its players are told, its manifests are refused, and nobody else may do it."""

import asyncio

import pytest

from resolvers.ids import encode_id
from tests.playback.documents import BEAT, manifest, seen, started
from tests.playback.test_wire import by_sse
from tests.playback.walker import fetch

REVOKE = """mutation($input: RevokePlaybackInput!) { revokePlayback(input: $input) {
  streams { sessionId deviceName deviceKind } errors { code message path } } }"""


def wanted(person, session=None, reason="Refund 4711"):
    """The input that ends an account's streams, or one of them."""
    one = {} if session is None else {"sessionId": session["id"]}
    return {"input": {"viewerId": encode_id("Viewer", person.subject), "reason": reason, **one}}


@pytest.mark.parametrize("here", [True, False], ids=["at the same gateway", "at another gateway"])
def test_an_admin_ends_every_stream_of_an_account_and_its_players_are_told(stage, viewer, here):
    sofa, phone = started(viewer, device="sofa"), started(viewer, device="phone")
    admin = stage.person_without_profile("admin", stage.gateways[0 if here else 1])
    told = {}

    async def watched():
        ear = asyncio.Event()
        stream = asyncio.ensure_future(by_sse(viewer, sofa, ear))
        await asyncio.wait_for(ear.wait(), 20)
        told.update(await asyncio.to_thread(admin, REVOKE, wanted(viewer)))
        return await asyncio.wait_for(stream, 30)

    assert asyncio.run(watched()) == (["ACTIVE", "REVOKED"], "complete")
    streams = [
        {"sessionId": session["id"], "deviceName": name, "deviceKind": "TV"}
        for session, name in ((sofa, "SOFA"), (phone, "PHONE"))
    ]
    assert told["data"] == {"revokePlayback": {"streams": streams, "errors": []}}
    assert [fetch(stage.http, manifest(one)).status_code for one in (sofa, phone)] == [403, 403]
    late = viewer(BEAT, seen(sofa))["data"]["heartbeatPlayback"]
    assert (late["session"], [error["code"] for error in late["errors"]]) == (None, ["NOT_AVAILABLE"])
    assert stage.live("viewer") == []
    started(viewer, device="sofa")


def test_one_stream_is_ended_and_the_others_go_on(stage, viewer):
    sofa, phone = started(viewer, device="sofa"), started(viewer, device="phone")
    admin = stage.person_without_profile("admin")
    ended = admin(REVOKE, wanted(viewer, sofa))["data"]["revokePlayback"]
    assert [one["sessionId"] for one in ended["streams"]] == [sofa["id"]]
    assert [fetch(stage.http, manifest(one)).status_code for one in (sofa, phone)] == [403, 200]
    again = admin(REVOKE, wanted(viewer, sofa))["data"]["revokePlayback"]
    assert [(error["code"], error["path"]) for error in again["errors"]] == [("NOT_AVAILABLE", ["input", "sessionId"])]


@pytest.mark.parametrize("persona", ["viewer", "second", "editor"])
def test_nobody_but_an_admin_may(stage, second, persona):
    session = started(second)
    caller = stage.person_without_profile(persona)
    answer = caller(REVOKE, wanted(second))
    assert answer["data"] == {"revokePlayback": None}
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
    assert fetch(stage.http, manifest(session)).status_code == 200
