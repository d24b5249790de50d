"""The delivered media in S3: playlists read once and kept, since a version's files never change."""

from __future__ import annotations

import asyncio
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from cachetools import LRUCache

from datasources.calls import record
from datasources.deadline import remaining
from domain.errors import Unavailable

_CACHE_BYTES = 32 * 1024 * 1024
_LARGEST = 4 * 1024 * 1024
_READ_SECONDS = 2.0


class MediaStore:
    """Playlists of the media bucket; `client` is an aiobotocore S3 client."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket
        self._kept: LRUCache[str, str] = LRUCache(_CACHE_BYTES, getsizeof=len)

    async def playlist(self, path: str) -> str | None:
        """The text at `path`, None when there is none; one GetObject the first time. Raises Unavailable."""
        found = self._kept.get(path)
        if found is None and (found := await self._fetched(path)) is not None:
            self._kept[path] = found
        return found

    async def _fetched(self, path: str) -> str | None:
        record("s3", "GetObject", self._bucket, (path,))
        try:
            async with asyncio.timeout(min(_READ_SECONDS, remaining())):
                answer = await self._client.get_object(Bucket=self._bucket, Key=path)
                async with answer["Body"] as body:
                    text: bytes = await body.read(_LARGEST)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in ("NoSuchKey", "404"):
                return None
            raise Unavailable("The media store refused the playlist. Try again.", retry_after=1) from error
        except (BotoCoreError, TimeoutError, OSError) as error:
            raise Unavailable("The media store did not answer in time. Try again.", retry_after=1) from error
        return text.decode()
