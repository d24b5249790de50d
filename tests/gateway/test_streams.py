"""Server-sent events and multipart on the real wire: framing, heartbeats, and every way in which a stream ends."""

import asyncio
import json
import re
import time

import httpx
import pytest

from gateway.streams import Closing
from tests.gateway.small import ENDED, Options, running, until_ended

EVENTS = {"accept": "text/event-stream"}
DEFERRED = {"accept": "multipart/mixed;deferSpec=20220824, application/json"}
SUBSCRIBED = {"accept": 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0, application/json'}


@pytest.fixture(scope="module")
def server():
    with running() as one:
        yield one


def post(server, query, headers, **more):
    return httpx.post(server.url, json={"query": query, **more}, headers=headers, timeout=10)


def events_of(text):
    """The events of a stream: name and data; comments are left out."""
    assert "\r" not in text and text.endswith("\n\n")
    blocks = [block for block in text.split("\n\n") if block and not block.startswith(":")]
    pairs = [re.fullmatch(r"event: (\w+)\ndata:(?: (.*))?", block).groups() for block in blocks]
    return [(name, json.loads(data) if data else None) for name, data in pairs]


def parts_of(answer):
    """The parts of a multipart answer, checked against its boundary."""
    boundary = re.search(r'boundary="([^"]+)"', answer.headers["content-type"])[1]
    opening, *parts, end = answer.content.split(b"\r\n--" + boundary.encode())
    assert (opening, end) == (b"", b"--\r\n")
    head = b"\r\nContent-Type: application/json; charset=utf-8\r\n\r\n"
    assert all(part.startswith(head) for part in parts)
    return [json.loads(part.removeprefix(head)) for part in parts]


def test_a_subscription_is_its_events_and_a_complete(server):
    answer = post(server, "subscription { count(to: 2) }", EVENTS)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache, no-store, no-transform"
    assert events_of(answer.text) == [
        ("next", {"data": {"count": 0}}),
        ("next", {"data": {"count": 1}}),
        ("complete", None),
    ]


@pytest.mark.parametrize("query", ["{ hello }", "mutation { bump }"])
def test_queries_and_mutations_travel_as_events_too(server, query):
    [first, last] = events_of(post(server, query, EVENTS).text)
    assert (first[0], list(first[1]), last) == ("next", ["data"], ("complete", None))


def test_a_query_is_plain_json_where_events_are_not_the_first_choice(server):
    accept = "application/graphql-response+json, application/json, text/event-stream, multipart/mixed"
    answer = post(server, "{ hello }", {"accept": accept})
    assert answer.headers["content-type"].startswith("application/graphql-response+json")


def test_a_subscription_by_get_needs_what_any_get_needs(server):
    query = {"query": "subscription { count(to: 1) }"}
    assert httpx.get(server.url, params=query, headers=EVENTS).status_code == 400
    answer = httpx.get(server.url, params=query, headers={**EVENTS, "graphql-require-preflight": "1"})
    assert events_of(answer.text) == [("next", {"data": {"count": 0}}), ("complete", None)]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("subscription {", 400, "GRAPHQL_PARSE_FAILED"),
        ("subscription { nothing }", 400, "GRAPHQL_VALIDATION_FAILED"),
        ("subscription($n: Int!) { count(to: $n) }", 400, "GRAPHQL_VALIDATION_FAILED"),
        ("query($n: String!) { hello(name: $n) }", 400, "GRAPHQL_VALIDATION_FAILED"),
    ],
)
def test_a_stream_that_cannot_begin_is_an_ordinary_refusal(server, query, status, code):
    answer = post(server, query, EVENTS)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (status, code)
    assert answer.headers["content-type"].startswith("application/graphql-response+json")


def test_a_silent_stream_has_heartbeats(server):
    answer = post(server, "subscription { count(to: 1, pause: 0.7) }", EVENTS)
    assert answer.text.count(":\n\n") >= 3
    assert events_of(answer.text) == [("next", {"data": {"count": 0}}), ("complete", None)]


def test_a_source_that_fails_ends_with_a_masked_error(server):
    answer = post(server, "subscription { faulty }", EVENTS)
    [first, second, last] = events_of(answer.text)
    assert first == ("next", {"data": {"faulty": 1}})
    [error] = second[1]["errors"]
    assert error["extensions"]["code"] == "INTERNAL" and "path" not in error
    assert last == ("complete", None)
    assert "secrets" not in answer.text


async def test_a_source_ends_soon_after_its_client(server):
    ENDED.clear()
    async with httpx.AsyncClient() as client:
        body = {"query": "subscription { count(to: 100, pause: 0.05) }"}
        async with client.stream("POST", server.url, json=body, headers=EVENTS) as answer:
            async for line in answer.aiter_lines():
                if line.startswith("data:"):
                    break
    await until_ended("count")


async def test_a_query_ends_soon_after_its_client(server):
    ENDED.clear()
    with pytest.raises(httpx.ReadTimeout):
        async with httpx.AsyncClient(timeout=0.3) as client:
            await client.post(server.url, json={"query": "{ sleep(seconds: 1.9) }"})
    await until_ended("sleep")


