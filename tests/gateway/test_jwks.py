"""The key store against a key server that is down, slow, wrong, rotating or flooded (T4)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from domain.errors import Unavailable
from gateway import jwks
from gateway.jwks import KeyPolicy, KeysRefused, KeyStore, check_url, fetch_keys, read_keys
from tests.certificates import self_signed, server_side
from tests.clock import Clock
from tests.gateway.issuer import KeyServer, jwk, key_server, private_key

POLICY = KeyPolicy()


class Stand:
    """A key server, a store that reads from it over HTTP, and the store's clock."""

    def __init__(self, server: KeyServer) -> None:
        self.server = server
        self.clock = Clock(1_000_000.0)
        self.store = KeyStore(server.url, fetch_keys, policy=POLICY, clock=self.clock)

    async def knows(self, kid: str) -> bool:
        return await self.store.key(kid) is not None

    async def settled(self) -> None:
        await self.store._settled()


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    async with key_server() as server:
        stand = Stand(server)
        yield stand
        await stand.store.close()


async def test_the_first_token_fetches_and_the_next_ones_do_not(stand: Stand):
    assert [await stand.knows("k1") for _ in range(3)] == [True, True, True]
    assert stand.server.fetches == 1 and stand.store.ready


async def test_many_at_once_are_one_fetch(stand: Stand):
    stand.server.delay = 0.05
    assert all(await asyncio.gather(*(stand.knows("k1") for _ in range(50))))
    assert stand.server.fetches == 1


async def test_keys_are_renewed_in_the_background_at_half_their_life(stand: Stand):
    await stand.knows("k1")
    stand.server.publish("k1", "k2")
    stand.server.delay = 0.05
    stand.clock.now += POLICY.life / 2 + 1
    key = asyncio.ensure_future(stand.store.key("k1"))
    await asyncio.sleep(0)
    assert key.done(), "a known key never waits"
    await stand.settled()
    assert await stand.knows("k2") and stand.server.fetches == 2


async def test_a_rotated_key_is_accepted_within_a_minute(stand: Stand):
    await stand.knows("k1")
    stand.server.publish("k2")
    stand.clock.now += 10
    assert not await stand.knows("k2"), "the last fetch was too short a while ago"
    stand.clock.now += POLICY.pause - 10
    assert await stand.knows("k2")
    assert not await stand.knows("k1"), "a key that was withdrawn is gone"


async def test_a_flood_of_unknown_kids_is_one_fetch_per_pause(stand: Stand):
    await stand.knows("k1")
    stand.clock.now += POLICY.pause
    assert not any([await stand.knows(f"thief-{number}") for number in range(200)])
    assert stand.server.fetches == 2
    assert not any(await asyncio.gather(*(stand.knows(f"other-{number}") for number in range(200))))
    assert stand.server.fetches == 2
    stand.clock.now += POLICY.pause
    assert not await stand.knows("thief-1")
    assert stand.server.fetches == 3


async def test_the_memory_of_unknown_kids_is_bounded(stand: Stand):
    await stand.knows("k1")
    for number in range(POLICY.unknown_kids + 50):
        await stand.knows(f"thief-{number}")
    assert len(stand.store._unknown) == POLICY.unknown_kids
    assert stand.store.stats.unknown == POLICY.unknown_kids + 50


async def test_a_search_for_an_unknown_kid_holds_up_nobody_else(stand: Stand):
    await stand.knows("k1")
    stand.clock.now += POLICY.pause
    stand.server.delay = 0.2
    search = asyncio.create_task(stand.knows("thief"))
    await asyncio.sleep(0.02)
    assert [await stand.knows("k1") for _ in range(20)] == [True] * 20
    assert not search.done()
    assert not await search


