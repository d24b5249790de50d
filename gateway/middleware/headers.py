"""Puts the headers that every answer carries onto the answers of routes that write their own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from gateway.middleware.cors import HeaderList

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def with_headers(send: Send, common: HeaderList) -> Send:
    """A `send` that adds `common`; a header that the route set itself stays."""

    async def adding(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            own = list(message.get("headers", ()))
            names = {name.lower() for name, _ in own}
            message["headers"] = [*own, *(pair for pair in common if pair[0] not in names)]
        await send(message)

    return adding
