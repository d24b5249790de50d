"""Clients as partners use them: the Python client `gql` over HTTP and WebSocket, and plain httpx for events."""

import asyncio

import httpx
import pytest
from gql import Client, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport

from tests.gateway.small import running


@pytest.fixture(scope="module")
def server():
    with running() as one:
        yield one


async def test_gql_over_http_learns_the_schema_and_asks(server):
    async with Client(transport=HTTPXAsyncTransport(url=server.url), fetch_schema_from_transport=True) as session:
        query = gql("query Hello($name: String!) { hello(name: $name) }")
        query.variable_values = {"name": "Ada"}
        assert await session.execute(query) == {"hello": "hello Ada"}
        assert "Shelf" in session.client.schema.type_map


async def test_gql_over_http_sees_errors_as_errors(server):
    async with Client(transport=HTTPXAsyncTransport(url=server.url)) as session:
        with pytest.raises(TransportQueryError) as caught:
            await session.execute(gql("{ hello boom }"))
    assert caught.value.data == {"hello": "hello world", "boom": None}
    assert caught.value.errors[0]["extensions"]["code"] == "INTERNAL"


async def test_gql_signs_in_by_header(server):
    headers = {"authorization": "Bearer viewer-42"}
    async with Client(transport=HTTPXAsyncTransport(url=server.url, headers=headers)) as session:
        assert (await session.execute(gql("{ who }")))["who"].startswith("42 ")


@pytest.fixture
async def session(server):
    payload = {"authorization": "Bearer viewer-43"}
    transport = WebsocketsTransport(
        url=server.socket_url, init_payload=payload, subprotocols=["graphql-transport-ws"], ping_interval=0.2
    )
    async with Client(transport=transport) as one:
        yield one


async def test_gql_over_websocket_asks_and_subscribes_side_by_side(session):
    async def counted(to):
        document = gql("subscription Count($to: Int!) { count(to: $to, pause: 0.01) }")
        document.variable_values = {"to": to}
        return [result["count"] async for result in session.subscribe(document)]

    found = await asyncio.gather(counted(3), session.execute(gql("{ who }")), counted(5))
    assert found == [[0, 1, 2], {"who": "43 - US  127.0.0.1"}, [0, 1, 2, 3, 4]]


async def test_gql_over_websocket_survives_an_operation_that_fails(session):
    for _ in range(2):
        with pytest.raises(TransportQueryError):
            await session.execute(gql("{ nothing }"))
    assert await session.execute(gql("{ hello }")) == {"hello": "hello world"}


async def test_gql_may_stop_listening(session):
    async for result in session.subscribe(gql("subscription { count(to: 100, pause: 0.01) }")):
        if result["count"] == 2:
            break
    assert await session.execute(gql("{ hello }")) == {"hello": "hello world"}


async def test_many_callers_on_one_connection_each_get_their_own_answer(server):
    """Keep-alive and pipelining mix nothing up."""
    limits = httpx.Limits(max_connections=4)
    async with httpx.AsyncClient(limits=limits) as client:

        async def ask(number):
            body = {"query": "query($n: String!) { hello(name: $n) }", "variables": {"n": str(number)}}
            return (await client.post(server.url, json=body)).json()["data"]["hello"]

        assert await asyncio.gather(*map(ask, range(200))) == [f"hello {number}" for number in range(200)]
