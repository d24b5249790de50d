"""The delivered media in S3: playlists read once and kept, since a version's files never change."""

from __future__ import annotations

import asyncio
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from cachetools import LRUCache

from datasources.calls import record
from datasources.deadline import remaining
from datasources.flights import Flights
from domain.errors import Unavailable, UpstreamInvalid

CACHE_BYTES = 8_000_000
"""Of playlists, kept in memory."""
_LARGEST = 4 * 1024 * 1024
_READ_SECONDS = 2.0


class MediaStore:
    """Playlists of the media bucket; `client` is an aiobotocore S3 client."""

    def __init__(self, client: Any, bucket: str, *, max_bytes: int = CACHE_BYTES) -> None:
        self._client = client
        self._bucket = bucket
        self._kept: LRUCache[str, str] = LRUCache(max_bytes, getsizeof=len)
        self._reading: Flights[str, str | None] = Flights()

    async def playlist(self, path: str) -> str | None:
        """The text at `path`, None when there is none; one GetObject the first time, however many ask.

        Raises Unavailable, and UpstreamInvalid for what is too large or no text: half a playlist would stop a film.
        """
        found = self._kept.get(path)
        if found is None:
            found = await self._reading.join(path, lambda: self._fetched(path))
            if found is not None and len(found) <= self._kept.maxsize:
                self._kept[path] = found
        return found

    async def _fetched(self, path: str) -> str | None:
        record("s3", "GetObject", self._bucket, (path,))
        try:
            async with asyncio.timeout(min(_READ_SECONDS, remaining())):
                answer = await self._client.get_object(Bucket=self._bucket, Key=path)
                async with answer["Body"] as body:
                    body_bytes: bytes = await body.read(_LARGEST + 1)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in ("NoSuchKey", "404"):
                return None
            raise Unavailable("The media store refused the playlist. Try again.", retry_after=1) from error
        except (BotoCoreError, TimeoutError, OSError) as error:
            raise Unavailable("The media store did not answer in time. Try again.", retry_after=1) from error
        return _text(body_bytes)


def _text(body: bytes) -> str:
    if len(body) > _LARGEST:
        raise UpstreamInvalid(f"The playlist is larger than {_LARGEST} bytes.")
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise UpstreamInvalid("The playlist is no text.") from error
