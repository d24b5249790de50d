"""The playlists of playback sessions, which the media host fetches from us: each fetch checks the session anew."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from math import ceil

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from datasources import Sources
from datasources.deadline import deadline
from domain.errors import Forbidden, MarqueeError, NotFound
from gateway.middleware.admission import Gate, Priority
from resolvers.delivery import PLAY, playlist

_SECONDS = 5.0
_TYPES = {".m3u8": "application/vnd.apple.mpegurl", ".vtt": "text/vtt"}
_STATUS: dict[type[MarqueeError], int] = {Forbidden: 403, NotFound: 404}
_GUNZIP = 16 + zlib.MAX_WBITS


def routes() -> list[Route]:
    """What the media distribution forwards to the gateway; nothing of it may be cached on the way."""
    return [Route(f"/{PLAY}/{{token}}/{{name:path}}", _play, methods=["GET", "HEAD"])]


async def _play(request: Request) -> Response:
    sources: Sources = request.state.sources
    gate: Gate = request.state.gate
    name: str = request.path_params["name"]
    if sources.delivery is None:
        return _told(404, "This deployment delivers no films.")
    try:
        async with gate.slot(Priority.PLAYBACK):
            with deadline(_SECONDS):
                body = await playlist(
                    sources.delivery, sources.viewers.leases, request.path_params["token"], name, datetime.now(UTC)
                )
    except MarqueeError as error:
        return _told(_STATUS.get(type(error), 503), error.message, getattr(error, "retry_after", None))
    return _packed(request, name, body)


def _packed(request: Request, name: str, body: bytes) -> Response:
    headers = {"cache-control": "private, no-store", "vary": "accept-encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["content-encoding"] = "gzip"
    else:
        body = zlib.decompress(body, _GUNZIP)
    kind = next((type_ for suffix, type_ in _TYPES.items() if name.endswith(suffix)), "text/plain")
    return Response(body, headers=headers, media_type=kind)


def _told(status: int, message: str, retry_after: float | None = None) -> Response:
    """Players try a 503 again, as soon as its Retry-After says."""
    headers = {"cache-control": "no-store"}
    if status == 503:
        headers["retry-after"] = str(ceil(retry_after or 1))
    return Response(message + "\n", status, headers, "text/plain")
