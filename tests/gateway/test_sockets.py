"""graphql-transport-ws with raw messages: order, limits, tokens and every way in which a socket closes."""

import asyncio
import json
from contextlib import asynccontextmanager

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.gateway.small import ENDED, Options, running, until_ended

PROTOCOL = "graphql-transport-ws"


@pytest.fixture(scope="module")
def server():
    with running() as one:
        yield one


@asynccontextmanager
async def socket(server, init=True, payload=None, protocols=(PROTOCOL,), **more):
    async with connect(server.socket_url, subprotocols=list(protocols) or None, **more) as one:
        if init:
            await say(one, "connection_init", payload=payload)
            assert await hear(one) == {"type": "connection_ack"}
        yield one


async def say(one, kind, **more):
    await one.send(json.dumps({"type": kind, **more}))


async def subscribe(one, id_, query, **more):
    await say(one, "subscribe", id=id_, payload={"query": query, **more})


async def hear(one):
    text = await asyncio.wait_for(one.recv(), 5)
    assert isinstance(text, str), "clients in the field read text frames alone"
    return json.loads(text)


async def closed(one):
    """The code and reason with which the server closes; nothing else may come."""
    with pytest.raises(ConnectionClosed) as caught:
        message = await asyncio.wait_for(one.recv(), 5)
        raise AssertionError(message)
    return caught.value.rcvd.code, caught.value.rcvd.reason


async def test_a_query_is_a_next_and_a_complete(server):
    async with socket(server) as one:
        assert one.subprotocol == PROTOCOL
        await subscribe(one, "q", "query($n: String!) { hello(name: $n) }", variables={"n": "Ada"})
        assert await hear(one) == {"id": "q", "type": "next", "payload": {"data": {"hello": "hello Ada"}}}
        assert await hear(one) == {"id": "q", "type": "complete"}


async def test_a_subscription_is_its_events_and_a_complete(server):
    async with socket(server) as one:
        await subscribe(one, "s", "subscription { count(to: 2) }")
        assert [await hear(one) for _ in range(3)] == [
            {"id": "s", "type": "next", "payload": {"data": {"count": 0}}},
            {"id": "s", "type": "next", "payload": {"data": {"count": 1}}},
            {"id": "s", "type": "complete"},
        ]


async def test_deferred_frames_are_nexts(server):
    async with socket(server) as one:
        await subscribe(one, "d", "{ shelf { name ... @defer { titles broken } } }")
        messages = [await hear(one)]
        while messages[-1]["type"] == "next":
            messages.append(await hear(one))
    assert messages[0]["payload"]["data"] == {"shelf": {"name": "Thrillers"}}
    assert messages[-1] == {"id": "d", "type": "complete"}
    assert "secret" not in json.dumps(messages)


@pytest.mark.parametrize(
    ("query", "more", "code"),
    [
        ("{", {}, "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("query($n: String!) { hello(name: $n) }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("subscription($n: Int!) { count(to: $n) }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("query A { hello }", {"operationName": "B"}, "BAD_REQUEST"),
        ("{ " + " ".join(f"a{n}: hello" for n in range(40)) + " }", {}, "TOO_COMPLEX"),
        ("{ sleep(seconds: 30) }", {}, "DEADLINE_EXCEEDED"),
        ("subscription { faulty }", {}, "INTERNAL"),
    ],
)
async def test_an_operation_that_fails_is_an_error_and_the_socket_stays(server, query, more, code):
    async with socket(server) as one:
        await subscribe(one, "e", query, **more)
        message = await hear(one)
        if message["type"] == "next":
            message = await hear(one)
        assert (message["id"], message["type"]) == ("e", "error")
        assert [error["extensions"]["code"] for error in message["payload"]] == [code]
        assert "secret" not in json.dumps(message)
        await subscribe(one, "e", "{ hello }")
        assert (await hear(one))["payload"] == {"data": {"hello": "hello world"}}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "5",
        '"x"',
        "{",
        "{}",
        '{"type":"hello"}',
        '{"type":5}',
        '{"type":"start","id":"1","payload":{"query":"{ hello }"}}',
        '{"type":"connection_init","payload":[]}',
        '{"type":"connection_init","payload":{"Authorization":5}}',
        '{"type":"ping","payload":1}',
        '{"type":"pong","payload":"x"}',
        '{"type":"subscribe"}',
        '{"type":"subscribe","id":"1"}',
        '{"type":"subscribe","id":"","payload":{"query":"{ hello }"}}',
        '{"type":"subscribe","id":5,"payload":{"query":"{ hello }"}}',
        '{"type":"subscribe","payload":{"query":"{ hello }"}}',
        '{"type":"subscribe","id":"1","payload":{}}',
        '{"type":"subscribe","id":"1","payload":{"query":5}}',
        '{"type":"subscribe","id":"1","payload":{"query":"{ hello }","variables":[]}}',
        '{"type":"subscribe","id":"1","payload":{"query":"{ hello }","extensions":1}}',
        '{"type":"subscribe","id":"1","payload":{"query":"{ hello }","operationName":{}}}',
        '{"type":"subscribe","id":"1","id":"2","payload":{"query":"{ hello }"}}',
        '{"type":"complete"}',
        '{"type":"complete","id":null}',
        '{"type":"ping","payload":' + '{"a":' * 70 + "1" + "}" * 71,
        b'{"type":"ping"}',
    ],
)
async def test_a_message_outside_the_protocol_closes_with_4400(server, text):
    async with socket(server, init=not (isinstance(text, str) and "connection_init" in text)) as one:
        await one.send(text)
        assert (await closed(one))[0] == 4400


