"""The media edge: stands for CloudFront on a port of its own; signatures, ranges, CORS, the gateway as origin."""

from __future__ import annotations

import asyncio
import time
from urllib.parse import parse_qsl, unquote_to_bytes
from xml.sax.saxutils import escape

from emulation import art, ministack_cloudfront
from emulation.asgi import App, Receive, Reply, Scope, Send, ask, header, send_reply
from emulation.media import stored_at
from emulation.ministack_cloudfront import Behaviour, Distribution
from emulation.origin import forward
from emulation.signatures import RESERVED, Refused, ViewerRequest, verify
from emulation.state import CloudState

_GATEWAY = "gateway"
_ERROR_HEADERS = [(b"content-type", b"text/xml"), (b"server", b"CloudFront"), (b"x-cache", b"Error from cloudfront")]


class Edge:
    """The ASGI app of the media port: /art/ is open, everything else is what the distribution says."""

    def __init__(self, state: CloudState, ministack: App) -> None:
        self._state = state
        self._ministack = ministack

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._serve(scope, receive, send)
        except Refused as refusal:
            await send_reply(send, _error(403, refusal.code, refusal.message), head=scope["method"] == "HEAD")

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        _refuse_traversal(scope["raw_path"])
        if scope["path"].startswith("/art/"):
            await send_reply(send, await asyncio.to_thread(art.reply, scope), head=scope["method"] == "HEAD")
            return
        distribution = ministack_cloudfront.distribution(self._state.distribution_id or "")
        if distribution is None:
            await send_reply(send, _error(503, "ServiceUnavailable", "The distribution is not ready yet."))
            return
        behaviour = distribution.behaviour(scope["path"])
        _check(scope, behaviour)
        if scope["method"] == "OPTIONS":
            await send_reply(send, Reply(200, _policy_headers(scope, behaviour, {})))
        elif behaviour.origin_id == _GATEWAY:
            await self._forward(scope, receive, send, behaviour)
        else:
            await send_reply(send, await self._object(scope, distribution), head=scope["method"] == "HEAD")

    async def _forward(self, scope: Scope, receive: Receive, send: Send, behaviour: Behaviour) -> None:
        if self._state.origin_url is None:
            await send_reply(send, _error(502, "BadGateway", "No origin: POST its address to /_marquee/origin."))
            return
        await forward(scope, send, self._state.origin_url, lambda found: _policy_headers(scope, behaviour, found))

    async def _object(self, scope: Scope, distribution: Distribution) -> Reply:
        """The object through ministack's data plane, which enforces the bucket's policy; signatures stay here."""
        query = "&".join(pair for pair in scope["query_string"].decode("latin-1").split("&") if not _reserved(pair))
        headers = [(name, value) for name, value in scope["headers"] if name not in (b"host", b"cookie")]
        inner = {
            **scope,
            "path": stored_at(scope["path"]),
            "raw_path": stored_at(scope["raw_path"].decode("latin-1")).encode("latin-1"),
            "query_string": query.encode("latin-1"),
            "headers": [*headers, (b"host", distribution.domain_name.encode())],
        }
        return await ask(self._ministack, inner, b"")


def _refuse_traversal(raw_path: bytes) -> None:
    """A path that means another one after decoding would pass under a signature made for a folder."""
    path = unquote_to_bytes(raw_path)
    if b"\\" in path or b"\0" in path or any(part in (b".", b"..") for part in path.split(b"/")):
        raise Refused("AccessDenied", "Access denied")


def _check(scope: Scope, behaviour: Behaviour) -> None:
    if behaviour.methods and scope["method"] not in behaviour.methods:
        raise Refused("AccessDenied", "This distribution does not allow the HTTP request method.")
    if behaviour.key_group_ids:
        verify(_viewer_request(scope), ministack_cloudfront.public_keys(behaviour.key_group_ids), time.time())


def _viewer_request(scope: Scope) -> ViewerRequest:
    pairs = scope["query_string"].decode("latin-1")
    kept = "&".join(pair for pair in pairs.split("&") if pair and not _reserved(pair))
    url = f"{scope['scheme']}://{header(scope, b'host')}{scope['raw_path'].decode('latin-1')}"
    given: dict[str, str] = {}
    for name, value in parse_qsl(pairs, keep_blank_values=True):
        given.setdefault(name, value)
    return ViewerRequest(
        url=f"{url}?{kept}" if kept else url,
        query=given,
        cookies=_cookies(header(scope, b"cookie")),
        source_ip=(scope.get("client") or ("",))[0],
    )


def _reserved(pair: str) -> bool:
    return pair.partition("=")[0] in RESERVED


def _cookies(text: str) -> dict[str, str]:
    pairs = (pair.strip().partition("=") for pair in text.split(";"))
    return {name: value.strip('"') for name, _, value in pairs if name}


def _policy_headers(scope: Scope, behaviour: Behaviour, found: dict[str, str]) -> list[tuple[bytes, bytes]]:
    made = ministack_cloudfront.with_policy_headers(
        found, behaviour, origin=header(scope, b"origin"), method=scope["method"]
    )
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in made.items()]


def _error(status: int, code: str, message: str) -> Reply:
    body = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    return Reply(status, list(_ERROR_HEADERS), f'<?xml version="1.0" encoding="UTF-8"?>{body}'.encode())
