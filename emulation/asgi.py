"""The few ASGI tools of the wrapper: types, reading a body, sending an answer, asking another app."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

_CREDENTIAL = re.compile(rb"Credential=[^/,]+/\d+/[^/]+/([a-z0-9-]+)/aws4_request")


@dataclass(slots=True)
class Reply:
    """An answer held in memory."""

    status: int
    headers: Headers = field(default_factory=list)
    body: bytes = b""

    def header(self, name: bytes) -> bytes | None:
        """The first header of that lower-case name."""
        return next((value for key, value in self.headers if key.lower() == name), None)

    def without(self, *names: bytes) -> Headers:
        """The headers but those of these lower-case names."""
        return [(key, value) for key, value in self.headers if key.lower() not in names]


def json_reply(status: int, value: Any, content_type: str = "application/json") -> Reply:
    """A JSON answer."""
    return Reply(status, [(b"content-type", content_type.encode())], json.dumps(value).encode())


def header(scope: Scope, name: bytes) -> str:
    """The first request header of that lower-case name, or ""."""
    value: bytes = next((value for key, value in scope["headers"] if key == name), b"")
    return value.decode("latin-1")


def signed_service(scope: Scope) -> str:
    """The service in the SigV4 credential scope of the request ("dynamodb"), or ""."""
    authorization = next((value for key, value in scope["headers"] if key == b"authorization"), b"")
    found = _CREDENTIAL.search(authorization)
    return found[1].decode() if found else ""


async def read_body(receive: Receive) -> bytes:
    """The whole request body."""
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            break
    return b"".join(parts)


async def send_reply(send: Send, reply: Reply, *, head: bool = False) -> None:
    """Sends the answer with its length; `head` keeps the body back, and the length that an app declared for it."""
    declared = reply.header(b"content-length") if head else None
    length = declared if declared is not None else b"%d" % len(reply.body)
    headers = [*reply.without(b"content-length", b"transfer-encoding"), (b"content-length", length)]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else reply.body})


async def ask(app: App, scope: Scope, body: bytes) -> Reply:
    """The whole answer of another app to this scope with this body; the length header is made to fit."""
    headers: Iterable[tuple[bytes, bytes]] = (
        (key, value) for key, value in scope["headers"] if key not in (b"content-length", b"transfer-encoding")
    )
    inner = {**scope, "headers": [*headers, (b"content-length", b"%d" % len(body))]}
    reply = Reply(500)
    parts: list[bytes] = []
    sent = False

    async def receive() -> Message:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            reply.status = message["status"]
            reply.headers = list(message.get("headers", []))
        elif message["type"] == "http.response.body":
            parts.append(message.get("body", b""))

    await app(inner, receive, send)
    reply.body = b"".join(parts)
    return reply