async def test_subscribe_before_the_handshake_is_4401(server):
    async with socket(server, init=False) as one:
        await subscribe(one, "1", "{ hello }")
        assert await closed(one) == (4401, "Unauthorized")


async def test_a_second_handshake_is_4429(server):
    async with socket(server) as one:
        await say(one, "connection_init")
        assert await closed(one) == (4429, "Too many initialisation requests")


async def test_no_handshake_is_4408(server):
    async with socket(server, init=False) as one:
        assert await closed(one) == (4408, "Connection initialisation timeout")


async def test_a_live_id_is_4409_and_a_finished_one_may_return(server):
    async with socket(server) as one:
        for _ in range(2):
            await subscribe(one, "1", "{ hello }")
            assert [(await hear(one))["type"], (await hear(one))["type"]] == ["next", "complete"]
        await subscribe(one, "1", "subscription { count(to: 1, pause: 5) }")
        await subscribe(one, "1", "{ hello }")
        assert await closed(one) == (4409, "Subscriber for 1 already exists")


@pytest.mark.parametrize("protocols", [(), ("graphql-ws",), ("something",)])
async def test_another_protocol_is_4406(server, protocols):
    async with socket(server, init=False, protocols=protocols) as one:
        assert (await closed(one))[0] == 4406


async def test_complete_ends_the_source(server):
    ENDED.clear()
    async with socket(server) as one:
        await subscribe(one, "1", "subscription { count(to: 100, pause: 0.02) }")
        assert (await hear(one))["type"] == "next"
        await say(one, "complete", id="1")
        await say(one, "complete", id="never-there")
        await until_ended("count")
        await subscribe(one, "1", "{ hello }")
        while (message := await hear(one))["type"] == "next" and "count" in message["payload"]["data"]:
            pass
        assert message["payload"] == {"data": {"hello": "hello world"}}


async def test_leaving_ends_every_source(server):
    ENDED.clear()
    async with socket(server) as one:
        for id_ in "ab":
            await subscribe(one, id_, "subscription { count(to: 100, pause: 0.02) }")
            await hear(one)
    await until_ended("count", 2)


async def test_pings_are_answered(server):
    async with socket(server, init=False) as one:
        await say(one, "ping")
        assert await hear(one) == {"type": "pong"}
        await say(one, "pong", payload={"any": 1})
        await say(one, "connection_init")
        assert await hear(one) == {"type": "connection_ack"}


async def test_one_operation_too_many_is_an_error_of_that_operation(server):
    async with socket(server) as one:
        for number in range(6):
            await subscribe(one, str(number), "subscription { count(to: 1, pause: 1) }")
        message = await hear(one)
        assert (message["id"], message["type"]) == ("5", "error")
        assert message["payload"][0]["extensions"]["code"] == "RATE_LIMITED"


@pytest.mark.parametrize(
    "payload", [{"Authorization": "Bearer viewer-7"}, {"headers": {"authorization": "Bearer viewer-7"}}]
)
async def test_the_handshake_carries_the_token(server, payload):
    async with socket(server, payload=payload) as one:
        await subscribe(one, "1", "{ who }")
        assert (await hear(one))["payload"] == {"data": {"who": "7 - US  127.0.0.1"}}


async def test_header_and_profile_count_as_on_http(server):
    headers = {"authorization": "Bearer viewer-9", "accept-language": "nl"}
    async with socket(server, payload={"X-Profile-Token": "profile-of-9"}, additional_headers=headers) as one:
        await subscribe(one, "1", "{ who }")
        assert (await hear(one))["payload"] == {"data": {"who": "9 p1 US pt-BR,nl 127.0.0.1"}}


