"""What shared caches may keep: anonymous answers to GET, for as long as the schema says, with a tag to ask again by."""

from __future__ import annotations

import hashlib

from datasources import doubt
from gateway.call import Call
from gateway.middleware.cors import HeaderList

_VARY = (b"vary", b"accept, accept-language, authorization, cloudfront-viewer-country, origin")
_FRESH_FOR_STALE = 30
"""Seconds for which a cache may go on with an old answer while it fetches a new one."""


def may_be_kept(call: Call, seconds: int) -> bool:
    """Whether anyone may share the answer: not with credentials or a cost report, nor one that is a makeshift."""
    headers = call.headers
    return (
        seconds > 0
        and call.scope["method"] == "GET"
        and b"authorization" not in headers
        and b"x-report-cost" not in headers
        and not doubt.raised()
    )


def headers_of(body: bytes, seconds: int) -> HeaderList:
    """Instead of no-store, and of what is about this caller alone."""
    control = b"public, max-age=%d, stale-while-revalidate=%d" % (seconds, _FRESH_FOR_STALE)
    return [_VARY, (b"cache-control", control), (b"etag", _tag(body))]


def is_known(call: Call, body: bytes) -> bool:
    """Whether the cache that asks has this very answer."""
    known = call.headers.get(b"if-none-match")
    if known is None:
        return False
    tags = [tag.strip().removeprefix(b"W/") for tag in known.split(b",")]
    return b"*" in tags or _tag(body) in tags


def _tag(body: bytes) -> bytes:
    return b'"%s"' % hashlib.blake2b(body, digest_size=12).hexdigest().encode()
