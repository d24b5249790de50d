"""Rates by cost: one bucket per caller, shared through Valkey, local while Valkey is away (R3, A6)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from domain.viewers import Role, Viewer
from gateway import ratelimit
from gateway.ratelimit import RETRY_VALKEY_SECONDS, Caller, RateLimiter, caller_of, open_rate_limiter
from gateway.rates import Rate, Verdict
from gateway.token_bucket import LocalBuckets
from gateway.valkey import SharedBuckets
from graph.callers import CallerClass
from tests.clock import Clock
from tests.gateway.valkey import SERVER, Shared

LIMITS = {CallerClass.ANONYMOUS: 60, CallerClass.VIEWER: 600, CallerClass.PARTNER: 6000, CallerClass.STAFF: 6000}
SOMEONE = Caller(kind=CallerClass.ANONYMOUS, key="192.0.2.1")
SOMEONE_ELSE = Caller(kind=CallerClass.ANONYMOUS, key="192.0.2.2")


@pytest.fixture
def clock() -> Clock[float]:
    return Clock(1_000_000.0)


@pytest.fixture
def limiter(clock: Clock[float]) -> RateLimiter:
    return RateLimiter(LIMITS, clock=clock)


async def test_a_caller_spends_cost_until_the_bucket_is_empty(limiter: RateLimiter):
    verdicts = [await limiter.take(SOMEONE, 25) for _ in range(3)]
    assert [(verdict.allowed, verdict.remaining) for verdict in verdicts] == [
        (True, 35),
        (True, 10),
        (False, 10),
    ]
    assert verdicts[2].wait == 15
    assert (await limiter.take(SOMEONE, 10)).allowed, "a refusal costs nothing"


async def test_the_bucket_refills_evenly_and_no_further_than_full(limiter: RateLimiter, clock: Clock[float]):
    await limiter.take(SOMEONE, 60)
    clock.now += 30
    assert (await limiter.take(SOMEONE, 31)).allowed is False
    assert (await limiter.take(SOMEONE, 30)).remaining == 0
    clock.now += 3600
    assert (await limiter.take(SOMEONE, 1)).remaining == 59


async def test_callers_do_not_pay_for_each_other(limiter: RateLimiter):
    await limiter.take(SOMEONE, 60)
    assert (await limiter.take(SOMEONE_ELSE, 60)).allowed
    viewer = Caller(kind=CallerClass.VIEWER, key=SOMEONE.key)
    assert (await limiter.take(viewer, 600)).allowed


async def test_a_cost_above_the_whole_limit_empties_a_full_bucket(limiter: RateLimiter):
    assert (await limiter.take(SOMEONE, 5000)).remaining == 0
    assert not (await limiter.take(SOMEONE, 5000)).allowed


@pytest.mark.parametrize("cost", [0, -7])
async def test_nothing_is_free(limiter: RateLimiter, cost: int):
    assert (await limiter.take(SOMEONE, cost)).remaining == 59


def _verdict(*, allowed: bool) -> Verdict:
    return Verdict(Rate("anonymous", 60, 60), allowed, 10.9, 14.2)


def test_the_headers_are_the_draft_standards():
    usual = b'ratelimit-policy: "anonymous";q=60;w=60\r\nratelimit: "anonymous";r=10;t=50\r\n'
    assert _verdict(allowed=True).lines() == _verdict(allowed=False).lines() == usual


def test_the_refusal_says_when_to_come_back():
    refusal = _verdict(allowed=False).refusal()
    assert (refusal.code, refusal.retry_after) == ("RATE_LIMITED", 15)
    assert refusal.message == "The rate of 60 cost in 60 s is used up. Try again in 15 s."


@pytest.mark.parametrize(
    ("viewer", "address", "expected"),
    [
        (Viewer(), "192.0.2.7", ("anonymous", "192.0.2.7")),
        (Viewer(), "::ffff:192.0.2.7", ("anonymous", "192.0.2.7")),
        (Viewer(), "2001:db8:1:2:3:4:5:6", ("anonymous", "2001:db8:1:2::/64")),
        (Viewer(), "unknown", ("anonymous", "unknown")),
        (Viewer(sub="s", client_id="web", roles=frozenset({Role.VIEWER})), "192.0.2.7", ("viewer", "s")),
        (Viewer(sub="s", client_id="m", roles=frozenset({Role.PARTNER})), "192.0.2.7", ("partner", "m")),
        (Viewer(sub="s", client_id="web", roles=frozenset({Role.VIEWER, Role.EDITOR})), "x", ("staff", "s")),
    ],
)
def test_who_pays(viewer: Viewer, address: str, expected: tuple[str, str]):
    payer = caller_of(viewer, address)
    assert (payer.kind.value, payer.key) == expected


async def test_the_local_buckets_are_bounded():
    buckets = LocalBuckets(size=3)
    for key in "abcde":
        buckets.take_now(key, Rate("anonymous", 10, 60), 1)
    assert len(buckets) == 3


KINDS = [*(["real"] if SERVER else []), "stand-in"]


@pytest.fixture(params=KINDS)
async def valkey(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Shared]:
    monkeypatch.setattr(ratelimit, "VALKEY_SECONDS", 20)  # patience for a busy machine
    shared = Shared(request.param, tmp_path)
    await shared.start()
    yield shared
    await shared.stop()


async def test_processes_share_one_bucket(valkey: Shared):
    async with open_rate_limiter(LIMITS, valkey.url) as one, open_rate_limiter(LIMITS, valkey.url) as two:
        assert 20 <= (await one.take(SOMEONE, 40)).remaining < 22
        verdict = await two.take(SOMEONE, 40)
        assert not verdict.allowed and 18 < verdict.wait <= 20
        assert (one.stats.degraded, two.stats.degraded) == (0, 0)


async def test_a_race_never_spends_more_than_there_is(valkey: Shared):
    async with open_rate_limiter(LIMITS, valkey.url) as one, open_rate_limiter(LIMITS, valkey.url) as two:
        callers = [one.take(SOMEONE, 1) if number % 2 else two.take(SOMEONE, 1) for number in range(200)]
        allowed = sum(verdict.allowed for verdict in await asyncio.gather(*callers))
        assert 60 <= allowed <= 75, "what refills while the race runs, and no more"


async def test_while_valkey_is_away_local_buckets_decide_and_it_is_said_once(valkey: Shared):
    clock = Clock(1_000_000.0)
    shared = SharedBuckets(valkey.url, socket_timeout=1)
    limiter = RateLimiter(LIMITS, shared=shared, clock=clock)
    await limiter.take(SOMEONE, 60)
    await valkey.stop()
    with capture_logs() as logs:
        verdicts = [await limiter.take(SOMEONE, 25) for _ in range(3)]
        clock.now += RETRY_VALKEY_SECONDS
        verdicts += [await limiter.take(SOMEONE, 25)]
    assert [verdict.allowed for verdict in verdicts] == [True, True, False, False]
    assert [entry["event"] for entry in logs] == ["rate_limit_store_down"]
    assert limiter.stats.degraded == 4
    await valkey.start()
    clock.now += RETRY_VALKEY_SECONDS
    assert (await limiter.take(SOMEONE, 60)).allowed, "the fresh server's bucket is full"
    assert limiter.stats.degraded == 4
    await shared.close()


async def test_while_valkey_is_away_it_is_not_asked_for_every_request():
    class Down:
        asked = 0

        async def take(self, key: str, rate: Rate, amount: int) -> Verdict:
            self.asked += 1
            raise ConnectionRefusedError

    clock, down = Clock(1_000_000.0), Down()
    limiter = RateLimiter(LIMITS, shared=down, clock=clock)
    for _ in range(10):
        await limiter.take(SOMEONE, 1)
    assert down.asked == 1
    clock.now += RETRY_VALKEY_SECONDS
    await limiter.take(SOMEONE, 1)
    assert down.asked == 2


async def test_a_valkey_that_hangs_costs_one_short_wait(monkeypatch: pytest.MonkeyPatch):
    class Hanging:
        async def take(self, key: str, rate: Rate, amount: int) -> Verdict:
            await asyncio.Event().wait()
            raise AssertionError

    monkeypatch.setattr(ratelimit, "VALKEY_SECONDS", 0.01)
    limiter = RateLimiter(LIMITS, shared=Hanging())
    assert (await limiter.take(SOMEONE, 1)).allowed and limiter.stats.degraded == 1


async def test_what_other_processes_have_a_say_in_is_not_taken_without_them():
    class Asked:
        async def take(self, key: str, rate: Rate, amount: int) -> Verdict:
            return Verdict(rate, True, 1.0, 0.0)

    limiter = RateLimiter(LIMITS, shared=Asked())
    assert limiter.take_now(SOMEONE, 1) is None
    assert (await limiter.take(SOMEONE, 1)).remaining == 1.0


async def test_without_an_address_each_process_counts_for_itself():
    async with open_rate_limiter(LIMITS, None) as limiter:
        assert (await limiter.take(SOMEONE, 60)).allowed
        assert not (await limiter.take(SOMEONE, 60)).allowed
