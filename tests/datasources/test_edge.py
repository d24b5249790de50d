"""Folder signatures and signed playlists are made once per time bucket, however many sessions ask."""

import asyncio
import gzip
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from datasources.cdn import Signer
from datasources.edge import Edge, shared_until

NOW = datetime(2026, 11, 23, 20, 3, tzinfo=UTC)
FILM = timedelta(hours=2)
PLAYLIST = '#EXTM3U\n#EXT-X-MAP:URI="init.mp4"\n#EXTINF:4.0,\nseg-1.m4s\n'


@pytest.fixture
def edge():
    key = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Edge("https://media.example.com/", Signer("K1", key))


async def test_concurrent_sessions_share_one_signature_and_one_playlist(edge):
    signatures = await asyncio.gather(*(edge.folder("v/heat/v1", FILM, NOW) for _ in range(50)))
    bodies = await asyncio.gather(*(edge.playlist("v/heat/v1/a/i.m3u8", PLAYLIST, s) for s in signatures))
    assert edge.signatures_made == 1
    assert len(set(bodies)) == 1
    assert await edge.playlist("v/heat/v1/a/i.m3u8", PLAYLIST, signatures[0]) is await edge.playlist(
        "v/heat/v1/a/i.m3u8", PLAYLIST, signatures[1]
    )


async def test_the_next_bucket_and_another_film_are_signed_anew(edge):
    await edge.folder("v/heat/v1", FILM, NOW)
    await edge.folder("v/heat/v1", FILM, NOW + timedelta(minutes=6))
    assert edge.signatures_made == 1
    await edge.folder("v/heat/v1", FILM, NOW + timedelta(minutes=10))
    await edge.folder("v/alien/v1", FILM, NOW)
    assert edge.signatures_made == 3


async def test_a_signed_playlist_is_gzipped_and_absolute(edge):
    signature = await edge.folder("v/heat/v1", FILM, NOW)
    text = gzip.decompress(await edge.playlist("v/heat/v1/a/i.m3u8", PLAYLIST, signature)).decode()
    assert f"https://media.example.com/v/heat/v1/a/seg-1.m4s?{signature.query}" in text.splitlines()


async def test_a_marked_playlist_names_its_session_and_is_not_shared(edge):
    signature = await edge.folder("v/heat/v1", FILM, NOW)
    one = await edge.playlist("v/heat/v1/a/i.m3u8", PLAYLIST, signature, viewer="s1")
    two = await edge.playlist("v/heat/v1/a/i.m3u8", PLAYLIST, signature, viewer="s2")
    assert "seg-1.m4s?s=s1&Policy=" in gzip.decompress(one).decode()
    assert "seg-1.m4s?s=s2&Policy=" in gzip.decompress(two).decode()


@pytest.mark.parametrize(
    ("film", "hours"), [(timedelta(minutes=1), 4), (timedelta(hours=3), 6), (timedelta(hours=9), 12)]
)
def test_a_shared_signature_outlives_one_uninterrupted_viewing(film, hours):
    assert shared_until(film, NOW) == datetime(2026, 11, 23, 20, 10, tzinfo=UTC) + timedelta(hours=hours)
