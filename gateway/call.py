"""One HTTP request on its way through the gateway, and how its answer is written."""

from __future__ import annotations

import itertools
import re
import secrets
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Protocol

from domain.errors import BadRequest
from gateway.heads import Known
from gateway.lines import pairs_of, raw
from gateway.middleware.cors import Cors, HeaderList
from gateway.middleware.hosts import Hosts
from gateway.middleware.proxies import Proxies

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

DIRECT = "marquee.direct"
"""An ASGI extension of our server, a `Direct`."""


class Direct(Protocol):
    """What a server offers beside ASGI's messages."""

    @property
    def known(self) -> Known | None:
        """What it remembers of the request's head."""
        ...

    def take(self) -> bytes | None:
        """The whole body if it is there already and nobody has read of it, else None."""
        ...

    def write(self, status: int, head: bytes, body: bytes) -> bool:
        """Writes an answer in one piece, if it can; `head` are whole header lines."""
        ...


_SINGLE = frozenset({b"authorization", b"content-length", b"content-type", b"host", b"x-profile-token"})
_GIVEN_ID = re.compile(rb"[A-Za-z0-9._=-]{8,64}")
_PROCESS = secrets.token_hex(6).encode()
_numbers = itertools.count(1)


def request_id(given: bytes | None) -> bytes:
    """The caller's own id where it is a harmless one, else a fresh one."""
    if given is not None and _GIVEN_ID.fullmatch(given):
        return given
    return b"%s-%x" % (_PROCESS, next(_numbers))


def folded(pairs: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Headers by name; repeated ones are joined, and a BadRequest where two values cannot both be meant."""
    pairs = list(pairs)
    headers = dict(pairs)
    if len(headers) == len(pairs):
        return headers
    joined: dict[bytes, bytes] = {}
    for name, value in pairs:
        if name in joined and name in _SINGLE:
            raise BadRequest(f"Header {name.decode()} must be sent once.")
        joined[name] = joined[name] + b", " + value if name in joined else value
    return joined


_SNIFF = (b"x-content-type-options", b"nosniff")
_WHOLE = b"%bcontent-length: %d\r\nx-request-id: %b\r\nx-content-type-options: nosniff\r\n%b%b"
"""The head of an answer in one piece: what it is, then who asked."""


class Call:
    """A request: its headers once as a dict, who sent it, and the headers that every answer to it carries."""

    __slots__ = ("address", "direct", "headers", "id", "known", "origin", "peer", "receive", "scope", "send", "status")

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self.receive = receive
        self.send = send
        extensions = scope.get("extensions")
        self.direct: Direct | None = extensions.get(DIRECT) if extensions else None
        self.known: Known | None = self.direct.known if self.direct is not None else None
        self.headers: dict[bytes, bytes] = dict(scope["headers"]) if self.known is None else self.known.headers
        self.id = request_id(self.headers.get(b"x-request-id"))
        self.origin = b""
        """Header lines: what the answer says to the page that asks."""
        client = scope.get("client")
        self.peer: str = client[0] if client else ""
        self.address = self.peer
        self.status: int | None = None
        """Of the answer that has begun, None before."""

    def identify(self, hosts: Hosts, proxies: Proxies, cors: Cors) -> None:
        """Checks what holds for every route; raises Refused, with the headers of an answer already in place."""
        origin = self.headers.get(b"origin")
        if origin is not None:
            self.origin = raw(cors.headers(origin))
        if len(self.headers) != len(self.scope["headers"]):
            self.headers = folded(self.scope["headers"])
        hosts.check(self.headers.get(b"host"))
        self.address = proxies.client(self.peer, self.headers)

    @property
    def common(self) -> HeaderList:
        """Headers of every answer to it."""
        return [(b"x-request-id", self.id), _SNIFF, *pairs_of(self.origin)]

    async def answer(self, status: int, head: bytes, body: bytes, extra: bytes = b"") -> None:
        """The whole answer at once; `head` and `extra` are header lines, and the content type is among them."""
        self.status = status
        lines = _WHOLE % (head, len(body), self.id, extra, self.origin)
        if self.direct is not None and self.direct.write(status, lines, body):
            return
        await self.send({"type": "http.response.start", "status": status, "headers": pairs_of(lines)})
        await self.send({"type": "http.response.body", "body": body})

    async def nothing(self, status: int, extra: HeaderList) -> None:
        """A head alone: 204 or 304."""
        self.status = status
        await self.send({"type": "http.response.start", "status": status, "headers": [*extra, *self.common]})
        await self.send({"type": "http.response.body", "body": b""})

    async def begin(self, content_type: bytes, extra: HeaderList) -> None:
        """The head of an answer that comes in parts."""
        self.status = 200
        headers = [(b"content-type", content_type), *extra, *self.common]
        await self.send({"type": "http.response.start", "status": 200, "headers": headers})

    async def part(self, body: bytes, *, more: bool = True) -> None:
        """One part of it."""
        await self.send({"type": "http.response.body", "body": body, "more_body": more})


def content_type(value: bytes) -> bytes:
    """The head that says this type and nothing else."""
    return raw([(b"content-type", value)])
