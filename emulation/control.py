"""Control paths under /_marquee/: what a test or the gateway tells the cloud; they stand for no AWS service."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from emulation.asgi import Receive, Reply, Scope, Send, header, json_reply, read_body, send_reply
from emulation.encoding import NoEncoder
from emulation.provision import publish_clips
from emulation.sagemaker import DEFAULT_VARIANT
from emulation.state import CloudState

PREFIX = "/_marquee/"
Handler = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


class Control:
    """POST with a JSON object; answers JSON; 400 says what is wrong with the object.

    * ready         GET: whether provisioning is done, and the process id
    * calls         GET: AWS calls since the last reset, by service and operation
    * reset         {scale}: the demo catalogue of that many titles (0: empty tables), no faults, no counted calls
    * faults        {rules: [...], seed}: replaces all faults; see emulation/faults.py
    * media         puts the demo clips into the media bucket, made first where the cache has none
    * origin        {url}: the gateway that /play/ of the media port goes to
    * recommender   {url, variant}: the model server of a variant; a url of null takes it away
    """

    def __init__(self, state: CloudState) -> None:
        self._state = state
        self._handlers: dict[tuple[str, str], Handler] = {
            ("GET", "ready"): self._ready,
            ("GET", "calls"): self._calls,
            ("POST", "reset"): self._reset,
            ("POST", "faults"): self._faults,
            ("POST", "media"): self._media,
            ("POST", "origin"): self._origin,
            ("POST", "recommender"): self._recommender,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send_reply(send, await self._reply(scope, receive))

    async def _reply(self, scope: Scope, receive: Receive) -> Reply:
        if header(scope, b"origin"):
            return json_reply(403, {"error": "Control paths are not for web pages."})
        handler = self._handlers.get((scope["method"], scope["path"].removeprefix(PREFIX)))
        if handler is None:
            known = ", ".join(f"{method} {PREFIX}{name}" for method, name in self._handlers)
            return json_reply(404, {"error": f"Known are {known}."})
        try:
            wish = json.loads(await read_body(receive) or b"{}")
            return json_reply(200, await handler(wish))
        except NoEncoder as error:
            return json_reply(503, {"error": str(error)})
        except (ValueError, KeyError, TypeError) as error:
            return json_reply(400, {"error": f"{type(error).__name__}: {error}"})

    async def _ready(self, wish: dict[str, Any]) -> dict[str, Any]:
        return {"ready": self._state.ready, "pid": os.getpid()}

    async def _calls(self, wish: dict[str, Any]) -> dict[str, Any]:
        return dict(self._state.calls)

    async def _reset(self, wish: dict[str, Any]) -> dict[str, Any]:
        scale = int(wish.get("scale", 0))
        items = await asyncio.to_thread(self._state.catalogue.reset, scale)
        self._state.faults.replace(())
        self._state.calls.clear()
        return {"scale": scale, "items": items}

    async def _faults(self, wish: dict[str, Any]) -> dict[str, Any]:
        self._state.faults.replace(wish["rules"], int(wish.get("seed", 0)))
        return {"rules": len(self._state.faults.rules)}

    async def _media(self, wish: dict[str, Any]) -> dict[str, Any]:
        return {"files": await asyncio.to_thread(publish_clips, self._state.endpoint_url, self._state.media_cache)}

    async def _origin(self, wish: dict[str, Any]) -> dict[str, Any]:
        self._state.origin_url = _http_url(wish["url"])
        return {"url": self._state.origin_url}

    async def _recommender(self, wish: dict[str, Any]) -> dict[str, Any]:
        variant = str(wish.get("variant", DEFAULT_VARIANT))
        if wish["url"] is None:
            self._state.recommender_urls.pop(variant, None)
        else:
            self._state.recommender_urls[variant] = _http_url(wish["url"])
        return {"variants": dict(self._state.recommender_urls)}


def _http_url(value: object) -> str:
    parts = urlsplit(value) if isinstance(value, str) else urlsplit("")
    if not isinstance(value, str) or parts.scheme != "http" or parts.hostname not in ("127.0.0.1", "localhost"):
        raise ValueError("`url` is an http URL on this machine, such as http://127.0.0.1:8000")
    return value.rstrip("/")
