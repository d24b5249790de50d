"""Signed delivery through CloudFront: folder signatures and signed playlists, shared per time bucket.

The policy of a shared signature names no viewer, so one signing serves every session of a film for ten minutes.
"""

from __future__ import annotations

import asyncio
import zlib
from datetime import UTC, datetime, timedelta
from functools import partial

from cachetools import LRUCache

from datasources.cdn import Signature, Signer
from datasources.flights import Flights
from domain.hls import THUMBNAILS, folder_of, media_template, signed, thumbnails_template

BUCKET = timedelta(minutes=10)
BACKDATE = timedelta(seconds=60)
SHORTEST, LONGEST = timedelta(hours=4), timedelta(hours=12)
_SIGNATURES = 10_000
_PLAYLIST_BYTES = 64 * 1024 * 1024
_GZIP = 16 + zlib.MAX_WBITS


class Edge:
    """One distribution; `base_url` is the media host as players see it, without a trailing slash.

    Folders are paths such as "v/<id>/<version>"; they come from our own records, never from a request.
    """

    def __init__(self, base_url: str, signer: Signer) -> None:
        self.base_url = base_url.rstrip("/")
        self.signer = signer
        self.signatures_made = 0
        self.playlists_made = 0
        self._signatures: LRUCache[tuple[str, datetime], Signature] = LRUCache(_SIGNATURES)
        self._playlists: LRUCache[tuple[str, str], bytes] = LRUCache(_PLAYLIST_BYTES, getsizeof=len)
        self._signing: Flights[tuple[str, datetime], Signature] = Flights()
        self._writing: Flights[tuple[str, str], bytes] = Flights()

    async def folder(self, folder: str, duration: timedelta, now: datetime) -> Signature:
        """Opens everything in a folder until one uninterrupted viewing must be over; shared by all sessions."""
        key = (folder, shared_until(duration, now))
        found = self._signatures.get(key)
        if found is None:
            found = await self._signing.join(key, lambda: self.private(folder, key[1], now))
            self._signatures[key] = found
        return found

    async def private(self, folder: str, until: datetime, now: datetime) -> Signature:
        """A signature of its own, for cookies, raw segment queries and sessions that must be told apart."""
        self.signatures_made += 1
        resource = f"{self.base_url}/{folder}/*"
        return await asyncio.to_thread(lambda: self.signer.custom(resource, expires_at=until, starts_at=now - BACKDATE))

    async def file(self, path: str, until: datetime) -> str:
        """The signed address of one file (canned policy), for downloads and single pictures."""
        self.signatures_made += 1
        return await asyncio.to_thread(lambda: self.signer.canned(f"{self.base_url}/{path}", expires_at=until))

    async def playlist(self, path: str, text: str, signature: Signature, *, viewer: str | None = None) -> bytes:
        """A media playlist with signed absolute addresses, gzipped; kept for all who share the signature.

        `viewer` marks every address with a session's name, so that a leaked one can be traced; nothing is shared then.
        """
        if viewer is not None:
            return await asyncio.to_thread(lambda: self._signed(path, text, f"s={viewer}&{signature.query}"))
        key = (path, signature.query)
        found = self._playlists.get(key)
        if found is None:
            work = partial(asyncio.to_thread, self._signed, path, text, signature.query)
            found = await self._writing.join(key, work)
            if len(found) <= self._playlists.maxsize:
                self._playlists[key] = found
        return found

    def _signed(self, path: str, text: str, query: str) -> bytes:
        self.playlists_made += 1
        template = thumbnails_template if path.endswith(THUMBNAILS) else media_template
        return gzipped(signed(template(text, f"{self.base_url}/{folder_of(path)}"), query))


def shared_until(duration: timedelta, now: datetime) -> datetime:
    """Twice the film, at least four hours and at most twelve, counted from the end of the present bucket."""
    bucket = datetime.fromtimestamp((now.timestamp() // BUCKET.total_seconds() + 1) * BUCKET.total_seconds(), UTC)
    return bucket + min(max(2 * duration, SHORTEST), LONGEST)


def gzipped(text: str) -> bytes:
    """Level 1: signed playlists are so repetitive that higher levels save nothing and cost twice the time."""
    packer = zlib.compressobj(1, zlib.DEFLATED, _GZIP)
    return packer.compress(text.encode()) + packer.flush()
