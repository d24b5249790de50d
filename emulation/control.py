"""Control paths under /_marquee/: what a test or the gateway tells the cloud; they stand for no AWS service."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from typing import Any

from emulation.asgi import Receive, Reply, Scope, Send, json_reply, read_body, send_reply
from emulation.state import CloudState

Handler = Callable[[dict[str, Any]], Awaitable[Any]]


class Control:
    """POST with a JSON object; answers JSON; 400 says what is wrong with the object."""

    def __init__(self, state: CloudState) -> None:
        self._state = state
        self._handlers: dict[str, Handler] = {
            "origin": self._origin,
            "recommender": self._recommender,
            "reset": self._reset,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send_reply(send, await self._reply(scope, receive))

    async def _reply(self, scope: Scope, receive: Receive) -> Reply:
        name = scope["path"].removeprefix("/_marquee/")
        if name == "ready" and scope["method"] == "GET":
            return json_reply(200 if self._state.ready else 503, {"ready": self._state.ready, "pid": os.getpid()})
        handler = self._handlers.get(name)
        if handler is None or scope["method"] != "POST":
            known = ", ".join(sorted(self._handlers))
            return json_reply(404, {"error": f"POST one of /_marquee/: {known}."})
        try:
            wish = json.loads(await read_body(receive) or b"{}")
            return json_reply(200, await handler(wish))
        except (ValueError, KeyError, TypeError) as error:
            return json_reply(400, {"error": f"{type(error).__name__}: {error}"})

    async def _reset(self, wish: dict[str, Any]) -> dict[str, Any]:
        """`scale` titles of the demo catalogue (0: empty tables); pools, users, keys and media stay."""
        scale = int(wish.get("scale", 0))
        items = await asyncio.to_thread(self._state.catalogue.reset, scale)
        return {"scale": scale, "items": items}

    async def _origin(self, wish: dict[str, Any]) -> dict[str, Any]:
        self._state.origin_url = _http_url(wish["url"])
        return {"url": self._state.origin_url}

    async def _recommender(self, wish: dict[str, Any]) -> dict[str, Any]:
        self._state.recommender_url = _http_url(wish["url"]) if wish["url"] is not None else None
        return {"url": self._state.recommender_url}


def _http_url(value: object) -> str:
    if not isinstance(value, str) or not value.startswith(("http://127.0.0.1", "http://localhost")):
        raise ValueError("`url` is an http URL on this machine, such as http://127.0.0.1:8000")
    return value.rstrip("/")
