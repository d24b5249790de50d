"""Judgements of headers: shared where nothing that is judged differs, and only for as long as they hold."""

from __future__ import annotations

import re
from math import inf
from pathlib import Path

import pytest

import gateway
from gateway.arrivals import JUDGED, Arrival, Arrivals
from gateway.call import Call
from gateway.heads import HOLDS_SECONDS, Known
from gateway.middleware.admission import Priority
from gateway.negotiation import negotiate
from gateway.ratelimit import Caller
from gateway.requester import Requester
from graph.callers import CallerClass
from tests.clock import Clock

USUAL = [(b"host", b"127.0.0.1"), (b"authorization", b"Bearer one"), (b"content-length", b"10")]


def call(*headers: tuple[bytes, bytes], peer: str = "10.0.0.1") -> Call:
    return Call({"headers": [*USUAL, *headers], "client": (peer, 1)}, None, None)


def arrival(expires_at: float = inf) -> Arrival:
    return Arrival(
        requester=Requester(address="10.0.0.1", country="NL", expires_at=expires_at),
        payer=Caller(kind=CallerClass.ANONYMOUS, key="10.0.0.1"),
        priority=Priority.PEOPLE,
        offer=negotiate(None),
        client=None,
        seconds=10.0,
        posted=True,
        origin=b"",
    )


@pytest.fixture
def clock() -> Clock[float]:
    return Clock(1000.0)


@pytest.fixture
def arrivals(clock: Clock[float]) -> Arrivals:
    return Arrivals(size=3, clock=clock)


def test_requests_that_differ_in_what_nobody_judges_share_a_judgement(arrivals):
    judged = arrival()
    arrivals.keep(call((b"x-request-id", b"first-request"), (b"x-amzn-trace-id", b"1")), judged)
    assert arrivals.find(call((b"x-request-id", b"second-request"), (b"x-amzn-trace-id", b"2"))) is judged


@pytest.mark.parametrize("name", sorted(JUDGED - {b"host", b"authorization"}))
def test_every_header_that_is_judged_makes_another_caller(arrivals, name):
    arrivals.keep(call(), arrival())
    assert arrivals.find(call((name, b"something"))) is None


def test_another_address_is_another_caller(arrivals):
    arrivals.keep(call(), arrival())
    assert arrivals.find(call(peer="10.0.0.2")) is None


def test_a_header_that_is_sent_twice_is_never_taken_as_known(arrivals):
    arrivals.keep(call(), arrival())
    assert arrivals.find(call((b"content-length", b"11"))) is None


def known_call(until: float) -> Call:
    """A call whose head the server knows."""
    one = call()
    one.known = Known(b"", 0, one.scope, until)
    return one


def test_a_judgement_goes_with_a_known_head_and_holds_no_longer_for_it(arrivals, clock):
    arrivals.keep(call(), arrival())
    clock.now += 1
    early, late = known_call(until=clock.now + 2), known_call(until=clock.now + HOLDS_SECONDS)
    found = [arrivals.find(one) for one in (early, late, early, late)]
    assert found[0] is not None and found == [found[0]] * 4
    assert early.known.arrival is late.known.arrival is found[0]
    assert (early.known.until, late.known.until) == (1003.0, 1000.0 + HOLDS_SECONDS)


@pytest.mark.parametrize(("life", "holds"), [(inf, HOLDS_SECONDS), (2.0, 2.0)])
def test_a_judgement_holds_for_seconds_and_never_longer_than_the_token(arrivals, clock, life, holds):
    arrivals.keep(call(), arrival(expires_at=clock.now + life))
    clock.now += holds - 0.1
    assert arrivals.find(call()) is not None
    clock.now += 0.2
    assert arrivals.find(call()) is None
    assert len(arrivals) == 0


def test_the_callers_not_seen_for_longest_make_room(arrivals):
    for number in range(5):
        arrivals.keep(call(peer=f"10.0.0.{number}"), arrival())
    assert [arrivals.find(call(peer=f"10.0.0.{number}")) is not None for number in range(5)] == [False] * 2 + [True] * 3


def test_no_header_is_read_on_arrival_that_is_not_judged():
    """Else two callers who differ in it would be taken for one."""
    folder = Path(gateway.__file__).parent
    doors = ("middleware/proxies", "middleware/hosts", "middleware/cors")
    files = ("endpoint", "requester", "journal", "call", "body", *doors)
    text = "".join((folder / f"{name}.py").read_text() for name in files)
    read = {name.encode() for name in re.findall(r'(?:headers\.get\(|in headers|text_of\(headers, )b"([a-z-]+)"', text)}
    assert read >= {b"authorization", b"x-profile-token", b"accept-language", b"host", b"x-request-timeout"}
    assert read - JUDGED == {b"x-request-id", b"content-length"}
