"""Whatever bytes come in, over HTTP and WebSocket: JSON with a code, never 5xx, never a socket that dies."""

import asyncio
import json

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from gateway.masking import CODES
from tests.gateway.small import running

BODY = json.dumps(
    {
        "query": 'query Hello($name: String = "x") { hello(name: $name) shelf { name titles } }',
        "variables": {"name": "Ada"},
        "operationName": "Hello",
        "extensions": {"clientLibrary": {"name": "test", "version": "1"}},
    }
).encode()
MESSAGES = [
    b'{"type":"connection_init","payload":{"authorization":"Bearer viewer-1"}}',
    b'{"type":"subscribe","id":"1","payload":{"query":"{ hello }","variables":{"a":[1,{"b":null}]}}}',
    b'{"type":"complete","id":"1"}',
    b'{"type":"ping","payload":{"at":12345678901234567890}}',
]
MANY = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def server():
    with running() as one:
        yield one


@pytest.fixture(scope="module")
def client(server):
    with httpx.Client(base_url=server.base) as one:
        yield one


@st.composite
def mutated(draw, whole):
    """A few bytes exchanged, taken out, put in or doubled."""
    data = bytearray(whole)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        how = draw(st.sampled_from(["exchange", "take", "put", "double", "cut"]))
        if how == "exchange" and data:
            data[at] = draw(st.integers(0, 255))
        elif how == "take":
            del data[at : at + draw(st.integers(1, 8))]
        elif how == "put":
            data[at:at] = draw(st.sampled_from([b"\x00", b'"', b"{", b"[[[[", b"\xff", b"9" * 30, b"\\ud800", b"null"]))
        elif how == "double":
            data[at:at] = data[at : at + draw(st.integers(1, 40))]
        else:
            del data[at:]
    return bytes(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def check(answer):
    """What every answer to whatever request is."""
    assert answer.status_code < 500, answer.text
    body = answer.json()
    assert "data" in body or body["errors"]
    assert all(error["extensions"]["code"] in CODES for error in body.get("errors", ()))
    assert "Traceback" not in answer.text


@MANY
@given(
    body=mutated(BODY),
    accept=st.sampled_from(["application/json", "application/graphql-response+json", "text/event-stream"]),
)
def test_mutated_bodies_are_answered(client, body, accept):
    answer = client.post("/graphql", content=body, headers={"content-type": "application/json", "accept": accept})
    if answer.headers["content-type"].startswith("text/event-stream"):
        assert answer.text.endswith("event: complete\ndata:\n\n")
    else:
        check(answer)


@MANY
@given(name=st.sampled_from(["query", "variables", "operationName", "extensions", "documentId"]), value=JSON)
def test_parameters_of_any_type_are_answered(client, name, value):
    body = json.dumps({"query": "{ hello }", name: value}).encode()
    check(client.post("/graphql", content=body, headers={"content-type": "application/json"}))


@MANY
@given(
    name=st.sampled_from(
        ["accept", "accept-language", "authorization", "x-request-timeout", "x-profile-token", "origin", "content-type"]
    ),
    value=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40),
)
def test_headers_of_any_text_are_answered(client, name, value):
    answer = client.post("/graphql", content=BODY, headers={"content-type": "application/json", name: value.strip()})
    if not answer.headers["content-type"].startswith("text/event-stream"):
        check(answer)


@MANY
@given(query=st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="#"), max_size=60))
def test_urls_of_any_text_are_answered(client, query):
    answer = client.get(f"/graphql?{query}", headers={"graphql-require-preflight": "1"})
    check(answer)


CODES_OF_THE_PROTOCOL = {1003, 1007, 1009, 4400, 4401, 4403, 4409, 4429}


async def converse(server, first, messages):
    """Sends messages; the close code, or None when the socket is alive and answers a ping at the end."""
    async with connect(server.socket_url, subprotocols=["graphql-transport-ws"]) as one:
        try:
            if first:
                await one.send('{"type":"connection_init"}')
            for message in messages:
                await one.send(message)
            await one.send('{"type":"ping"}')
            async with asyncio.timeout(5):
                while json.loads(await one.recv())["type"] != "pong":
                    pass
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006
        return None


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=st.booleans(),
    messages=st.lists(st.sampled_from(MESSAGES).flatmap(mutated), min_size=1, max_size=4),
    texts=st.booleans(),
)
def test_mutated_messages_close_with_a_code_or_not_at_all(server, client, first, messages, texts):
    sent = [message.decode("utf-8", "replace") if texts else message for message in messages]
    code = asyncio.run(converse(server, first, sent))
    assert code is None or code in CODES_OF_THE_PROTOCOL
    assert client.post("/graphql", json={"query": "{ hello }"}).status_code == 200
