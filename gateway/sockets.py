"""GraphQL over WebSocket: who may connect, how many, and when all of them have to go."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from domain.errors import Refused
from gateway.call import Receive, Scope, Send, folded, request_id
from gateway.faults import FormatError, refusal_body, refusal_headers
from gateway.journal import Recorder
from gateway.middleware.cors import Cors
from gateway.middleware.hosts import Hosts
from gateway.middleware.proxies import Proxies
from gateway.operations import Operations
from gateway.requester import Doorman, Requester, languages
from gateway.socket import Socket
from gateway.statuses import Case, Rejected, case_of

PROTOCOL = "graphql-transport-ws"


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketRules:
    """Limits of sockets; times are seconds."""

    init_seconds: float
    send_seconds: float
    lifetime_seconds: float
    deadline_seconds: float
    operations: int
    per_principal: int
    per_address: int
    total: int


class Sockets:
    """Every live socket of the process."""

    def __init__(
        self,
        operations: Operations,
        doorman: Doorman,
        *,
        rules: SocketRules,
        hosts: Hosts,
        proxies: Proxies,
        cors: Cors,
        format_error: FormatError,
        journal: Recorder,
    ) -> None:
        self.operations = operations
        self.doorman = doorman
        self.rules = rules
        self.format_error = format_error
        self.journal = journal
        self._hosts = hosts
        self._proxies = proxies
        self._cors = cors
        self._live: set[Socket] = set()
        self._addresses: Counter[str] = Counter()
        self._principals: Counter[str] = Counter()
        self._draining = False

    def __len__(self) -> int:
        return len(self._live)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One socket from its handshake to its end."""
        await receive()
        try:
            requester, authorization = self._meet(scope)
        except Refused as refusal:
            await _deny(scope, send, refusal)
            return
        id_ = request_id(dict(scope["headers"]).get(b"x-request-id")).decode()
        socket = Socket(self, id_, requester, receive, send, authorization)
        self._live.add(socket)
        self._addresses[requester.address] += 1
        try:
            offered = PROTOCOL in scope.get("subprotocols", ())
            await send({"type": "websocket.accept", "subprotocol": PROTOCOL if offered else None})
            await (socket.run() if offered else socket.refuse_protocol())
        finally:
            self._live.discard(socket)
            _release(self._addresses, requester.address)

    def admit(self, principal: str) -> Callable[[], None] | None:
        """Counts a socket of a signed-in viewer; the answer uncounts it, None when there are too many."""
        if self._principals[principal] >= self.rules.per_principal:
            return None
        self._principals[principal] += 1
        return lambda: _release(self._principals, principal)

    def drain(self, seconds: float) -> None:
        """Closes every socket with 1001, spread over `seconds`, so that the clients do not come back in one wave."""
        self._draining = True
        loop = asyncio.get_running_loop()
        for socket in self._live:
            loop.call_later(random.uniform(0, seconds), socket.close_soon, 1001, "The server is restarting")

    def _meet(self, scope: Scope) -> tuple[Requester, str | None]:
        """What the handshake tells; raises Refused, which answers it with a status."""
        headers = folded(scope["headers"])
        self._hosts.check(headers.get(b"host"))
        if not self._is_own(headers.get(b"origin"), headers.get(b"host")):
            raise Rejected(Case.FORBIDDEN, "Pages of this origin may not open sockets here.")
        if self._draining or len(self._live) >= self.rules.total:
            raise Rejected(Case.OVERLOAD, "No more sockets here. Try again shortly.", retry_after=random.uniform(1, 5))
        peer = scope["client"][0] if scope.get("client") else ""
        address = self._proxies.client(peer, headers)
        if self._addresses[address] >= self.rules.per_address:
            raise Rejected(Case.RATE, "Too many sockets from this address. Close some.", retry_after=5)
        accept_language = headers.get(b"accept-language")
        requester = Requester(
            address=address,
            country=self._proxies.country(peer, headers),
            languages=languages(accept_language) if accept_language else (),
        )
        authorization = headers.get(b"authorization")
        return requester, authorization.decode("latin-1") if authorization is not None else None

    def _is_own(self, origin: bytes | None, host: bytes | None) -> bool:
        """Browsers open sockets to anywhere and send Origin: ours, or one of the allow-list. Others send none."""
        if origin is None:
            return True
        return origin.partition(b"://")[2].lower() == (host or b"").lower() or self._cors.allows(origin)


def _release(counter: Counter[str], key: str) -> None:
    counter[key] -= 1
    if counter[key] <= 0:
        del counter[key]


async def _deny(scope: Scope, send: Send, refusal: Refused) -> None:
    """An HTTP answer instead of a socket."""
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": 4403})
        return
    headers = [(b"content-type", b"application/json; charset=utf-8"), *refusal_headers(refusal)]
    status = case_of(refusal).strict
    await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": refusal_body(refusal)})
