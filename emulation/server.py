"""The wrapper around ministack: two listening ports, dispatch by path prefix and by the signed service."""

from __future__ import annotations

from emulation.asgi import App, Receive, Reply, Scope, Send, send_reply, signed_service
from emulation.control import Control
from emulation.state import CloudState

CONTROL_PREFIX = "/_marquee/"


class EmbeddedAws:
    """The ASGI app of the whole cloud; which part answers depends on the port first, then on path and signature."""

    def __init__(self, state: CloudState, ministack: App) -> None:
        self._state = state
        self._ministack = ministack
        self._control = Control(state)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._ministack(scope, receive, send)
        elif scope["server"][1] == self._state.media_port:
            await send_reply(send, Reply(404))
        elif scope["path"].startswith(CONTROL_PREFIX):
            await self._control(scope, receive, send)
        else:
            await self._services.get(signed_service(scope), self._ministack)(scope, receive, send)

    @property
    def _services(self) -> dict[str, App]:
        return {}
