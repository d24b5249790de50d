"""Serves the demo's generated pictures under /art/: SVG only, cacheable, and no browser runs anything in them."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from emulation.asgi import Headers, Reply, Scope, header

_HEADERS: Headers = [
    (b"content-type", b"image/svg+xml"),
    (b"cache-control", b"public, max-age=86400"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'"),
    (b"access-control-allow-origin", b"*"),
]
_NOT_FOUND = Reply(404, [(b"content-type", b"text/plain"), (b"cache-control", b"no-store")], b"No such picture.\n")
_NOT_ALLOWED = Reply(405, [(b"content-type", b"text/plain"), (b"allow", b"GET, HEAD")], b"Pictures are read only.\n")


def reply(scope: Scope) -> Reply:
    """The picture at this path, 304 when the client has it."""
    if scope["method"] not in ("GET", "HEAD"):
        return _NOT_ALLOWED
    picture = _picture(scope["path"])
    if picture is None:
        return _NOT_FOUND
    body, tag = picture
    headers = [*_HEADERS, (b"etag", tag.encode())]
    if tag in [candidate.strip() for candidate in header(scope, b"if-none-match").split(",")]:
        return Reply(304, headers)
    return Reply(200, headers, body)


@lru_cache(maxsize=1024)
def _picture(path: str) -> tuple[bytes, str] | None:
    from emulation.demo.art import render

    body = render(path)
    return None if body is None else (body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')
