"""Playlists pass the same gate as operations: a busy process refuses them quickly, and says when to come back."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.applications import Starlette

from datasources.cdn import Signer
from datasources.delivery import Delivery
from datasources.edge import Edge
from domain.sealed import Sealer
from gateway import play
from gateway.middleware.admission import Gate, Priority

URL = "http://media.test/play/a-token-of-someone-else/master.m3u8"


@pytest.fixture
def gate():
    return Gate(running=1, queue=1, wait_seconds=0.05)


@pytest.fixture
async def media(gate):
    """The routes of the media host; no token opens anything here, which is asked behind the gate."""
    key = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    delivery = Delivery(store=None, edge=Edge("http://media.test", Signer("K1", key)), sealer=Sealer(b"k" * 32, "play"))
    app = Starlette(routes=play.routes())
    sources = SimpleNamespace(delivery=delivery, viewers=SimpleNamespace(leases=None))

    async def with_state(scope, receive, send):
        await app({**scope, "state": {"sources": sources, "gate": gate}}, receive, send)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(with_state)) as client:
        yield client


async def test_a_playlist_takes_a_place_and_gives_it_back(gate, media):
    for _ in range(3):
        assert (await media.get(URL)).status_code == 403
    assert (gate.running, gate.waiting, gate.refused) == (0, 0, 0)


async def test_a_busy_process_refuses_playlists_with_the_time_to_come_back(gate, media):
    async with gate.slot():
        answers = await asyncio.gather(*(media.get(URL) for _ in range(5)))
    assert [answer.status_code for answer in answers] == [503] * 5
    assert {answer.headers["retry-after"] for answer in answers} <= {"1", "2", "3"}
    assert {answer.text for answer in answers} == {"The service is busy. Try again shortly.\n"}
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}
    assert gate.refused == 5
    assert (await media.get(URL)).status_code == 403


async def test_a_playlist_goes_before_people_who_wait(gate, media):
    async def waits():
        async with gate.slot(Priority.PEOPLE):
            pass

    async with gate.slot():
        person = asyncio.ensure_future(waits())
        await asyncio.sleep(0)
        fetching = asyncio.ensure_future(media.get(URL))
        outcome = await asyncio.gather(person, return_exceptions=True)
        assert [type(one).__name__ for one in outcome] == ["Rejected"]
    assert (await fetching).status_code in (403, 503)
