"""Playlists come from the store once, and what cannot be a playlist is never half of one."""

import asyncio
from io import BytesIO

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from datasources.calls import counted
from datasources.media import MediaStore
from domain.errors import Unavailable, UpstreamInvalid

TEXT = "#EXTM3U\n#EXT-X-ENDLIST\n"


class Body:
    def __init__(self, data):
        self._data = BytesIO(data)

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        return None

    async def read(self, size):
        await asyncio.sleep(0)
        return self._data.read(size)


class Bucket:
    """Stands for an S3 client: objects by key, or what it raises."""

    def __init__(self, **objects):
        self.objects = objects

    async def get_object(self, *, Bucket, Key):
        await asyncio.sleep(0)
        found = self.objects.get(Key, ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject"))
        if isinstance(found, Exception):
            raise found
        return {"Body": Body(found)}


async def test_a_playlist_is_read_once_however_many_ask():
    store = MediaStore(Bucket(a=TEXT.encode()), "media")
    with counted() as calls:
        assert set(await asyncio.gather(*(store.playlist("a") for _ in range(20)))) == {TEXT}
        assert await store.playlist("a") == TEXT
    assert calls.names == ["GetObject media"]


async def test_the_playlists_that_are_kept_are_bounded_in_bytes():
    store = MediaStore(Bucket(a=TEXT.encode(), b=TEXT.encode(), c=TEXT.encode() * 3), "media", max_bytes=2 * len(TEXT))
    with counted() as calls:
        for path in ("a", "b", "a", "c", "b", "c"):
            assert (await store.playlist(path) or "").startswith(TEXT)
    assert len(calls.names) == 4, "a and b once, and c, which is larger than the whole memory, each time"


async def test_what_is_not_there_is_none_and_asked_for_again():
    bucket = Bucket()
    store = MediaStore(bucket, "media")
    assert await store.playlist("a") is None
    bucket.objects["a"] = TEXT.encode()
    assert await store.playlist("a") == TEXT


@pytest.mark.parametrize("data", [b"#" * (4 * 1024 * 1024 + 1), b"\xff\xfe"])
async def test_what_is_too_large_or_no_text_is_refused_whole(data):
    with pytest.raises(UpstreamInvalid):
        await MediaStore(Bucket(a=data), "media").playlist("a")


@pytest.mark.parametrize(
    "failure",
    [
        ClientError({"Error": {"Code": "AccessDenied"}}, "GetObject"),
        EndpointConnectionError(endpoint_url="http://s3.test"),
        OSError("reset"),
    ],
)
async def test_a_store_that_fails_is_unavailable_and_asked_again(failure):
    bucket = Bucket(a=failure)
    store = MediaStore(bucket, "media")
    with pytest.raises(Unavailable):
        await store.playlist("a")
    bucket.objects["a"] = TEXT.encode()
    assert await store.playlist("a") == TEXT
