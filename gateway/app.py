"""create_app(): every route, what stands before all of them, and what lives as long as the process."""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from domain.errors import Refused
from gateway.call import Call, Receive, Scope, Send, content_type
from gateway.endpoint import Endpoint
from gateway.faults import refusal_body, refusal_headers
from gateway.health import Health
from gateway.ide import Pages, wants_page
from gateway.lines import raw
from gateway.middleware.cors import Cors
from gateway.middleware.headers import with_headers
from gateway.middleware.hosts import Hosts
from gateway.middleware.proxies import Proxies
from gateway.negotiation import negotiate
from gateway.settings_errors import SettingsRefused
from gateway.sockets import Sockets
from gateway.statuses import Case, Rejected, case_of
from gateway.streams import Closing

GRAPHQL = "/graphql"
_JSON = content_type(b"application/json; charset=utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What answers, ready to work; `state` is what the side routes find in `request.state`.

    `settled` tells whether what was to be read ahead is there, or is not to be had now.
    """

    endpoint: Endpoint
    sockets: Sockets
    state: dict[str, Any] = field(default_factory=dict)
    settled: Callable[[], bool] = lambda: True


OpenService = Callable[[], AbstractAsyncContextManager[Service]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What is checked before any route."""

    hosts: Hosts
    proxies: Proxies
    cors: Cors


class Gateway:
    """The ASGI application. /graphql and the health paths are reached straight, all else through Starlette."""

    def __init__(
        self,
        open_service: OpenService,
        *,
        door: Door,
        health: Health,
        closing: Closing,
        pages: Pages | None = None,
        routes: Sequence[BaseRoute] = (),
    ) -> None:
        self._open_service = open_service
        self._door = door
        self._pages = pages
        self._service: Service | None = None
        self.health = health
        self.closing = closing
        self.refused: SettingsRefused | None = None
        self._side = Starlette(
            routes=[*(pages.routes() if pages else ()), *routes],
            exception_handlers={404: _nothing_here, 405: _wrong_method, 500: _failed},
        )

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """One HTTP request, one socket, or the life of the process."""
        if scope["type"] != "http":
            serve = self._websocket if scope["type"] == "websocket" else self._live
            return serve(scope, receive, send)
        call, service = Call(scope, receive, send), self._service
        if service is not None and scope["path"] == GRAPHQL:
            arrival = service.endpoint.arrivals.find(call)
            if arrival is not None:
                call.address, call.origin = arrival.requester.address, arrival.origin
                return service.endpoint(call, arrival)
        return self._http(call)

    def drain(self, seconds: float) -> None:
        """Not ready from now on; streams and sockets end within `seconds`, requests go on."""
        self.health.draining = True
        self.closing.close(seconds)
        if self._service is not None:
            self._service.sockets.drain(seconds)

    async def _http(self, call: Call) -> None:
        path = call.scope["path"]
        if path == "/healthz":
            await self.health.alive(call)
        elif path == "/readyz":
            await self.health.ready(call)
        else:
            try:
                call.identify(self._door.hosts, self._door.proxies, self._door.cors)
            except Refused as refusal:
                await call.answer(case_of(refusal).strict, _JSON, refusal_body(refusal), raw(refusal_headers(refusal)))
                return
            await self._route(call, path)

    async def _route(self, call: Call, path: str) -> None:
        if path != GRAPHQL:
            await self._side(call.scope, call.receive, with_headers(call.send, call.common))
        elif self._pages is not None and wants_page(call, negotiate(call.headers.get(b"accept"))):
            await self._pages.graphiql(call)
        else:
            assert self._service is not None
            await self._service.endpoint(call)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == GRAPHQL and self._service is not None:
            await self._service.sockets(scope, receive, send)
            return
        await receive()
        await send({"type": "websocket.close", "code": 4404})

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Opens the service at the start and closes it at the end; why a start failed is kept in `refused`."""
        await receive()
        try:
            async with self._open_service() as service:
                self._service = service
                self.health.gate = service.sockets.operations.gate
                self.health.doorman = service.sockets.doorman
                self.health.settled = service.settled
                scope.setdefault("state", {}).update(service.state)
                await send({"type": "lifespan.startup.complete"})
                await receive()
        except SettingsRefused as refused:
            self.refused = refused
            await send({"type": "lifespan.startup.failed", "message": ""})
        except Exception:
            outcome = "startup" if self._service is None else "shutdown"
            await send({"type": f"lifespan.{outcome}.failed", "message": traceback.format_exc()})
        else:
            await send({"type": "lifespan.shutdown.complete"})


async def _nothing_here(request: Request, _error: Exception) -> Response:
    return _refused(Rejected(Case.NOT_FOUND, f"Nothing is served at this path. GraphQL is at {GRAPHQL}."))


async def _wrong_method(request: Request, error: Exception) -> Response:
    refusal = Rejected(Case.METHOD, f"{request.method[:20]} is not served at this path.")
    return _refused(refusal, getattr(error, "headers", None) or {})


async def _failed(request: Request, error: Exception) -> Response:
    return _refused(Rejected(Case.INTERNAL, "Something failed on our side. Try again."))


def _refused(refusal: Rejected, headers: Any = ()) -> Response:
    own = {name.decode(): value.decode() for name, value in refusal_headers(refusal)}
    return Response(refusal_body(refusal), refusal.case.strict, {**own, **dict(headers)}, media_type="application/json")
