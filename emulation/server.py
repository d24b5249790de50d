"""The wrapper around ministack: two listening ports, dispatch by path prefix and by the signed service."""

from __future__ import annotations

from emulation.asgi import App, Receive, Scope, Send, signed_service
from emulation.control import PREFIX, Control
from emulation.dynamodb import DynamoDb
from emulation.edge import Edge
from emulation.identity_pages import SignIn
from emulation.media import stored_at
from emulation.sagemaker import SageMakerRuntime
from emulation.state import CloudState


class EmbeddedAws:
    """The ASGI app of the whole cloud; which part answers depends on the port first, then on path and signature."""

    def __init__(self, state: CloudState, ministack: App) -> None:
        self._media_port = state.media_port
        self._ministack = SignIn(ministack)
        self._edge = Edge(state, ministack)
        self._control = Control(state)
        self._services: dict[str, App] = {
            "dynamodb": DynamoDb(state, ministack),
            "s3": self._s3,
            "sagemaker": SageMakerRuntime(state),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._ministack(scope, receive, send)
        elif scope["server"][1] == self._media_port:
            await self._edge(scope, receive, send)
        elif scope["path"].startswith(PREFIX):
            await self._control(scope, receive, send)
        else:
            await self._services.get(signed_service(scope), self._ministack)(scope, receive, send)

    async def _s3(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Reads find a demo clip under every playable id."""
        if scope["method"] in ("GET", "HEAD"):
            raw_path = stored_at(scope["raw_path"].decode("latin-1")).encode("latin-1")
            scope = {**scope, "path": stored_at(scope["path"]), "raw_path": raw_path}
        await self._ministack(scope, receive, send)