@pytest.mark.parametrize(
    "payload", [{"authorization": "Bearer wrong"}, {"authorization": "Basic x"}, {"x-profile-token": "p"}]
)
async def test_a_wrong_token_is_4403_with_a_reason(server, payload):
    async with socket(server, init=False) as one:
        await say(one, "connection_init", payload=payload)
        code, reason = await closed(one)
    assert code == 4403 and reason


async def test_a_socket_ends_with_its_token(server):
    async with socket(server, payload={"authorization": "Bearer brief-1"}) as one:
        assert await closed(one) == (4403, "The token expired: connect again with a fresh one")


async def test_a_ping_may_bring_a_fresh_token(server):
    async with socket(server, payload={"authorization": "Bearer brief-2"}) as one:
        await say(one, "ping", payload={"authorization": "Bearer viewer-2"})
        assert await hear(one) == {"type": "pong"}
        await asyncio.sleep(1.2)
        await subscribe(one, "1", "{ who }")
        assert (await hear(one))["payload"] == {"data": {"who": "2 - US  127.0.0.1"}}
        assert (await hear(one))["type"] == "complete"
        await say(one, "ping", payload={"authorization": "Bearer viewer-3"})
        assert await closed(one) == (4403, "The fresh token is of another caller")


async def test_one_account_has_so_many_sockets_and_no_more(server):
    token = {"authorization": "Bearer viewer-4"}
    async with socket(server, payload=token), socket(server, payload=token) as second:
        async with socket(server, init=False) as third:
            await say(third, "connection_init", payload=token)
            assert (await closed(third))[0] == 4403
        await second.close()
        await asyncio.sleep(0.05)
        async with socket(server, payload=token):
            pass


async def test_a_message_over_the_limit_is_1009(server):
    async with socket(server) as one:
        await subscribe(one, "1", "{ hello }" + " " * 300_000)
        assert (await closed(one))[0] == 1009


async def test_a_page_of_another_site_is_turned_away(server):
    with pytest.raises(InvalidStatus) as caught:
        async with socket(server, origin="https://evil.example"):
            pass
    assert caught.value.response.status_code == 403
    assert json.loads(caught.value.response.body)["errors"][0]["extensions"]["code"] == "FORBIDDEN"


@pytest.mark.parametrize("origin", ["https://www.example.com", "http://127.0.0.1:{port}"])
async def test_our_own_pages_are_let_in(server, origin):
    async with socket(server, origin=origin.format(port=server.port)):
        pass


async def test_another_path_has_no_socket(server):
    with pytest.raises(InvalidStatus):
        async with connect(server.socket_url + "/other", subprotocols=[PROTOCOL]):
            pass


async def test_sockets_are_bounded_in_all_and_by_address():
    for change, status in (({"sockets__total": 1}, 503), ({"sockets__per_address": 1}, 429)):
        with running(Options().but(**change)) as one:
            async with socket(one):
                with pytest.raises(InvalidStatus) as caught:
                    async with socket(one):
                        pass
            await asyncio.sleep(0.05)
            async with socket(one):
                pass
        assert caught.value.response.status_code == status
        assert int(caught.value.response.headers["retry-after"]) >= 1


async def test_a_socket_has_a_lifetime():
    with running(Options().but(sockets__lifetime_seconds=0.3)) as one:
        async with socket(one) as short:
            assert await closed(short) == (1001, "The socket's time is over: connect again")


async def test_a_client_that_reads_nothing_loses_its_socket_and_no_memory_is_kept_for_it(server):
    ENDED.clear()
    async with connect(server.socket_url, subprotocols=[PROTOCOL], max_queue=1) as one:
        await say(one, "connection_init")
        await hear(one)
        await subscribe(one, "1", "subscription { flood(size: 200000) }")
        await until_ended("flood")
        one.transport.abort()


async def test_sockets_close_with_1001_when_the_process_drains():
    with running(Options().but(server__drain_delay_seconds=0.2)) as one:
        async with socket(one) as first, socket(one) as second:
            one.server.handle_exit(15, None)
            assert [await closed(first), await closed(second)] == [(1001, "The server is restarting")] * 2


async def test_http_goes_on_beside_sockets(server):
    async with socket(server), httpx.AsyncClient() as client:
        assert (await client.post(server.url, json={"query": "{ hello }"})).status_code == 200
