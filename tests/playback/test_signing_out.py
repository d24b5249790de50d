"""Signing out everywhere, across processes and transports: tokens, streams, sockets and refresh tokens end."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import ExitStack

import httpx
import pytest
from botocore.exceptions import ClientError
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from emulation.identity import PASSWORD
from emulation.provision import Clients
from resolvers.ids import encode_id
from tests.playback.documents import CHANGED, manifest, started
from tests.playback.stage import gateway
from tests.playback.walker import fetch

EVERYWHERE = "mutation { signOut(input: {everywhere: true}) { withinSeconds errors { code } } }"
HERE = "mutation { signOut(input: {}) { withinSeconds errors { code } } }"
ME = "{ viewer { id } }"


@pytest.fixture(scope="module")
def two(stage):
    """Two gateways that look for revoked sign-ins four times a second."""
    with ExitStack() as stack:
        settings = {**stage.settings, "MARQUEE_IDENTITY__REVOCATION_SECONDS": "0.25"}
        yield [stack.enter_context(gateway(settings)) for _ in range(2)]


def status(person):
    answer = person.http.post(f"{person.base}/graphql", json={"query": ME}, headers=person.headers)
    code = answer.json()["errors"][0]["extensions"]["code"] if "errors" in answer.json() else None
    return answer.status_code, code


def until_refused(person):
    """How long a gateway goes on accepting, in seconds."""
    begin = time.monotonic()
    while status(person)[0] == 200:
        assert time.monotonic() - begin < 20, "the token is still accepted"
        time.sleep(0.05)
    assert status(person) == (401, "UNAUTHENTICATED")


def forget(stage):
    """Whoever comes next signs in anew: in whole seconds, so one of the same second would be ended with the rest."""
    stage.people.clear()
    time.sleep(1.1)


def test_signing_out_everywhere_ends_tokens_at_every_gateway_and_streams(stage, two, viewer):
    here, there = (stage.person("viewer", "vera", base) for base in two)
    stranger = stage.person("second", "sam", two[1])
    session = started(viewer)
    assert here(EVERYWHERE)["data"]["signOut"] == {"withinSeconds": 1, "errors": []}
    assert status(here) == (401, "UNAUTHENTICATED")
    until_refused(there)
    assert fetch(stage.http, manifest(session)).status_code == 403
    assert stage.live("viewer") == []
    assert status(stranger) == (200, None)
    forget(stage)
    assert status(stage.person("viewer", "vera", two[1])) == (200, None)


def test_signing_out_here_leaves_other_devices_alone(stage, two):
    sofa, desk = stage.person("second", "sam", two[0]), stage.person("second", "sam", two[1])
    moved = sofa.at(two[1])
    assert sofa(HERE)["data"]["signOut"]["errors"] == []
    assert status(sofa) == (401, "UNAUTHENTICATED")
    until_refused(moved)
    assert status(desk) == (200, None)


def test_a_refreshed_token_of_an_ended_sign_in_is_refused_and_the_refresh_token_dies(stage, two):
    cognito = Clients(endpoint_url=stage.cloud.endpoint_url)("cognito-idp")
    client = stage.cloud.viewer_pool.client_id
    user = next(one for one in stage.cloud.users if one.persona == "kid")
    tokens = cognito.initiate_auth(
        ClientId=client,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": user.username, "PASSWORD": PASSWORD},
    )["AuthenticationResult"]
    refresh = {
        "ClientId": client,
        "AuthFlow": "REFRESH_TOKEN_AUTH",
        "AuthParameters": {"REFRESH_TOKEN": tokens["RefreshToken"]},
    }
    caller = stage.person_without_profile("kid", two[0])
    refreshed = cognito.initiate_auth(**refresh)["AuthenticationResult"]["AccessToken"]
    caller.token = refreshed
    assert status(caller) == (200, None)
    time.sleep(1.1)  # The pool dates refresh tokens in whole seconds as well.
    assert caller(EVERYWHERE)["data"]["signOut"]["errors"] == []
    assert status(caller) == (401, "UNAUTHENTICATED")
    with pytest.raises(ClientError, match="NotAuthorized"):
        cognito.initiate_auth(**refresh)
    forget(stage)


def test_an_open_socket_of_an_ended_sign_in_runs_nothing_more(stage, two):
    person = stage.person("second", "sam", two[0])

    async def talk():
        url = f"{person.base.replace('http', 'ws')}/graphql"
        async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
            payload = {name.title(): value for name, value in person.headers.items()}

            async def ask(id_):
                await socket.send(json.dumps({"type": "subscribe", "id": id_, "payload": {"query": ME}}))
                answer = json.loads(await asyncio.wait_for(socket.recv(), 20))
                if answer["type"] == "next":
                    await asyncio.wait_for(socket.recv(), 20)
                return answer

            await socket.send(json.dumps({"type": "connection_init", "payload": payload}))
            assert json.loads(await asyncio.wait_for(socket.recv(), 20))["type"] == "connection_ack"
            before = await ask("1")
            await asyncio.to_thread(person, HERE)
            return before, await ask("2")

    before, after = asyncio.run(talk())
    assert before["type"] == "next"
    assert (after["type"], after["payload"][0]["extensions"]["code"]) == ("error", "UNAUTHENTICATED")


def test_an_open_stream_of_an_ended_sign_in_is_told_so_and_nothing_else(stage, two):
    person = stage.person("second", "sam", two[0])
    session = started(person)

    async def watched():
        sent = {"query": CHANGED, "variables": {"id": session["id"]}}
        headers = {**person.headers, "accept": "text/event-stream"}
        heard = []
        async with (
            httpx.AsyncClient(timeout=30) as client,
            client.stream("POST", f"{person.base}/graphql", json=sent, headers=headers) as answer,
        ):
            async for line in answer.aiter_lines():
                if line.startswith("data:") and line != "data:":
                    heard.append(json.loads(line[5:]))
                    if len(heard) == 1:
                        await asyncio.to_thread(person, EVERYWHERE)
        return heard

    first, last = asyncio.run(watched())
    assert first["data"]["playbackChanged"]["status"] == "ACTIVE"
    assert "data" not in last
    assert [error["extensions"]["code"] for error in last["errors"]] == ["UNAUTHENTICATED"]
    forget(stage)


@pytest.mark.parametrize("persona", ["viewer", "editor"])
def test_nobody_but_an_admin_ends_the_sign_ins_of_others(stage, two, persona):
    caller, other = stage.person_without_profile(persona, two[0]), stage.person("second", "sam", two[0])
    document = "mutation($input: RevokeSignInsInput!) { revokeSignIns(input: $input) { withinSeconds } }"
    wanted = {"input": {"viewerId": encode_id("Viewer", other.subject), "reason": "because"}}
    assert caller(document, wanted)["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert status(other) == (200, None)
