"""Passes a viewer's request on to the gateway, as CloudFront does to a custom origin, and streams the answer back."""

from __future__ import annotations

from collections.abc import Callable

import aiohttp
from yarl import URL

from emulation.asgi import Headers, Reply, Scope, Send, header, send_reply

_DEADLINE = aiohttp.ClientTimeout(total=30, connect=3)
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade"})
_NOT_SENT = _HOP_BY_HOP | {"host", "x-forwarded-for", "content-length"}
_CHUNK = 64 * 1024


async def forward(scope: Scope, send: Send, origin_url: str, finish: Callable[[dict[str, str]], Headers]) -> None:
    """GET or HEAD at the origin with the same path and query; `finish` adds the edge's headers to the answer's."""
    query = scope["query_string"].decode("latin-1")
    path = scope["raw_path"].decode("latin-1")
    url = URL(f"{origin_url}{path}?{query}" if query else f"{origin_url}{path}", encoded=True)
    started = False
    try:
        async with (
            aiohttp.ClientSession(timeout=_DEADLINE, auto_decompress=False) as session,
            session.request(scope["method"], url, headers=_sent(scope), allow_redirects=False) as answer,
        ):
            found = {name.lower(): value for name, value in answer.headers.items()}
            for name in (*_HOP_BY_HOP, "content-length", "set-cookie"):
                found.pop(name, None)
            headers = [*finish(found), (b"x-cache", b"Miss from cloudfront"), (b"via", b"1.1 edge (CloudFront)")]
            headers += [(b"set-cookie", cookie.encode("latin-1")) for cookie in answer.headers.getall("Set-Cookie", [])]
            if answer.content_length is not None:
                headers.append((b"content-length", str(answer.content_length).encode()))
            await send({"type": "http.response.start", "status": answer.status, "headers": headers})
            started = True
            async for chunk in answer.content.iter_chunked(_CHUNK):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
    except (TimeoutError, aiohttp.ClientError) as error:
        if started:
            raise
        status = 504 if isinstance(error, TimeoutError) else 502
        await send_reply(send, Reply(status, [(b"content-type", b"text/plain")], b"The origin does not answer.\n"))


def _sent(scope: Scope) -> list[tuple[str, str]]:
    """The viewer's headers but those of the connection; the Host is the origin's own."""
    kept = [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in scope["headers"]
        if name.decode("latin-1") not in _NOT_SENT
    ]
    viewer = (scope.get("client") or ("",))[0]
    earlier = header(scope, b"x-forwarded-for")
    return [*kept, ("x-forwarded-for", f"{earlier}, {viewer}" if earlier else viewer)]
