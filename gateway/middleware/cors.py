"""Cross-origin requests: an allow-list of web origins, never a reflection, and no cookies."""

from __future__ import annotations

from collections.abc import Sequence

HeaderList = list[tuple[bytes, bytes]]

_ALLOWED_HEADERS = (
    b"accept, authorization, content-type, x-profile-token, x-report-cost, x-request-id, "
    b"x-request-timeout, graphql-require-preflight, apollo-require-preflight, x-apollo-operation-name, "
    b"apollographql-client-name, apollographql-client-version"
)
_EXPOSED_HEADERS = b"x-request-id, retry-after, ratelimit, ratelimit-policy"


class Cors:
    """Answers what a browser asks about `origins`; others get an answer that the browser keeps from the page."""

    def __init__(self, origins: Sequence[str], *, loopback: bool = False) -> None:
        self._origins = frozenset(origin.encode() for origin in origins)
        self._loopback = loopback

    def allows(self, origin: bytes | None) -> bool:
        """Whether a page of this origin may call; a `null` origin never may."""
        if origin is None:
            return False
        return origin.lower() in self._origins or (self._loopback and is_loopback(origin))

    def headers(self, origin: bytes | None) -> HeaderList:
        """What to add to an answer."""
        if origin is None or not self.allows(origin):
            return []
        return [(b"access-control-allow-origin", origin), (b"access-control-expose-headers", _EXPOSED_HEADERS)]

    def preflight(self, origin: bytes | None, methods: bytes) -> HeaderList:
        """What to answer to OPTIONS, beside 204."""
        if origin is None or not self.allows(origin):
            return []
        return [
            (b"access-control-allow-origin", origin),
            (b"access-control-allow-methods", methods),
            (b"access-control-allow-headers", _ALLOWED_HEADERS),
            (b"access-control-max-age", b"7200"),
        ]


def is_loopback(origin: bytes) -> bool:
    """A page served by this machine: for development alone."""
    host = origin.lower().partition(b"://")[2].rpartition(b":")[0] or origin.lower().partition(b"://")[2]
    return host in (b"127.0.0.1", b"localhost", b"[::1]")