WRONG: dict[str, dict[str, Any]] = {
    "500": {"status": 500},
    "404": {"status": 404},
    "redirect": {"status": 302, "headers": {"location": "http://127.0.0.1:9/"}},
    "HTML": {"body": b"<html>maintenance</html>"},
    "empty": {"body": b""},
    "null": {"body": b"null"},
    "no keys": {"body": b'{"keys": []}'},
    "keys is an object": {"body": b'{"keys": {}}'},
    "too large": {"body": b'{"keys": [' + b" " * jwks.MAX_BYTES + b"]}"},
    "nested deep": {"body": b"[" * 5000},
    "not UTF-8": {"body": b"\xff\xfe"},
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_wrong_answer_never_replaces_good_keys(stand: Stand, name: str):
    await stand.knows("k1")
    for attribute, value in WRONG[name].items():
        setattr(stand.server, attribute, value)
    stand.clock.now += POLICY.life
    assert await stand.knows("k1")
    await stand.settled()
    assert await stand.knows("k1")
    assert (stand.store.stats.fetches, stand.store.stats.failures) == (2, 1)


async def test_stale_keys_serve_while_the_issuer_is_down_up_to_a_day(stand: Stand):
    await stand.knows("k1")
    stand.server.status = 503
    for _ in range(23):
        stand.clock.now += 3600
        assert await stand.knows("k1")
        await stand.settled()
    stand.clock.now += 3600
    with pytest.raises(Unavailable):
        await stand.store.key("k1")
    assert not stand.store.ready
    stand.server.publish("k1")
    stand.clock.now += POLICY.first_pause
    assert await stand.knows("k1")


async def test_a_failed_renewal_is_tried_again_after_the_pause(stand: Stand):
    await stand.knows("k1")
    stand.server.status = 503
    stand.clock.now += POLICY.life
    for _ in range(10):
        await stand.knows("k1")
        await stand.settled()
    assert stand.server.fetches == 2
    stand.clock.now += POLICY.pause
    await stand.knows("k1")
    await stand.settled()
    assert stand.server.fetches == 3


async def test_a_slow_issuer_is_given_up_after_the_time_limit(stand: Stand, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(jwks, "FETCH_SECONDS", 0.05)
    stand.server.delay = 5
    with pytest.raises(Unavailable) as refused:
        await stand.store.key("k1")
    assert refused.value.retry_after == POLICY.first_pause
    assert stand.store.stats.failures == 1


async def test_while_there_is_no_key_the_issuer_is_asked_once_a_second(stand: Stand):
    stand.server.status = 503
    for _ in range(20):
        with pytest.raises(Unavailable):
            await stand.store.key("k1")
    assert stand.server.fetches == 1


async def test_an_issuer_that_is_away_is_unavailable(stand: Stand):
    store = KeyStore("http://127.0.0.1:9/jwks.json", fetch_keys, clock=stand.clock)
    with pytest.raises(Unavailable):
        await store.key("k1")
    assert not await store.warm()


async def test_an_issuer_is_spoken_to_over_tls_if_its_certificate_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    certificate = self_signed(tmp_path)
    async with key_server(tls=server_side(certificate)) as server:
        assert not await KeyStore(server.url, fetch_keys).warm()
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert await KeyStore(server.url, fetch_keys).warm()
    assert server.fetches == 1


async def test_a_caller_that_leaves_does_not_take_the_fetch_with_it(stand: Stand):
    stand.server.delay = 0.05
    leaving = asyncio.create_task(stand.knows("k1"))
    staying = asyncio.create_task(stand.knows("k1"))
    await asyncio.sleep(0.01)
    leaving.cancel()
    assert await staying
    assert stand.server.fetches == 1


async def test_warming_up_fetches_ahead_of_the_first_token(stand: Stand):
    assert await stand.store.warm()
    assert await stand.knows("k1") and stand.server.fetches == 1


async def test_closing_ends_a_fetch_that_is_under_way(stand: Stand):
    stand.server.delay = 60
    waiting = asyncio.create_task(stand.knows("k1"))
    await asyncio.sleep(0.02)
    await stand.store.close()
    with pytest.raises(Unavailable):
        await waiting


UNUSABLE: dict[str, Any] = {
    "symmetric": {"kty": "oct", "k": "c2VjcmV0", "kid": "k1", "use": "sig"},
    "elliptic": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "k1", "use": "sig"},
    "for encryption": jwk("k1", use="enc"),
    "without use": jwk("k1", use=None),
    "for another algorithm": jwk("k1", alg="RS512"),
    "without kid": jwk("k1", kid=None),
    "kid is a number": jwk("k1", kid=7),
    "kid too long": jwk("k1", kid="k" * 129),
    "no modulus": jwk("k1", n=None),
    "modulus is no base64": jwk("k1", n="%%%"),
    "modulus is even": jwk("k1", n="_" * 342 + "g"),
    "modulus of 1024 bits": jwk("k1", n=jwk("k1")["n"][:171]),
    "modulus of 16384 bits": jwk("k1", n=jwk("k1")["n"] * 8),
    "exponent 1": jwk("k1", e="AQ"),
    "exponent of 64 bits": jwk("k1", e="_" * 11),
    "a string": "k1",
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_an_unusable_key_is_left_out(name: str):
    with pytest.raises(KeysRefused):
        read_keys(orjson.dumps({"keys": [UNUSABLE[name]]}))
    both = read_keys(orjson.dumps({"keys": [UNUSABLE[name], jwk("k2")]}))
    assert list(both) == ["k2"]


def test_the_keys_are_the_published_ones():
    found = read_keys(orjson.dumps({"keys": [jwk("k1"), jwk("k2", alg=None)]}))
    assert {kid: key.public_numbers() for kid, key in found.items()} == {
        kid: private_key(kid).public_key().public_numbers() for kid in ("k1", "k2")
    }


def test_more_keys_than_any_pool_has_are_refused():
    with pytest.raises(KeysRefused):
        read_keys(orjson.dumps({"keys": [jwk("k1", kid=str(number)) for number in range(jwks.MAX_KEYS + 1)]}))


@pytest.mark.parametrize(
    "url", ["https://example.com/keys", "http://127.0.0.1:1/k", "http://[::1]/k", "http://localhost/k"]
)
def test_https_or_loopback(url: str):
    assert check_url(url) == url


@pytest.mark.parametrize(
    "url",
    ["http://example.com/keys", "http://10.0.0.1/keys", "file:///etc/passwd", "ftp://127.0.0.1/k", "https:///k", ""],
)
def test_any_other_address_is_refused(url: str):
    with pytest.raises(ValueError, match="https"):
        check_url(url)
