"""Events, renewal, repeated starts and exact AWS calls, as clients of a running gateway meet them."""

import asyncio
import json
from collections import Counter
from uuid import uuid4

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from tests.playback.documents import BEAT, CHANGED, RENEW, START, STOP, film, manifest, seen, started, wish
from tests.playback.stage import OTHER_FILM

START_ONCE = """mutation($input: StartPlaybackInput!, $key: String!) {
  startPlayback(input: $input) @idempotent(key: $key) { session { id delivery { manifestUrl } }
    errors { code message } } }"""


async def by_sse(person, session, heard):
    """The states that a stream of server-sent events tells, until it ends by itself."""
    sent = {"query": CHANGED, "variables": {"id": session["id"]}}
    headers = {**person.headers, "accept": "text/event-stream"}
    async with (
        httpx.AsyncClient(timeout=30) as client,
        client.stream("POST", f"{person.base}/graphql", json=sent, headers=headers) as answer,
    ):
        kind, states = None, []
        async for line in answer.aiter_lines():
            kind = line.removeprefix("event:").strip() if line.startswith("event:") else kind
            if line.startswith("data:") and kind == "next":
                states.append(json.loads(line[5:])["data"]["playbackChanged"]["status"])
                heard.set()
        return states, kind


async def by_socket(person, session, heard):
    """The same over graphql-transport-ws."""
    url = f"{person.base.replace('http', 'ws')}/graphql"
    async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:

        async def hear():
            return json.loads(await asyncio.wait_for(socket.recv(), 30))

        payload = {name.title(): value for name, value in person.headers.items()}
        await socket.send(json.dumps({"type": "connection_init", "payload": payload}))
        assert (await hear())["type"] == "connection_ack"
        asked = {"query": CHANGED, "variables": {"id": session["id"]}}
        await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": asked}))
        states = []
        while (message := await hear())["type"] == "next":
            states.append(message["payload"]["data"]["playbackChanged"]["status"])
            heard.set()
        return states, message["type"]


@pytest.mark.parametrize("here", [True, False], ids=["at the same gateway", "at another gateway"])
def test_players_are_told_of_a_take_over_and_their_streams_end_by_themselves(stage, second, here):
    session = started(second, device="sofa")
    phone = second if here else second.at(stage.gateways[1])

    async def watched():
        ears = [asyncio.Event(), asyncio.Event()]
        streams = [
            asyncio.ensure_future(tell(second, session, ear))
            for tell, ear in zip((by_sse, by_socket), ears, strict=True)
        ]
        await asyncio.wait_for(asyncio.gather(*(ear.wait() for ear in ears)), 20)
        await asyncio.to_thread(started, phone, device="phone", replaceSessionId=session["id"])
        return await asyncio.wait_for(asyncio.gather(*streams), 30)

    assert asyncio.run(watched()) == [(["ACTIVE", "REVOKED"], "complete")] * 2


def test_a_stream_of_an_ended_or_foreign_session_says_so_and_ends(stage, viewer, second):
    session = started(second)
    second(STOP, seen(session))
    states, kind = asyncio.run(by_sse(second, session, asyncio.Event()))
    assert (states, kind) == (["STOPPED"], "complete")
    foreign = started(viewer)
    sent = {"query": CHANGED, "variables": {"id": foreign["id"]}}
    headers = {**second.headers, "accept": "text/event-stream"}
    body = stage.http.post(f"{second.base}/graphql", json=sent, headers=headers).text
    assert "NOT_FOUND" in body
    assert "ACTIVE" not in body


def test_the_device_renews_its_delivery_and_no_other_device_is_given_it(stage, viewer):
    session = started(viewer)
    renewed = viewer(RENEW, {"id": session["id"]})["data"]["node"]
    assert renewed["status"] == "ACTIVE"
    assert stage.http.get(renewed["delivery"]["manifestUrl"]).status_code == 200
    assert stage.http.get(manifest(session)).status_code == 200
    other = stage.person("viewer", "vera")
    assert other(RENEW, {"id": session["id"]})["data"]["node"] == {
        "id": session["id"],
        "status": "ACTIVE",
        "delivery": None,
    }


def test_a_start_whose_answer_was_lost_is_repeated_at_another_gateway_without_a_second_stream(stage, viewer):
    variables = wish() | {"key": uuid4().hex}
    first = viewer(START_ONCE, variables)["data"]["startPlayback"]
    again = viewer.at(stage.gateways[1])(START_ONCE, variables)["data"]["startPlayback"]
    assert first["errors"] == again["errors"] == []
    assert first["session"]["id"] == again["session"]["id"]
    assert stage.http.get(again["session"]["delivery"]["manifestUrl"]).status_code == 200
    assert len(stage.live("viewer")) == 1
    other = viewer(START_ONCE, wish(film(OTHER_FILM)) | {"key": variables["key"]})["data"]["startPlayback"]
    assert [error["code"] for error in other["errors"]] == ["CONFLICT"]
    viewer(STOP, seen(first["session"]))
    ended = viewer(START_ONCE, variables)["data"]["startPlayback"]
    assert (ended["session"]["id"], ended["session"]["delivery"]) == (first["session"]["id"], None)


def made(stage, work):
    """The AWS calls of `work`, by service and operation."""
    before = Counter(stage.calls())
    work()
    return dict(Counter(stage.calls()) - before)


def test_start_heartbeat_and_stop_make_these_aws_calls_and_no_others(stage, viewer):
    started(viewer, device="warm")
    sessions = []
    assert made(stage, lambda: sessions.append(viewer(START, wish(device="tv")))) == {
        # Membership and leases strongly; account and membership for the preferences; what was left off.
        "dynamodb.BatchGetItem": 2,
        "dynamodb.GetItem": 1,
        "dynamodb.UpdateItem": 1,
        "dynamodb.PutItem": 1,
    }
    session = sessions[0]["data"]["startPlayback"]["session"]
    assert made(stage, lambda: viewer(BEAT, seen(session))) == {"dynamodb.UpdateItem": 2}
    assert made(stage, lambda: stage.http.get(manifest(session))) == {"dynamodb.GetItem": 1}
    assert made(stage, lambda: viewer(STOP, seen(session))) == {"dynamodb.UpdateItem": 2, "dynamodb.PutItem": 1}


def test_what_was_watched_at_one_gateway_is_where_another_goes_on(stage, viewer):
    session = started(viewer, film("m010"))
    viewer(BEAT, seen(session, 7))
    viewer(STOP, seen(session, 12))
    elsewhere = viewer.at(stage.gateways[1])
    assert started(elsewhere, film("m010"), "phone")["resumeSeconds"] == 12
    shelf = elsewhere(
        "{ viewer { profile { continueWatching(first: 1) { nodes { playable { id } positionSeconds } } } } }"
    )
    assert shelf["data"]["viewer"]["profile"]["continueWatching"]["nodes"] == [
        {"playable": {"id": film("m010")}, "positionSeconds": 12}
    ]