async def test_a_reader_that_takes_nothing_is_left(server):
    ENDED.clear()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1024)
    body = json.dumps({"query": "subscription { flood(size: 100000) }"}).encode()
    lines = ["POST /graphql HTTP/1.1", "host: x", "accept: text/event-stream", "content-type: application/json"]
    writer.write("\r\n".join([*lines, f"content-length: {len(body)}", "", ""]).encode() + body)
    await reader.readline()
    await until_ended("flood")
    writer.close()


def test_a_stream_ends_with_its_token():
    with running() as one:
        started = time.monotonic()
        headers = {**EVENTS, "authorization": "Bearer brief-7"}
        answer = post(one, "subscription { count(to: 1000, pause: 0.1) }", headers)
    assert events_of(answer.text)[-1][0] == "next"
    assert time.monotonic() - started < 5


def test_a_stream_has_a_lifetime():
    with running(Options().but(pace__lifetime=0.5)) as one:
        answer = post(one, "subscription { count(to: 1000, pause: 0.1) }", EVENTS)
    assert 1 <= len(events_of(answer.text)) <= 6
    assert events_of(answer.text)[-1][0] == "next"


def test_streams_end_when_the_process_stops():
    with (
        running() as one,
        httpx.stream(
            "POST", one.url, json={"query": "subscription { count(to: 1000, pause: 0.1) }"}, headers=EVENTS
        ) as answer,
    ):
        text = ""
        for chunk in answer.iter_text():
            text += chunk
            if text.count("data:") == 2:
                one.server.handle_exit(15, None)
    assert events_of(text)[-1][0] == "next"


async def test_who_comes_after_the_close_is_told_at_once():
    closing = Closing()
    waiting = closing.waiter()
    assert len(closing) == 1
    closing.close()
    await asyncio.wait_for(waiting, 1)
    await asyncio.wait_for(closing.waiter(), 1)
    await asyncio.sleep(0)
    assert len(closing) == 0


def test_deferred_parts_follow_and_every_error_is_masked(server):
    answer = post(server, '{ shelf { name ... @defer(label: "more") { titles broken } } }', DEFERRED)
    assert answer.headers["content-type"] == 'multipart/mixed; boundary="-"'
    [first, *others] = parts_of(answer)
    assert first["data"] == {"shelf": {"name": "Thrillers"}}
    assert [first["hasNext"], *(other["hasNext"] for other in others)] == [True, *[True] * (len(others) - 1), False]
    [late] = [one for other in others for one in other.get("incremental", [])]
    assert (late["path"], late["label"]) == (["shelf"], "more")
    assert late["data"] == {"titles": ["Heat", "Ronin"], "broken": None}
    assert [error["extensions"]["code"] for error in late["errors"]] == ["INTERNAL"]
    assert "secret" not in answer.text


def test_deferred_parts_travel_as_events_too(server):
    found = events_of(post(server, "{ shelf { name ... @defer { titles } } }", EVENTS).text)
    assert [name for name, _ in found] == ["next"] * (len(found) - 1) + ["complete"]
    assert found[0][1]["data"] == {"shelf": {"name": "Thrillers"}} and len(found) >= 3


def test_an_operation_that_defers_nothing_is_one_json_answer(server):
    query = "query($later: Boolean!) { shelf { name ... @defer(if: $later) { titles } } }"
    answer = post(server, query, DEFERRED, variables={"later": False})
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json() == {"data": {"shelf": {"name": "Thrillers", "titles": ["Heat", "Ronin"]}}}


def test_a_deferring_operation_with_wrong_variables_is_refused(server):
    query = "query($later: Boolean!) { shelf { name ... @defer(if: $later) { titles } } }"
    answer = post(server, query, DEFERRED)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (200, "GRAPHQL_VALIDATION_FAILED")


def test_defer_without_a_way_to_stream_is_406(server):
    answer = post(server, "{ shelf { ... @defer { name } } }", {"accept": "application/json"})
    assert (answer.status_code, answer.json()["errors"][0]["message"]) == (
        406,
        "Operation uses @defer or @stream: send Accept: multipart/mixed.",
    )


def test_a_subscription_in_parts_wraps_each_event(server):
    answer = post(server, "subscription { count(to: 2, pause: 0.3) }", SUBSCRIBED)
    assert answer.headers["content-type"] == 'multipart/mixed; boundary="graphql"; subscriptionSpec="1.0"'
    parts = parts_of(answer)
    assert {} in parts
    assert [part for part in parts if part] == [
        {"payload": {"data": {"count": 0}}},
        {"payload": {"data": {"count": 1}}},
    ]


def test_a_stream_holds_no_place_in_the_line():
    from gateway.middleware.admission import Gate

    gate = Gate(running=1, queue=0, wait_seconds=0.2)
    with (
        running(Options(gate=gate)) as one,
        httpx.stream(
            "POST", one.url, json={"query": "subscription { count(to: 99, pause: 0.1) }"}, headers=EVENTS
        ) as answer,
    ):
        next(answer.iter_lines())
        assert post(one, "{ hello }", {}).json() == {"data": {"hello": "hello world"}}
