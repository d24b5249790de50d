"""The listening process: bounds of connections and headers, health, and how it stops."""

import json
import socket
import threading
import time

import httpx
import pytest

from gateway.middleware.admission import Gate
from tests.gateway.small import Options, gateway, running

QUERY = {"query": "{ hello }"}


@pytest.fixture(scope="module")
def server():
    with running(Options().but(server__header_bytes=4096, server__header_lines=20)) as one:
        yield one


def raw(server, data, seconds=5.0):
    """What comes back for these bytes until the server closes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=seconds) as one:
        one.sendall(data)
        received = b""
        while chunk := one.recv(65_536):
            received += chunk
        return received


def refusal(received):
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"application/json" in head
    [error] = json.loads(body)["errors"]
    return int(head.split(b" ")[1]), error["extensions"]["code"]


GET = b"GET /healthz HTTP/1.1\r\nhost: x\r\n"


@pytest.mark.parametrize(
    "data",
    [
        GET + b"x-large: " + b"a" * 5000 + b"\r\n\r\n",
        GET + b"x-endless: " + b"a" * 500_000,
        GET + b"a: b\r\n" * 30 + b"\r\n",
        b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\nhost: x\r\n\r\n",
        GET + b"\r\n" + GET + b"x-large: " + b"a" * 5000 + b"\r\n\r\n",
    ],
)
def test_headers_over_the_limit_are_431(server, data):
    received = raw(server, data)
    assert refusal(received[received.rindex(b"HTTP/1.1 431") :]) == (431, "BAD_REQUEST")


def test_trailers_are_bounded_like_headers(server):
    head = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    received = raw(server, head + b"1\r\n{\r\n0\r\n" + b"a: b\r\n" * 100 + b"\r\n")
    assert refusal(received) == (431, "BAD_REQUEST")


def test_headers_that_take_too_long_are_408(server):
    assert refusal(raw(server, GET)) == (408, "BAD_REQUEST")
    assert refusal(raw(server, b"")) == (408, "BAD_REQUEST")


def test_a_body_that_takes_too_long_is_408(server):
    head = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n"
    assert refusal(raw(server, head + b"connection: close\r\n\r\n{")) == (408, "BAD_REQUEST")


def test_what_is_no_http_is_400(server):
    assert refusal(raw(server, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")) == (400, "BAD_REQUEST")


def test_a_client_that_goes_on_sending_after_its_answer_is_cut_off(server):
    head = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 999999999\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as one:
        one.sendall(head)
        assert b" 413 " in one.recv(4096)
        with pytest.raises(OSError):
            for _ in range(1000):
                one.sendall(b"x" * 65_536)


def test_slow_senders_hold_up_nobody(server):
    slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(50)]
    for one in slow:
        one.sendall(GET)
    assert httpx.post(server.url, json=QUERY).json() == {"data": {"hello": "hello world"}}
    for one in slow:
        one.settimeout(5)
        assert b" 408 " in one.recv(4096)
        one.close()


def test_connections_are_bounded():
    with running(Options().but(server__connections=2)) as one:
        held = [socket.create_connection(("127.0.0.1", one.port)) for _ in range(2)]
        for connection in held:
            connection.sendall(GET + b"\r\n")
            assert b"alive" in connection.recv(4096)
        received = raw(one, b"")
        assert refusal(received) == (503, "OVERLOADED")
        assert b"retry-after: " in received
        for connection in held:
            connection.close()


def test_a_process_is_ready_when_it_has_started():
    with running() as one:
        assert httpx.get(f"{one.base}/healthz").json() == {"status": "alive"}
        assert httpx.get(f"{one.base}/readyz").json() == {"status": "ready"}


def test_a_process_without_the_issuers_keys_is_not_ready():
    app = gateway(Options())
    with running(app=app) as one:
        app.health.doorman._verifier.ready = False
        answer = httpx.get(f"{one.base}/readyz")
    assert (answer.status_code, answer.json()["reason"]) == (503, "no keys of the identity provider yet")


def test_a_process_that_still_builds_its_search_index_is_not_ready():
    app = gateway(Options())
    with running(app=app) as one:
        app.health.settled = lambda: False
        answer = httpx.get(f"{one.base}/readyz")
    assert (answer.status_code, answer.json()) == (503, {"status": "not ready", "reason": "building the search index"})


def test_a_process_that_sheds_much_is_not_ready_and_health_still_answers():
    gate = Gate(running=1, queue=0, wait_seconds=0.2)
    with running(Options(gate=gate)) as one, httpx.Client() as client:
        thread = threading.Thread(
            target=httpx.post, args=(one.url,), kwargs={"json": {"query": "{ sleep(seconds: 1) }"}}
        )
        thread.start()
        while gate.running == 0:
            time.sleep(0.01)
        answers = [client.post(one.url, json=QUERY) for _ in range(101)]
        assert {answer.status_code for answer in answers} == {503}
        assert answers[0].json()["errors"][0]["extensions"]["code"] == "OVERLOADED"
        assert int(answers[0].headers["retry-after"]) >= 1
        ready = client.get(f"{one.base}/readyz")
        assert (ready.status_code, ready.json()["reason"]) == (503, "overloaded")
        assert client.get(f"{one.base}/healthz").status_code == 200
        thread.join()


def test_a_stopping_process_is_unready_first_then_finishes_what_it_has():
    """R2: load balancers learn it before anyone is turned away."""
    answers = []
    with running(Options().but(server__drain_delay_seconds=0.4)) as one:
        slow = [
            threading.Thread(
                target=lambda: answers.append(httpx.post(one.url, json={"query": "{ sleep(seconds: 0.8) }"}).json())
            )
            for _ in range(10)
        ]
        for thread in slow:
            thread.start()
        while one.app.health.gate.running < 10:
            time.sleep(0.01)
        one.server.handle_exit(15, None)
        while one.app.health.reason() != "draining":
            time.sleep(0.01)
        assert httpx.get(f"{one.base}/readyz").status_code == 503
        assert httpx.post(one.url, json=QUERY).status_code == 200
        for thread in slow:
            thread.join()
    assert answers == [{"data": {"sleep": "slept"}}] * 10
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{one.base}/healthz")
